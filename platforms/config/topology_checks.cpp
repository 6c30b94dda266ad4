// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/topology_checks.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/pods.h"
#include "antares/platforms/config/way_channels.h"
#include "antares/protocols/common/packet.h"

namespace antares::platforms {
namespace {

/// Why two ports cannot be the ends of one link; empty: they can.
std::string misfit(const PortGroup& a, const PortGroup& b) {
  const auto mine = a.make_policy();
  const auto theirs = b.make_policy();
  if (mine->protocol() != theirs->protocol())
    return fmt::format("one end speaks {}, the other {}", mine->protocol(), theirs->protocol());
  if (mine->lanes() != theirs->lanes())
    return fmt::format("one end has x{}, the other x{}", mine->lanes(), theirs->lanes());
  if (mine->rate().raw_GBps != theirs->rate().raw_GBps)
    return fmt::format("one end carries {:.4g} GB/s, the other {:.4g}", mine->rate().raw_GBps,
                       theirs->rate().raw_GBps);
  if (a.propagation_ns != b.propagation_ns)
    return fmt::format("propagation_ns is {:g} at one end, {:g} at the other", a.propagation_ns,
                       b.propagation_ns);
  if (a.propagation_ns == 0) return "propagation_ns has to be above 0 between switches";
  return {};
}

class LinkChecker {
 public:
  LinkChecker(const PlatformConfig& config, const TellMistake& tell)
      : config_(config), tell_(tell) {}

  std::vector<LinkedPorts> run() {
    for (std::size_t l = 0; l < config_.links.size(); ++l) check(l, index_path("links", l));
    return std::move(links_);
  }

 private:
  void check(std::size_t l, const std::string& path) {
    const LinkEnds ends = resolve_link(config_, config_.links[l]);
    const std::pair<const char*, const PortList*> sides[] = {{"from", &ends.from},
                                                             {"to", &ends.to}};
    for (const auto& [key, list] : sides)
      if (!list->error.empty())
        tell_(path + "." + key,
              fmt::format("{}: {}: {}", key,
                          key == std::string("from") ? config_.links[l].from : config_.links[l].to,
                          list->error),
              list->hint);
    if (!ends.from.error.empty() || !ends.to.error.empty()) return;
    if (ends.from.ports.size() != ends.to.ports.size())
      return tell_(path,
                   fmt::format("{} port(s) on one side, {} on the other", ends.from.ports.size(),
                               ends.to.ports.size()),
                   "each port has one partner");
    if (ends.from.ports.size() % config_.links[l].groups != 0)
      return tell_(path + ".groups",
                   fmt::format("{} ports a side can't be cut into {} equal groups",
                               ends.from.ports.size(), config_.links[l].groups),
                   "groups divides the number of ports");
    for (std::size_t i = 0; i < ends.from.ports.size(); ++i)
      if (!add({ends.from.ports[i], ends.to.ports[i], l}, path)) return;
  }

  /// False: told, and more of this entry would only be the same once more.
  bool add(const LinkedPorts& link, const std::string& path) {
    const std::string names = port_name(config_, link.from) + " - " + port_name(config_, link.to);
    if (link.from.switch_index == link.to.switch_index)
      return told(path, "link " + names + ": both ends belong to one switch", "");
    for (const PortRef& port : {link.from, link.to}) {
      if (!taken_.insert(port).second)
        return told(path, "port " + port_name(config_, port) + " has two links", "");
      const PortGroup& group = group_of(config_, port);
      if (!group.connected)
        return told(path, "port " + port_name(config_, port) + " is connected: false", "");
      if (!group.problems().empty()) return false;  // told at its own place
      if (group.acs || !group.width_changes.empty())
        return told(
            path,
            "port " + port_name(config_, port) +
                " has access control or changes of width, which belong to ports with a device",
            "leave acs and width_changes out there");
    }
    const std::string why = fit(link);
    if (!why.empty())
      return told(path, "link " + names + ": " + why, "both ends need the same kind of link");
    links_.push_back(link);
    return true;
  }

  /// Groups are few, links are many: each pair of groups is looked at once.
  const std::string& fit(const LinkedPorts& link) {
    const PortGroup* a = &group_of(config_, link.from);
    const PortGroup* b = &group_of(config_, link.to);
    const auto [found, is_new] = fits_.emplace(std::pair(a, b), std::string());
    if (is_new) found->second = misfit(*a, *b);
    return found->second;
  }

  bool told(const std::string& path, const std::string& message, const std::string& hint) {
    tell_(path, message, hint);
    return false;
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<LinkedPorts> links_;
  std::set<PortRef> taken_;
  std::map<std::pair<const PortGroup*, const PortGroup*>, std::string> fits_;
};

/// Two partitions of a switch that links join, over a switch without partitions, are none: told.
bool apart(const PlatformConfig& config, const Pods& pods, const TellMistake& tell) {
  for (std::size_t pod = 0; pod < pods.size(); ++pod) {
    const auto& parts = pods.parts(pod);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].switch_index != parts[i - 1].switch_index) continue;
      const SwitchDescription& on = config.switches[parts[i].switch_index];
      tell(index_path("switches", parts[i].switch_index) + ".partitions",
           fmt::format("links join the partitions \"{}\" and \"{}\" of {}: over other switches "
                       "packets would cross",
                       on.partitions[parts[i - 1].partition].name,
                       on.partitions[parts[i].partition].name, on.name),
           "give the switches between them partitions, too");
      return false;
    }
  }
  return true;
}

