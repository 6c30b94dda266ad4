// SPDX-License-Identifier: Apache-2.0
// The ideal link: whole flits, no headers, credits by the packet. All expectations are arithmetic
// on the configuration; tolerance 0 except for doubles, which are exact ratios of small integers.
#include <gtest/gtest.h>

#include <stdexcept>

#include "antares/protocols/ideal/ideal_policy.h"

namespace antares::protocols {
namespace {

Packet packet_of(PacketKind kind, std::uint32_t bytes) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  return packet;
}

TEST(IdealPolicy, ThePacketOfTheBenchmarkIsSixteenFlits) {
  const IdealPolicy policy;
  const WireCost cost = policy.wire_cost(packet_of(PacketKind::write, 256));
  EXPECT_EQ(cost.bytes, 256u);
  EXPECT_EQ(cost.link_packets, 1u);
  EXPECT_EQ(policy.demand(packet_of(PacketKind::write, 256)).data, 16u);
  EXPECT_EQ(policy.rate().collect_ps(16), 1000u) << "a flit a slot";
  EXPECT_EQ(policy.rate().occupancy_ps(256), 16 * 1000u);
}

TEST(IdealPolicy, AFixedCellOccupiesOneSlot) {
  IdealLinkConfig config;
  config.bytes_per_slot = config.flit_bytes = config.max_payload_bytes = 64;
  config.slot_ps = 10000;
  const IdealPolicy policy(config);
  for (const std::uint32_t bytes : {1u, 63u, 64u}) {
    const WireCost cost = policy.wire_cost(packet_of(PacketKind::write, bytes));
    EXPECT_EQ(policy.rate().occupancy_ps(cost.bytes), 10000u) << bytes;
  }
  EXPECT_DOUBLE_EQ(policy.efficiency(PacketKind::write, 64), 1.0);
  EXPECT_DOUBLE_EQ(policy.efficiency(PacketKind::write, 32), 0.5);
}

TEST(IdealPolicy, ATrainIsTheSumOfItsPackets) {
  IdealLinkConfig config;
  config.header_bytes = 20;
  const IdealPolicy policy(config);
  // 256 + 20 B are 18 flits of 16 B; the rest of 88 B with its header is 7.
  const WireCost cost = policy.wire_cost(packet_of(PacketKind::write, 3 * 256 + 88));
  EXPECT_EQ(cost.link_packets, 4u);
  EXPECT_EQ(cost.first_bytes, 18 * 16u);
  EXPECT_EQ(cost.last_bytes, 7 * 16u);
  EXPECT_EQ(cost.bytes, (3 * 18 + 7) * 16u);
  const CreditAmount need = policy.demand(packet_of(PacketKind::write, 3 * 256 + 88));
  EXPECT_EQ(need.header, 4u);
  EXPECT_EQ(need.data, 3 * 18 + 7u);
}

TEST(IdealPolicy, AReadRequestCarriesNoPayloadButOccupiesAFlitAPacket) {
  const IdealPolicy policy;
  const WireCost cost = policy.wire_cost(packet_of(PacketKind::read, 1024));
  EXPECT_EQ(cost.link_packets, 4u);
  EXPECT_EQ(cost.bytes, 4 * 16u);
}

TEST(IdealPolicy, ARequesterMaySendSmallerPackets) {
  const IdealPolicy policy;
  Packet packet = packet_of(PacketKind::write, 1024);
  packet.request_bytes = 64;
  EXPECT_EQ(policy.wire_cost(packet).link_packets, 16u);
}

TEST(IdealPolicy, BuffersAreCountedInFullPacketsOrInfinite) {
  EXPECT_TRUE(IdealPolicy().receiver_credits().grants[0].infinite_header);
  EXPECT_TRUE(IdealPolicy().receiver_credits().grants[0].infinite_data);
  IdealLinkConfig config;
  config.buffer_packets = 8;
  const CreditLedgerConfig credits = IdealPolicy(config).receiver_credits();
  for (const unsigned index : {0u, 1u, 2u}) {
    EXPECT_EQ(credits.grants[index].dedicated.header, 8u);
    EXPECT_EQ(credits.grants[index].dedicated.data, 8 * 16u);
    EXPECT_FALSE(credits.grants[index].infinite_header);
  }
}

TEST(IdealPolicy, OnlyNonPostedIsPassedAndOnlyByOthers) {
  const IdealPolicy policy;
  const PacketKind kinds[] = {PacketKind::write, PacketKind::read, PacketKind::completion};
  for (const PacketKind later : kinds) {
    for (const PacketKind earlier : kinds) {
      Packet first = packet_of(earlier, 64);
      Packet second = packet_of(later, 64);
      policy.classify(first);
      policy.classify(second);
      EXPECT_EQ(policy.may_pass(second, first),
                earlier == PacketKind::read && later != PacketKind::read);
    }
  }
}

TEST(IdealPolicy, ImpossibleLinksAreRefusedByName) {
  IdealLinkConfig config;
  config.slot_ps = 0;
  config.flit_bytes = 0;
  const std::vector<std::string> found = problems(config);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("slot_ps"), std::string::npos);
  EXPECT_NE(found[1].find("flit_bytes"), std::string::npos);
  EXPECT_THROW(IdealPolicy{config}, std::invalid_argument);
}

}  // namespace
}  // namespace antares::protocols
