// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/prepared_trace.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "antares/platforms/config/expansion.h"
#include "antares/platforms/workload/model_trace.h"

namespace antares::platforms {
namespace {

std::vector<std::uint64_t> accelerator_memories(const PlatformConfig& platform) {
  std::vector<std::uint64_t> bytes;
  for (const ExpandedEndpoint& endpoint : expand_endpoints(platform)) {
    const EndpointDescription& description = platform.endpoints[endpoint.description];
    if (description.kind == EndpointKind::accelerator)
      bytes.push_back(description.accelerator.memory_bytes);
  }
  return bytes;
}

}  // namespace

std::shared_ptr<PreparedTrace> prepare_trace(const PlatformConfig& platform,
                                             const TraceWorkload& workload) {
  const std::vector<std::uint64_t> memories = accelerator_memories(platform);
  if (memories.empty()) throw std::invalid_argument("a trace needs an accelerator to run on");
  TransferPlanner planner(workload.algorithm);
  TraceSetOptions options;
  options.available_ranks = static_cast<std::uint32_t>(memories.size());
  options.group_file = workload.groups_file;
  options.format = workload.format;
  options.job_ranks = workload.job_ranks;
  if (workload.duration_unit != DurationUnit::automatic)
    options.duration_unit_ps = workload.duration_unit == DurationUnit::ns ? 1000 : 1'000'000;
  auto trace = std::make_shared<PreparedTrace>(
      PreparedTrace{workload.model ? make_model_set(*workload.model, options.available_ranks)
                                   : load_traces(workload.input, options),
                    std::move(planner)});
  const auto used = memories.begin() + static_cast<std::ptrdiff_t>(trace->set.ranks.size());
  trace->planner.check(trace->set, *std::min_element(memories.begin(), used));
  return trace;
}

}  // namespace antares::platforms
