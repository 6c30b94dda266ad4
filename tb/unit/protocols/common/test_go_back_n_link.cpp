// SPDX-License-Identifier: Apache-2.0
// Episodes against closed forms: go back N loses the replay round trip of link time, selective one
// unit; a line or a peer that never answers ends in a reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

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
constexpr ReplayEpisode kEpisode{1000, 2000, 49000, 0, 100000};

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

/// Fails the asks of these numbers, counted from 0: units behind the failed one and messages back,
/// in the order of events.
struct TheseFail final : UnitFates {
  explicit TheseFail(std::vector<unsigned> asks) : fail(std::move(asks)) {}
  bool next_fails() override { return std::find(fail.begin(), fail.end(), asked++) != fail.end(); }
  std::vector<unsigned> fail;
  unsigned asked = 0;
};

// A short train with two failures: nothing comes behind it that would show the second gap, and
// still no timer has to.
TEST(GoBackNLink, SelectiveAsksForASecondGapAtOnce) {
  GoBackNLink link(config_of(ReplayScheme::selective));
  ReplayEpisode episode = kEpisode;
  episode.following = 16;
  TheseFail fates({4});  // the fifth unit behind the failed one
  const Recovery recovery = link.recover(episode, fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  EXPECT_EQ(link.counts().timeouts, 0u);
  EXPECT_EQ(recovery.units_resent, 2u);
  EXPECT_EQ(link.counts().duplicates, 0u);
  // The second is asked for when the first has come, and takes as long.
  EXPECT_EQ(recovery.held_until_ps, recovery.accepted_ps + 100000 + 49000 + 2000 + 49000);
}

// REPLAY_NUM rolls over: what both ends hold survives, and goes again behind the training.
TEST(GoBackNLink, ATrainingLosesNothing) {
  for (const auto scheme :
       {ReplayScheme::go_back_n, ReplayScheme::selective, ReplayScheme::timeout_only}) {
    GoBackNConfig config = config_of(scheme);
    config.limit = 2;
    config.trainings = 3;
    GoBackNLink link(config);
    ReplayEpisode episode = kEpisode;
    episode.following = 5;
    episode.training_ps = 7'000'000;
    // Everything fails until the limit is reached for the first time, then nothing.
    struct UntilTrained final : UnitFates {
      explicit UntilTrained(const GoBackNLink& of) : link(of) {}
      bool next_fails() override { return link.counts().gave_up == 0; }
      const GoBackNLink& link;
    } fates(link);
    const Recovery recovery = link.recover(episode, fates);
    ASSERT_TRUE(recovery.recovered) << recovery.why;
    ASSERT_EQ(recovery.trained_ps.size(), 1u);
    EXPECT_EQ(link.counts().gave_up, 1u);
    EXPECT_EQ(recovery.units_new, 6u);
    // The failed unit goes first when the training is over.
    EXPECT_EQ(recovery.accepted_ps,
              recovery.trained_ps[0] + episode.training_ps + episode.unit_ps + episode.crossing_ps);
    EXPECT_GE(recovery.held_until_ps, recovery.accepted_ps);
    EXPECT_GE(recovery.restart_ps, recovery.trained_ps[0] + episode.training_ps + episode.unit_ps);
    FirstFail none(0);
    EXPECT_TRUE(link.recover(kEpisode, none).trained_ps.empty());
  }
}

TEST(GoBackNLink, TrainingsWithoutProgressEndInAReset) {
  GoBackNConfig config = config_of(ReplayScheme::go_back_n);
  config.trainings = 3;
  GoBackNLink link(config);
  FirstFail all(~std::uint64_t{0});
  ReplayEpisode episode = kEpisode;
  episode.training_ps = 1'000'000;
  const Recovery recovery = link.recover(episode, all);
  EXPECT_FALSE(recovery.recovered);
  EXPECT_EQ(recovery.trained_ps.size(), 3u);
  EXPECT_EQ(link.counts().gave_up, 4u);
  EXPECT_GT(recovery.accepted_ps, recovery.trained_ps.back() + episode.training_ps)
      << "the time of giving up";
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
