// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/concurrent_plan.h"

#include <numeric>

#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/workload/rank_layout.h"

namespace antares::platforms {
namespace {

std::vector<LayoutDimension> dimensions_of(JobDimension dimension) {
  switch (dimension) {
    case JobDimension::tensor:
      return dimensions_of(LayerGroup::tensor);
    case JobDimension::data:
      return dimensions_of(LayerGroup::data);
    case JobDimension::expert:
      return dimensions_of(LayerGroup::expert);
    case JobDimension::expert_data:
      return dimensions_of(LayerGroup::expert_data);
    case JobDimension::pipeline:
      return {LayoutDimension::pipeline};
    case JobDimension::all:
      break;
  }
  return {LayoutDimension::tensor, LayoutDimension::expert, LayoutDimension::data,
          LayoutDimension::pipeline};
}

RankLayout layout_of(const LayoutConfig& config, std::size_t accelerators) {
  if (config.ranks > accelerators)
    throw TraceError("layout: " + std::to_string(config.ranks) +
                     " ranks are asked for, but there are only " + std::to_string(accelerators) +
                     " accelerators");
  const auto ranks = config.ranks == 0 ? static_cast<std::uint32_t>(accelerators) : config.ranks;
  return lay_out(ranks, config.tensor, config.expert, config.pipeline, config.order, "layout");
}

}  // namespace

std::vector<ConcurrentGroup> concurrent_groups(const PlatformConfig& config,
                                               const ConcurrentWorkload& workload) {
  std::vector<std::string> accelerators;
  for (const ExpandedEndpoint& endpoint : expand_endpoints(config))
    if (config.endpoints[endpoint.description].kind == EndpointKind::accelerator)
      accelerators.push_back(endpoint.name);
  const RankLayout layout =
      layout_of(workload.layout.value_or(LayoutConfig{}), accelerators.size());
  std::vector<ConcurrentGroup> groups;
  for (std::size_t j = 0; j < workload.jobs.size(); ++j) {
    const ConcurrentJob& job = workload.jobs[j];
    if (!job.collective.ranks.empty()) {
      groups.push_back({j, 0, names_in(config, job.collective.ranks)});
      continue;
    }
    std::uint32_t number = 0;
    for (const auto& ranks : groups_along(layout, dimensions_of(job.dimension))) {
      groups.push_back({j, number++, {}});
      for (const std::uint32_t rank : ranks) groups.back().ranks.push_back(accelerators[rank]);
    }
  }
  return groups;
}

}  // namespace antares::platforms
