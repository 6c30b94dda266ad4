// SPDX-License-Identifier: Apache-2.0
// Who belongs to whom in a layout of ranks, in each order of its dimensions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "antares/platforms/workload/rank_layout.h"

namespace antares::platforms {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using D = LayoutDimension;

RankLayout layout(const LayoutOrder& order) { return lay_out(24, 2, 2, 3, order, "l"); }

TEST(RankLayout, TheUsualOrderHasTensorParallelNeighbours) {
  // 24 = 2 tensor x (2 expert x 2 data) x 3 stages.
  const RankLayout usual = layout(kMegatronOrder);
  EXPECT_EQ(usual.data, 4u);
  EXPECT_THAT(groups_along(usual, {D::tensor}).at(3), ElementsAre(6, 7));
  EXPECT_THAT(groups_along(usual, dimensions_of(LayerGroup::data)).at(1), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(groups_along(usual, {D::expert}).at(2), ElementsAre(4, 6));
  EXPECT_THAT(groups_along(usual, {D::data}).at(3), ElementsAre(3, 7));
  EXPECT_THAT(groups_along(usual, {D::pipeline}).at(7), ElementsAre(7, 15, 23));
}

TEST(RankLayout, AnotherOrderHasOtherNeighbours) {
  const RankLayout stages_first = layout({D::pipeline, D::data, D::tensor, D::expert});
  EXPECT_THAT(groups_along(stages_first, {D::pipeline}).at(1), ElementsAre(3, 4, 5));
  EXPECT_THAT(groups_along(stages_first, {D::data}).at(0), ElementsAre(0, 3));
  EXPECT_THAT(groups_along(stages_first, {D::tensor}).at(0), ElementsAre(0, 6));
  EXPECT_THAT(groups_along(stages_first, {D::expert}).at(0), ElementsAre(0, 12));
  EXPECT_EQ(stages_first.place(17, D::pipeline), 2u);  // 17 = 2 + 3 (1 + 2 (0 + 2 1))
  EXPECT_EQ(stages_first.place(17, D::expert), 1u);
  EXPECT_EQ(stages_first.at(17, D::expert, 0), 5u);
}

TEST(RankLayout, InEveryOrderEachDimensionSharesOutAllRanks) {
  LayoutOrder order = kMegatronOrder;
  std::sort(order.begin(), order.end());
  do {
    const RankLayout any = layout(order);
    for (const D dimension : kMegatronOrder) {
      std::set<std::uint32_t> seen;
      for (const auto& group : groups_along(any, {dimension})) {
        EXPECT_EQ(group.size(), any.size(dimension));
        seen.insert(group.begin(), group.end());
      }
      EXPECT_EQ(seen.size(), any.ranks);
    }
    EXPECT_EQ(groups_along(any, kMegatronOrder).size(), 1u);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(RankLayout, AnOrderThatForgetsADimensionIsRefused) {
  for (const LayoutOrder& order : {LayoutOrder{}, LayoutOrder{D::tensor, D::data},
                                   LayoutOrder{D::tensor, D::tensor, D::data, D::expert}}) {
    try {
      layout(order);
      ADD_FAILURE() << "accepted";
    } catch (const TraceError& error) {
      EXPECT_THAT(error.what(), HasSubstr("l: order has to name"));
    }
  }
}

}  // namespace
}  // namespace antares::platforms
