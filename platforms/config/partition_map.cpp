// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/partition_map.h"

namespace antares::platforms {

std::vector<std::size_t> place_partitions(const PlatformConfig& config, std::size_t switch_index) {
  const SwitchDescription& part = config.switches[switch_index];
  std::vector<std::size_t> places(expand_ports(part).size(),
                                  part.partitions.empty() ? 0 : kNoPartition);
  for (std::size_t p = 0; p < part.partitions.size(); ++p) {
    for (const std::string& ports : part.partitions[p].ports) {
      for (const std::size_t port : resolve_ports(config, switch_index, ports).ports)
        if (places[port] == kNoPartition) places[port] = p;
    }
  }
  return places;
}

std::string partition_name(const SwitchDescription& part, std::size_t partition) {
  return partition == kNoPartition ? kSpare : part.partitions[partition].name;
}

}  // namespace antares::platforms
