// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "antares/models/accelerator/traffic_pattern.h"

namespace antares::models {
namespace {

using protocols::RandomStream;

PatternConfig config_of(Pattern pattern, std::uint32_t n) {
  PatternConfig config;
  config.pattern = pattern;
  for (std::uint32_t i = 0; i < n; ++i) {
    config.targets.push_back(i);
    config.peers.push_back(i);
  }
  return config;
}

/// Share of `draws` draws by target.
std::map<std::uint32_t, double> shares(const TargetChoice& choice, unsigned draws) {
  RandomStream stream(1, "shares");
  std::map<std::uint32_t, double> result;
  for (unsigned i = 0; i < draws; ++i) result[choice.draw(stream)] += 1.0 / draws;
  return result;
}

TEST(Permutation, IsADerangementForEveryNumberOfPeers) {
  EXPECT_FALSE(permutation_partner(0, 1));
  for (std::uint32_t n = 2; n <= 160; ++n) {
    std::set<std::uint32_t> reached;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto partner = permutation_partner(i, n);
      ASSERT_TRUE(partner);
      EXPECT_NE(*partner, i);
      EXPECT_LT(*partner, n);
      reached.insert(*partner);
    }
    EXPECT_EQ(reached.size(), n);
  }
}

TEST(Transpose, MapsNoTwoPeersToOneAndNobodyToHimself) {
  for (std::uint32_t n = 0; n <= 160; ++n) {
    std::set<std::uint32_t> reached;
    std::set<std::uint32_t> senders;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto partner = transpose_partner(i, n);
      if (!partner) continue;
      EXPECT_NE(*partner, i);
      EXPECT_LT(*partner, n);
      EXPECT_TRUE(reached.insert(*partner).second) << n << " peers";
      senders.insert(i);
    }
    EXPECT_EQ(reached, senders) << n << " peers: a permutation of those that take part";
    if (n >= 4) {
      EXPECT_FALSE(senders.empty()) << n << " peers";
    }
  }
}

TEST(Transpose, SwapsTheHalvesOfTheIndexBits) {
  for (const unsigned half : {1u, 2u, 3u}) {
    const std::uint32_t side = 1u << half;
    for (std::uint32_t i = 0; i < side * side; ++i) {
      const std::uint32_t swapped = (i & (side - 1)) << half | i >> half;
      EXPECT_EQ(transpose_partner(i, side * side).value_or(i), swapped);
    }
  }
}

TEST(Uniform, ReachesAllOthersEquallyOften) {
  constexpr std::uint32_t kPeers = 5;
  constexpr unsigned kDraws = 40'000;
  for (const bool include_self : {false, true}) {
    PatternConfig config = config_of(Pattern::uniform, kPeers);
    config.include_self = include_self;
    const auto found = shares(TargetChoice(config, 2), kDraws);
    const double expected = 1.0 / (include_self ? kPeers : kPeers - 1);
    EXPECT_EQ(found.size(), include_self ? 5u : 4u);
    EXPECT_EQ(found.count(2), include_self ? 1u : 0u);
    // 4 standard deviations of a binomial share.
    const double tolerance = 4 * std::sqrt(expected * (1 - expected) / kDraws);
    for (const auto& [target, share] : found) EXPECT_NEAR(share, expected, tolerance) << target;
  }
}

TEST(HotSpot, GetsExactlyItsShareAndTheOthersTheRest) {
  constexpr unsigned kDraws = 40'000;
  PatternConfig config = config_of(Pattern::hot_spot, 6);
  config.hot_target = 4;
  config.hot_fraction = 0.3;
  const auto found = shares(TargetChoice(config, 1), kDraws);
  const double tolerance = 4 * std::sqrt(0.3 * 0.7 / kDraws);
  EXPECT_NEAR(found.at(4), 0.3, tolerance);
  for (const std::uint32_t other : {0u, 2u, 3u, 5u})
    EXPECT_NEAR(found.at(other), 0.7 / 4, tolerance) << other;
  EXPECT_EQ(found.count(1), 0u);
  // The hot spot itself has no hot spot.
  EXPECT_EQ(shares(TargetChoice(config, 4), 1000).size(), 5u);
}

TEST(HotSpot, WithNobodyElseThereEverythingGoesToIt) {
  PatternConfig config = config_of(Pattern::hot_spot, 2);
  config.hot_target = 1;
  config.hot_fraction = 0.25;
  const std::map<std::uint32_t, double> found = shares(TargetChoice(config, 0), 100);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->first, 1u);
}

TEST(Incast, AllSendToOneWhoStaysSilent) {
  PatternConfig config = config_of(Pattern::incast, 4);
  config.hot_target = 3;
  EXPECT_TRUE(TargetChoice(config, 3).empty());
  for (std::uint32_t i = 0; i < 3; ++i) {
    const TargetChoice choice(config, i);
    ASSERT_FALSE(choice.empty());
    RandomStream stream(1, "incast");
    EXPECT_EQ(choice.draw(stream), 3u);
  }
}

TEST(Partners, AreCountedAmongThePeersNotTheTargets) {
  PatternConfig config;
  config.pattern = Pattern::permutation;
  config.targets = {0, 1, 2, 3, 4, 5, 6, 7};
  config.peers = {1, 3, 5, 7};
  RandomStream stream(1, "partners");
  EXPECT_EQ(TargetChoice(config, 1).draw(stream), 5u);
  EXPECT_EQ(TargetChoice(config, 7).draw(stream), 3u);
}

}  // namespace
}  // namespace antares::models
