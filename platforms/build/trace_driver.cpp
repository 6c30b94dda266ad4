// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/trace_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/prepared_trace.h"
#include "antares/platforms/build/trace_run.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/trace_summary.h"

namespace antares::platforms {
namespace {

// A long trace has more collectives than a person reads; the trace's own row holds their sum.
constexpr std::uint64_t kMostCollectiveRows = 1000;

double microseconds(models::Picoseconds ps) { return static_cast<double>(ps) * 1e-6; }

/// Exposed: no accelerator compute runs beside it, whatever the CPU does meanwhile (it mostly waits
/// or launches). A trace that has CPU compute only is judged by that.
models::Picoseconds exposed_communication_ps(const ReplayTotals& totals) {
  return totals.gpu_busy_ps > 0 ? totals.accelerator_exposed_ps : totals.exposed_communication_ps;
}

}  // namespace

std::vector<std::size_t> TraceDriver::accelerators() const {
  std::vector<std::size_t> found;
  const auto& endpoints = platform_.endpoints();
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (endpoints[i].accelerator != nullptr) found.push_back(i);
  }
  return found;
}

void TraceDriver::run() {
  std::vector<std::size_t> endpoints = accelerators();
  endpoints.resize(trace_.set.ranks.size());
  require_mutual_reach(platform_, endpoints, workload_.name);
  // Which switches are linked, and may reduce together, elaboration finds.
  if (!platform_.config().links.empty()) platform_.elaborate();
  TraceRun run(platform_, trace_.set, trace_.planner, std::move(endpoints),
               workload_.trace.compute_scale);
  platform_.mark_links();
  run.start();
  platform_.run_until([&] { return run.done(); }, [&] { return run.waiting(); }, sink_,
                      workload_.name,
                      [&] {
                        // Asked between two stretches of simulation: rows leave as they come.
                        hand_on_collectives(run);
                        return run.fraction_done();
                      });
  hand_on_collectives(run);
  if (!run.refusal().empty()) throw RunFailure(workload_.name + ": " + run.refusal());
  const std::vector<LinkRow> links = platform_.link_rows(workload_.name);
  platform_.drain();
  if (const std::string failed = run.failed_requests(); !failed.empty())
    throw RunFailure(workload_.name + ": " + failed);
  hand_on_trace(run);
  sink_.links(links);
  // All computation is fine, all waiting for nothing is not.
  const ReplayTotals& slowest = run.totals(run.slowest_rank());
  if (slowest.compute_busy_ps == 0 && platform_.busiest_payload_bytes() == 0) {
    throw RunFailure(workload_.name +
                     ": nothing in the trace could be replayed: it has no computation that takes "
                     "time, and no byte moved; what was ignored is listed above");
  }
}

void TraceDriver::hand_on_collectives(TraceRun& run) {
  for (const TraceRun::FinishedCollective& one : run.take_finished()) {
    if (!one.with_rank_0 || ++collective_rows_ > kMostCollectiveRows) continue;
    const CollectiveRequest& request = one.plan->request;
    CollectiveRow row;
    row.workload = workload_.name;
    row.collective = request.collective;
    row.algorithm = one.plan->program.algorithm;
    row.ranks = one.ranks;
    row.asked_bytes = row.size_bytes = request.bytes;
    // The trace tells neither type nor operator: sizes are bytes.
    row.count = request.bytes;
    row.type = "byte";
    row.redop = "none";
    if (has_root(request.collective)) row.root = request.root;
    const double time_ns = static_cast<double>(one.time_ps) * 1e-3;
    row.time_us = time_ns * 1e-3;
    if (time_ns > 0) {
      row.algbw_GBps = static_cast<double>(request.bytes) / time_ns;
      row.busbw_GBps = row.algbw_GBps * busbw_factor(request.collective, one.ranks);
      // Its own payload only: others may be under way on the same links.
      row.wirebw_GBps = static_cast<double>(one.plan->busiest_link_bytes) / time_ns;
    }
    sink_.collective(row);
  }
}

void TraceDriver::hand_on_trace(const TraceRun& run) {
  const TraceSet& set = trace_.set;
  const std::size_t slowest = run.slowest_rank();
  const ReplayTotals& totals = run.totals(slowest);
  const models::Picoseconds time_ps = totals.end_ps - run.start_ps();
  const TraceSummary of_rank = summarize(*set.ranks[slowest]);
  TraceRow row;
  row.workload = workload_.name;
  row.ranks = static_cast<std::uint32_t>(set.ranks.size());
  row.time_us = microseconds(time_ps);
  row.compute_us = microseconds(totals.compute_busy_ps);
  row.communication_us = microseconds(totals.communication_busy_ps);
  row.exposed_communication_us = microseconds(exposed_communication_ps(totals));
  row.exposed_share = time_ps == 0 ? 0 : row.exposed_communication_us / row.time_us;
  row.transfers = of_rank.transfers();
  row.transfer_bytes = of_rank.transfer_bytes();

  const TraceSummary summary = summarize(set);
  std::istringstream text(to_text(summary));
  for (std::string line; std::getline(text, line);) {
    // What was ignored stands in a list of its own.
    if (line.rfind("  note:", 0) != 0) row.understood.push_back(line);
  }
  row.understood.push_back(fmt::format(
      "slowest: rank {} of {}; its accelerator was busy {:.3f} us, its CPU {:.3f} us, receives "
      "kept it waiting {:.3f} us",
      slowest, set.ranks.size(), microseconds(totals.gpu_busy_ps), microseconds(totals.cpu_busy_ps),
      microseconds(totals.receive_wait_ps)));
  if (workload_.trace.compute_scale != 1.0) {
    row.understood.push_back(
        fmt::format("durations of compute were multiplied by {}", workload_.trace.compute_scale));
  }
  for (const auto& [reason, times] : summary.ignored)
    row.ignored.push_back(fmt::format("{} {}", times, reason));
  for (const std::string& note : trace_.planner.notes()) row.ignored.push_back(note);
  if (collective_rows_ > kMostCollectiveRows) {
    row.ignored.push_back(fmt::format("{} collectives have no row of their own: only {} are listed",
                                      collective_rows_ - kMostCollectiveRows, kMostCollectiveRows));
  }
  for (const std::string& warning : set.warnings) row.ignored.push_back("warning: " + warning);
  for (const std::string& warning : replay_warnings(totals))
    row.ignored.push_back("warning: " + warning);
  sink_.trace(row);
}

}  // namespace antares::platforms
