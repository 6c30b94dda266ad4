// SPDX-License-Identifier: Apache-2.0
// A plane that fails under traffic: by load requests go round it, by address those that belong to
// it fail. Two planes of equal links; the link of one endpoint on one of them goes down.
#include <gmock/gmock.h>

#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using namespace platforms;

constexpr unsigned kEndpoints = 4;
constexpr double kDownAt_us = 20;
constexpr double kMeasure_us = 200;

PlatformConfig two_planes(const std::string& spread, const std::string& more = "") {
  return parse_platform(
             "antares: 1\nname: p\nswitches: [{name: plane, count: 2, ports: [{name: gpu, count: " +
                 std::to_string(kEndpoints) +
                 ", pcie: {lanes: 4}}]}]\n"
                 "endpoints: [{name: gpu, count: " +
                 std::to_string(kEndpoints) +
                 ", attach: \"plane[*].gpu\", planes: {count: 2, spread: " + spread + more +
                 "}}]\n"
                 "faults: {ports: {completion_timeout_us: 20}, events: [{at_us: " +
                 std::to_string(kDownAt_us) + ", link: plane0.gpu1, what: link_down}]}\n",
             "t.yaml")
      .config;
}

/// Writes at a third of what both planes carry: one of them has room for all.
TrafficRow under_a_failure(const PlatformConfig& config) {
  WorkloadDescription workload = traffic_workload();
  workload.traffic.offered_load = {0.3};
  workload.traffic.measure_us = kMeasure_us;
  const RecordingSink sink = run_traffic(config, workload);
  EXPECT_EQ(sink.rows.size(), 1u);
  return sink.rows.at(0);
}

TEST(PlaneFaults, ByLoadRequestsGoRoundAPlaneThatIsDown) {
  const TrafficRow row = under_a_failure(two_planes("adaptive"));
  // All that is offered gets there, but for what fails: once when the link goes down, and after it
  // one try of each of the others every retry_us (100), of what they have under way to gpu1 then.
  EXPECT_NEAR(row.throughput, 0.3, 0.01);
  EXPECT_LT(row.failed_requests, 0.002 * static_cast<double>(row.requests));
}

TEST(PlaneFaults, ByAddressWhatBelongsToThePlaneFails) {
  const TrafficRow row = under_a_failure(two_planes("hash"));
  // gpu1 sends and receives: of its requests, and of the third of the others' that are for it, half
  // is by this plane.
  const double share = (1.0 + 3.0 / 3) / kEndpoints / 2;
  const double down = 1 - (kDownAt_us - 5) / kMeasure_us;  // 5 us of warm-up
  const double all = static_cast<double>(row.failed_requests + row.requests);
  EXPECT_NEAR(static_cast<double>(row.failed_requests) / all, share * down, 0.03);
}

}  // namespace
}  // namespace antares::tb
