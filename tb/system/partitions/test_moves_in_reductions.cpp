// SPDX-License-Identifier: Apache-2.0
// A port moves to another partition in the middle of a collective that the switch reduces. What is
// in goes to its end, sums for the port included; what comes later is refused by name, or ends by
// the engines' time. Nothing is lost in silence, and nothing stays in the fabric.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const std::string& algorithm, double at_us) {
  return "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 64\n    hypercast: {}\n"
         "    reduction: {timeout_us: 50}\n"
         "    ports:\n      - {name: gpu, count: 6, protocol: ualink, ualink: {lanes: 4}}\n"
         "    partitions:\n      - {name: a, ports: ['gpu[0..3]']}\n"
         "      - {name: b, ports: ['gpu[4..5]']}\n"
         "    port_moves:\n      drain: {timeout_us: 500}\n"
         "      events: [{at_us: " +
         std::to_string(at_us) +
         ", port: gpu3, to: b}]\n"
         "endpoints:\n  - {name: gpu, count: 6, kind: accelerator, attach: s.gpu}\n"
         "workloads:\n  - {name: w, kind: collective, collective: {collective: all_reduce, "
         "algorithm: " +
         algorithm + ", bytes: 1 MiB, ranks: ['gpu[0..3]']}}\n";
}

class MovesInReductions : public testing::TestWithParam<std::tuple<const char*, double>> {};

TEST_P(MovesInReductions, EndWithAStatusOrWithTheSums) {
  tb::ReportGuard reports;
  const auto [algorithm, at_us] = GetParam();
  const PlatformConfig config = parse_platform(text_of(algorithm, at_us), "t").config;
  Platform platform(config);
  Rows rows;
  std::string why;
  try {
    CollectiveDriver(platform, config.workloads[0], rows).run();
  } catch (const RunFailure& failure) {
    why = failure.what();
  }
  if (!why.empty()) {
    EXPECT_THAT(why, HasSubstr("requests were answered with an error"));
    EXPECT_THAT(why, Not(HasSubstr("nothing has moved")));
  }
  const auto& moves = platform.switches().front()->moves();
  ASSERT_EQ(moves.size(), 1u);
  if (why.empty()) return;  // the workload may have ended before the drain
  EXPECT_EQ(moves[0].outcome, models::MoveOutcome::moved) << moves[0].reason;
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Instants, MovesInReductions,
                         testing::Combine(testing::Values("in_switch_push", "in_switch_pull"),
                                          testing::Values(0.5, 1., 2., 3.5, 5., 6., 7., 8., 9., 10.,
                                                          11., 12., 14., 16.)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_at_" +
                                  std::to_string(static_cast<int>(std::get<1>(info.param) * 1000)) +
                                  "_ns";
                         });

// At 12 us all of the push is in, and the port waits for its sums before it moves.
TEST(MovesInReductions, WhoDrainsGetsItsSums) {
  tb::ReportGuard reports;
  const PlatformConfig config = parse_platform(text_of("in_switch_push", 12), "t").config;
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  const auto& moves = platform.switches().front()->moves();
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_GT(platform.scheduler().now_ps(), 12'000'000u) << "it had ended before";
}

}  // namespace
}  // namespace antares::platforms
