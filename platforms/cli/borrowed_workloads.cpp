// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/borrowed_workloads.h"

#include <filesystem>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/platform_checks.h"

namespace antares::platforms::cli {
namespace {

Place place_of(const LoadedPlatform& platform, std::string path) {
  while (!path.empty()) {
    const auto found = platform.origins.find(path);
    if (found != platform.origins.end()) return found->second.place;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string::npos) break;
    path.resize(cut);
  }
  return {platform.file, 0, 0};
}

bool is_workload(const std::string& path) { return path.rfind("workloads", 0) == 0; }

}  // namespace

void check_workload_names(const LoadedPlatform& platform) {
  Diagnostics diagnostics;
  ReadState state;
  state.place = [&](const std::string& path) { return place_of(platform, path); };
  cross_check(platform.config, state, diagnostics);
  diagnostics.throw_if_any();
}

void borrow_workloads(const std::string& description, LoadedPlatform& platform) {
  LoadedPlatform from = load_platform(locate_description(description));
  if (from.config.workloads.empty())
    throw ConfigError({{"--workloads-from", 0, 0, description + " has no workloads", {}}});
  for (WorkloadDescription& workload : from.config.workloads) {
    std::vector<std::string*> paths = {&workload.trace.input, &workload.trace.groups_file,
                                       &workload.collective.program};
    for (ConcurrentJob& job : workload.concurrent.jobs) paths.push_back(&job.collective.program);
    for (std::string* path : paths)
      if (!path->empty())
        *path = std::filesystem::absolute(resolve_path(from, *path)).lexically_normal().string();
  }
  platform.config.workloads = std::move(from.config.workloads);
  auto& origins = platform.origins;
  for (auto at = origins.begin(); at != origins.end();)
    at = is_workload(at->first) ? origins.erase(at) : std::next(at);
  for (const auto& [path, origin] : from.origins)
    if (is_workload(path)) origins[path] = origin;
  check_workload_names(platform);
}

}  // namespace antares::platforms::cli
