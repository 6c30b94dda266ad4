// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/run_workloads.h"

#include <algorithm>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/build/concurrent_driver.h"
#include "antares/platforms/build/goodput_study.h"
#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/build/moe_study.h"
#include "antares/platforms/build/pairs_driver.h"
#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/trace_driver.h"
#include "antares/platforms/build/traffic_driver.h"
#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

void run_workload(Platform& platform, const ReadyWorkload& ready, ResultSink& sink) {
  const WorkloadDescription& workload = ready.description;
  switch (workload.kind) {
    case WorkloadKind::collective:
      return CollectiveDriver(platform, workload, sink, ready.plan.get()).run();
    case WorkloadKind::concurrent:
      return ConcurrentDriver(platform, workload, sink, ready.job_plans).run();
    case WorkloadKind::traffic:
      return TrafficDriver(platform, workload, sink).run();
    case WorkloadKind::trace:
      return TraceDriver(platform, workload, *ready.trace, sink).run();
    case WorkloadKind::pairs:
      return PairsDriver(platform, workload, sink).run();
    case WorkloadKind::goodput:
      return run_goodput(platform.config(), workload, sink);
    case WorkloadKind::moe:
      return run_moe(platform, workload, sink);
  }
}

/// A collective of one rank is a copy: nothing has to move.
bool is_alone(const Platform& platform, const WorkloadDescription& workload) {
  if (workload.kind != WorkloadKind::collective) return false;
  const auto named = names_in(platform.config(), workload.collective.ranks);
  if (!named.empty()) return named.size() == 1;
  const auto& endpoints = platform.endpoints();
  return std::count_if(endpoints.begin(), endpoints.end(), [](const PlatformEndpoint& endpoint) {
           return endpoint.accelerator != nullptr;
         }) == 1;
}

void run_all(Platform& platform, const std::vector<ReadyWorkload>& workloads, ResultSink& sink) {
  for (const ReadyWorkload& ready : workloads) {
    const WorkloadDescription& workload = ready.description;
    const std::uint64_t hops_before = platform.totals().packet_hops;
    run_workload(platform, ready, sink);
    // Goodput is of links alone; whoever asks for anything else wants packets moved.
    if (workload.kind == WorkloadKind::goodput || platform.totals().packet_hops != hops_before ||
        is_alone(platform, workload))
      continue;
    throw RunFailure("workload '" + workload.name + "': nothing was delivered" +
                     (workload.kind == WorkloadKind::trace
                          ? ": the trace moves no data, or each of its groups has one rank; its "
                            "summary says what it holds"
                          : "; are there at least two endpoints that talk to each other, and is "
                            "there time to measure?"));
  }
}

void report(Platform& platform, ResultSink& sink) {
  sink.faults(platform.fault_rows());
  sink.idle_faults(platform.idle_fault_rows());
  sink.replays(platform.replay_rows());
  sink.errors(platform.error_rows());
  sink.moves(move_rows(platform.switches()));
  sink.multicast(multicast_rows(platform.switches()));
  sink.group_updates(platform.group_rows());
}

}  // namespace

void run_workloads(Platform& platform, const std::vector<ReadyWorkload>& workloads,
                   ResultSink& sink) {
  try {
    run_all(platform, workloads, sink);
  } catch (const RunFailure&) {
    report(platform, sink);  // what happened to the links may be why
    throw;
  }
  report(platform, sink);
}

}  // namespace antares::platforms
