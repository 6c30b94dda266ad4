// SPDX-License-Identifier: Apache-2.0
// The groups of a description as each switch has them: their windows in the global address map, and
// the changes that are scheduled. Pure but for the schedule. Picoseconds.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/models/hypercast/table_window.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/config/multicast_checks.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

/// With PCIe's multicast and the table's window in numbers; no groups.
models::HypercastConfig hypercast_config(const PlatformConfig& config,
                                         const HypercastDescription& engine);

/// Where changes are written in band: one window a switch, from the same address on.
models::TableWindow table_window(const PlatformConfig& config, const HypercastDescription& engine);

/// Endpoints that such entries name, with their offset.
models::MemberList members_of(const PlatformConfig& config,
                              const std::vector<ExpandedEndpoint>& endpoints,
                              const std::vector<std::string>& names, std::uint64_t offset_bytes);

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
