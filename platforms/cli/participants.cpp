// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/participants.h"

#include <algorithm>
#include <set>

#include "antares/platforms/build/collective_case.h"
#include "antares/platforms/build/concurrent_plan.h"
#include "antares/platforms/build/prepared_trace.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms::cli {
namespace {

bool is_named(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::size_t> ranks_of(const Platform& platform, const CollectiveWorkload& workload) {
  std::vector<std::size_t> ranks;
  const std::vector<std::string> named = names_in(platform.config(), workload.ranks);
  for (std::size_t i = 0; i < platform.endpoints().size(); ++i) {
    const PlatformEndpoint& endpoint = platform.endpoints()[i];
    if (endpoint.accelerator != nullptr && is_named(named, endpoint.name)) ranks.push_back(i);
  }
  return ranks;
}

std::vector<std::size_t> participants_of(const Platform& platform, const ReadyWorkload& workload) {
  if (workload.description.kind == WorkloadKind::traffic) {
    std::vector<std::size_t> senders;
    for (std::size_t i = 0; i < platform.endpoints().size(); ++i) {
      const PlatformEndpoint& endpoint = platform.endpoints()[i];
      if (endpoint.requester != nullptr &&
          is_named(workload.description.traffic.sources, endpoint.name))
        senders.push_back(i);
    }
    return senders;
  }
  if (workload.description.kind == WorkloadKind::concurrent) {
    std::set<std::size_t> ranks;
    for (const ConcurrentGroup& group :
         concurrent_groups(platform.config(), workload.description.concurrent))
      for (const std::size_t rank : endpoints_named(platform, group.ranks)) ranks.insert(rank);
    return {ranks.begin(), ranks.end()};
  }
  std::vector<std::size_t> ranks = ranks_of(platform, workload.description.collective);
  if (workload.trace != nullptr)
    ranks.resize(std::min(ranks.size(), workload.trace->set.ranks.size()));
  if (workload.plan != nullptr)
    ranks.resize(std::min<std::size_t>(ranks.size(), workload.plan->ranks));
  return ranks;
}

}  // namespace antares::platforms::cli
