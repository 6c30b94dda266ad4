// SPDX-License-Identifier: Apache-2.0
// The switches of a platform: made from their descriptions, with the ways over the links between
// them, and linked.
#include <algorithm>

#include "antares/platforms/build/fault_plan.h"
#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/build/moe_study.h"
#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/way_channels.h"

namespace antares::platforms {
namespace {

void add_access(const protocols::AcsConfig& acs, const std::vector<ExpandedPort>& ports,
                models::PortConfig& out) {
  out.access.push_back(std::make_shared<const protocols::AcsRules>(acs));
  for (std::size_t p = 0; p < ports.size(); ++p) {
    for (const std::string& blocked : acs.egress_blocked) {
      if (ports[p].name == blocked)
        out.egress_blocked.push_back(models::PortId(static_cast<std::uint16_t>(p)));
    }
  }
}

void schedule_width_changes(const SwitchDescription& description,
                            const std::vector<ExpandedPort>& ports, models::FabricSwitch& part) {
  for (const ExpandedPort& port : ports) {
    for (const LinkWidthChange& change : description.ports[port.group].width_changes) {
      const auto end = change.device_asks ? models::LinkWidth::End::device_end
                                          : models::LinkWidth::End::switch_end;
      part.port(port.name).adapter().width().request(end, change.lanes,
                                                     models::to_picoseconds(change.at_us * 1000));
    }
  }
}

/// Virtual channels whose packets may overtake each other on any way (PCIe: unordered I/O). On one
/// way they don't, so only where packets choose theirs does it matter.
std::uint32_t unordered_channels(const PlatformConfig& config) {
  std::uint32_t channels = 0;
  if (config.routing.policy != RoutePolicy::adaptive) return channels;
  for (const SwitchDescription& each : config.switches) {
    for (const PortGroup& group : each.ports) {
      models::Packet packet;
      packet.bytes = 64;
      packet.flags = protocols::kUnorderedIo;
      const auto policy = group.make_policy();
      policy->classify(packet);
      if (policy->may_pass(packet, packet)) channels |= 1u << packet.vc.value();
    }
  }
  return channels;
}

}  // namespace

void Platform::build_switches() {
  const auto endpoints = expand_endpoints(config_);
  const auto attached = attached_ports(endpoints);
  const auto homes = homes_of(endpoints);
  const auto links = expand_links(config_);
  const FabricGraph graph = make_graph(config_, links);
  const RoutePlan plan = make_plan(config_, graph, endpoints);
  const WayChannels channels = needed_channels(config_, links, graph, plan, homes);
  const bool planes = has_planes(config_);
  const auto parts = planes ? linked_parts(graph) : std::vector<std::size_t>();
  if (config_.observe.scoreboard) {
    // One for all that is linked: a packet may enter by one switch and leave by another. Planes
    // owe each other no order.
    models::ScoreboardConfig board;
    board.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
    board.unordered_channels = unordered_channels(config_);
    const std::size_t count = planes ? *std::max_element(parts.begin(), parts.end()) + 1 : 1;
    for (std::size_t i = 0; i < count; ++i)
      scoreboards_.push_back(std::make_unique<models::Scoreboard>(board));
  }
  for (std::size_t s = 0; s < config_.switches.size(); ++s) {
    const SwitchDescription& description = config_.switches[s];
    models::SwitchConfig config;
    config.latency = description.latency;
    config.crossbar = description.crossbar;
    config.bridge = description.bridge;
    config.root_turnaround_ns = description.root_turnaround_ns;
    config.partitions = partition_configs(config_, s);
    config.moves = description.port_moves.drain;
    AccessOfPorts access = access_rules(config_, s);
    const std::vector<ExpandedPort> ports = expand_ports(description);
    config.train_bytes = config_.run.train_bytes;
    config.seed = config_.run.seed;
    config.index = static_cast<std::uint16_t>(s);
    config.ids_by_port = planes;
    config.choose_by_hash = config_.routing.policy == RoutePolicy::ecmp;
    std::vector<std::shared_ptr<const protocols::LinkPolicy>> policies;
    for (const PortGroup& group : description.ports) policies.push_back(group.make_policy());
    const auto faults = port_faults(config_, s, ports.size());
    for (const ExpandedPort& port : ports) {
      const PortGroup& group = description.ports[port.group];
      models::PortConfig out;
      out.name = port.name;
      out.policy = policies[port.group];
      out.propagation_ns = group.propagation_ns;
      out.credit_update_ns = group.credit_update_ns;
      out.posted_response = group.posted_response;
      out.role = group.role;
      out.faults = faults[config.ports.size()];
      out.access = std::move(access[config.ports.size()]);
      if (group.acs) add_access(*group.acs, ports, out);
      config.ports.push_back(out);
      config.endpoints.push_back(protocols::kNoEndpoint);
    }
    for (std::size_t a = 0; a < attached.size(); ++a) {
      const bool here = homes[a] == s;
      const std::size_t edge = here ? kNoWay : plan.edge_to(s, a);
      if (!here && edge == kNoWay) continue;  // on a switch, or a plane, of its own
      const std::size_t e = attached[a].endpoint;
      const std::size_t port = here ? attached[a].port.port : graph.edges[edge].from_port;
      const EndpointDescription& what = config_.endpoints[endpoints[e].description];
      models::AddressWindow window;
      window.base = window_base(e);
      window.size_bytes = memory_bytes(what);
      window.endpoint = models::EndpointId(static_cast<std::uint16_t>(e));
      window.port = models::PortId(static_cast<std::uint16_t>(port));
      config.windows.push_back(window);
      if (here) config.endpoints[port] = window.endpoint;
      if (here) continue;
      if (channels.count > 1)
        config.way_channels.push_back(
            {window.endpoint, protocols::VcId(channels.between(s, homes[a]))});
      for (const std::size_t other : plan.edges_to(graph, s, a))
        if (other != edge)
          config.other_ways.push_back({window.endpoint, models::PortId(static_cast<std::uint16_t>(
                                                            graph.edges[other].from_port))});
    }
    config.reduction = description.reduction;
    if (description.hypercast) {
      config.hypercast = hypercast_config(config_, *description.hypercast);
      config.hypercast->groups = group_configs(config_, config.windows);
      for (models::GroupConfig& group : moe_groups(config_, description, config.windows))
        config.hypercast->groups.push_back(std::move(group));
    }
    switches_.push_back(
        std::make_unique<models::FabricSwitch>(description.name.c_str(), config, scheduler_.get()));
    schedule_width_changes(description, ports, *switches_.back());
    if (!scoreboards_.empty())
      switches_.back()->observe().add_listener(*scoreboards_[planes ? parts[s] : 0]);
  }
  for (const LinkedPorts& link : links) handle(link.from).link().bind(handle(link.to).link());
}

}  // namespace antares::platforms
