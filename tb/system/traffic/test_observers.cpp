// SPDX-License-Identifier: Apache-2.0
// Runs with statistics, scoreboard and watchdog off: the same packets at the same times, and what
// is not watched is absent from the results, never zero.
#include <sstream>

#include "antares/platforms/report/columns.h"
#include "tb/system/traffic/child_run.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

struct Watched {
  platforms::TrafficRow row;
  platforms::Totals totals;
};

Watched run_watched(bool on) {
  auto config = shipped("first");
  config.observe.statistics = on;
  config.observe.scoreboard = on;
  config.observe.watchdog = on;
  RecordingSink sink;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, traffic_workload(), sink).run();
  return {sink.rows.at(0), platform.totals()};
}

/// What must not depend on who watches.
std::string unwatched_part(const Watched& run) {
  std::ostringstream text;
  text << run.row.requests << ' ' << run.row.throughput << ' ' << run.totals.packet_hops << ' '
       << run.totals.model_events << ' ' << run.totals.simulated_us;
  return text.str();
}

TEST(Observers, NobodyWatchingChangesNothingThatHappens) {
  ReportGuard reports;
  const std::string watched = in_child([] { return unwatched_part(run_watched(true)); });
  EXPECT_EQ(unwatched_part(run_watched(false)), watched);
}

TEST(Observers, WhatIsNotWatchedIsAbsent) {
  ReportGuard reports;
  const Watched run = run_watched(false);
  const auto row = platforms::to_json(run.row, platforms::traffic_columns());
  for (const char* key :
       {"mean_latency_ns", "p50_latency_ns", "p99_latency_ns", "max_latency_ns", "mean_wait_slots"})
    EXPECT_TRUE(row.at(key).is_null()) << key << ": " << row.at(key);
  EXPECT_GT(row.at("requests"), 0);
  EXPECT_GT(row.at("throughput"), 0);
  const auto totals = platforms::to_json(run.totals, platforms::totals_columns());
  EXPECT_TRUE(totals.at("packets_delivered").is_null());
  EXPECT_GT(totals.at("packet_hops"), 0);
}

}  // namespace
}  // namespace antares::tb
