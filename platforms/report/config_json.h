// SPDX-License-Identifier: Apache-2.0
// The resolved description as JSON, for results.json: the same keys and values as the dump, units
// in the keys. No unit of time.
#pragma once
#include <nlohmann/json.hpp>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

nlohmann::ordered_json config_json(const PlatformConfig& config);

}  // namespace antares::platforms
