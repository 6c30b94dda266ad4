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

PartitionView::PartitionView(const PlatformConfig& config) : config_(config) {
  for (std::size_t s = 0; s < config.switches.size(); ++s)
    places_.push_back(place_partitions(config, s));
}

bool PartitionView::sees(const ExpandedEndpoint& one, const ExpandedEndpoint& other) const {
  if (one.switch_index != other.switch_index) return true;
  const std::size_t mine = places_[one.switch_index][one.port];
  return mine != kNoPartition && mine == places_[other.switch_index][other.port];
}

std::string PartitionView::text(const ExpandedEndpoint& endpoint) const {
  const std::size_t place = places_[endpoint.switch_index][endpoint.port];
  return endpoint.name +
         (place == kNoPartition
              ? " (on a spare port)"
              : " (partition " + partition_name(config_.switches[endpoint.switch_index], place) +
                    ")");
}

}  // namespace antares::platforms
