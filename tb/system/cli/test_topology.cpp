// SPDX-License-Identifier: Apache-2.0
// A fabric of two tiers from its description: what `describe` says follows from the figures, and a
// run brings every element to its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;

TEST(TwoTiers, DescribeTellsHopsAndBisection) {
  const Outcome outcome = antares({"describe", "scorpio_x_2tier_256", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto facts = nlohmann::json::parse(outcome.out);
  const auto& fabric = facts.at("fabric");
  constexpr unsigned kLeaves = 16, kEach = 16;
  ASSERT_EQ(fabric.at("pairs").size(), 2u);
  const auto& near = fabric.at("pairs").at(0);
  const auto& far = fabric.at("pairs").at(1);
  EXPECT_EQ(near.at("switches"), 1);
  EXPECT_EQ(near.at("pairs"), kLeaves * kEach * (kEach - 1));
  EXPECT_EQ(far.at("switches"), 3);
  EXPECT_EQ(far.at("pairs"), kLeaves * kEach * (kLeaves - 1) * kEach);
  // As many links up as accelerators: nothing is lost in the middle.
  EXPECT_EQ(fabric.at("bisection_usable_TBps"), fabric.at("half_usable_TBps"));
  // Two switches and two cables more: each a hop less the flits that are counted once already.
  const double hop_ns = facts.at("switches").at(0).at("zero_load").at(0).at("hop_ns");
  const double cables_ns = 2 * 25;
  EXPECT_NEAR(far.at("write_64B_ns").get<double>() - near.at("write_64B_ns").get<double>(),
              2 * hop_ns + cables_ns, 1e-6);
}

TEST(TwoTiers, DataArrivesWholeOverThreeSwitches) {
  const Outcome outcome = antares({"run", "scorpio_x_2tier_256", "--workload", "all_to_all",
                                   "--bytes", "64KiB", "--data", "check"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("# Out of bounds values : 0 OK"));
}

TEST(TwoTiers, TheResolvedDescriptionIsTheSamePlatform) {
  const Folder folder;
  const Outcome dump = antares({"run", "scorpio_x_2tier_256", "--dump-config"});
  ASSERT_EQ(dump.status, 0) << dump.err;
  EXPECT_THAT(dump.out, HasSubstr("name: leaf15"));
  const std::string file = folder.file("resolved.yaml", dump.out);
  const Outcome again = antares({"describe", file, "--json"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, antares({"describe", "scorpio_x_2tier_256", "--json"}).out);
}

}  // namespace
}  // namespace antares::tb
