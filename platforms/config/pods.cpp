// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/pods.h"

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <map>

namespace antares::platforms {
bool has_partitions(const PlatformConfig& config) {
  return std::any_of(config.switches.begin(), config.switches.end(),
                     [](const SwitchDescription& part) { return !part.partitions.empty(); });
}

Pods::Pods(const PlatformConfig& config) {
  const std::size_t switches = config.switches.size();
  std::vector<std::size_t> first(switches + 1, 0);  // number of a switch's first partition
  for (std::size_t s = 0; s < switches; ++s) {
    const auto own = std::max<std::size_t>(1, config.switches[s].partitions.size());
    first[s + 1] = first[s] + own;
    pods_.emplace_back(own, 0);
  }
  if (!has_partitions(config)) {
    names_.emplace_back();
    parts_.emplace_back();
    for (std::size_t s = 0; s < switches; ++s) parts_[0].push_back({s, PodPart::kWhole});
    return;
  }
  for (std::size_t s = 0; s < switches; ++s) places_.push_back(place_partitions(config, s));
  boost::disjoint_sets_with_storage<> sets(first[switches]);
  const auto number = [&](const PortRef& port) {
    const std::size_t place = places_[port.switch_index][port.port];
    return place == kNoPartition ? kNoPartition : first[port.switch_index] + place;
  };
  for (const LinkedPorts& link : expand_links(config)) {
    const std::size_t one = number(link.from);
    const std::size_t other = number(link.to);
    if (one != kNoPartition && other != kNoPartition) sets.union_set(one, other);
  }
  std::map<std::size_t, std::size_t> known;
  for (std::size_t s = 0; s < switches; ++s) {
    for (std::size_t p = 0; p < pods_[s].size(); ++p) {
      const auto [pod, is_new] = known.emplace(sets.find_set(first[s] + p), parts_.size());
      if (is_new) parts_.emplace_back();
      parts_[pod->second].push_back({s, p});
      pods_[s][p] = pod->second;
    }
  }
  give_names(config);
}

void Pods::give_names(const PlatformConfig& config) {
  std::map<std::string, std::size_t> users;  // of a name: how many pods
  std::vector<std::string> full;
  for (const std::vector<PodPart>& parts : parts_) {
    std::string name;
    std::string with_switch;
    bool one_name = true;
    for (const PodPart& part : parts) {
      const SwitchDescription& on = config.switches[part.switch_index];
      if (on.partitions.empty()) continue;
      const std::string& own = on.partitions[part.partition].name;
      if (with_switch.empty()) with_switch = on.name + "." + own;
      one_name = one_name && (name.empty() || name == own);
      name = own;
    }
    if (with_switch.empty()) with_switch = config.switches[parts.front().switch_index].name;
    full.push_back(with_switch);
    names_.push_back(one_name && !name.empty() ? name : with_switch);
    ++users[names_.back()];
  }
  for (std::size_t pod = 0; pod < names_.size(); ++pod)
    if (users[names_[pod]] > 1) names_[pod] = full[pod];
}

std::size_t Pods::of(const PortRef& port) const {
  if (places_.empty()) return 0;
  const std::size_t place = places_[port.switch_index][port.port];
  return place == kNoPartition ? kNoPartition : pods_[port.switch_index][place];
}

std::size_t find_pod(const PlatformConfig& config, const Pods& pods, const std::string& name) {
  for (std::size_t pod = 0; pod < pods.size(); ++pod) {
    if (pods.name(pod) == name) return pod;
    for (const PodPart& part : pods.parts(pod)) {
      const SwitchDescription& on = config.switches[part.switch_index];
      if (!on.partitions.empty() && on.name + "." + on.partitions[part.partition].name == name)
        return pod;
    }
  }
  return kNoPod;
}

std::vector<std::size_t> pods_of(const Pods& pods, const std::vector<ExpandedEndpoint>& endpoints) {
  std::vector<std::size_t> all;
  for (const AttachedPort& attached : attached_ports(endpoints))
    all.push_back(pods.of(attached.port));
  return all;
}

bool PartitionView::sees(const ExpandedEndpoint& one, const ExpandedEndpoint& other) const {
  const std::size_t mine = pods_.of(PortRef{one.switch_index, one.port});
  return mine != kNoPartition && mine == pods_.of(PortRef{other.switch_index, other.port});
}

std::string PartitionView::text(const ExpandedEndpoint& endpoint) const {
  const std::size_t pod = pods_.of(PortRef{endpoint.switch_index, endpoint.port});
  return endpoint.name +
         (pod == kNoPartition ? " (on a spare port)" : " (partition " + pods_.name(pod) + ")");
}

}  // namespace antares::platforms
