// SPDX-License-Identifier: Apache-2.0
// The description's partitions, access rules and moves of ports in the running platform. No unit of
// time of its own.
#pragma once
#include <vector>

#include "antares/platforms/build/fault_plan.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/pods.h"

namespace antares::platforms {

/// For SwitchConfig::partitions; `config` must have passed check_platform().
std::vector<models::PartitionConfig> partition_configs(const PlatformConfig& config,
                                                       std::size_t switch_index);

/// The access rules of each port, for PortConfig::access; by position in expand_ports().
using AccessOfPorts = std::vector<std::vector<std::shared_ptr<const protocols::AccessControl>>>;
AccessOfPorts access_rules(const PlatformConfig& config, std::size_t switch_index);

/// Before time 0. Where a port goes to at the same time as another, the schedule's order holds.
void schedule_moves(const PlatformConfig& config, const Switches& switches);
void schedule_resets(const PlatformConfig& config, const Switches& switches);
/// One row a move that has started, in that order.
std::vector<MoveRow> move_rows(const Switches& switches);

/// Requests may be answered with an error, and the description says why.
bool expects_errors(const PlatformConfig& config);

/// Do requests of `from` reach the memory of `to` now? Partitions and links between switches
/// decide.
bool reaches(const PlatformEndpoint& from, const PlatformEndpoint& to);

/// The pod that a port is in now; kNoPartition: it is a spare.
std::size_t pod_of(const Platform& platform, const Pods& pods, models::PortAdapter& port);

/// Throws std::invalid_argument naming two of `ranks` (indices into Platform::endpoints()) that do
/// not reach each other now.
void require_mutual_reach(const Platform& platform, const std::vector<std::size_t>& ranks,
                          const std::string& workload);

}  // namespace antares::platforms
