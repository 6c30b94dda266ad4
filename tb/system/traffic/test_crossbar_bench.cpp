// SPDX-License-Identifier: Apache-2.0
// The 64-port crossbar with packets of 16 flits against flit-level simulation
// (facts/performance.md 2.2): not exact results, but those of two independent programs.
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

// One flit of the packet must be in before the switch may forward it; the comparison's sources hand
// their packets to the switch itself, so that a packet takes 16 flit times there.
constexpr double kFirstFlitNs = 1;

TEST(CrossbarBench, MeanLatencyAtHalfLoadIsThatOfFlitLevelSimulation) {
  const auto config = shipped("crossbar_bench_64", {"load=0.5"});
  ASSERT_GE(config.workloads[0].traffic.measure_us * 1000, 60'000) << "flit times of 1 ns";
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  // 37.6 flit times, packet time included; within 3 %.
  EXPECT_NEAR(sink.rows[0].mean_latency_ns - kFirstFlitNs, 37.6, 0.03 * 37.6);
  EXPECT_NEAR(sink.rows[0].throughput, 0.5, 0.005);
  EXPECT_FALSE(sink.rows[0].saturated);
  // Zero load is closed form: wait and latency must differ by exactly 17 flit times.
  EXPECT_NEAR(sink.rows[0].mean_latency_ns - 16 * sink.rows[0].mean_wait_slots, 17, 1e-6);
}

TEST(CrossbarBench, SaturatesWhereFlitLevelSimulationDoes) {
  const RecordingSink sink = run_traffic(shipped("crossbar_bench_64", {"load=1"}));
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_NEAR(sink.rows[0].throughput, 0.967, 0.02);
  EXPECT_TRUE(sink.rows[0].saturated);
}

}  // namespace
}  // namespace antares::tb
