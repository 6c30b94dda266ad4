// SPDX-License-Identifier: Apache-2.0
// What no single key can tell: lanes in sum, names twice, who sits on which port. Works on the
// structs, so that a platform made in C++ is checked as one that was read; places come from a
// look-up. No unit of time.
#pragma once
#include <functional>
#include <string>

#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

/// How the checks learn about what was read. The defaults fit a platform made in C++.
struct ReadState {
  /// Place of a path ("switches[0].lanes") or of the nearest thing around it.
  std::function<Place(const std::string& path)> place = [](const std::string& path) {
    return Place{path, 0, 0};
  };
  /// Whether something was wrong at this path or below: what hangs on it is not worth a message.
  std::function<bool(const std::string& path)> failed = [](const std::string&) { return false; };
};

void cross_check(const PlatformConfig& config, const ReadState& state, Diagnostics& diagnostics);

}  // namespace antares::platforms
