// SPDX-License-Identifier: Apache-2.0
// Who takes part in the collectives of a `concurrent` workload: each job's groups, by name. Pure.
// No unit of time.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

struct ConcurrentGroup {
  std::size_t job = 0;       ///< index into ConcurrentWorkload::jobs
  std::uint32_t number = 0;  ///< among the job's groups
  std::vector<std::string> ranks;
};

/// In the order of the jobs. Throws TraceError where the layout does not fit the accelerators.
std::vector<ConcurrentGroup> concurrent_groups(const PlatformConfig& config,
                                               const ConcurrentWorkload& workload);

}  // namespace antares::platforms
