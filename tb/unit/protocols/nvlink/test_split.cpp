// SPDX-License-Identifier: Apache-2.0
// How a train becomes packets and flits: the closed form against the slow splitter, and the rules
// of facts/ualink_nvlink.md B.2 on their own. Tolerance 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "antares/protocols/nvlink/nvlink_policy.h"
#include "tb/unit/protocols/nvlink/packet_oracle.h"

namespace antares::protocols {
namespace {

class Random {
 public:
  std::uint32_t pick(std::uint32_t low, std::uint32_t high) {
    return boost::random::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }
  /// Sizes around powers of two, where splits change, from a byte to 16 KiB.
  std::uint32_t size() {
    const std::uint32_t power = 1u << pick(0, 14);
    return std::max(4u, power + pick(0, 8)) - std::min(3u, power);
  }
  /// Requests of whole powers of two, and odd ones.
  std::uint32_t limit() { return pick(0, 1) == 0 ? 1u << pick(0, 8) : pick(1, 256); }

 private:
  boost::random::mt19937 engine_{42};
};

struct Shape {
  std::uint32_t address, bytes, limit;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << shape.bytes << " B at " << shape.address << ", limit " << shape.limit;
}

void expect_same(const NvlinkSplit& fast, const std::vector<oracle::NvlinkPacket>& slow,
                 std::uint32_t head_flits, const Shape& shape) {
  std::vector<std::uint32_t> flits;
  std::uint32_t total = 0;
  for (const oracle::NvlinkPacket& packet : slow) {
    flits.push_back(head_flits + packet.enables + packet.data_flits());
    total += flits.back();
  }
  ASSERT_EQ(fast.packets, flits.size()) << shape;
  ASSERT_EQ(fast.flits, total) << shape;
  ASSERT_EQ(fast.first_flits, flits.front()) << shape;
  ASSERT_EQ(fast.last_flits, flits.back()) << shape;
  ASSERT_EQ(fast.most_flits, *std::max_element(flits.begin(), flits.end())) << shape;
}

TEST(NvlinkSplit, AgreesWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 10000; ++i) {
    const Shape shape{random.pick(0, 4095), random.size(), random.limit()};
    const std::uint32_t head = random.pick(1, 2);
    const auto data = oracle::cut_nvlink(shape.address, shape.bytes, shape.limit, false, false);
    const auto write = oracle::cut_nvlink(shape.address, shape.bytes, shape.limit, true, false);
    const auto masked = oracle::cut_nvlink(shape.address, shape.bytes, shape.limit, true, true);
    const auto fast = [&](NvlinkContent content) {
      return split_nvlink(shape.address, shape.bytes, shape.limit, head, content);
    };
    expect_same(fast(NvlinkContent::data), data, head, shape);
    expect_same(fast(NvlinkContent::data_or_enables), write, head, shape);
    expect_same(fast(NvlinkContent::data_and_enables), masked, head, shape);
    const NvlinkSplit read = fast(NvlinkContent::nothing);
    ASSERT_EQ(read.packets, data.size()) << shape << ": a read has a request for each response";
    ASSERT_EQ(read.flits, head * data.size()) << shape;
  }
}

TEST(NvlinkSplit, NoPacketExceedsEighteenFlitsOrCrosses256Bytes) {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const Shape shape{random.pick(0, 4095), random.size(), random.limit()};
    for (const NvlinkContent content :
         {NvlinkContent::data, NvlinkContent::data_or_enables, NvlinkContent::data_and_enables}) {
      const NvlinkSplit split = split_nvlink(shape.address, shape.bytes, shape.limit, 2, content);
      ASSERT_LE(split.most_flits, kNvlinkMostFlits) << shape;
    }
    for (const auto& packet :
         oracle::cut_nvlink(shape.address, shape.bytes, shape.limit, true, true)) {
      ASSERT_EQ(packet.from / 256, (packet.to - 1) / 256) << shape;
      ASSERT_LE(packet.to - packet.from, 128u) << shape << ": 128 enable bits";
    }
  }
  // The published limit is reached: header, extension, 16 data flits.
  EXPECT_EQ(split_nvlink(0, 256, 256, 2, NvlinkContent::data_or_enables).most_flits, 18u);
}

