// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/descriptions.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "antares/platforms/config/diagnostics.h"

namespace antares::platforms {
namespace {

namespace fs = std::filesystem;

/// Where they may be: beside the running program as installed, else where it was built.
std::vector<fs::path> folders(const std::string& kind) {
  std::vector<fs::path> result;
  std::error_code problem;
  const fs::path program = fs::read_symlink("/proc/self/exe", problem);
  if (!problem)
    result.push_back(program.parent_path().parent_path() / ANTARES_INSTALLED_DATA / kind);
  result.push_back(fs::path(ANTARES_SOURCE_DATA) / kind);
  return result;
}

/// The first sentence of the comment on top.
std::string summary_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string summary;
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("# SPDX", 0) == 0) continue;
    if (line.rfind("# ", 0) != 0) break;
    summary += (summary.empty() ? "" : " ") + line.substr(2);
    const std::size_t end = summary.find(". ");
    if (end != std::string::npos) return summary.substr(0, end + 1);
    if (summary.back() == '.') break;
  }
  return summary;
}

std::vector<ShippedDescription> list_shipped(const std::string& kind) {
  std::vector<ShippedDescription> result;
  for (const fs::path& folder : folders(kind)) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(folder, problem))
      if (entry.path().extension() == ".yaml")
        result.push_back(
            {entry.path().stem().string(), entry.path().string(), summary_of(entry.path())});
    // One place, not a mix of two versions.
    if (!result.empty()) break;
  }
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

}  // namespace

std::vector<ShippedDescription> list_descriptions() { return list_shipped("descriptions"); }
std::vector<ShippedDescription> list_presets(const std::string& section) {
  return list_shipped("presets/" + section + "s");
}

std::optional<std::string> find_description(const std::string& name) {
  for (const ShippedDescription& shipped : list_descriptions())
    if (shipped.name == name || shipped.name + ".yaml" == name) return shipped.path;
  return std::nullopt;
}

std::string locate_description(const std::string& written) {
  std::error_code ignored;
  if (fs::is_regular_file(written, ignored)) return written;
  if (auto shipped = find_description(written)) return *shipped;
  // A folder of that name, a pipe, what can't be read: the reader has the right words for it.
  if (fs::exists(written, ignored)) return written;
  std::vector<std::string> names;
  for (const ShippedDescription& shipped : list_descriptions()) names.push_back(shipped.name);
  throw ConfigError(
      {{written.empty() ? "FILE \"\"" : written, 0, 0,
        "no such file, nor a description that comes with Antares", suggestion(written, names)}});
}

}  // namespace antares::platforms
