// SPDX-License-Identifier: Apache-2.0
// The rows of the efficiency table of facts/ualink_nvlink.md A.4 and calibration tests 1 and 2 of
// F: closed forms with tolerance of rounding in doubles, the published figures within their digits,
// and long streams through an encoder, whose cold start is bounded.
#include <gtest/gtest.h>

#include <memory>

#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

constexpr double kTight = 1e-12;

UalinkLinkConfig with(bool authentication, bool address_cache = true) {
  UalinkLinkConfig config;
  config.authentication = authentication;
  config.address_cache = address_cache;
  return config;
}

/// Payload in Gb/s of one direction that sends 256 B writes through an encoder, and, where both
/// directions are busy, a response for each write that comes the other way.
double payload_gbps(const UalinkLinkConfig& config, bool both_ways) {
  constexpr std::uint32_t kWrites = 40000;
  const UalinkPolicy policy(config);
  const auto encoder = policy.make_encoder();
  std::uint64_t wire = 0;
  for (std::uint32_t i = 0; i < kWrites; ++i) {
    const std::uint64_t address = std::uint64_t{i} * 256;
    Packet write =
        ualink_packet(PacketKind::write, 256, static_cast<std::uint32_t>(address % 4096));
    policy.classify(write);
    encoder->encode(write, address, true);
    wire += policy.wire_cost(write).bytes;
    if (!both_ways) continue;
    Packet response = ualink_packet(PacketKind::completion, 0);
    policy.classify(response);
    encoder->encode(response, address, true);
    wire += policy.wire_cost(response).bytes;
  }
  const double time_ps = static_cast<double>(policy.rate().occupancy_ps(wire));
  return kWrites * 256.0 * 8 / time_ps * 1000;
}

TEST(UalinkEfficiency, TlCompressed256WithReverseResponses) {
  const double expected = 20.0 / 21 * 628 / 640;
  EXPECT_NEAR(UalinkPolicy().efficiency_both_ways(PacketKind::write, 256), expected, kTight);
  EXPECT_NEAR(UalinkPolicy().efficiency_both_ways(PacketKind::read, 256), expected, kTight)
      << "a read's request and response are those of a write";
  EXPECT_NEAR(20.0 / 21, 0.952, 0.0005) << "the published TL figure, to its digits";
  EXPECT_NEAR(expected, 0.93, 0.005) << "the published effective peak, to its digits";
}

TEST(UalinkEfficiency, TlWithAuthentication) {
  EXPECT_NEAR(UalinkPolicy(with(true)).efficiency_both_ways(PacketKind::write, 256),
              16.0 / 18 * 628 / 640, kTight);
}

TEST(UalinkEfficiency, PayloadOfAnX4Port) {
  // 0.02 %: the first request of each megabyte is sent whole, 8 B in 4096 x 268.8.
  const double both = payload_gbps(with(false), true);
  EXPECT_NEAR(both, 800 * 20.0 / 21 * 628 / 640, 0.15);
  EXPECT_GE(both, 745);
  EXPECT_LE(both, 749);
}

TEST(UalinkEfficiency, PayloadOfAnX4PortWithTags) {
  const double both = payload_gbps(with(true), true);
  EXPECT_NEAR(both, 800 * 16.0 / 18 * 628 / 640, 0.15);
  EXPECT_GE(both, 697);
  EXPECT_LE(both, 699);
}

TEST(UalinkEfficiency, PayloadOneWayWithoutFlowControlItems) {
  const double one_way = payload_gbps(with(false), false);
  EXPECT_NEAR(one_way, 800 * 32.0 / 33 * 628 / 640, 0.15);
  EXPECT_NEAR(one_way, 761, 0.5);
}

TEST(UalinkEfficiency, SmallOrUncompressedTransfersFallBelow) {
  // Sectors of a request, of a response and of a fifth of a flow-control item, 4 B each.
  const auto share = [](double bytes, double request_sectors) {
    return bytes / (bytes + 4 * (request_sectors + 1 + 0.2)) * 628 / 640;
  };
  const UalinkPolicy compressed;
  const UalinkPolicy uncompressed(with(false, false));
  for (const std::uint32_t bytes : {64u, 128u, 192u, 256u}) {
    EXPECT_NEAR(compressed.efficiency_both_ways(PacketKind::write, bytes), share(bytes, 2), kTight);
    EXPECT_NEAR(uncompressed.efficiency_both_ways(PacketKind::write, bytes), share(bytes, 4),
                kTight);
    EXPECT_NEAR(uncompressed.efficiency_both_ways(PacketKind::read, bytes), share(bytes, 4),
                kTight);
  }
  EXPECT_LT(compressed.efficiency_both_ways(PacketKind::write, 64), 0.82)
      << "5/6 of the DL's share";
  EXPECT_LT(uncompressed.efficiency_both_ways(PacketKind::write, 64), 0.75);
  EXPECT_NEAR(compressed.efficiency_both_ways(PacketKind::write, 4),
              4.0 / (64 + 32 + 4 * (4 + 1 + 0.2)) * 628 / 640, kTight);
  EXPECT_NEAR(compressed.efficiency_both_ways(PacketKind::atomic, 8),
              8.0 / ((64 + 32 + 16) + (64 + 4 * 1.2)) * 628 / 640, kTight);
  EXPECT_EQ(compressed.efficiency_both_ways(PacketKind::write, 0), 0.0);
}

TEST(UalinkEfficiency, DoesNotDependOnWidthRateOrTrainSize) {
  for (const std::uint32_t lanes : {1u, 2u, 4u}) {
    for (const std::uint32_t rate : {106250u, 212500u}) {
      UalinkLinkConfig config;
      config.lanes = lanes;
      config.lane_rate_mtps = rate;
      for (const std::uint32_t bytes : {256u, 4096u, 1u << 20}) {
        EXPECT_NEAR(UalinkPolicy(config).efficiency_both_ways(PacketKind::write, bytes),
                    20.0 / 21 * 628 / 640, kTight);
      }
    }
  }
}

TEST(UalinkEfficiency, OneWayOnlyTheBusierDirectionCounts) {
  // A write and its response go opposite ways, and neither waits for the other's direction.
  const double dl = 628.0 / 640;
  EXPECT_NEAR(UalinkPolicy().efficiency(PacketKind::write, 256), 256.0 / (256 + 8) * dl, kTight);
  // A read's request is one sector pair, its data comes with the response and its flow control.
  EXPECT_NEAR(UalinkPolicy().efficiency(PacketKind::read, 256), 256.0 / (256 + 4 * 1.2) * dl,
              kTight);
  EXPECT_EQ(UalinkPolicy().efficiency(PacketKind::write, 0), 0.0);
}

TEST(UalinkEfficiency, CreditsThatReturnForNothing) {
  UalinkLinkConfig config;
  config.responses_per_flow_control = 0;
  EXPECT_NEAR(UalinkPolicy(config).efficiency_both_ways(PacketKind::write, 256),
              256.0 / (256 + 8 + 4) * 628 / 640, kTight);
}

}  // namespace
}  // namespace antares::protocols
