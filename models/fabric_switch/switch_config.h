// SPDX-License-Identifier: Apache-2.0
// A switch as C++ users describe it: plain structs with defaults, usable with no YAML. Units stand
// in the names. Left out: what is bound to the ports, which elaboration shows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "antares/models/crossbar/crossbar_config.h"
#include "antares/models/hypercast/hypercast_config.h"
#include "antares/models/port/port_config.h"
#include "antares/models/reduction/reduction_config.h"
#include "antares/models/routing/route_table.h"

namespace antares::models {

using protocols::EndpointId;

/// How a port moves from one partition to another (FabricSwitch::move_port).
struct PortMoveConfig {
  double timeout_us = 1000;
  double table_update_us = 1;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PortMoveConfig;
    visit("timeout_us", &C::timeout_us,
          "Longest wait for what is in flight; then the port stays where it is, and runs")
        .range(0.001, 1e7)
        .assumption("no public figure; above the latency of any answer, below what software waits");
    visit("table_update_us", &C::table_update_us,
          "From the last transaction's end until routes and ids are the new partition's")
        .range(0, 1e7)
        .assumption("no public figure; some tens of register writes by management firmware");
  }
};

/// Ports that see each other and nobody else.
struct PartitionConfig {
  std::string name;
  std::vector<PortId> ports;
  std::optional<BridgeConfig> bridge;  ///< none: the switch's
};

struct SwitchConfig {
  std::vector<PortConfig> ports;
  /// Where the devices live in the global address map. window.port must exist.
  std::vector<AddressWindow> windows;
  /// Endpoint behind each port, same order as ports (of a link to another switch: not used); empty
  /// = the port's own number. Linked switches need numbers that are unique over all of them.
  std::vector<EndpointId> endpoints;
  /// By which link remote endpoints are reached that have no window here (they only send requests).
  struct IdRoute {
    EndpointId endpoint;
    PortId port;
  };
  std::vector<IdRoute> id_routes;
  /// More links that lead to an endpoint equally well, beside that of its window or id_route.
  /// Packets choose among them by free credit (models/routing/adaptive_routes.h); none: nobody
  /// chooses, at no cost.
  std::vector<IdRoute> other_ways;
  /// ... by a hash of source and destination instead (ECMP): a pair of endpoints has one way.
  bool choose_by_hash = false;
  /// On which virtual channel of the links between switches requests of this switch's devices reach
  /// an endpoint, whatever they ask for themselves: ways that would wait for each other in a ring
  /// are kept apart so. Completions come back on it. Empty: requests say so themselves. The links
  /// of devices may have fewer.
  struct WayChannel {
    EndpointId endpoint;
    protocols::VcId channel;
  };
  std::vector<WayChannel> way_channels;
  /// Virtual switches. Empty: one, with every port. A port in none of them is a spare: it reaches
  /// nobody until it is moved. A window, and a route by id, belong to their port's partition.
  std::vector<PartitionConfig> partitions;
  PortMoveConfig moves;
  HopLatency latency;
  CrossbarConfig crossbar;
  /// None: the switch makes no copies of requests, at no cost.
  std::optional<HypercastConfig> hypercast;
  /// None: the switch reduces nothing, at no cost. Needs hypercast, which knows the groups.
  std::optional<ReductionConfig> reduction;
  BridgeConfig bridge;  ///< of partitions that say nothing else
  /// Time in which the root sends on what PCIe access control has redirected to it.
  double root_turnaround_ns = 200;
  /// Payload moved as one event; 0 = one link packet (exact). Cut to a quarter of the smallest
  /// buffer or credit pool on its way: see FabricSwitch::train_bytes().
  std::uint64_t train_bytes = 0;
  std::uint64_t seed = 1;
  std::uint16_t index = 0;  ///< of several switches of a platform: fixes the order of their events
  /// Packets are numbered by the port they enter, not by its endpoint: for endpoints with ports on
  /// several switches, whose packets would have one number twice.
  bool ids_by_port = false;
};

/// Of config.ports, those at the end that only have an engine (ReductionConfig::service_ports).
unsigned service_ports_of(const SwitchConfig& config);
/// With these ports, which have no link, behind the others.
SwitchConfig with_service_ports(SwitchConfig config);

/// Every mistake of the configuration, for a person; empty if there is none.
std::string problems_of(const SwitchConfig& config);

}  // namespace antares::models
