// SPDX-License-Identifier: Apache-2.0
// Sizes that are no whole number of elements: what is run is the whole elements in them, and
// whoever asked is told. Bytes.
#pragma once
#include <set>
#include <string>

#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms::cli {

/// One warning for each such size of the platform's collectives on standard error; lines in `told`
/// have been said before, new ones are added.
void warn_of_rounded_sizes(const LoadedPlatform& platform, std::set<std::string>& told);

/// "1001 B are no whole number of float32 elements (4 B each): 1000 B are run".
std::string rounded_size_text(std::uint64_t bytes, DataType type);

}  // namespace antares::platforms::cli
