// SPDX-License-Identifier: Apache-2.0
// The address cache and what the encoder makes of it: what is compressed after what, over trains
// and over 1 MB boundaries.
#include <gtest/gtest.h>

#include <memory>

#include "antares/protocols/ualink/address_cache.h"
#include "antares/protocols/ualink/ualink_encoder.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::uint32_t kLoad = 8;  // two sectors more than a compressed request

TEST(UalinkAddressCache, FourRegionsOfOneMegabyte) {
  EXPECT_EQ(AddressCache::region_of(kMiB - 1), 0u);
  EXPECT_EQ(AddressCache::region_of(kMiB), 1u);
  AddressCache cache;
  for (std::uint64_t region = 0; region < 4; ++region) EXPECT_FALSE(cache.use(region));
  for (std::uint64_t region = 0; region < 4; ++region) EXPECT_TRUE(cache.use(region));
  EXPECT_FALSE(cache.use(4));
  EXPECT_FALSE(cache.holds(0)) << "used longest ago";
  for (std::uint64_t region = 1; region < 5; ++region) EXPECT_TRUE(cache.holds(region));
}

TEST(UalinkAddressCache, TheRegionUsedLongestAgoGoes) {
  AddressCache cache;
  for (std::uint64_t region = 0; region < 4; ++region) cache.use(region);
  EXPECT_TRUE(cache.use(0));
  EXPECT_FALSE(cache.use(9));
  EXPECT_TRUE(cache.holds(0));
  EXPECT_FALSE(cache.holds(1));
}

TEST(UalinkAddressCache, FiveStreamsInTurnThrashFourDoNot) {
  for (const std::uint64_t streams : {4u, 5u}) {
    AddressCache cache;
    unsigned hits = 0;
    for (std::uint64_t i = 0; i < 100 * streams; ++i) hits += cache.use(i % streams) ? 1 : 0;
    EXPECT_EQ(hits, streams == 4 ? 99 * 4u : 0u);
  }
}

class UalinkEncoding : public testing::Test {
 protected:
  WireCost sent(PacketKind kind, std::uint32_t bytes, std::uint64_t address,
                std::uint8_t flags = 0) {
    Packet packet = ualink_packet(kind, bytes, static_cast<std::uint32_t>(address % 4096), flags);
    policy_.classify(packet);
    const CreditAmount before = policy_.demand(packet);
    encoder_->encode(packet, address, true);
    const CreditAmount after = policy_.demand(packet);
    EXPECT_EQ(before.header, after.header);
    EXPECT_EQ(before.data, after.data);
    return policy_.wire_cost(packet);
  }
  UalinkPolicy policy_;
  std::unique_ptr<LinkEncoder> encoder_ = policy_.make_encoder();
};

TEST_F(UalinkEncoding, TheFirstRequestOfARegionIsSentWhole) {
  EXPECT_EQ(sent(PacketKind::write, 256, 0).bytes, 256u + 16);
  EXPECT_EQ(sent(PacketKind::write, 256, 4096).bytes, 256u + 8);
  EXPECT_EQ(sent(PacketKind::read, 256, kMiB - 256).bytes, 8u) << "reads share the ways";
  EXPECT_EQ(sent(PacketKind::read, 256, kMiB).bytes, 16u);
}

TEST_F(UalinkEncoding, OneRequestOfATrainFillsTheWayForTheOthers) {
  const WireCost cold = sent(PacketKind::write, 4096, 0);
  EXPECT_EQ(cold.bytes, 16 * (256u + 8) + kLoad);
  EXPECT_EQ(cold.first_bytes, 256u + 16);
  EXPECT_EQ(cold.last_bytes, 256u + 8);
  EXPECT_EQ(sent(PacketKind::write, 4096, 4096).bytes, 16 * (256u + 8));
}

