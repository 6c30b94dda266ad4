// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/rounded_sizes.h"

#include <iostream>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms::cli {
namespace {

Place place_of(const LoadedPlatform& platform, std::string path) {
  while (true) {
    const auto found = platform.origins.find(path);
    if (found != platform.origins.end()) return found->second.place;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string::npos) return {platform.file, 0, 0};
    path.resize(cut);
  }
}

class Teller {
 public:
  Teller(const LoadedPlatform& platform, std::set<std::string>& told)
      : platform_(platform), told_(told) {}

  void look_at(const CollectiveWorkload& what, const std::string& path) {
    // A barrier's message is a flag, whatever is said; a program refuses what it cannot cut.
    if (what.collective == "barrier" || !what.program.empty()) return;
    for (std::size_t i = 0; i < what.bytes.size(); ++i) {
      if (what.bytes[i] % element_bytes(what.type) == 0) continue;
      const Place place = place_of(platform_, index_path(path + ".bytes", i));
      const Diagnostic warning{
          place.file, place.line, place.column,
          "warning: " + what.collective + ": " + rounded_size_text(what.bytes[i], what.type), ""};
      if (const std::string line = to_string(warning); told_.insert(line).second)
        std::cerr << line << "\n";
    }
  }

 private:
  const LoadedPlatform& platform_;
  std::set<std::string>& told_;
};

}  // namespace

std::string rounded_size_text(std::uint64_t bytes, DataType type) {
  const std::uint64_t element = element_bytes(type);
  return std::to_string(bytes) + " B are no whole number of " + to_string(type) + " elements (" +
         std::to_string(element) + " B each): " + std::to_string(bytes / element * element) +
         " B are run";
}

void warn_of_rounded_sizes(const LoadedPlatform& platform, std::set<std::string>& told) {
  Teller teller(platform, told);
  for (std::size_t w = 0; w < platform.config.workloads.size(); ++w) {
    const WorkloadDescription& workload = platform.config.workloads[w];
    const std::string path = index_path("workloads", w);
    if (workload.kind == WorkloadKind::collective)
      teller.look_at(workload.collective, path + ".collective");
    for (std::size_t j = 0; j < workload.concurrent.jobs.size(); ++j)
      if (workload.kind == WorkloadKind::concurrent)
        teller.look_at(workload.concurrent.jobs[j].collective,
                       index_path(path + ".concurrent.jobs", j) + ".collective");
  }
}

}  // namespace antares::platforms::cli
