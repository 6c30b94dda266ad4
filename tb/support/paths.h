// SPDX-License-Identifier: Apache-2.0
// Where the tests find the tree they belong to and the tool they try. Functions instead of macros
// of each program, so that all programs compile with the same flags and share one precompiled
// header.
#pragma once
#include <string>

namespace antares::tb {

/// Top of the source tree.
std::string source_dir();
/// The `antares` tool of this build.
std::string tool_path();
/// Data written by others: where ANTARES_DATA says, or shared/data beside the tree. May be absent.
std::string sample_data(const std::string& name);
/// The file of a shipped description.
std::string description_path(const std::string& name);

}  // namespace antares::tb
