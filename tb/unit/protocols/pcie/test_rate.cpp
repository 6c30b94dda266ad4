// SPDX-License-Identifier: Apache-2.0
// Tables 1.1 and 1.2 of facts/pcie6.md. Tolerance: 0.1 %, or half a unit of the table's last digit
// where that is more (0.230 stands for 0.23047); flit times are exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "antares/protocols/pcie/framing.h"
#include "antares/protocols/pcie/pcie_link_config.h"

namespace antares::protocols {
namespace {

constexpr std::uint32_t kLanes[] = {1, 2, 4, 8, 16};

PcieLinkConfig link(std::uint32_t generation, std::uint32_t lanes, FlitMode flit_mode) {
  PcieLinkConfig config;
  config.generation = generation;
  config.lanes = lanes;
  config.flit_mode = flit_mode;
  return config;
}

void expect_cell(double value, double cell) {
  EXPECT_LE(std::abs(value - cell), std::max(0.001 * cell, 0.0005)) << value << " for " << cell;
}

TEST(PcieRate, RawRatesOfTable11) {
  const double table[6][5] = {
      {0.250, 0.500, 1.000, 2.000, 4.000},    {0.500, 1.000, 2.000, 4.000, 8.000},
      {0.985, 1.969, 3.938, 7.877, 15.754},   {1.969, 3.938, 7.877, 15.754, 31.508},
      {3.938, 7.877, 15.754, 31.508, 63.015}, {8.000, 16.000, 32.000, 64.000, 128.000}};
  for (std::uint32_t generation = 1; generation <= 6; ++generation) {
    for (unsigned i = 0; i < 5; ++i) {
      SCOPED_TRACE(testing::Message() << "generation " << generation << " x" << kLanes[i]);
      const LinkRate rate = pcie_rate(link(generation, kLanes[i], FlitMode::automatic));
      expect_cell(rate.raw_GBps, table[generation - 1][i]);
      if (generation < 6) {
        expect_cell(rate.usable_GBps(), table[generation - 1][i]);
      }
    }
  }
}

TEST(PcieRate, BytesLeftForTlpsInFlitModeOfTable11) {
  const double table[6][5] = {
      {0.230, 0.461, 0.922, 1.844, 3.688},    {0.461, 0.922, 1.844, 3.688, 7.375},
      {0.908, 1.815, 3.631, 7.262, 14.523},   {1.815, 3.631, 7.262, 14.523, 29.046},
      {3.631, 7.262, 14.523, 29.046, 58.092}, {7.375, 14.750, 29.500, 59.000, 118.000}};
  for (std::uint32_t generation = 1; generation <= 6; ++generation) {
    for (unsigned i = 0; i < 5; ++i) {
      SCOPED_TRACE(testing::Message() << "generation " << generation << " x" << kLanes[i]);
      const LinkRate rate = pcie_rate(link(generation, kLanes[i], FlitMode::on));
      expect_cell(rate.usable_GBps(), table[generation - 1][i]);
      EXPECT_NEAR(rate.usable_GBps() / rate.raw_GBps, 236.0 / 256.0, 1e-12);
    }
  }
}

TEST(PcieRate, FlitTimesOfTable12) {
  // In units of 1/2 ps, since 4.0625 ns is not a whole picosecond.
  const std::uint64_t at_x1_half_ps[6] = {2048000, 1024000, 520000, 260000, 130000, 64000};
  for (std::uint32_t generation = 1; generation <= 6; ++generation) {
    for (const std::uint32_t lanes : kLanes) {
      SCOPED_TRACE(testing::Message() << "generation " << generation << " x" << lanes);
      const LinkRate rate = pcie_rate(link(generation, lanes, FlitMode::on));
      const std::uint64_t half_ps = at_x1_half_ps[generation - 1] / lanes;
      EXPECT_EQ(rate.occupancy_ps(1000 * kFlitTlpBytes), 1000 * half_ps / 2);
      EXPECT_EQ(rate.collect_ps(1), (half_ps + 1) / 2) << "a whole flit before its first byte";
    }
  }
}

TEST(PcieRate, AMillionFlitsAt32GtsX16TakeExactly4062500000Picoseconds) {
  LinkTiming timing(pcie_rate(link(5, 16, FlitMode::on)));
  for (int i = 0; i < 1000000; ++i) timing.reserve(0, kFlitTlpBytes, kFlitTlpBytes);
  EXPECT_EQ(timing.free_ps(), 4062500000u);
}

TEST(PcieRate, SharesComeOffTheUsableRateAndNotTheRawOne) {
  PcieLinkConfig config = link(5, 16, FlitMode::off);
  const double raw = pcie_rate(config).raw_GBps;
  config.dllp_share = 0.08;
  config.skp_share = 0.01;
  const LinkRate rate = pcie_rate(config);
  EXPECT_DOUBLE_EQ(rate.raw_GBps, raw);
  // Shares are kept to 1e-7 (stated in framing.h).
  EXPECT_NEAR(rate.usable_GBps() / raw, 0.92 * 0.99, 1e-7);
}

TEST(PcieRate, TimesOfAMebibyteTrainStayWithin64BitsForAllRatesAndAwkwardShares) {
  for (std::uint32_t generation = 1; generation <= 6; ++generation) {
    for (const std::uint32_t lanes : kLanes) {
      for (const FlitMode mode : {FlitMode::on, FlitMode::off}) {
        PcieLinkConfig config = link(generation, lanes, mode);
        config.skp_share = 0.0123457;
        if (mode == FlitMode::off) config.dllp_share = 0.0987653;
        const LinkRate rate = pcie_rate(config);
        constexpr std::uint64_t kTrain = 5 << 20;  // 1 MiB in TLPs of 4 B with 16 B headers
        EXPECT_LT(rate.per_byte.numerator, UINT64_MAX / kTrain);
        const double expected = kTrain * 1000.0 / rate.usable_GBps();
        EXPECT_NEAR(static_cast<double>(rate.occupancy_ps(kTrain)), expected, 1 + 1e-12 * expected)
            << "rounded down to a picosecond";
      }
    }
  }
}

TEST(PcieRate, WithoutFlitsTheFrameStartAndHeaderAreCollectedBeforeCutThrough) {
  PcieLinkConfig config = link(5, 16, FlitMode::off);
  EXPECT_EQ(pcie_rate(config).header_collect_bytes, 4u + 16u);
  config.address64 = false;
  EXPECT_EQ(pcie_rate(config).header_collect_bytes, 4u + 12u);
  config.generation = 2;
  EXPECT_EQ(pcie_rate(config).header_collect_bytes, 3u + 12u);
}

}  // namespace
}  // namespace antares::protocols
