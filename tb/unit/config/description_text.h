// SPDX-License-Identifier: Apache-2.0
// A small right description to break in one place, and the mistakes that reading it reports.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {

/// Two accelerators on one switch, two parameters, two workloads.
std::string small_description();

/// The same with `before` replaced by `after`; fails the test when `before` isn't there.
std::string small_description(const std::string& before, const std::string& after);

/// What reading `text` reports, one line each ("t.yaml:3:1: ..."); empty when it is fine.
std::vector<std::string> mistakes(const std::string& text,
                                  const std::vector<std::string>& settings = {});

}  // namespace antares::platforms
