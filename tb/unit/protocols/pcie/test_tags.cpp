// SPDX-License-Identifier: Apache-2.0
// Tags: which widths a link may have, and how many of them a port needs (facts/pcie6.md 2.5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

TEST(Tags, FourteenBitsNeedFlitModeAndTenDoNot) {
  PcieLinkConfig config;
  config.tag_bits = 14;
  EXPECT_EQ(PciePolicy(config).tags(), usable_tags(14));
  config.generation = 5;
  EXPECT_THAT(problems(config), testing::SizeIs(1));
  config.tag_bits = 10;
  EXPECT_EQ(PciePolicy(config).tags(), usable_tags(10));
}

TEST(Tags, SmallReadsOfAFullX16LinkNeedFourteenBits) {
  // Reads in flight = payload rate times round trip over read size: facts/pcie6.md 2.5 has 1553
  // for 64 B and 225 for 512 B reads at a round trip of 1 us.
  const PciePolicy policy;
  const auto needed = [&policy](std::uint32_t bytes) {
    const double GBps = policy.efficiency(PacketKind::read, bytes) * policy.rate().raw_GBps;
    return std::ceil(GBps * 1000 / bytes);
  };
  EXPECT_EQ(needed(64), 1553);
  EXPECT_GT(needed(64), usable_tags(10));
  EXPECT_LT(needed(64), usable_tags(14));
  EXPECT_LT(needed(512), usable_tags(8));
}

}  // namespace
}  // namespace antares::protocols