TEST_F(UalinkEncoding, RegionsThatATrainCrossesCountOneByOne) {
  // From the last 512 B of region 0 through 1 and 2 whole into region 3.
  const WireCost cost = sent(PacketKind::write, 2 * kMiB + 512 + 256, kMiB - 512);
  const std::uint32_t requests = 2 * 4096 + 3;
  EXPECT_EQ(cost.link_packets, requests);
  EXPECT_EQ(cost.bytes, requests * (256u + 8) + 4 * kLoad);
  EXPECT_EQ(cost.first_bytes, 256u + 16);
  EXPECT_EQ(cost.last_bytes, 256u + 16) << "the last one opens region 3";
  EXPECT_EQ(sent(PacketKind::write, 2 * kMiB + 512 + 256, kMiB - 512).bytes, requests * 264u);
}

TEST_F(UalinkEncoding, WhatCannotBeCompressedFillsAWayForNothingMore) {
  const std::uint32_t partial = 16 + 64 + 32;
  EXPECT_EQ(sent(PacketKind::write, 32, 0).bytes, partial);
  EXPECT_EQ(sent(PacketKind::write, 256, 256).bytes, 256u + 8) << "the region is held by now";
  EXPECT_EQ(sent(PacketKind::write, 32, 0).bytes, partial);
}

TEST_F(UalinkEncoding, AtomicsAndMessagesLeaveTheCacheAlone) {
  const std::uint64_t before = sent(PacketKind::atomic, 8, 0).bytes;
  EXPECT_EQ(sent(PacketKind::message, 16, 0).bytes, 16u + 64);
  EXPECT_EQ(sent(PacketKind::write, 256, 0).bytes, 256u + 16) << "still unknown";
  EXPECT_EQ(sent(PacketKind::atomic, 8, 0).bytes, before);
}

TEST_F(UalinkEncoding, ALinkWithoutTheCacheSendsEveryRequestWhole) {
  UalinkLinkConfig config;
  config.address_cache = false;
  policy_ = UalinkPolicy(config);
  encoder_ = policy_.make_encoder();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sent(PacketKind::write, 4096, 0).bytes, 16 * (256u + 16));
    EXPECT_EQ(sent(PacketKind::read, 256, 0).bytes, 16u);
  }
}

TEST_F(UalinkEncoding, EveryFifthResponseBringsAFlowControlItem) {
  std::uint64_t bytes = 0;
  for (int i = 1; i <= 100; ++i) {
    const WireCost cost = sent(PacketKind::completion, 0, 0);
    EXPECT_EQ(cost.bytes, i % 5 == 0 ? 8u : 4u) << i;
    bytes += cost.bytes;
  }
  EXPECT_EQ(bytes, 100 * 4u + 20 * 4u);
  // Trains of 3, 16 and 1 responses: 20 more, four items more.
  bytes = sent(PacketKind::completion, 768, 0).bytes + sent(PacketKind::completion, 4096, 0).bytes +
          sent(PacketKind::completion, 0, 0).bytes;
  EXPECT_EQ(bytes, 768u + 4096 + 20 * 4 + 4 * 4);
}

TEST_F(UalinkEncoding, TheDefaultFormIsThatOfAFreshTransmitter) {
  for (const PacketKind kind :
       {PacketKind::read, PacketKind::write, PacketKind::atomic, PacketKind::completion}) {
    for (const std::uint32_t address : {0u, 64u, 100u, 3000u}) {
      for (const std::uint32_t bytes : {8u, 64u, 256u, 1000u}) {
        Packet packet = ualink_packet(kind, bytes, address);
        policy_.classify(packet);
        const WireCost lone = policy_.wire_cost(packet);
        policy_.make_encoder()->encode(packet, (kMiB << 3) + address, false);
        const WireCost first = policy_.wire_cost(packet);
        EXPECT_EQ(lone.bytes, first.bytes);
        EXPECT_EQ(lone.first_bytes, first.first_bytes);
        EXPECT_EQ(lone.last_bytes, first.last_bytes);
      }
    }
  }
}

}  // namespace
}  // namespace antares::protocols
