// SPDX-License-Identifier: Apache-2.0
// What of somebody else's file was understood and what was not, in sentences with units, without
// running anything. For `antares trace info`. No time here.
#pragma once
#include <string>
#include <vector>

namespace antares::platforms {

/// What trace_info() is asked about: the path itself, or the files of a folder that holds no Chakra
/// set, in order of their names. Throws TraceError.
std::vector<std::string> trace_info_paths(const std::string& path);

/// Several lines, each ending in a newline. Throws TraceError for what cannot be read or replayed.
std::string trace_info(const std::string& path);

}  // namespace antares::platforms
