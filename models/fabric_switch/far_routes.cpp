// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/far_routes.h"

#include <algorithm>

namespace antares::models {
namespace {

/// Spare ports have nothing in common, and lead nowhere. A switch without partitions has one
/// without a name, too: of all its ports.
bool is_spare(PortAdapter& port) {
  const Partition& own = port.partition();
  if (!own.name.empty()) return false;
  const auto& ports = port.fabric().ports;
  return own.routes.windows().empty() ||
         std::any_of(ports.begin(), ports.end(),
                     [&](const PortAdapter* each) { return &each->partition() != &own; });
}

}  // namespace

std::vector<FarRoute> partitions_joined_to(const Partition& home) {
  std::vector<FarRoute> found;
  const auto look_from = [&](const Partition& here) {
    for (PortAdapter* port : here.ports) {
      if (!port->link.bound()) continue;
      PortAdapter& far = port->link.far().adapter();
      auto* const there = const_cast<Partition*>(&far.partition());
      const bool known =
          there == &home || std::any_of(found.begin(), found.end(), [&](const FarRoute& route) {
            return route.partition == there;
          });
      if (!known && !is_spare(far)) found.push_back({there, far.id()});
    }
  };
  look_from(home);
  for (std::size_t i = 0; i < found.size(); ++i) look_from(*found[i].partition);
  return found;
}

RouteTable with(const RouteTable& routes, EndpointId endpoint, PortId exit,
                const std::vector<AddressWindow>& windows) {
  RouteTable more = routes;
  more.remove(endpoint);
  for (AddressWindow window : windows) {
    window.port = exit;
    more.add(window);
  }
  more.add_id(endpoint, exit);
  return more;
}

}  // namespace antares::models
