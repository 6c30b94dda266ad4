// SPDX-License-Identifier: Apache-2.0
// Closed forms of a train against a slow, obvious version that walks through every frame; and that
// trains of any size make the same frames. Exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ethernet/ethernet_policy.h"

namespace antares::protocols {
namespace {

/// Bytes from the first header byte to the last before the FCS, frame by frame.
std::vector<std::uint32_t> contents(const EthernetLinkConfig& config, const Packet& packet) {
  std::vector<std::uint32_t> frames;
  const std::uint32_t asked = packet.request_bytes == 0 ? ~0u : packet.request_bytes;
  const std::uint32_t mtu = config.packet_limit_bytes();
  std::uint32_t left = packet.bytes;
  if (config.is_roce()) {
    const std::uint32_t base = 14 + 20 + 8 + 12 + 4;
    const std::uint32_t message = std::min(config.message_bytes, asked);
    do {
      std::uint32_t message_left = std::min(left, message);
      left -= message_left;
      if (packet.kind == PacketKind::read) {
        frames.push_back(base + 16);
        continue;
      }
      for (bool first = true; first || message_left > 0; first = false) {
        const std::uint32_t payload = std::min(message_left, mtu);
        message_left -= payload;
        std::uint32_t extension = 0;
        if (packet.kind == PacketKind::write && first) extension = 16;
        if (packet.kind == PacketKind::completion && (first || message_left == 0)) extension = 4;
        frames.push_back(base + extension + payload);
      }
    } while (left > 0);
    return frames;
  }
  const std::uint32_t base = 10 + 8 + 4;
  const std::uint32_t each = std::min(256u, asked);
  std::uint32_t open = 0;  // bytes in the packet that is being filled, as if all were full
  do {
    const std::uint32_t payload = std::min(left, each);
    left -= payload;
    const std::uint32_t full = each + config.command_bytes;
    const std::uint32_t carried = packet.kind == PacketKind::read ? 0 : payload;
    if (!frames.empty() && config.packing && open + full <= mtu) {
      frames.back() += config.command_bytes + carried;
      open += full;
    } else {
      frames.push_back(base + config.command_bytes + carried);
      open = full;
    }
  } while (left > 0);
  return frames;
}

void expect_same(const EthernetLinkConfig& config, const Packet& packet) {
  const EthernetPolicy policy(config);
  const WireCost cost = policy.wire_cost(packet);
  const std::vector<std::uint32_t> frames = contents(config, packet);
  std::uint64_t wire = 0;
  std::uint64_t cells = 0;
  const auto on_wire = [](std::uint32_t content) { return std::max(content + 4, 64u) + 20; };
  for (const std::uint32_t content : frames) {
    wire += on_wire(content);
    cells += (std::max(content + 4, 64u) + 127) / 128;
  }
  ASSERT_EQ(cost.link_packets, frames.size());
  ASSERT_EQ(cost.bytes, wire);
  ASSERT_EQ(cost.first_bytes, on_wire(frames.front()));
  ASSERT_EQ(cost.last_bytes, on_wire(frames.back()));
  ASSERT_EQ(policy.demand(packet).data, cells);
  ASSERT_EQ(policy.demand(packet).header, frames.size());
}

TEST(EthernetFrames, ClosedFormEqualsTheWalkOverEveryFrame) {
  RandomStream random(1, "ethernet frames");
  const auto below = [&random](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random.uniform_below(bound));
  };
  const PacketKind kinds[] = {PacketKind::write, PacketKind::read, PacketKind::completion};
  for (int round = 0; round < 20000; ++round) {
    EthernetLinkConfig config;
    if (below(2) == 0) {
      config.framing = EthernetFraming::roce_v2;
      config.mtu_bytes = 256u << below(5);
      config.message_bytes = config.mtu_bytes * (1 + below(5));
    } else {
      config.command_bytes = below(65);
      config.mtu_bytes = 512 + below(3585);
      config.packing = below(4) != 0;
    }
    Packet packet;
    packet.kind = kinds[below(3)];
    packet.bytes = 1 + below(below(2) == 0 ? 600 : 70000);
    packet.request_bytes = static_cast<std::uint16_t>(below(3) == 0 ? 1 + below(5000) : 0);
    SCOPED_TRACE(testing::Message()
                 << "bytes " << packet.bytes << " request " << packet.request_bytes << " mtu "
                 << config.mtu_bytes << " message " << config.message_bytes << " command "
                 << config.command_bytes << " kind " << int(packet.kind));
    expect_same(config, packet);
    if (HasFatalFailure()) return;
  }
}

TEST(EthernetFrames, TrainsOfAnySizeMakeTheSameFrames) {
  for (const EthernetFraming framing : {EthernetFraming::roce_v2, EthernetFraming::sue,
                                        EthernetFraming::sue_lite, EthernetFraming::esun}) {
    EthernetLinkConfig config;
    config.framing = framing;
    const EthernetPolicy policy(config);
    for (const PacketKind kind : {PacketKind::write, PacketKind::read, PacketKind::completion}) {
      for (const std::uint16_t asked : {0, 128, 200}) {
        Packet whole;
        whole.kind = kind;
        whole.bytes = 100'001;
        whole.request_bytes = asked;
        const WireCost at_once = policy.wire_cost(whole);
        for (const std::uint32_t limit : {1u, 4096u, 5000u, 65536u}) {
          std::uint64_t bytes = 0;
          std::uint32_t frames = 0;
          for (std::uint32_t offset = 0; offset < whole.bytes;) {
            Packet train = whole;
            train.bytes = policy.train_bytes(whole, offset, limit);
            ASSERT_GT(train.bytes, 0u);
            bytes += policy.wire_cost(train).bytes;
            frames += policy.wire_cost(train).link_packets;
            offset += train.bytes;
          }
          EXPECT_EQ(bytes, at_once.bytes) << limit;
          EXPECT_EQ(frames, at_once.link_packets) << limit;
        }
      }
    }
  }
}

TEST(EthernetFrames, ALargeRoceMessageHasItsAddressOnce) {
  EthernetLinkConfig config;
  config.framing = EthernetFraming::roce_v2;
  config.message_bytes = 65536;
  Packet packet;
  packet.bytes = 65536;
  EXPECT_EQ(EthernetPolicy(config).wire_cost(packet).bytes, 65536u + 16 * 82 + 16);
  packet.kind = PacketKind::read;
  EXPECT_EQ(EthernetPolicy(config).wire_cost(packet).bytes, 98u);
  packet.kind = PacketKind::completion;
  EXPECT_EQ(EthernetPolicy(config).wire_cost(packet).bytes, 65536u + 16 * 82 + 2 * 4);
}

TEST(EthernetFrames, ShortFramesArePaddedToSixtyFourBytes) {
  const EthernetPolicy sue;
  Packet write;
  write.bytes = 1;  // 10 + 8 + 16 + 1 + 4 + FCS 4 = 43, padded to 64
  EXPECT_EQ(sue.wire_cost(write).bytes, 64u + 20);
  write.bytes = 22;  // exactly 64
  EXPECT_EQ(sue.wire_cost(write).bytes, 64u + 20);
  write.bytes = 23;
  EXPECT_EQ(sue.wire_cost(write).bytes, 65u + 20);
}

TEST(EthernetFrames, AtomicsAndAcknowledges) {
  EthernetLinkConfig config;
  config.framing = EthernetFraming::roce_v2;
  const EthernetPolicy roce(config);
  Packet packet;
  packet.kind = PacketKind::atomic;
  packet.bytes = 16;
  EXPECT_EQ(roce.wire_cost(packet).bytes, 82u + 28) << "operands ride in the header";
  packet.kind = PacketKind::completion;
  packet.bytes = 8;
  EXPECT_EQ(roce.wire_cost(packet).bytes, 82u + 4 + 8) << "AETH and the old value";
  packet.bytes = 0;
  EXPECT_EQ(roce.wire_cost(packet).bytes, 82u + 4);
  EXPECT_EQ(roce.demand(packet).data, 1u);
  EXPECT_EQ(EthernetPolicy().wire_cost(packet).bytes, 64u + 20) << "10 + 8 + 4 + 4 padded";
  EthernetLinkConfig coalescing;
  coalescing.writes_per_ack = 8;
  EXPECT_EQ(EthernetPolicy(coalescing).wire_cost(packet).bytes, 11u) << "84 / 8 rounded up";
  packet.kind = PacketKind::atomic;
  packet.bytes = 16;  // 10 + 8 + 16 + 16 + 4 + 4 = 58, padded
  EXPECT_EQ(EthernetPolicy().wire_cost(packet).bytes, 64u + 20);
}

}  // namespace
}  // namespace antares::protocols
