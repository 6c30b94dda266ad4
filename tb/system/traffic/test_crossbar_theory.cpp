// SPDX-License-Identifier: Apache-2.0
// The slotted crossbar against results that are exact (facts/product_and_collectives.md 3.7): the
// whole path from source queue to answer is under test, not only the arbiter.
#include <cmath>

#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

std::string set(const std::string& name, double value) {
  return name + "=" + std::to_string(value);
}
std::string set(const std::string& name, unsigned value) {
  return name + "=" + std::to_string(value);
}

struct Saturation {
  unsigned ports;
  double throughput;
};

class FifoSaturation : public testing::TestWithParam<Saturation> {};

TEST_P(FifoSaturation, HeadOfLineBlockingLimitsTheSwitch) {
  const auto [ports, expected] = GetParam();
  auto config = shipped("crossbar_theory", {set("ports", ports), "queueing=fifo", "load=1"});
  // 0.3 % with room: the standard error of the share of busy outputs falls with cells counted.
  config.workloads[0].traffic.measure_slots = 3'200'000 / ports;
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_NEAR(sink.rows[0].throughput, expected, 0.003 * expected);
  EXPECT_TRUE(sink.rows[0].saturated);
}

// Exact solutions of the Markov chain of the heads of line, table 3.7(a).
INSTANTIATE_TEST_SUITE_P(Theory, FifoSaturation,
                         testing::Values(Saturation{2, 3.0 / 4}, Saturation{4, 325.0 / 496},
                                         Saturation{8, 0.6184}, Saturation{16, 0.6016}),
                         [](const auto& point) { return "N" + std::to_string(point.param.ports); });

struct OutputLoad {
  unsigned ports;
  double load;
};

class OutputQueue : public testing::TestWithParam<OutputLoad> {};

TEST_P(OutputQueue, MeanWaitIsTheClosedForm) {
  const auto [ports, load] = GetParam();
  const auto config =
      shipped("crossbar_theory", {set("ports", ports), "queueing=output", set("load", load)});
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  const double n = ports;
  const double expected = (n - 1) / n * load / (2 * (1 - load));
  // 2 %: waits of neighbouring cells are correlated; at 0.9 over 16 x 200,000 slots about 0.5 %.
  EXPECT_NEAR(sink.rows[0].mean_wait_slots, expected, 0.02 * expected);
  EXPECT_NEAR(sink.rows[0].throughput, load, 0.002);
  EXPECT_FALSE(sink.rows[0].saturated);
}

INSTANTIATE_TEST_SUITE_P(Theory, OutputQueue,
                         testing::Values(OutputLoad{16, 0.5}, OutputLoad{16, 0.8},
                                         OutputLoad{16, 0.9}, OutputLoad{4, 0.8}),
                         [](const auto& point) {
                           return "N" + std::to_string(point.param.ports) + "Load" +
                                  std::to_string(std::lround(point.param.load * 100));
                         });

TEST(Islip, CarriesALoadOf98PercentWithABoundedBacklog) {
  const double load = 0.98;
  constexpr double kWarmupSlots = 100'000;
  constexpr double kMeasureSlots = 400'000;
  auto config = shipped("crossbar_theory", {"queueing=voq", "arbiter=islip", set("load", load)});
  config.workloads[0].traffic.warmup_slots = static_cast<std::uint64_t>(kWarmupSlots);
  config.workloads[0].traffic.measure_slots = static_cast<std::uint64_t>(kMeasureSlots);
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  const auto& row = sink.rows[0];
  // 3 standard deviations of the number of cells that 16 coins a slot bring up in the window, and a
  // backlog that is a few hundred cells an input longer or shorter at its end.
  const double deviation = std::sqrt(load * (1 - load) / (16 * kMeasureSlots));
  EXPECT_NEAR(row.throughput, load, 3 * deviation + 400 / kMeasureSlots);
  EXPECT_FALSE(row.saturated);
  // Little: cells waiting at an input = load x wait. A switch that falls short of the load by 1 %
  // has piled up 1 % of all slots by the middle of the window, and would be seen here.
  EXPECT_LT(load * row.mean_wait_slots, 0.5 * 0.01 * (kWarmupSlots + kMeasureSlots / 2));
}

// One iteration of random grants and accepts on full VOQs: 1 - (1 - 1/N)^N, table 3.7(e).
TEST(Pim, OneIterationSaturatesAtTheClosedForm) {
  const unsigned ports = 4;
  auto config = shipped("crossbar_theory", {set("ports", ports), "queueing=voq", "arbiter=random",
                                            "iterations=1", "load=1"});
  // Deep enough that hardly ever a VOQ is empty: the formula is for full ones.
  config.endpoints[0].accelerator.outstanding_write_bytes = 64 * 16384;
  config.workloads[0].traffic.warmup_slots = 60'000;
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  const double expected = 1 - std::pow(1 - 1.0 / ports, ports);
  EXPECT_NEAR(sink.rows[0].throughput, expected, 0.005 * expected);
}

}  // namespace
}  // namespace antares::tb
