// SPDX-License-Identifier: Apache-2.0
// Which partition each port of a switch is in when the simulation starts. The builder, the checks
// and `describe` all go through here; who sees whom over several switches: pods.h. No unit of time.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

inline constexpr std::size_t kNoPartition = ~std::size_t{0};  ///< a spare port

/// By position in expand_ports(): index into SwitchDescription::partitions. Without partitions all
/// ports are in one, number 0. What names no port is left out: check_platform reports it.
std::vector<std::size_t> place_partitions(const PlatformConfig& config, std::size_t switch_index);

/// Its name; "spare" for kNoPartition.
std::string partition_name(const SwitchDescription& part, std::size_t partition);

}  // namespace antares::platforms
