// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/linked_ports.h"

#include <algorithm>
#include <tuple>

#include "antares/platforms/config/pods.h"

namespace antares::platforms {
namespace {

/// Of each of so many equal parts: the first port of each switch, then the second of each, ...
void order_by_port(std::vector<PortRef>& ports, std::size_t groups) {
  struct Rank {
    std::size_t group, place, position;
    bool operator<(const Rank& other) const {
      return std::tie(group, place, position) < std::tie(other.group, other.place, other.position);
    }
  };
  std::vector<Rank> ranks;
  std::size_t place = 0;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    place = i != 0 && ports[i].switch_index == ports[i - 1].switch_index ? place + 1 : 0;
    ranks.push_back({i * groups / ports.size(), place, i});
  }
  std::sort(ranks.begin(), ranks.end());
  std::vector<PortRef> ordered;
  for (const Rank& rank : ranks) ordered.push_back(ports[rank.position]);
  ports = std::move(ordered);
}

}  // namespace

LinkEnds resolve_link(const PlatformConfig& config, const LinkDescription& link) {
  LinkEnds ends{resolve_port_list(config, link.from), resolve_port_list(config, link.to)};
  if (link.to_order == PortOrder::by_port) order_by_port(ends.to.ports, link.groups);
  return ends;
}

std::vector<LinkedPorts> expand_links(const PlatformConfig& config) {
  std::vector<LinkedPorts> all;
  for (std::size_t l = 0; l < config.links.size(); ++l) {
    const LinkEnds ends = resolve_link(config, config.links[l]);
    for (std::size_t i = 0; i < std::min(ends.from.ports.size(), ends.to.ports.size()); ++i)
      all.push_back({ends.from.ports[i], ends.to.ports[i], l});
  }
  return all;
}

std::set<std::size_t> linked_ports(const PlatformConfig& config, std::size_t switch_index) {
  std::set<std::size_t> ports;
  for (const LinkedPorts& link : expand_links(config)) {
    for (const PortRef& end : {link.from, link.to})
      if (end.switch_index == switch_index) ports.insert(end.port);
  }
  return ports;
}

FabricGraph make_graph(const PlatformConfig& config, const std::vector<LinkedPorts>& links) {
  FabricGraph graph(config.switches.size());
  const Pods pods(config);
  static_assert(kNoPod == kNoPartition, "a spare port's pod is none");
  for (const LinkedPorts& link : links) {
    // A link to a spare port is nobody's: what comes over it sees nobody.
    const std::size_t pod = pods.of(link.to) == kNoPartition ? kNoPod : pods.of(link.from);
    graph.add_link(link.from.switch_index, link.from.port, link.to.switch_index, link.to.port, pod);
  }
  return graph;
}

RoutePlan make_plan(const PlatformConfig& config, const FabricGraph& graph,
                    const std::vector<ExpandedEndpoint>& endpoints) {
  return RoutePlan(graph, homes_of(endpoints), config.routing.policy, config.run.seed,
                   pods_of(Pods(config), endpoints));
}

std::vector<AttachedPort> attached_ports(const std::vector<ExpandedEndpoint>& endpoints) {
  std::vector<AttachedPort> all;
  for (std::size_t e = 0; e < endpoints.size(); ++e)
    for (const PortRef& port : endpoints[e].ports) all.push_back({e, port});
  return all;
}

std::vector<std::size_t> homes_of(const std::vector<ExpandedEndpoint>& endpoints) {
  std::vector<std::size_t> homes;
  for (const AttachedPort& attached : attached_ports(endpoints))
    homes.push_back(attached.port.switch_index);
  return homes;
}

}  // namespace antares::platforms
