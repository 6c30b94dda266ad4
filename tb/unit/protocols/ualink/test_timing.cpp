// SPDX-License-Identifier: Apache-2.0
// The timing table of facts/ualink_nvlink.md A.6, exactly: times of a codeword by width and lane
// rate, and what FEC adds to a crossing. Tolerance 0; doubles are exact ratios.
#include <gtest/gtest.h>

#include "antares/protocols/ualink/codeword.h"
#include "antares/protocols/ualink/ualink_policy.h"

namespace antares::protocols {
namespace {

UalinkLinkConfig link(std::uint32_t lanes, std::uint32_t lane_rate_mtps) {
  UalinkLinkConfig config;
  config.lanes = lanes;
  config.lane_rate_mtps = lane_rate_mtps;
  return config;
}

TEST(UalinkTiming, ACodewordByWidthAndLaneRate) {
  EXPECT_EQ(codeword_ps(link(4, 212500)), 6400u);
  EXPECT_EQ(codeword_ps(link(2, 212500)), 12800u);
  EXPECT_EQ(codeword_ps(link(1, 212500)), 25600u);
  EXPECT_EQ(codeword_ps(link(4, 106250)), 12800u);
  EXPECT_EQ(codeword_ps(link(2, 106250)), 25600u);
  EXPECT_EQ(codeword_ps(link(1, 106250)), 51200u);
}

TEST(UalinkTiming, OneFlitIsOneCodeword) {
  // 20 blocks of 256 bits become 257 bits each, 514 symbols of 10 bits; RS(544,514) adds 30.
  EXPECT_EQ(kDlFlitBytes * 8 / 256 * 257, 514u * 10);
  EXPECT_EQ(kCodewordBytes * 8, 544u * 10);
  EXPECT_EQ(kDlPayloadBytes + 3 + 5 + 4, kDlFlitBytes);
  EXPECT_EQ(128 + 128 + 128 + 124 + 120, static_cast<int>(kDlPayloadBytes)) << "five segments";
}

TEST(UalinkTiming, AnythingInAFlitIsThereWhenItsCodewordIs) {
  for (const std::uint32_t lanes : {1u, 2u, 4u}) {
    for (const std::uint32_t rate_mtps : {106250u, 212500u}) {
      const UalinkLinkConfig config = link(lanes, rate_mtps);
      const LinkRate rate = UalinkPolicy(config).rate();
      for (const std::uint32_t bytes : {1u, 4u, 264u, 628u}) {
        EXPECT_EQ(rate.collect_ps(bytes), codeword_ps(config)) << bytes;
        EXPECT_EQ(rate.head_collect_ps(bytes), codeword_ps(config)) << bytes;
      }
      EXPECT_EQ(rate.collect_ps(629), 2 * codeword_ps(config));
      // A million flits, to the picosecond.
      EXPECT_EQ(rate.occupancy_ps(628ull * 1000000), 1000000 * codeword_ps(config));
    }
  }
}

TEST(UalinkTiming, RawRateIsTheOneThatPortsAreCalledBy) {
  EXPECT_DOUBLE_EQ(UalinkPolicy(link(4, 212500)).rate().raw_GBps * 8, 800.0);
  EXPECT_DOUBLE_EQ(UalinkPolicy(link(2, 212500)).rate().raw_GBps * 8, 400.0);
  EXPECT_DOUBLE_EQ(UalinkPolicy(link(1, 106250)).rate().raw_GBps * 8, 100.0);
  // PL row of A.4: 640/680 = 200/212.5.
  EXPECT_DOUBLE_EQ(UalinkPolicy(link(4, 212500)).rate().raw_GBps * 8 / (4 * 212.5), 640.0 / 680);
  // DL row of A.4: 628/640 = 98.125 %.
  const LinkRate rate = UalinkPolicy().rate();
  EXPECT_DOUBLE_EQ(rate.usable_GBps() / rate.raw_GBps, 0.98125);
}

TEST(UalinkTiming, InterleavingWaitsForItsWholeGroup) {
  for (const std::uint32_t depth : {1u, 2u, 4u}) {
    UalinkLinkConfig config = link(4, 212500);
    config.fec_interleave = depth;
    config.fec_correct_ns = 31;
    const UalinkPolicy policy(config);
    EXPECT_EQ(policy.rate().collect_ps(264) + policy.link_delay_ps(), depth * 6400u + 31000u);
  }
  // The 802.3dj example of A.6: four codewords in 25.6 ns, then 31 ns.
  UalinkLinkConfig config;
  config.fec_interleave = 4;
  EXPECT_EQ(UalinkPolicy(config).rate().collect_ps(1) + UalinkPolicy(config).link_delay_ps(),
            25600u + 31000u);
  config.fec_interleave = 1;
  config.fec_correct_ns = 0;
  EXPECT_EQ(UalinkPolicy(config).link_delay_ps(), 0u);
}

TEST(UalinkTiming, NarrowerWidthsOfTheSameLink) {
  UalinkLinkConfig config;
  config.authentication = true;
  const UalinkPolicy policy(config);
  EXPECT_EQ(policy.lanes(), 4u);
  for (const unsigned lanes : {1u, 2u, 4u}) {
    const auto narrow = policy.at_lanes(lanes);
    ASSERT_NE(narrow, nullptr);
    EXPECT_EQ(narrow->lanes(), lanes);
    EXPECT_EQ(narrow->rate().collect_ps(1), 25600u / lanes);
    Packet write;
    write.bytes = 256;
    EXPECT_EQ(narrow->wire_cost(write).bytes, policy.wire_cost(write).bytes);
  }
  for (const unsigned lanes : {0u, 3u, 8u}) EXPECT_EQ(policy.at_lanes(lanes), nullptr) << lanes;
}

}  // namespace
}  // namespace antares::protocols
