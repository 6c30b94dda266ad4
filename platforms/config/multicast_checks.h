// SPDX-License-Identifier: Apache-2.0
// PCIe's multicast windows in the one map of global addresses, and what is wrong with them. Bytes.
#pragma once
#include "antares/platforms/config/access_checks.h"

namespace antares::platforms {

/// Base of each group's window: behind those of all endpoints, packed, since protocols differ in
/// how many bits an address has; of the first groups where PCIe's multicast says.
std::vector<std::uint64_t> group_bases(const PlatformConfig& config);
/// PCIe's multicast, the same in all switches; nullptr: no switch has it.
const PcieMulticastDescription* pcie_multicast_of(const PlatformConfig& config);
/// Of window 0, as it is where the description leaves it open.
std::uint64_t pcie_multicast_base(const PlatformConfig& config);
/// Whether endpoints send changes of groups in band.
bool has_sent_updates(const PlatformConfig& config);
/// Where the table windows of the switches begin (models/hypercast/table_window.h): behind all
/// that.
std::uint64_t table_window_base(const PlatformConfig& config);

/// Groups must have been found right.
void check_pcie_multicast(const PlatformConfig& config, const TellMistake& tell);

}  // namespace antares::platforms
