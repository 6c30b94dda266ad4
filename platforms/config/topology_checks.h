// SPDX-License-Identifier: Apache-2.0
// Whether the links of a description make a fabric: ends that fit, ports used once, everybody
// reaches everybody, no ring of full buffers that wait for each other. No unit of time.
#pragma once
#include <functional>
#include <string>

#include "antares/platforms/config/fault_checks.h"
#include "antares/platforms/config/linked_ports.h"

namespace antares::platforms {

/// The names of switches, ports and endpoints have been checked already. Returns the linked ports.
std::vector<LinkedPorts> check_links(const PlatformConfig& config, const TellMistake& tell);

/// Ways between all endpoints; only for links that check_links() found nothing wrong with.
void check_ways(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                const TellMistake& tell);

}  // namespace antares::platforms
