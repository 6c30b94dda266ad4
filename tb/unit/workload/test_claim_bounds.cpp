// SPDX-License-Identifier: Apache-2.0
// Ceilings of in-switch collectives against table 3.0 of facts/product_and_collectives.md, as it is
// printed there, and against the closed forms of what crossbar outputs carry.
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/platforms/workload/claim_bounds.h"

namespace antares::platforms {
namespace {

constexpr std::uint32_t kElement = 4;
constexpr double kFast = 16;  // a speed-up at which no output binds

TEST(ClaimBounds, AllReduceIsThatOfTheTable) {
  const struct {
    std::uint32_t n;
    double pull, push;  // as printed: three decimals
  } rows[] = {{4, 1.20, 1.50},    {8, 1.556, 1.75},  {16, 1.765, 1.875}, {20, 1.810, 1.90},
              {32, 1.879, 1.938}, {40, 1.902, 1.95}, {72, 1.945, 1.972}, {80, 1.951, 1.975}};
  for (const auto& row : rows) {
    const std::uint64_t bytes = std::uint64_t{row.n} * 1024 * kElement;
    EXPECT_NEAR(claim_bounds("all_reduce", row.n, bytes, kElement, kFast).ceiling, row.push, 5e-4);
    const auto loads = algorithm_loads("all_reduce", row.n, bytes, kElement, true);
    const auto pull = std::find_if(loads.begin(), loads.end(), [](const AlgorithmLoad& load) {
      return load.algorithm == "in_switch_pull";
    });
    const double n = row.n;
    EXPECT_NEAR(2 * (n - 1) / n * static_cast<double>(bytes) / pull->link_bytes, row.pull, 5e-4);
  }
}

TEST(ClaimBounds, NothingElseGainsBandwidth) {
  for (const std::uint32_t n : {3u, 8u, 40u, 72u}) {
    const std::uint64_t bytes = std::uint64_t{n} * 1000 * kElement;
    for (const char* collective :
         {"all_gather", "reduce_scatter", "broadcast", "reduce", "all_to_all", "scatter"})
      EXPECT_DOUBLE_EQ(claim_bounds(collective, n, bytes, kElement, kFast).ceiling, 1)
          << collective << " " << n;
    EXPECT_DOUBLE_EQ(claim_bounds("all_gather", n, bytes, kElement, kFast).sender_load, n - 1);
  }
}

// Operands and results cross an output: 2S against the link's S at speed-up 1.
TEST(ClaimBounds, ASlowCrossbarOutputTakesTheGainAway) {
  const std::uint32_t n = 8;
  const std::uint64_t bytes = std::uint64_t{n} * 1000 * kElement;
  const double ring = 2.0 * (n - 1) / n;
  EXPECT_DOUBLE_EQ(claim_bounds("all_reduce", n, bytes, kElement, 1).ceiling_at_speed_up, ring / 2);
  EXPECT_DOUBLE_EQ(claim_bounds("all_reduce", n, bytes, kElement, 2).ceiling_at_speed_up, ring);
  EXPECT_DOUBLE_EQ(claim_bounds("all_gather", n, bytes, kElement, 1).ceiling_at_speed_up, 1);
}

TEST(ClaimBounds, ListsWhatTheSwitchHelpsWith) {
  const auto names = claim_collectives();
  for (const char* name : {"all_reduce", "all_gather", "reduce_scatter", "broadcast", "reduce",
                           "all_to_all", "scatter", "barrier"})
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  EXPECT_EQ(std::count(names.begin(), names.end(), "send_recv"), 0);
}

}  // namespace
}  // namespace antares::platforms
