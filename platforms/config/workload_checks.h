// SPDX-License-Identifier: Apache-2.0
// Workloads against the platform and against themselves: endpoints that exist, keys that have a
// use. No unit of time.
#pragma once
#include <set>
#include <string>

#include "antares/platforms/config/platform_checks.h"

namespace antares::platforms {

/// endpoints: all that there are; nullptr: a mistake leaves them unknown.
void check_workloads(const PlatformConfig& config, const ReadState& state,
                     const std::set<std::string>* endpoints, Diagnostics& diagnostics);

}  // namespace antares::platforms
