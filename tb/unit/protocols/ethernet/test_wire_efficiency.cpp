// SPDX-License-Identifier: Apache-2.0
// The wire-efficiency table of facts/product_and_collectives.md 2.2 (columns RoCEv2, 46 B, 10 B)
// from the policy, and beside it what the same packets really take. Tolerance of the table: half of
// its last digit, 0.0005. True figures are exact ratios; tolerance 1e-12 for the division.
#include <gtest/gtest.h>

#include <cmath>

#include "antares/protocols/ethernet/ethernet_policy.h"

namespace antares::protocols {
namespace {

struct Row {
  std::uint32_t payload;
  double roce, header46, header10;
};

const Row kTable22[] = {{32, 0.246, 0.410, 0.762},
                        {64, 0.395, 0.582, 0.865},
                        {128, 0.566, 0.736, 0.928},
                        {256, 0.723, 0.848, 0.962},
                        {4096, 0.977, 0.989, 0.998}};

/// What the published 46 B and 10 B figures count: the network header and nothing else.
EthernetLinkConfig header_only(SueHeader header) {
  EthernetLinkConfig config;
  config.framing = EthernetFraming::sue;
  config.sue_header = header;
  config.count_preamble_gap_fcs = false;
  config.min_frame_bytes = 0;
  config.reliability = false;
  config.command_bytes = 0;
  return config;
}

EthernetLinkConfig with_framing(EthernetFraming framing) {
  EthernetLinkConfig config;
  config.framing = framing;
  return config;
}

double write_efficiency(const EthernetLinkConfig& config, std::uint32_t payload) {
  return EthernetPolicy(config).efficiency(PacketKind::write, payload);
}

TEST(WireEfficiency, EveryCellOfTable22WithinItsRounding) {
  for (const Row& row : kTable22) {
    SCOPED_TRACE(testing::Message() << row.payload << " B");
    EXPECT_NEAR(write_efficiency(with_framing(EthernetFraming::roce_v2), row.payload), row.roce,
                0.0005);
    EXPECT_NEAR(write_efficiency(header_only(SueHeader::ip_udp), row.payload), row.header46,
                0.0005);
    EXPECT_NEAR(write_efficiency(header_only(SueHeader::compressed), row.payload), row.header10,
                0.0005);
  }
}

TEST(WireEfficiency, TrueFiguresOfSueCountAllThatIsOnTheWire) {
  // preamble 8 + gap 12 + FCS 4 + network header + reliability 8 + R-CRC 4, a command of 16 a
  // transaction of 256 B, and no frame below 64 B. 4096 B and 16 commands do not fit one PDU of
  // 4096 B: 15 transactions in one, one in a second.
  const auto expected = [](std::uint32_t payload, std::uint32_t network) {
    const double around = 8 + 12 + 4 + network + 8 + 4;
    if (payload == 4096) return 4096 / (4096 + 16 * 16 + 2 * around);
    return payload / (20 + std::max(64.0, payload + 16 + around - 20));
  };
  for (const Row& row : kTable22) {
    SCOPED_TRACE(testing::Message() << row.payload << " B");
    EthernetLinkConfig config;
    config.sue_header = SueHeader::ip_udp;
    EXPECT_NEAR(write_efficiency(config, row.payload), expected(row.payload, 46), 1e-12);
    EXPECT_LT(write_efficiency(config, row.payload), row.header46);
    config.sue_header = SueHeader::compressed;
    EXPECT_NEAR(write_efficiency(config, row.payload), expected(row.payload, 10), 1e-12);
    EXPECT_LT(write_efficiency(config, row.payload), row.header10);
  }
}

TEST(WireEfficiency, HeaderSizesOfTheOtherFramings) {
  // 256 B of payload, a command of 16, 24 B of preamble, gap and FCS; 12 B of reliability but in
  // SUE-Lite.
  const auto expected = [](double network, double reliability) {
    return 256 / (256 + 16 + 24 + network + reliability);
  };
  EthernetLinkConfig config;
  config.sue_header = SueHeader::afh_gen1;
  EXPECT_NEAR(write_efficiency(config, 256), expected(14, 12), 1e-12);
  config.sue_header = SueHeader::afh_gen2;
  EXPECT_NEAR(write_efficiency(config, 256), expected(12 + 2, 12), 1e-12);
  config.sue_header = SueHeader::afh_gen2_short;
  EXPECT_NEAR(write_efficiency(config, 256), expected(6 + 2, 12), 1e-12);
  EXPECT_NEAR(write_efficiency(with_framing(EthernetFraming::esun), 256), expected(14 + 4, 12),
              1e-12);
  EXPECT_NEAR(write_efficiency(with_framing(EthernetFraming::sue_lite), 256), expected(8, 0),
              1e-12);
}

TEST(WireEfficiency, ReadsAreBoundByTheBusierDirection) {
  // RoCE: a request is 98 B on the wire, a response 82 + AETH 4 + payload; the two are equal at
  // 12 B of payload.
  const EthernetPolicy roce(with_framing(EthernetFraming::roce_v2));
  EXPECT_NEAR(roce.efficiency(PacketKind::read, 8), 8.0 / 98, 1e-12);
  EXPECT_NEAR(roce.efficiency(PacketKind::read, 256), 256.0 / (256 + 86), 1e-12);
}

TEST(WireEfficiency, BothWaysTheAnswersShareTheLine) {
  const EthernetPolicy roce(with_framing(EthernetFraming::roce_v2));
  EXPECT_NEAR(roce.efficiency_both_ways(PacketKind::write, 256), 256.0 / (256 + 98 + 86), 1e-12);
  EXPECT_NEAR(roce.efficiency_both_ways(PacketKind::read, 256), 256.0 / (98 + 256 + 86), 1e-12);
  // SUE: 24 + 10 + 12 + 16 around the write, an acknowledge of 64 + 20.
  EXPECT_NEAR(EthernetPolicy().efficiency_both_ways(PacketKind::write, 256),
              256.0 / (256 + 62 + 84), 1e-12);
  // Sixteen transactions of 256 + 16 B, 15 to a frame of 4096 B: each frame is acknowledged.
  EXPECT_NEAR(EthernetPolicy().efficiency_both_ways(PacketKind::write, 4096),
              4096.0 / (4096 + 16 * 16 + 2 * (62 - 16) + 2 * 84), 1e-12);
}

TEST(WireEfficiency, ASaturatedLinkTimingGivesTheSameShare) {
  const EthernetPolicy policy;
  Packet write;
  write.bytes = 256;
  const WireCost cost = policy.wire_cost(write);
  LinkTiming timing(policy.rate());
  constexpr int kWrites = 10000;
  for (int i = 0; i < kWrites; ++i) timing.reserve(0, cost.bytes, cost.last_bytes);
  const double GBps = 256.0 * kWrites * 1000 / static_cast<double>(timing.free_ps());
  EXPECT_NEAR(GBps, policy.efficiency(PacketKind::write, 256) * policy.rate().raw_GBps, 1e-6);
}

}  // namespace
}  // namespace antares::protocols
