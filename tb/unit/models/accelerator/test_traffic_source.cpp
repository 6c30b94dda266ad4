// SPDX-License-Identifier: Apache-2.0
// Arrival processes against their means, variances and grids. Tolerances are four standard errors
// of the quantity, from the formula of the distribution.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "antares/models/accelerator/traffic_source.h"

namespace antares::models {
namespace {

constexpr unsigned kArrivals = 100'000;

std::vector<double> gaps(const ArrivalConfig& config, unsigned count = kArrivals) {
  ArrivalProcess process(config, 1, "gaps");
  std::vector<double> result;
  Picoseconds before = process.next_ps();
  for (unsigned i = 0; i < count; ++i) {
    const Picoseconds at = process.next_ps();
    EXPECT_GE(at, before);
    result.push_back(static_cast<double>(at - before));
    before = at;
  }
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return sum / static_cast<double>(values.size());
}

ArrivalConfig config_of(Arrivals arrivals, double load) {
  ArrivalConfig config;
  config.arrivals = arrivals;
  config.load = load;
  config.packet_ps = 16000;
  config.coin_ps = 1000;
  return config;
}

TEST(Bernoulli, GapsAreGeometricInCoins) {
  for (const double load : {0.1, 0.5, 1.0}) {
    const ArrivalConfig config = config_of(Arrivals::bernoulli, load);
    const auto found = gaps(config);
    for (const double gap : found) {
      ASSERT_EQ(std::fmod(gap, 1000), 0) << "arrivals fall on the tosses of the coin";
      ASSERT_GE(gap, 1000);
    }
    const double p = load / 16;  // packet_ps / coin_ps
    const double deviation = std::sqrt(1 - p) / p * 1000;
    EXPECT_NEAR(mean(found), 16000 / load, 4 * deviation / std::sqrt(kArrivals));
    EXPECT_NEAR(variance(found), deviation * deviation, 0.05 * deviation * deviation);
  }
}

TEST(Bernoulli, AtFullLoadWithOneCoinAPacketEverySlotHasOne) {
  ArrivalConfig config = config_of(Arrivals::bernoulli, 1);
  config.coin_ps = config.packet_ps;
  ArrivalProcess process(config, 1, "full");
  for (Picoseconds slot = 0; slot < 100; ++slot) EXPECT_EQ(process.next_ps(), slot * 16000);
}

TEST(Poisson, GapsAreExponential) {
  const auto found = gaps(config_of(Arrivals::poisson, 0.4));
  const double expected = 16000 / 0.4;
  EXPECT_NEAR(mean(found), expected, 4 * expected / std::sqrt(kArrivals));
  // The fourth moment of an exponential makes the variance's standard error sqrt(8/n) of itself.
  EXPECT_NEAR(variance(found), expected * expected,
              4 * std::sqrt(8.0 / kArrivals) * expected * expected);
}

TEST(OnOff, KeepsTheLoadAtEveryDensityOfBursts) {
  for (const double off : {0.0, 4.0, 8.0, 16.0, 100.0}) {
    for (const double load : {0.2, 0.5, 0.9, 1.0}) {
      ArrivalConfig config = config_of(Arrivals::on_off, load);
      config.burst_on_packets = 8;
      config.burst_off_packets = off;
      // A cycle's length varies by about its mean; there are kArrivals / 8 cycles.
      EXPECT_NEAR(mean(gaps(config)), 16000 / load,
                  16000 / load * 4 * 1.5 / std::sqrt(kArrivals / 8))
          << "off " << off << " load " << load;
    }
  }
}

TEST(OnOff, BurstsOfEqualPausesRunAtLineRate) {
  ArrivalConfig config = config_of(Arrivals::on_off, 0.5);
  config.burst_on_packets = config.burst_off_packets = 8;
  const auto found = gaps(config);
  const auto back_to_back = std::count(found.begin(), found.end(), 16000.0);
  // All but the last packet of a burst of 8 are followed at line rate.
  const double share = 7.0 / 8;
  EXPECT_NEAR(static_cast<double>(back_to_back) / kArrivals, share,
              4 * std::sqrt(share * (1 - share) / kArrivals) + 1e-4 /* pauses of that length */);
  // One gap in 8 has an exponential pause of mean 8 packet times besides.
  const double pause = 8 * 16000.0;
  const double expected = 2 * pause * pause / 8 - (pause / 8) * (pause / 8);
  // The square of an exponential has a standard error of sqrt(5/n), n = kArrivals / 8 pauses.
  EXPECT_NEAR(variance(found), expected, 4 * std::sqrt(5 * 8.0 / kArrivals) * expected);
}

TEST(Grid, MovesArrivalsUpToTheNextSlot) {
  ArrivalConfig config = config_of(Arrivals::poisson, 0.5);
  ArrivalProcess free(config, 1, "grid");
  config.grid_ps = 5000;
  ArrivalProcess slotted(config, 1, "grid");
  for (unsigned i = 0; i < 1000; ++i) {
    const Picoseconds at = free.next_ps();
    const Picoseconds slot = slotted.next_ps();
    EXPECT_EQ(slot % 5000, 0u);
    EXPECT_GE(slot, at);
    EXPECT_LT(slot, at + 5000);
  }
}

TargetChoice uniform_of(std::uint32_t n, std::uint32_t self) {
  PatternConfig config;
  for (std::uint32_t i = 0; i < n; ++i) config.targets.push_back(i);
  config.peers = config.targets;
  return TargetChoice(config, self);
}

TEST(TrafficSource, ArrivalsDependOnSeedAndNameAlone) {
  const ArrivalConfig config = config_of(Arrivals::bernoulli, 0.5);
  const std::vector<RequestShape> one = {{256, false, 1}};
  const std::vector<RequestShape> mix = {{64, false, 1}, {256, true, 1}};
  TrafficSource source(config, one, uniform_of(8, 0), 1, "gpu0");
  TrafficSource further_port(config, mix, uniform_of(9, 0), 1, "gpu0");
  TrafficSource other_name(config, one, uniform_of(8, 0), 1, "gpu1");
  TrafficSource other_seed(config, one, uniform_of(8, 0), 2, "gpu0");
  unsigned same_name = 0;
  unsigned same_seed = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const Picoseconds at = source.next_arrival_ps();
    source.draw();
    EXPECT_EQ(further_port.next_arrival_ps(), at);
    further_port.draw();
    same_name += other_name.next_arrival_ps() == at;
    same_seed += other_seed.next_arrival_ps() == at;
  }
  EXPECT_LT(same_name, 10u);
  EXPECT_LT(same_seed, 10u);
}

TEST(TrafficSource, ShapesComeInTheSharesAsked) {
  const std::vector<RequestShape> shapes = {{64, false, 3}, {256, false, 0}, {4096, true, 1}};
  TrafficSource source(config_of(Arrivals::poisson, 0.5), shapes, uniform_of(4, 1), 1, "gpu1");
  unsigned counts[3] = {};
  constexpr unsigned kDraws = 40'000;
  for (unsigned i = 0; i < kDraws; ++i) ++counts[source.draw().shape];
  EXPECT_NEAR(counts[0], 0.75 * kDraws, 4 * std::sqrt(0.75 * 0.25 * kDraws));
  EXPECT_EQ(counts[1], 0u);
  EXPECT_EQ(counts[0] + counts[2], kDraws);
}

}  // namespace
}  // namespace antares::models
