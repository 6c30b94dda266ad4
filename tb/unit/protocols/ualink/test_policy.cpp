// SPDX-License-Identifier: Apache-2.0
// Classes, wire bytes and credits of single requests and responses: sectors and halves counted by
// hand after facts/ualink_nvlink.md A.4. Tolerance 0.
#include <gtest/gtest.h>

#include "antares/protocols/ualink/ualink_encoder.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

constexpr std::uint32_t kSector = 4;
constexpr std::uint32_t kHalf = 32;

std::uint64_t cost(const UalinkPolicy& policy, PacketKind kind, std::uint32_t bytes,
                   std::uint32_t address = 0, std::uint8_t flags = 0, std::uint8_t form = 0) {
  Packet packet = ualink_packet(kind, bytes, address, flags);
  packet.form = form;
  return policy.wire_cost(packet).bytes;
}

TEST(UalinkPolicy, RequestsAndResponsesAreClassesOfTheirOwn) {
  const UalinkPolicy policy;
  for (const PacketKind kind :
       {PacketKind::read, PacketKind::write, PacketKind::atomic, PacketKind::message}) {
    Packet packet = ualink_packet(kind, 8);
    policy.classify(packet);
    EXPECT_EQ(packet.traffic_class, TrafficClass::non_posted);
    EXPECT_TRUE(policy.completes(packet));
  }
  Packet response = ualink_packet(PacketKind::completion, 0);
  policy.classify(response);
  EXPECT_EQ(response.traffic_class, TrafficClass::completion);
  EXPECT_FALSE(policy.completes(response));
}

TEST(UalinkPolicy, VirtualChannelsThatDoNotExistBecomeTheFirst) {
  UalinkLinkConfig config;
  config.virtual_channels = 2;
  const UalinkPolicy policy(config);
  for (const auto& [asked, got] : {std::pair<int, int>{0, 0}, {1, 1}, {2, 0}, {200, 0}}) {
    Packet packet;
    packet.vc = VcId(static_cast<std::uint8_t>(asked));
    policy.classify(packet);
    EXPECT_EQ(packet.vc.value(), got);
  }
}

TEST(UalinkPolicy, RequestsByShape) {
  const UalinkPolicy policy;
  for (const std::uint32_t beats : {1u, 2u, 3u, 4u}) {
    EXPECT_EQ(cost(policy, PacketKind::read, beats * 64), 2 * kSector);
    EXPECT_EQ(cost(policy, PacketKind::write, beats * 64), 2 * kSector + 2 * beats * kHalf);
    EXPECT_EQ(cost(policy, PacketKind::write, beats * 64, 0, 0, ualink_form::kFirstLoads),
              4 * kSector + 2 * beats * kHalf);
    EXPECT_EQ(cost(policy, PacketKind::write, beats * 64, 0, kByteEnables),
              2 * kSector + 2 * beats * kHalf + kHalf)
        << "byte enables of all beats fit into one half";
  }
  EXPECT_EQ(cost(policy, PacketKind::read, 64, 0, kByteEnables), 4 * kSector)
      << "attributes are not the default";
  EXPECT_EQ(cost(policy, PacketKind::read, 4, 8), 4 * kSector) << "no 64 B alignment";
  EXPECT_EQ(cost(policy, PacketKind::write, 4, 8), 4 * kSector + 2 * kHalf + kHalf);
  EXPECT_EQ(cost(policy, PacketKind::write, 64, 32), 4 * kSector + 4 * kHalf + kHalf)
      << "touches two beats";
  EXPECT_EQ(cost(policy, PacketKind::atomic, 8, 8), 4 * kSector + 2 * kHalf + kHalf);
  EXPECT_EQ(cost(policy, PacketKind::atomic, 16, 16), 4 * kSector + 2 * kHalf + kHalf);
  EXPECT_EQ(cost(policy, PacketKind::message, 0), 4 * kSector + 2 * kHalf);
  EXPECT_EQ(cost(policy, PacketKind::message, 64), 4 * kSector + 2 * kHalf);
}

