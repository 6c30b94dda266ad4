// SPDX-License-Identifier: Apache-2.0
// Episodes against closed forms: go back N loses the replay round trip of link time, selective one
// unit; a line or a peer that never answers ends in a reason.
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/protocols/common/go_back_n_link.h"

namespace antares::protocols {
namespace {

/// Fails the first so many that are asked for, then none.
struct FirstFail final : UnitFates {
  explicit FirstFail(std::uint64_t count) : left(count) {}
  bool next_fails() override { return left > 0 && left-- > 0; }
  std::uint64_t left;
};

// PCIe 6 x16: 2 ns a flit, 200 ns from a flit's first bit until the NAK is there: 2 + 2*49 + 100.
constexpr ReplayEpisode kEpisode{1000, 2000, 49000, 100000};

GoBackNConfig config_of(ReplayScheme scheme) {
  GoBackNConfig config;
  config.scheme = scheme;
  config.acknowledge_ps = 100000;
  return config;
}

TEST(GoBackNLink, GoBackNLosesTheRoundTrip) {
  GoBackNLink link(config_of(ReplayScheme::go_back_n));
  link.carried(1'000'000);
  FirstFail none(0);
  const Recovery recovery = link.recover(kEpisode, none);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  // facts/pcie6.md 1.6: p * 200 ns / 2 ns = 5e-6 * 100 = 0.05 %, 3e-5 * 100 = 0.30 %.
  EXPECT_EQ(recovery.lost_ps, 200000u);
  EXPECT_DOUBLE_EQ(5e-6 * static_cast<double>(recovery.lost_ps) / 2000, 5e-4);
  EXPECT_EQ(recovery.units_resent, 100u);
  EXPECT_EQ(recovery.units_new, 100u);
  EXPECT_EQ(recovery.attempts, 1u);
  // Sent again when the NAK is there; then one unit and one crossing.
  EXPECT_EQ(recovery.accepted_ps, 1000u + 200000 + 2000 + 49000);
  EXPECT_EQ(link.counts().out_of_order, 99u);
  EXPECT_EQ(link.counts().units, 1'000'100u);
}

// What is new leaves behind all that is sent again, however few units of the train there were: of
// the line the failure takes the round trip.
TEST(GoBackNLink, AShortTrainCostsTheRoundTripToo) {
  for (const std::uint64_t following : {0u, 1u, 16u, 50u, 98u}) {
    GoBackNLink link(config_of(ReplayScheme::go_back_n));
    FirstFail none(0);
    ReplayEpisode episode = kEpisode;
    episode.following = following;
    const Recovery recovery = link.recover(episode, none);
    const Picoseconds perfect = episode.start_ps + (1 + following) * episode.unit_ps;
    EXPECT_EQ(recovery.restart_ps, perfect + 200000) << following;
  }
}

TEST(GoBackNLink, SelectiveLosesOneUnit) {
  GoBackNLink link(config_of(ReplayScheme::selective));
  FirstFail none(0);
  const Recovery recovery = link.recover(kEpisode, none);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  EXPECT_EQ(recovery.lost_ps, 2000u);
  EXPECT_EQ(recovery.units_resent, 1u);
  EXPECT_EQ(recovery.accepted_ps, 1000u + 200000 + 2000 + 49000);
  EXPECT_EQ(recovery.held_until_ps, recovery.accepted_ps);
}

TEST(GoBackNLink, TimeoutOnlyWaitsForTheTimer) {
  GoBackNLink link(config_of(ReplayScheme::timeout_only));
  FirstFail none(0);
  const Recovery recovery = link.recover(kEpisode, none);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  // 1 us behind the first bit; 500 units of 2 ns were sent by then, all are sent again.
  EXPECT_EQ(recovery.accepted_ps, 1000u + 1'000'000 + 2000 + 49000);
  EXPECT_EQ(recovery.lost_ps, 1'000'000u);
}

TEST(GoBackNLink, NothingArrivesAnyMore) {
  for (const auto scheme :
       {ReplayScheme::go_back_n, ReplayScheme::selective, ReplayScheme::timeout_only}) {
    GoBackNLink link(config_of(scheme));
    FirstFail all(~std::uint64_t{0});
    const Recovery recovery = link.recover(kEpisode, all);
    EXPECT_FALSE(recovery.recovered);
    EXPECT_STRNE(recovery.why, "");
    EXPECT_EQ(link.counts().gave_up, 1u);
    FirstFail none(0);
    EXPECT_TRUE(link.recover(kEpisode, none).recovered);  // trained anew
  }
}

}  // namespace
}  // namespace antares::protocols