/// Ways wait for each other in a ring: `channels` virtual ones (0: too many) would keep them apart.
void check_ring(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                unsigned channels, const std::string& ring, const TellMistake& tell) {
  const std::string what =
      "these links can wait for each other's buffers in a ring, and stand "
      "still for ever: " +
      ring;
  const std::string up_down = "ways that go up and then down (leaf, spine, leaf) never do";
  // What closed the ring are ways from switches at which nobody sends.
  if (channels == 1) return;
  if (channels == 0)
    return tell("links", what,
                up_down + fmt::format("; more than {} virtual channels would be needed to keep "
                                      "these apart",
                                      kMostWayChannels));
  for (const LinkedPorts& link : links) {
    const PortGroup& group = group_of(config, link.from);
    const auto policy = group.make_policy();
    const unsigned has = policy->request_channels();
    if (has >= channels) continue;
    const std::string key = policy->request_channels_setting(channels);
    return tell(
        "links", what,
        up_down + (key.empty()
                       ? fmt::format("; to keep these apart takes {} virtual channels, and {} "
                                     "has {} for requests at most",
                                     channels, group.key(), has)
                       : fmt::format("; {} virtual channels keep these apart, and {} has {} for "
                                     "requests: set {} on the links between switches",
                                     channels, port_name(config, link.from), has, key)));
  }
  // What follows chooses its way, or its channel, by something else than the pair of switches.
  for (std::size_t s = 0; s < config.switches.size(); ++s)
    if (config.switches[s].hypercast)
      return tell(index_path("switches", s) + ".hypercast",
                  "hypercast, and links that are kept from waiting in a ring by virtual channels: "
                  "copies have no channel of their own there",
                  "leave one of them out; " + up_down);
  for (std::size_t e = 0; e < config.endpoints.size(); ++e)
    if (config.endpoints[e].kind == EndpointKind::accelerator &&
        config.endpoints[e].accelerator.virtual_channel != 0)
      return tell(index_path("endpoints", e) + ".accelerator.virtual_channel",
                  "virtual_channel would not be used: here channels keep ways apart that would "
                  "wait in a ring, and follow from who sends to whom",
                  "leave it out");
}

}  // namespace

std::vector<LinkedPorts> check_links(const PlatformConfig& config, const TellMistake& tell) {
  return LinkChecker(config, tell).run();
}

void check_ways(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                const TellMistake& tell) {
  if (links.empty()) return;
  const Pods pods(config);
  if (!apart(config, pods, tell)) return;
  const auto endpoints = expand_endpoints(config);
  const auto attached = attached_ports(endpoints);
  const auto homes = homes_of(endpoints);
  const FabricGraph graph = make_graph(config, links);
  const auto pod_of = pods_of(pods, endpoints);
  const RoutePlan plan = make_plan(config, graph, endpoints);
  const bool planes = has_planes(config);
  // By switch, not by endpoint: those of one switch share their ways.
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> somebody;  // by pod and switch
  for (std::size_t a = 0; a < attached.size(); ++a)
    somebody.emplace(std::pair(pod_of[a], homes[a]), a);
  for (const auto& [one, a] : somebody) {
    for (const auto& [other, b] : somebody) {
      const std::size_t from = one.second;
      const std::size_t to = other.second;
      if (from >= to || one.first != other.first || one.first == kNoPod) continue;
      const unsigned hops = plan.hops(from, b);
      if (hops == 0 && planes) continue;  // planes are apart; check_planes() sees who shares one
      if (hops == 0)
        return tell("links",
                    fmt::format("no way leads from endpoint \"{}\" on switch {} to \"{}\" on {}",
                                endpoints[attached[a].endpoint].name, config.switches[from].name,
                                endpoints[attached[b].endpoint].name, config.switches[to].name),
                    "link the switches, or run them as two platforms");
      if (hops > protocols::kMostHops)
        return tell("links",
                    fmt::format("the way from switch {} to {} has {} switches",
                                config.switches[from].name, config.switches[to].name, hops),
                    fmt::format("at most {} are possible", protocols::kMostHops));
    }
  }
  std::string ring;
  for (const std::size_t edge : credit_cycle(graph, plan, homes)) {
    const GraphEdge& link = graph.edges[edge];
    ring += (ring.empty() ? "" : ", then ") +
            port_name(config, {link.from_switch, link.from_port}) + " to " +
            port_name(config, {link.to_switch, link.to_port});
  }
  if (!ring.empty()) check_ring(config, links, way_channels(graph, plan, homes).count, ring, tell);
  // Links between switches speak the requester's protocol.
  for (const auto& [e, port] : attached) {
    if (config.endpoints[endpoints[e].description].kind == EndpointKind::memory) continue;
    const PortGroup& own = group_of(config, port);
    for (const std::size_t edge : graph.leaving[port.switch_index]) {
      const PortRef end{port.switch_index, graph.edges[edge].from_port};
      const PortGroup& trunk = group_of(config, end);
      if (own.protocol == trunk.protocol) continue;
      return tell(
          "links",
          fmt::format("endpoint \"{}\" speaks {}, the link at {} {}: its requests can't leave "
                      "the switch",
                      endpoints[e].name, own.key(), port_name(config, end), trunk.key()),
          "links between switches speak the protocol of whoever sends requests over them");
    }
  }
}

}  // namespace antares::platforms
