// SPDX-License-Identifier: Apache-2.0
// Which of the eight virtual channels of an NVSwitch are in use, as its drivers name them. Follows
// facts/ualink_nvlink.md B.3 (DRV). A model's VC is the *set*; request or response is its class.
// Two sets exist so that a path through two levels of switches can change sets and close no cycle.
#pragma once
#include <cstdint>
#include <optional>

namespace antares::protocols {

/// An access link leads to a GPU, a trunk link to another switch.
enum class NvlinkPortRole : std::uint8_t { access, trunk };

/// VC sets that a port of this role uses: the value for NvlinkLinkConfig::vc_sets.
std::uint32_t nvlink_vc_sets(NvlinkPortRole role);

/// The channel on the wire; none for a set that does not exist.
std::optional<std::uint8_t> nvlink_wire_vc(std::uint32_t vc_set, bool response);

}  // namespace antares::protocols
