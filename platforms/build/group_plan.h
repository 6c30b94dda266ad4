// SPDX-License-Identifier: Apache-2.0
// The groups of a description as each switch has them: their windows in the global address map, and
// the changes that are scheduled. Pure but for the schedule. Picoseconds.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

/// Base of each group's window: behind those of all endpoints, packed, since protocols differ in
/// how many bits an address has.
std::vector<std::uint64_t> group_bases(const PlatformConfig& config);

/// Those whose members all have a window on the switch, by their position in the description.
std::vector<models::GroupConfig> group_configs(const PlatformConfig& config,
                                               const std::vector<models::AddressWindow>& windows);

/// Before time 0; `config` must have passed check_platform().
void schedule_group_updates(const PlatformConfig& config,
                            const std::vector<std::unique_ptr<models::FabricSwitch>>& switches);

/// Of the ports that requests to groups came in by; and the changes that have been asked for.
std::vector<MulticastRow> multicast_rows(
    const std::vector<std::unique_ptr<models::FabricSwitch>>& switches);
std::vector<GroupUpdateRow> group_update_rows(
    const PlatformConfig& config,
    const std::vector<std::unique_ptr<models::FabricSwitch>>& switches);

}  // namespace antares::platforms