TEST(NvlinkSplit, WorkedExamples) {
  // 256 B, 100 B before a boundary: 6 whole flits and one of 4 B, then 156 B; both ends are
  // partial.
  const NvlinkSplit crossing = split_nvlink(256 - 100, 256, 256, 1, NvlinkContent::data_or_enables);
  EXPECT_EQ(crossing.packets, 3u) << "the second, 156 B with byte enables, is cut at 128 B";
  EXPECT_EQ(crossing.first_flits, 1 + 1 + 7u);
  EXPECT_EQ(crossing.last_flits, 1 + 1 + 2u);
  EXPECT_EQ(crossing.flits, (1 + 1 + 7) + (1 + 8) + (1 + 1 + 2u));
  // A byte is a header, byte enables and a flit.
  EXPECT_EQ(split_nvlink(3, 1, 256, 1, NvlinkContent::data_or_enables).flits, 3u);
  EXPECT_EQ(split_nvlink(3, 1, 256, 1, NvlinkContent::data).flits, 2u);
  // A store of 128 B a warp: eight data flits each.
  const NvlinkSplit stores = split_nvlink(0, 1024, 128, 1, NvlinkContent::data_or_enables);
  EXPECT_EQ(stores.packets, 8u);
  EXPECT_EQ(stores.flits, 8 * 9u);
  EXPECT_EQ(split_nvlink(0, 0, 256, 1, NvlinkContent::data).flits, 1u);
}

TEST(NvlinkSplit, AMillionByteTrainIsTheSumOfItsPackets) {
  const NvlinkSplit split = split_nvlink(0, 1u << 20, 256, 1, NvlinkContent::data_or_enables);
  EXPECT_EQ(split.packets, 4096u);
  EXPECT_EQ(split.flits, 4096 * 17u);
}

Packet random_packet(Random& random) {
  Packet packet;
  constexpr PacketKind kKinds[] = {PacketKind::write, PacketKind::read, PacketKind::completion};
  packet.kind = kKinds[random.pick(0, 2)];
  packet.address_low = static_cast<std::uint16_t>(random.pick(0, 4095));
  packet.bytes = random.size();
  packet.request_bytes = static_cast<std::uint16_t>(random.pick(0, 2) == 0 ? 0 : random.limit());
  if (random.pick(0, 3) == 0) packet.flags |= kByteEnables;
  if (random.pick(0, 3) == 0) packet.flags |= kLongAddress;
  return packet;
}

TEST(NvlinkTrains, OfAnySizeMakeTheSamePackets) {
  NvlinkLinkConfig config;
  config.address_extension = NvlinkAddressExtension::when_needed;
  const NvlinkPolicy policy(config);
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const Packet whole = random_packet(random);
    const std::uint32_t train = 1u << random.pick(0, 12);
    const WireCost at_once = policy.wire_cost(whole);
    WireCost sum;
    std::uint32_t credits = 0;
    for (std::uint32_t offset = 0; offset < whole.bytes;) {
      Packet part = whole;
      part.bytes = policy.train_bytes(whole, offset, train);
      ASSERT_GT(part.bytes, 0u);
      ASSERT_LE(offset + part.bytes, whole.bytes);
      part.address_low = static_cast<std::uint16_t>((whole.address_low + offset) % 4096);
      const WireCost cost = policy.wire_cost(part);
      // More than asked for only where no packet is smaller (a masked 256 B cell makes two).
      ASSERT_TRUE(part.bytes <= train || cost.link_packets <= 2) << part.bytes << " of " << train;
      ASSERT_TRUE(offset != 0 || cost.first_bytes == at_once.first_bytes);
      sum.bytes += cost.bytes;
      sum.link_packets += cost.link_packets;
      sum.last_bytes = cost.last_bytes;
      credits += policy.demand(part).header;
      offset += part.bytes;
    }
    ASSERT_EQ(sum.bytes, at_once.bytes);
    ASSERT_EQ(sum.link_packets, at_once.link_packets);
    ASSERT_EQ(sum.last_bytes, at_once.last_bytes);
    ASSERT_EQ(credits, at_once.link_packets) << "a credit a packet";
    ASSERT_EQ(policy.demand(whole).header, credits);
  }
}

TEST(NvlinkTrains, AnAtomicIsNeverCut) {
  const NvlinkPolicy policy;
  Packet swap;
  swap.kind = PacketKind::atomic;
  swap.bytes = 16;
  swap.address_low = 256 - 8;  // operands of 8 B; both travel together
  EXPECT_EQ(policy.train_bytes(swap, 0, 4), 16u);
  EXPECT_EQ(policy.wire_cost(swap).link_packets, 1u);
  EXPECT_EQ(policy.wire_cost(swap).bytes, 32u) << "header and one flit of operands";
}

}  // namespace
}  // namespace antares::protocols