TEST(UalinkPolicy, ResponsesByShape) {
  const UalinkPolicy policy;
  EXPECT_EQ(cost(policy, PacketKind::completion, 0), kSector);
  EXPECT_EQ(cost(policy, PacketKind::completion, 0, 0, 0, ualink_form::kFlowControl), 2 * kSector);
  EXPECT_EQ(cost(policy, PacketKind::completion, 64), kSector + 2 * kHalf);
  EXPECT_EQ(cost(policy, PacketKind::completion, 8, 8), kSector + 2 * kHalf);
  EXPECT_EQ(cost(policy, PacketKind::completion, 256), kSector + 8 * kHalf);
  // Answers to four writes of 256 B: no data. To five: with the flow-control item.
  EXPECT_EQ(cost(policy, PacketKind::completion, 1024, 0, kWantsAnswer), 4 * kSector);
  EXPECT_EQ(cost(policy, PacketKind::completion, 1280, 0, kWantsAnswer), 6 * kSector);
}

TEST(UalinkPolicy, TagsMakeItemsAQuarterOfTwoHalves) {
  UalinkLinkConfig config;
  config.authentication = true;
  const UalinkPolicy policy(config);
  EXPECT_EQ(cost(policy, PacketKind::write, 256), 2 * kHalf / 4 + 8 * kHalf);
  EXPECT_EQ(cost(policy, PacketKind::read, 256), 2 * kHalf / 4);
  EXPECT_EQ(cost(policy, PacketKind::completion, 0), 2 * kHalf / 4);
  EXPECT_EQ(cost(policy, PacketKind::completion, 0, 0, 0, ualink_form::kFlowControl), 2 * kHalf / 4)
      << "four tags leave sectors free";
  EXPECT_EQ(cost(policy, PacketKind::read, 4, 4), 2 * kHalf / 2) << "half of eight sectors";
}

TEST(UalinkPolicy, ARequesterMaySendSmallerRequests) {
  const UalinkPolicy policy;
  Packet packet = ualink_packet(PacketKind::write, 1024);
  packet.request_bytes = 128;
  EXPECT_EQ(policy.wire_cost(packet).link_packets, 8u);
  EXPECT_EQ(policy.wire_cost(packet).bytes, 8 * (128u + 8));
  EXPECT_EQ(policy.demand(packet).header, 8u);
  EXPECT_EQ(policy.demand(packet).data, 16u);
  packet.request_bytes = 4096;
  EXPECT_EQ(policy.wire_cost(packet).link_packets, 4u) << "256 B is the most";
}

TEST(UalinkPolicy, ACommandEachAndABufferForEachBeat) {
  const UalinkPolicy policy;
  const auto expect = [&](const Packet& packet, std::uint32_t commands, std::uint32_t buffers) {
    const CreditAmount need = policy.demand(packet);
    EXPECT_EQ(need.header, commands);
    EXPECT_EQ(need.data, buffers);
  };
  expect(ualink_packet(PacketKind::write, 256), 1, 4);
  expect(ualink_packet(PacketKind::write, 256, 0, kByteEnables), 1, 4);
  expect(ualink_packet(PacketKind::write, 256, 128), 2, 4);
  expect(ualink_packet(PacketKind::write, 64, 32), 1, 2);
  expect(ualink_packet(PacketKind::read, 1024), 4, 0);
  expect(ualink_packet(PacketKind::atomic, 8, 8), 1, 1);
  expect(ualink_packet(PacketKind::message, 0), 1, 1);
  expect(ualink_packet(PacketKind::completion, 0), 1, 0);
  expect(ualink_packet(PacketKind::completion, 1024), 4, 16);
  expect(ualink_packet(PacketKind::completion, 1024, 0, kWantsAnswer), 4, 0);
}

// The key by which a description gives a link so many channels to choose from.
TEST(UalinkPolicy, SaysHowItGetsMoreRequestChannels) {
  EXPECT_EQ(UalinkPolicy().request_channels_setting(2), "ualink.virtual_channels: 2");
  EXPECT_EQ(UalinkPolicy().request_channels_setting(4), "ualink.virtual_channels: 4");
  EXPECT_EQ(UalinkPolicy().request_channels_setting(5), "");
}

}  // namespace
}  // namespace antares::protocols
