// SPDX-License-Identifier: Apache-2.0
// Choice by free credit: who is best, what breaks a tie, and how long a choice is kept.
#include <gtest/gtest.h>

#include "antares/models/routing/adaptive_routes.h"

namespace antares::models {
namespace {

using protocols::EndpointId;
using protocols::PortId;

constexpr EndpointId kA(3), kB(700);

TEST(BestExit, MostDataCreditFirstForWhatCarriesData) {
  const std::vector<ExitState> exits = {{100, 9, 0}, {300, 1, 50}, {200, 5, 0}};
  for (std::uint64_t tie = 0; tie < 5; ++tie) {
    EXPECT_EQ(best_exit(exits, true, tie), 1u);
    EXPECT_EQ(best_exit(exits, false, tie), 0u) << "a read takes headers only";
  }
}

TEST(BestExit, TiesGoToTheLinkThatIsFreeFirstThenRoundFromThePlaceGiven) {
  std::vector<ExitState> exits(4, ExitState{10, 10, 500});
  for (std::uint64_t tie = 0; tie < 9; ++tie) EXPECT_EQ(best_exit(exits, true, tie), tie % 4);
  exits[2].drained_ps = 499;
  for (std::uint64_t tie = 0; tie < 9; ++tie) EXPECT_EQ(best_exit(exits, true, tie), 2u);
}

TEST(BestExit, PromisedBeyondWhatIsThereIsWorseThanNothingFree) {
  EXPECT_EQ(best_exit({{-1, 1, 0}, {0, 0, 0}}, true, 0), 1u);
  EXPECT_EQ(best_exit({{ExitState::kUnlimited, 0, 9}, {1 << 30, 0, 0}}, true, 1), 0u);
}

TEST(BestExit, ALinkThatIsDownIsTakenOnlyIfAllAre) {
  EXPECT_EQ(best_exit({{900, 900, 0, false}, {0, 0, 0, true}}, true, 0), 1u);
  EXPECT_EQ(best_exit({{900, 900, 0, false}, {901, 0, 0, false}}, true, 0), 1u);
}

TEST(AdaptiveRoutes, AFlowKeepsItsWayAsLongAsAnythingBetweenTheTwoIsUnderWay) {
  AdaptiveRoutes routes;
  routes.begin(kA, kB, 10);
  const std::uint32_t first = routes.epoch(kA, kB);
  routes.set_flow_way(kA, kB, first, PortId(5));
  routes.begin(kB, kA, 20);  // the other way round: completions of the one go with the other
  routes.end(kA, kB, 30);
  routes.begin(kA, kB, 40);
  EXPECT_EQ(routes.epoch(kB, kA), first);
  EXPECT_EQ(routes.flow_way(kA, kB, routes.epoch(kA, kB)), PortId(5));
  EXPECT_EQ(routes.flow_way(kB, kA, first), std::nullopt) << "each direction has links of its own";
  routes.end(kB, kA, 50);
  routes.end(kA, kB, 50);
  EXPECT_EQ(routes.under_way(), 0u);
  routes.begin(kA, kB, 51);
  EXPECT_NE(routes.epoch(kA, kB), first);
  EXPECT_EQ(routes.flow_way(kA, kB, routes.epoch(kA, kB)), std::nullopt);
}

TEST(AdaptiveRoutes, WithinOneInstantItDoesNotMatterWhichSwitchIsAskedFirst) {
  AdaptiveRoutes end_first, begin_first;
  end_first.begin(kA, kB, 1);
  begin_first.begin(kA, kB, 1);
  end_first.end(kA, kB, 7);
  end_first.begin(kB, kA, 7);
  begin_first.begin(kB, kA, 7);
  begin_first.end(kA, kB, 7);
  EXPECT_EQ(end_first.epoch(kA, kB), begin_first.epoch(kA, kB));
}

TEST(AdaptiveRoutes, TheTrainsOfOneTransactionGoOneWay) {
  AdaptiveRoutes routes;
  EXPECT_EQ(routes.whole_way(64), std::nullopt);
  routes.set_whole_way(64, PortId(9));
  EXPECT_EQ(routes.whole_way(64), PortId(9));
  EXPECT_EQ(routes.whole_way(65), std::nullopt) << "its response";
  routes.forget_whole(64);
  EXPECT_EQ(routes.whole_way(64), std::nullopt);
}

}  // namespace
}  // namespace antares::models
