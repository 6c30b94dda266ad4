// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/switch_config.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace antares::models {
namespace {

using Add = std::function<void(const std::string&)>;

/// A partition has at most one upstream port; `whose` names the partition.
void add_upstream_problems(const SwitchConfig& config, const std::vector<PortId>& ports,
                           const std::string& whose, const Add& add) {
  unsigned upstream = 0;
  for (const PortId id : ports) {
    const PortConfig& port = config.ports[id.value()];
    if (port.role == PortRole::upstream && ++upstream > 1)
      add("port '" + port.name + "' is a second upstream port" + whose);
  }
}

void add_partition_problems(const SwitchConfig& config, const Add& add) {
  if (config.partitions.empty()) {
    std::vector<PortId> all;
    for (std::size_t i = 0; i < config.ports.size(); ++i)
      all.emplace_back(static_cast<std::uint16_t>(i));
    return add_upstream_problems(config, all, "", add);
  }
  std::set<std::string> names;
  std::map<PortId, std::string> owner;
  for (const PartitionConfig& partition : config.partitions) {
    const std::string me = "partition '" + partition.name + "'";
    if (partition.name.empty()) add("a partition has no name");
    if (!names.insert(partition.name).second)
      add("two partitions are called '" + partition.name + "'");
    if (partition.ports.empty()) add(me + " has no port");
    std::vector<PortId> known;
    for (const PortId port : partition.ports) {
      if (port.value() >= config.ports.size()) {
        add(me + " names port " + std::to_string(port.value()) + " of " +
            std::to_string(config.ports.size()));
        continue;
      }
      known.push_back(port);
      const auto [it, fresh] = owner.emplace(port, partition.name);
      if (!fresh)
        add("port '" + config.ports[port.value()].name + "' is in partition '" + it->second +
            "' and in '" + partition.name + "'");
    }
    add_upstream_problems(config, known, " of " + me, add);
  }
}

}  // namespace

unsigned service_ports_of(const SwitchConfig& config) {
  const bool any =
      config.reduction && config.reduction->placement == EnginePlacement::service_ports;
  return any ? config.reduction->service_ports : 0;
}

SwitchConfig with_service_ports(SwitchConfig config) {
  const auto faster = [](const PortConfig& a, const PortConfig& b) {
    return a.policy->rate().raw_GBps < b.policy->rate().raw_GBps;
  };
  const auto fastest = std::max_element(config.ports.begin(), config.ports.end(), faster)->policy;
  for (unsigned i = 0; i < service_ports_of(config); ++i) {
    PortConfig port;
    port.name = "service" + std::to_string(i);
    port.policy = fastest;
    config.ports.push_back(port);
    config.endpoints.push_back(protocols::kNoEndpoint);
  }
  return config;
}

/// Ids that a protocol's fields do not hold. Packets name their requester and their target on both
/// links, so that with bridges the smallest field holds for all.
template <class Add>
void add_id_problems(const SwitchConfig& config, const Add& add) {
  std::uint32_t everywhere = ~std::uint32_t{0};
  for (const PortConfig& port : config.ports)
    if (port.policy != nullptr && config.bridge.enabled)
      everywhere = std::min(everywhere, port.policy->endpoint_ids());
  const auto look = [&](PortId port, EndpointId endpoint) {
    if (port.value() >= config.ports.size()) return;
    const PortConfig& at = config.ports[port.value()];
    if (at.policy == nullptr) return;
    const std::uint32_t ids = std::min(everywhere, at.policy->endpoint_ids());
    if (endpoint.value() >= ids)
      add("endpoint " + std::to_string(endpoint.value()) + " behind port '" + at.name +
          "': ids are below " + std::to_string(ids) + ", what the fields of " +
          (ids < at.policy->endpoint_ids() ? std::string("a protocol that bridges lead to")
                                           : std::string(at.policy->protocol())) +
          " hold");
  };
  for (const AddressWindow& window : config.windows) look(window.port, window.endpoint);
}

std::string problems_of(const SwitchConfig& config) {
  std::string problems;
  const auto add = [&](const std::string& text) {
    problems += (problems.empty() ? "" : "; ") + text;
  };
  if (config.ports.empty()) add("a switch needs at least one port");
  if (config.ports.size() > 320) add("a switch has at most 320 ports");
  if (!config.endpoints.empty() && config.endpoints.size() != config.ports.size())
    add("endpoints must be empty or name one endpoint a port");
  std::set<std::string> names;
  for (const PortConfig& port : config.ports) {
    if (port.policy == nullptr) add("port '" + port.name + "' has no link policy");
    for (const PortId blocked : port.egress_blocked) {
      if (blocked.value() >= config.ports.size())
        add("port '" + port.name + "' blocks an egress port that does not exist");
    }
    if (!names.insert(port.name).second) add("two ports are called '" + port.name + "'");
  }
  if (service_ports_of(config) != 0 && !config.partitions.empty())
    add("engines on service ports belong to no partition: take placement egress_ports with "
        "partitions");
  add_partition_problems(config, add);
  for (const AddressWindow& window : config.windows) {
    if (window.port.value() >= config.ports.size())
      add("a window names port " + std::to_string(window.port.value()) + " of " +
          std::to_string(config.ports.size()));
  }
  add_id_problems(config, add);
  std::vector<SwitchConfig::IdRoute> routes = config.id_routes;
  routes.insert(routes.end(), config.other_ways.begin(), config.other_ways.end());
  for (const auto& route : routes) {
    if (route.port.value() >= config.ports.size())
      add("the route to endpoint " + std::to_string(route.endpoint.value()) + " names port " +
          std::to_string(route.port.value()) + " of " + std::to_string(config.ports.size()));
  }
  unsigned channels = 0;
  for (const PortConfig& port : config.ports)
    if (port.policy != nullptr) channels = std::max(channels, port.policy->request_channels());
  for (const auto& way : config.way_channels) {
    if (way.channel.value() >= channels)
      add("the way to endpoint " + std::to_string(way.endpoint.value()) +
          " is on virtual channel " + std::to_string(way.channel.value()) +
          ", and no port has so many for requests");
  }
  return problems;
}

}  // namespace antares::models
