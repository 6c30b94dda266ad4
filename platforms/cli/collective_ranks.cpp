// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/collective_ranks.h"

#include <algorithm>

namespace antares::platforms::cli {

std::vector<std::size_t> ranks_of(const Platform& platform, const CollectiveWorkload& workload) {
  std::vector<std::size_t> ranks;
  for (std::size_t i = 0; i < platform.endpoints().size(); ++i) {
    const PlatformEndpoint& endpoint = platform.endpoints()[i];
    const auto& names = workload.ranks;
    if (endpoint.accelerator != nullptr &&
        (names.empty() || std::find(names.begin(), names.end(), endpoint.name) != names.end()))
      ranks.push_back(i);
  }
  return ranks;
}

}  // namespace antares::platforms::cli
