// SPDX-License-Identifier: Apache-2.0
// The fault schedule against the platform: links that exist, times in order. No unit of time.
#pragma once
#include <functional>
#include <string>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

/// Tells one mistake: path of the key, what is wrong, what would be right.
using TellMistake = std::function<void(const std::string& path, const std::string& message,
                                       const std::string& hint)>;

void check_faults(const PlatformConfig& config, const TellMistake& tell);

}  // namespace antares::platforms
