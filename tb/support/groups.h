// SPDX-License-Identifier: Apache-2.0
// Groups in the configuration of a test's switch, and packets that name their members in each way
// there is.
#pragma once
#include "tb/support/link_kinds.h"

namespace antares::tb {

using models::GroupConfig;
using models::GroupId;
using models::GroupNaming;
using models::HypercastConfig;
using models::NamedBy;
using protocols::EndpointId;
using protocols::PortId;

/// The window of group `number`: far from every device's.
constexpr std::uint64_t group_window(unsigned number) { return (number + 1) * (1ull << 48); }
inline constexpr std::uint64_t kGroupBytes = 1ull << 20;

/// Group `number` with window group_window(number); member k starts at offset_step * k of its
/// memory.
GroupConfig group_of(unsigned number, const std::vector<unsigned>& members,
                     std::uint64_t offset_step = 0);
/// The switch with Hypercast and these groups.
SwitchConfig with_groups(SwitchConfig config, const std::vector<GroupConfig>& groups);

/// Names the members in the packet itself.
void name_members(tlm::tlm_generic_payload& payload, NamedBy by,
                  const std::vector<unsigned>& members, std::uint32_t scatter_unit_bytes = 0);

}  // namespace antares::tb
