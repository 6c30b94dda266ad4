// SPDX-License-Identifier: Apache-2.0
// The description with everything filled in: every key in the order of fields(), every value with
// where it came from. Reading the dump gives the same platform, and its dump the same text but for
// the comments. No unit of time.
#pragma once
#include <string>

#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {

enum class DumpComments : bool { none, origins };

std::string dump(const LoadedPlatform& platform, DumpComments comments = DumpComments::origins);

/// The same for a platform made in C++.
std::string dump(const PlatformConfig& config);

}  // namespace antares::platforms
