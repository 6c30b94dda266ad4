// SPDX-License-Identifier: Apache-2.0
// Workloads that one description lends to another platform. No unit of time.
#pragma once
#include <string>

#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms::cli {

/// The workloads of `description`, a file or the name of a shipped one, take the place of the
/// platform's own; what they read from outside is still looked for beside that description. Throws
/// ConfigError, also for names that this platform does not have.
void borrow_workloads(const std::string& description, LoadedPlatform& platform);

/// Whether the platform has all that its workloads name. Throws ConfigError.
void check_workload_names(const LoadedPlatform& platform);

}  // namespace antares::platforms::cli
