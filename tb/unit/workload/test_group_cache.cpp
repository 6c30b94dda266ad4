// SPDX-License-Identifier: Apache-2.0
// Sets in a table that is too small for them, and the draws that fill it.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "antares/platforms/workload/expert_choice.h"

namespace antares::platforms {
namespace {

TEST(GroupCache, LeastRecentlyUsedGoesFirst) {
  GroupCache cache(2);
  EXPECT_FALSE(cache.take({1}));
  const auto one = cache.replace({1});
  const auto two = cache.replace({2});
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  cache.give_back(*one);
  cache.give_back(*two);
  // 1 is used again, so 2 is the older.
  EXPECT_EQ(cache.take({1}), one);
  cache.give_back(*one);
  EXPECT_EQ(cache.replace({3}), two);
  EXPECT_FALSE(cache.take({2}));
  EXPECT_EQ(cache.set_of(*two), ExpertSet{3});
}

TEST(GroupCache, WhatIsInUseStays) {
  GroupCache cache(1);
  const auto group = cache.replace({1, 2});
  EXPECT_EQ(cache.take({1, 2}), group);  // two users
  EXPECT_FALSE(cache.replace({3}));
  cache.give_back(*group);
  EXPECT_FALSE(cache.replace({3}));
  cache.give_back(*group);
  EXPECT_EQ(cache.replace({3}), group);
}

TEST(ExpertChoice, DrawsDifferentExpertsAllAlike) {
  constexpr std::uint32_t kExperts = 8;
  constexpr std::uint32_t kTop = 2;
  constexpr int kDraws = 28'000;
  const ExpertChoice choice(kExperts, kTop, 0);
  protocols::RandomStream random(1, "test");
  std::map<ExpertSet, int> counts;
  for (int i = 0; i < kDraws; ++i) {
    const ExpertSet set = choice.draw(random);
    ASSERT_EQ(set.size(), kTop);
    ASSERT_LT(set[0], set[1]);
    ASSERT_LT(set[1], kExperts);
    ++counts[set];
  }
  // C(8,2) = 28 sets, binomial each: five standard deviations.
  EXPECT_EQ(counts.size(), 28u);
  const double mean = kDraws / 28.0;
  for (const auto& [set, count] : counts) EXPECT_NEAR(count, mean, 5 * std::sqrt(mean));
}

TEST(ExpertChoice, PopularityIsAPowerOfTheNumber) {
  const ExpertChoice choice(3, 1, 1);  // 1, 1/2, 1/3: shares 6/11, 3/11, 2/11
  protocols::RandomStream random(2, "test");
  constexpr int kDraws = 11'000;
  int counts[3] = {};
  for (int i = 0; i < kDraws; ++i) ++counts[choice.draw(random)[0]];
  for (int e = 0; e < 3; ++e)
    EXPECT_NEAR(counts[e], kDraws * 6.0 / 11 / (e + 1), 5 * std::sqrt(kDraws * 0.25)) << e;
}

TEST(ExpertChoice, AllOfThemIsEverybody) {
  protocols::RandomStream random(3, "test");
  EXPECT_EQ(ExpertChoice(4, 4, 2).draw(random), (ExpertSet{0, 1, 2, 3}));
}

}  // namespace
}  // namespace antares::platforms
