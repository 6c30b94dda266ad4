// SPDX-License-Identifier: Apache-2.0
// The descriptions that come with Antares, by name: `antares run scorpio_x_20x16` works from any
// folder, in a build tree and from an installed copy. The same for presets (presets.h). No unit of
// time.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace antares::platforms {

struct ShippedDescription {
  std::string name;     ///< "scorpio_x_20x16"
  std::string path;     ///< of its file
  std::string summary;  ///< first sentence of the comment it opens with
};

/// Path of the shipped description of this name ("first" or "first.yaml").
std::optional<std::string> find_description(const std::string& name);

/// All that are shipped, by name.
std::vector<ShippedDescription> list_descriptions();

/// The presets of a section, "accelerator" or "model", by name.
std::vector<ShippedDescription> list_presets(const std::string& section);

/// What a user wrote, as a path: an existing file first, then a shipped description. Throws
/// ConfigError with a guess when it is neither.
std::string locate_description(const std::string& written);

}  // namespace antares::platforms
