// SPDX-License-Identifier: Apache-2.0
// Reads one YAML document into a Node tree. What yaml-cpp 0.7 lets pass is caught here: duplicate
// keys are refused with both places, merge keys (<<) are applied, expansion of aliases, depth and
// size are bounded, so that no input costs more than a second or so. yaml-cpp is not seen outside.
#pragma once
#include <string>

#include "antares/platforms/config/node.h"

namespace antares::platforms {

inline constexpr std::size_t kMaxDescriptionBytes = 8u << 20;  ///< the shipped ones have a few KiB
inline constexpr std::size_t kMaxDescriptionNodes = 200000;    ///< after aliases are expanded
inline constexpr std::size_t kMaxDescriptionDepth = 64;

/// The file's text; throws ConfigError when it is missing, a directory, a pipe, unreadable, empty,
/// too large or not text.
std::string read_description_file(const std::string& path);

/// Parses text; `name` is the file in messages. Duplicate keys go to `diagnostics` and reading goes
/// on; what makes the rest unreadable throws ConfigError.
Node parse_yaml(const std::string& text, const std::string& name, Diagnostics& diagnostics);

/// The value of a --set, in YAML's own notation: 3, 64KiB, [1, 2], {from: 0.1}. Throws ConfigError.
Node parse_yaml_value(const std::string& text, const std::string& name);

}  // namespace antares::platforms
