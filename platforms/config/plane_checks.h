// SPDX-License-Identifier: Apache-2.0
// Whether endpoints with ports on several switches can deal their requests among them: planes that
// are apart, everybody on each of them, bandwidths in one proportion. No unit of time.
#pragma once
#include "antares/platforms/config/fault_checks.h"
#include "antares/platforms/config/linked_ports.h"

namespace antares::platforms {

/// What one endpoint's entry says by itself; `ports` of its attach. False: its planes are unknown.
bool check_plane_ports(const PlatformConfig& config, std::size_t description, const PortList& ports,
                       const TellMistake& tell);

/// All of them together; attachments and links have been checked already.
void check_planes(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                  const TellMistake& tell);

}  // namespace antares::platforms
