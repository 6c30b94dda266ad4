// SPDX-License-Identifier: Apache-2.0
// What a train costs on the wire and in credits, against the slow splitter and a price a TLP:
// header
// + payload + OHC for partial double words, and the least size that 16 TLPs a flit implies.
// Tolerance 0.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "antares/protocols/pcie/pcie_policy.h"
#include "tb/unit/protocols/pcie/split_oracle.h"

namespace antares::protocols {
namespace {

/// In quarter bytes, since 236 B / 16 = 14.75 B.
struct Price {
  std::uint64_t quarter_bytes = 0;
  std::uint32_t first = 0, last = 0;
};

Price slow_price(const PcieLinkConfig& config, TlpType type, const std::vector<oracle::Tlp>& tlps) {
  const TlpTypeRow& row = tlp_row(type);
  const bool completion = row.traffic_class == TrafficClass::completion;
  const bool ohc_there =
      (completion ? config.completion_ohc_dwords : config.request_ohc_dwords) != 0;
  Price price;
  for (std::size_t i = 0; i < tlps.size(); ++i) {
    std::uint64_t bytes = tlp_overhead_bytes(config, type);
    if (row.has_data) bytes += tlps[i].dwords() * 4;
    const bool partial = completion ? tlps[i].from % 4 != 0 : tlps[i].partial();
    if (config.uses_flits() && !ohc_there && partial) bytes += 4;
    const std::uint64_t least = config.uses_flits() ? 59 : 0;
    price.quarter_bytes += std::max(bytes * 4, least);
    const auto whole = static_cast<std::uint32_t>((std::max(bytes * 4, least) + 3) / 4);
    if (i == 0) price.first = whole;
    price.last = whole;
  }
  return price;
}

TEST(WireCost, AgreesWithTheSlowSplitterForRandomTrains) {
  boost::random::mt19937 engine(7);
  const auto pick = [&engine](std::uint32_t low, std::uint32_t high) {
    return boost::random::uniform_int_distribution<std::uint32_t>(low, high)(engine);
  };
  for (int i = 0; i < 20000; ++i) {
    PcieLinkConfig config;
    config.generation = pick(5, 6);
    config.mps_bytes = 128u << pick(0, 5);
    config.mrrs_bytes = 128u << pick(0, 5);
    config.rcb_bytes = 64u << pick(0, 1);
    config.address64 = pick(0, 1) == 1;
    config.request_ohc_dwords = pick(0, 3) == 0 ? 1 : 0;
    if (config.uses_flits()) config.completion_ohc_dwords = pick(0, 3) == 0 ? 1 : 0;
    config.ecrc = pick(0, 3) == 0;
    const PciePolicy policy(config);
    Packet packet;
    packet.kind = static_cast<PacketKind>(pick(0, 2));  // read, write, completion
    packet.bytes = std::max(4u, (1u << pick(0, 17)) + pick(0, 8)) - 3;
    packet.address_low = static_cast<std::uint16_t>(pick(0, 4095));
    packet.request_bytes = static_cast<std::uint16_t>(pick(0, 1) * (32u << pick(0, 5)));
    const bool completion = packet.kind == PacketKind::completion;
    std::uint32_t limit = packet.kind == PacketKind::read ? config.mrrs_bytes : config.mps_bytes;
    if (packet.request_bytes != 0) limit = std::min<std::uint32_t>(limit, packet.request_bytes);
    CompletionLimits limits{limit, config.mrrs_bytes, config.rcb_bytes};
    if (packet.request_bytes != 0)
      limits.read_bytes = std::min<std::uint32_t>(config.mrrs_bytes, packet.request_bytes);
    const auto tlps = completion
                          ? oracle::split_completion(packet.address_low, packet.bytes, limits)
                          : oracle::split_request(packet.address_low, packet.bytes, limit);
    const Price price = slow_price(config, policy.tlp_type(packet), tlps);
    const WireCost cost = policy.wire_cost(packet);
    const CreditAmount need = policy.demand(packet);
    SCOPED_TRACE(testing::Message() << "trial " << i << ": kind " << int(packet.kind) << ", "
                                    << packet.bytes << " B at " << packet.address_low << ", limit "
                                    << limit << ", " << tlps.size() << " TLPs");
    ASSERT_EQ(cost.link_packets, tlps.size());
    ASSERT_EQ(need.header, tlps.size());
    ASSERT_EQ(need.data, packet.kind == PacketKind::read ? 0 : oracle::data_credits(tlps));
    ASSERT_EQ(cost.bytes, (price.quarter_bytes + 3) / 4);
    ASSERT_EQ(cost.first_bytes, price.first);
    ASSERT_EQ(cost.last_bytes, price.last);
  }
}

TEST(WireCost, AlignedTrainsAreTheirLinkPacketsOneByOne) {
  const PciePolicy policy;
  for (const PacketKind kind : {PacketKind::write, PacketKind::completion, PacketKind::read}) {
    const std::uint32_t step = policy.max_link_payload_bytes(kind);
    Packet single;
    single.kind = kind;
    single.bytes = step;
    Packet train = single;
    train.bytes = 256 * step;
    EXPECT_EQ(policy.wire_cost(train).link_packets, 256u);
    EXPECT_EQ(policy.wire_cost(train).bytes, 256 * policy.wire_cost(single).bytes);
    EXPECT_EQ(policy.demand(train).header, 256 * policy.demand(single).header);
    EXPECT_EQ(policy.demand(train).data, 256 * policy.demand(single).data);
  }
}

TEST(WireCost, SmallTlpsOccupyASixteenthOfAFlitEach) {
  PcieLinkConfig config;
  config.address64 = false;
  const PciePolicy policy(config);
  Packet read;
  read.kind = PacketKind::read;
  read.bytes = 512;
  EXPECT_EQ(policy.wire_cost(read).bytes, 15u) << "14.75, rounded up";
  read.bytes = 4 * 512;
  EXPECT_EQ(policy.wire_cost(read).bytes, 59u);
  read.bytes = 16 * 512;
  EXPECT_EQ(policy.wire_cost(read).bytes, 236u);
}

TEST(WireCost, PacketsWithoutData) {
  const PciePolicy policy;
  Packet packet;
  packet.kind = PacketKind::message;
  packet.address_low = 3;
  EXPECT_EQ(policy.wire_cost(packet).bytes, 16u);
  EXPECT_EQ(policy.demand(packet).data, 0u);
  packet.kind = PacketKind::completion;
  EXPECT_EQ(policy.tlp_type(packet), TlpType::cpl);
  EXPECT_EQ(policy.demand(packet).header, 1u);
  EXPECT_EQ(policy.demand(packet).data, 0u);
}

TEST(WireCost, AZeroLengthWriteIsOneDoubleWordWithNoByteEnabled) {
  const PciePolicy policy;
  const Packet write;
  EXPECT_EQ(policy.wire_cost(write).bytes, 16u + 4u + 4u) << "header, OHC-A1, one DW";
  EXPECT_EQ(policy.demand(write).data, 1u);
}

TEST(WireCost, AtomicsAndMessagesCarryTheirOperands) {
  const PciePolicy policy;
  Packet packet;
  packet.kind = PacketKind::atomic;
  packet.bytes = 8;
  EXPECT_EQ(policy.wire_cost(packet).bytes, 24u);
  EXPECT_EQ(policy.demand(packet).data, 1u);
  packet.bytes = 32;  // compare and swap of 16 B
  EXPECT_EQ(policy.demand(packet).data, 2u);
  packet.kind = PacketKind::message;
  packet.bytes = 4;
  packet.address_low = 1;
  EXPECT_EQ(policy.wire_cost(packet).bytes, 20u) << "a message's data has no address";
}

TEST(WireCost, TheLongAddressFlagMakesA64BitHeader) {
  PcieLinkConfig config;
  config.address64 = false;
  const PciePolicy policy(config);
  Packet write;
  write.bytes = 64;
  EXPECT_EQ(policy.wire_cost(write).bytes, 12u + 64u);
  write.flags = kLongAddress;
  EXPECT_EQ(policy.wire_cost(write).bytes, 16u + 64u);
}

TEST(WireCost, ClassesFollowTheKind) {
  const PciePolicy policy;
  const auto class_of = [&policy](PacketKind kind) {
    Packet packet;
    packet.kind = kind;
    packet.vc = VcId(5);
    policy.classify(packet);
    EXPECT_EQ(packet.vc, VcId(0)) << "a channel that the link does not have";
    return packet.traffic_class;
  };
  EXPECT_EQ(class_of(PacketKind::read), TrafficClass::non_posted);
  EXPECT_EQ(class_of(PacketKind::atomic), TrafficClass::non_posted);
  EXPECT_EQ(class_of(PacketKind::write), TrafficClass::posted);
  EXPECT_EQ(class_of(PacketKind::message), TrafficClass::posted);
  EXPECT_EQ(class_of(PacketKind::completion), TrafficClass::completion);
}

}  // namespace
}  // namespace antares::protocols
