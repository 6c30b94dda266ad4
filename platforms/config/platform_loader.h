// SPDX-License-Identifier: Apache-2.0
// From a description on disk to a PlatformConfig, or to a ConfigError that lists every mistake at
// once. Order: read YAML, apply --set, resolve parameters, put presets in, fill the structs,
// cross-check. Nothing
// is built and no kernel is touched here.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

struct LoadedPlatform {
  PlatformConfig config;
  std::string file;  ///< as given; paths in the description are relative to its folder
  /// Where each value that was written comes from, by path ("switches[0].lanes"). A path that is
  /// not here is a default.
  std::map<std::string, Origin> origins;
  /// The parameters with the values they had, for reports.
  std::map<std::string, std::string> parameters;
  /// What is not wrong, but hardly meant.
  std::vector<Diagnostic> warnings;
};

/// Reads `path` and applies `settings`, each "name=value" or "a.b[2].c=value". Throws ConfigError.
LoadedPlatform load_platform(const std::string& path,
                             const std::vector<std::string>& settings = {});

/// The same for text in memory; `name` stands for the file in messages.
LoadedPlatform parse_platform(const std::string& text, const std::string& name,
                              const std::vector<std::string>& settings = {});

/// Checks a platform made in C++ the way load_platform checks one from YAML: ranges, names, lanes,
/// attachments. Empty when it can be built.
std::vector<Diagnostic> check_platform(const PlatformConfig& config);

/// `path` of a description's key made absolute against the folder of its file.
std::string resolve_path(const LoadedPlatform& platform, const std::string& path);

}  // namespace antares::platforms
