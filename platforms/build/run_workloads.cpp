// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/run_workloads.h"

#include "antares/platforms/build/chakra_driver.h"
#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/build/pairs_driver.h"
#include "antares/platforms/build/traffic_driver.h"

namespace antares::platforms {
namespace {

void run_workload(Platform& platform, const WorkloadDescription& workload, ResultSink& sink) {
  switch (workload.kind) {
    case WorkloadKind::collective:
      return CollectiveDriver(platform, workload, sink).run();
    case WorkloadKind::traffic:
      return TrafficDriver(platform, workload, sink).run();
    case WorkloadKind::chakra:
      return ChakraDriver(platform, workload, sink).run();
    case WorkloadKind::pairs:
      return PairsDriver(platform, workload, sink).run();
  }
}

/// A path on the command line is relative to where the user is, one in a file to that file.
bool is_from_command_line(const LoadedPlatform& platform, const std::string& path) {
  const auto found = platform.origins.find(path);
  return found != platform.origins.end() && found->second.place.file.rfind("--", 0) == 0;
}

}  // namespace

std::string workload_path(const LoadedPlatform& platform, std::size_t workload,
                          const std::string& key) {
  const ChakraWorkload& chakra = platform.config.workloads[workload].chakra;
  const std::string& written = key == "input" ? chakra.input : chakra.groups_file;
  if (written.empty() ||
      is_from_command_line(platform, index_path("workloads", workload) + ".chakra." + key))
    return written;
  return resolve_path(platform, written);
}

std::vector<WorkloadDescription> resolved_workloads(const LoadedPlatform& platform) {
  std::vector<WorkloadDescription> workloads = platform.config.workloads;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    workloads[i].chakra.input = workload_path(platform, i, "input");
    workloads[i].chakra.groups_file = workload_path(platform, i, "groups_file");
  }
  return workloads;
}

void run_workloads(Platform& platform, const std::vector<WorkloadDescription>& workloads,
                   ResultSink& sink) {
  for (const WorkloadDescription& workload : workloads) {
    const std::uint64_t hops_before = platform.totals().packet_hops;
    run_workload(platform, workload, sink);
    // A trace may be all compute, and every pair refused; whoever asks for a collective or for
    // traffic wants packets moved.
    const bool may_be_still =
        workload.kind == WorkloadKind::chakra || workload.kind == WorkloadKind::pairs;
    if (!may_be_still && platform.totals().packet_hops == hops_before)
      throw RunFailure("workload '" + workload.name +
                       "': nothing was delivered; are there at least two endpoints that talk to "
                       "each other, and is there time to measure?");
  }
  sink.faults(platform.fault_rows());
}

}  // namespace antares::platforms
