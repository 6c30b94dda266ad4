// SPDX-License-Identifier: Apache-2.0
// Access rules and scheduled moves of a switch against the platform: ports, partitions and
// endpoints that exist, memory that is there, times in order. No unit of time.
#pragma once
#include "antares/platforms/config/fault_checks.h"

namespace antares::platforms {

/// Names of switches, ports and endpoints must have been read.
void check_access(const PlatformConfig& config, const TellMistake& tell);
void check_port_moves(const PlatformConfig& config, const TellMistake& tell);

/// Bytes of an endpoint's memory: what its address window holds.
std::uint64_t memory_bytes(const EndpointDescription& endpoint);

}  // namespace antares::platforms
