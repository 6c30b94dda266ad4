// SPDX-License-Identifier: Apache-2.0
// The description's partitions in the running platform. No unit of time of its own.
#pragma once
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

/// For SwitchConfig::partitions; `config` must have passed check_platform().
std::vector<models::PartitionConfig> partition_configs(const PlatformConfig& config,
                                                       std::size_t switch_index);

/// Do requests of `from` reach the memory of `to` now? Partitions and links between switches
/// decide.
bool reaches(const PlatformEndpoint& from, const PlatformEndpoint& to);

/// Throws std::invalid_argument naming two of `ranks` (indices into Platform::endpoints()) that do
/// not reach each other now.
void require_mutual_reach(const Platform& platform, const std::vector<std::size_t>& ranks,
                          const std::string& workload);

}  // namespace antares::platforms
