// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/partition_plan.h"

#include <stdexcept>

#include "antares/platforms/config/partition_map.h"

namespace antares::platforms {

std::vector<models::PartitionConfig> partition_configs(const PlatformConfig& config,
                                                       std::size_t switch_index) {
  const SwitchDescription& part = config.switches[switch_index];
  std::vector<models::PartitionConfig> partitions;
  for (const PartitionDescription& described : part.partitions)
    partitions.push_back({described.name, {}, described.bridge});
  if (partitions.empty()) return partitions;
  const std::vector<std::size_t> places = place_partitions(config, switch_index);
  for (std::size_t port = 0; port < places.size(); ++port)
    if (places[port] != kNoPartition)
      partitions[places[port]].ports.emplace_back(static_cast<std::uint16_t>(port));
  return partitions;
}

bool reaches(const PlatformEndpoint& from, const PlatformEndpoint& to) {
  return from.port->find_completer(to.window_base, 1) != nullptr;
}

void require_mutual_reach(const Platform& platform, const std::vector<std::size_t>& ranks,
                          const std::string& workload) {
  for (const std::size_t one : ranks) {
    for (const std::size_t other : ranks) {
      const PlatformEndpoint& from = platform.endpoints()[one];
      const PlatformEndpoint& to = platform.endpoints()[other];
      if (reaches(from, to)) continue;
      throw std::invalid_argument(workload + ": '" + from.name + "' does not reach '" + to.name +
                                  "': they are in different partitions; the ranks of a collective "
                                  "must see each other");
    }
  }
}

}  // namespace antares::platforms
