// SPDX-License-Identifier: Apache-2.0
// The links of a description one by one, and the graph and the ways that follow from them.
// Everybody who needs them goes through here. No unit of time.
#pragma once
#include <set>
#include <vector>

#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/topology.h"

namespace antares::platforms {

struct LinkedPorts {
  PortRef from;
  PortRef to;
  std::size_t description = 0;  ///< index into PlatformConfig::links
};

/// The ends of one entry of `links`, in the order in which they meet. Lists of unequal length, or
/// names that refer to nothing, give what can be paired: topology_checks tells the rest.
struct LinkEnds {
  PortList from;
  PortList to;  ///< in the order that to_order asks for
};
LinkEnds resolve_link(const PlatformConfig& config, const LinkDescription& link);

std::vector<LinkedPorts> expand_links(const PlatformConfig& config);
/// Ports of the switch that `links` names: no device is behind them.
std::set<std::size_t> linked_ports(const PlatformConfig& config, std::size_t switch_index);
FabricGraph make_graph(const PlatformConfig& config, const std::vector<LinkedPorts>& links);

/// A port of an endpoint: who has planes has several.
struct AttachedPort {
  std::size_t endpoint = 0;  ///< its id
  PortRef port;
};
/// Endpoint by endpoint, plane by plane.
std::vector<AttachedPort> attached_ports(const std::vector<ExpandedEndpoint>& endpoints);
/// The switch of each of attached_ports(); without planes: of each endpoint, by its id.
std::vector<std::size_t> homes_of(const std::vector<ExpandedEndpoint>& endpoints);

/// The ways over make_graph()'s links that config.routing chooses: to each of attached_ports(),
/// over links of its pod (pods.h).
RoutePlan make_plan(const PlatformConfig& config, const FabricGraph& graph,
                    const std::vector<ExpandedEndpoint>& endpoints);

}  // namespace antares::platforms
