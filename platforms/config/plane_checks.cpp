// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/plane_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "antares/platforms/config/binder.h"

namespace antares::platforms {
namespace {

/// Bandwidths that differ by less are one.
constexpr double kSameShare = 1e-6;

bool is_power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

/// Which ports are missing, told by switch where each plane is one switch.
std::string who_is_missing(const PlatformConfig& config, const EndpointDescription& endpoint,
                           const PortList& ports) {
  std::vector<std::pair<std::size_t, std::size_t>> by_switch;  // switch, ports
  for (const PortRef& port : ports.ports) {
    if (by_switch.empty() || by_switch.back().first != port.switch_index)
      by_switch.emplace_back(port.switch_index, 0);
    ++by_switch.back().second;
  }
  if (by_switch.size() != endpoint.planes->count)
    return fmt::format("they lie on {} switch(es)", by_switch.size());
  for (const auto& [part, count] : by_switch)
    if (count < endpoint.count)
      return fmt::format("endpoint \"{}\" is missing from the plane of switch \"{}\"",
                         numbered_name(endpoint.name, endpoint.count, count),
                         config.switches[part].name);
  return "there are not as many on each plane";
}

/// Endpoints with the same bandwidth on the same planes, by plane.
using Shares = std::map<std::size_t, double>;

class PlaneChecker {
 public:
  PlaneChecker(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
               const TellMistake& tell)
      : config_(config),
        tell_(tell),
        endpoints_(expand_endpoints(config)),
        planes_(linked_parts(make_graph(config, links))) {}

  void run() {
    std::map<Shares, std::size_t> known;
    std::vector<std::pair<Shares, std::size_t>> kinds;  // and the first endpoint of the kind
    for (std::size_t e = 0; e < endpoints_.size(); ++e) {
      const auto shares = shares_of(endpoints_[e]);
      if (!shares) return;
      if (known.emplace(*shares, e).second) kinds.emplace_back(*shares, e);
    }
    for (auto one = kinds.begin(); one != kinds.end(); ++one)
      for (auto other = std::next(one); other != kinds.end(); ++other)
        if (!meet(*one, *other)) return;
    for (std::size_t s = 0; s < config_.switches.size(); ++s)
      if (!config_.switches[s].partitions.empty())
        return tell_(index_path("switches", s) + ".partitions",
                     "partitions on a switch of a platform whose endpoints have planes",
                     "partitions of planes are not modelled: leave one of them out");
  }

 private:
  std::string path_of(const ExpandedEndpoint& endpoint, const char* key) const {
    return index_path("endpoints", endpoint.description) + key;
  }

  double raw_GBps(const PortGroup& group) {
    const auto [known, is_new] = rates_.emplace(&group, 0);
    if (is_new) known->second = group.make_policy()->rate().raw_GBps;
    return known->second;
  }

  /// Nothing: a mistake was told.
  std::optional<Shares> shares_of(const ExpandedEndpoint& endpoint) {
    Shares shares;
    std::map<std::size_t, PortRef> first;
    const PortGroup& group = group_of(config_, endpoint.ports.front());
    for (const PortRef& port : endpoint.ports) {
      const auto [known, is_new] = first.emplace(planes_[port.switch_index], port);
      const PortGroup& own = group_of(config_, port);
      if (!own.problems().empty()) return std::nullopt;  // told at its own place
      if (!is_new) {
        tell_(path_of(endpoint, ".attach"),
              fmt::format("endpoint \"{}\" is twice in one plane, at {} and {}", endpoint.name,
                          port_name(config_, known->second), port_name(config_, port)),
              "planes are switches that no links connect; several links of an endpoint to one "
              "switch are one port (nvlink.links, lanes)");
        return std::nullopt;
      }
      if (own.protocol != group.protocol) {
        tell_(path_of(endpoint, ".attach"),
              fmt::format("the planes of endpoint \"{}\" speak {} at {} and {} at {}",
                          endpoint.name, group.key(), port_name(config_, endpoint.ports.front()),
                          own.key(), port_name(config_, port)),
              "all planes of an endpoint speak one protocol");
        return std::nullopt;
      }
      shares[planes_[port.switch_index]] = raw_GBps(own);
    }
    return shares;
  }

  /// Whether endpoints of two kinds find each other, by all of the planes of both.
  bool meet(const std::pair<Shares, std::size_t>& one,
            const std::pair<Shares, std::size_t>& other) {
    const ExpandedEndpoint& a = endpoints_[one.second];
    const ExpandedEndpoint& b = endpoints_[other.second];
    // Who has no planes sits on one: that is for the checks of links to judge.
    const bool dealt = one.first.size() > 1 && other.first.size() > 1;
    if (one.first.size() == 1 && other.first.size() == 1) return true;
    for (const auto& [here, there, mine, theirs] :
         {std::tuple{&a, &b, &one.first, &other.first}, {&b, &a, &other.first, &one.first}}) {
      if (theirs->size() < mine->size() && !dealt) continue;
      for (const PortRef& port : here->ports)
        if (theirs->count(planes_[port.switch_index]) == 0) {
          tell_(path_of(*there, ".attach"),
                fmt::format("endpoint \"{}\" is missing from the plane of switch \"{}\", where "
                            "\"{}\" is",
                            there->name, config_.switches[port.switch_index].name, here->name),
                "endpoints with planes meet on all of them");
          return false;
        }
    }
    if (!dealt) return true;
    const double ratio = other.first.begin()->second / one.first.begin()->second;
    for (const auto& [plane, GBps] : one.first) {
      const double theirs = other.first.at(plane);
      if (std::abs(theirs / GBps / ratio - 1) < kSameShare) continue;
      tell_(path_of(b, ".attach"),
            fmt::format("the planes of \"{}\" and \"{}\" have unequal links: {:g} and {:g} GB/s on "
                        "one, {:g} and {:g} on another",
                        a.name, b.name, one.first.begin()->second, other.first.begin()->second,
                        GBps, theirs),
            "addresses are dealt by bandwidth: give both their links in the same proportion");
      return false;
    }
    return true;
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<ExpandedEndpoint> endpoints_;
  std::vector<std::size_t> planes_;  ///< by switch
  std::map<const PortGroup*, double> rates_;
};

}  // namespace

bool check_plane_ports(const PlatformConfig& config, std::size_t description, const PortList& ports,
                       const TellMistake& tell) {
  const EndpointDescription& endpoint = config.endpoints[description];
  if (!endpoint.planes) return true;
  const std::string path = index_path("endpoints", description);
  const models::PlaneConfig& planes = *endpoint.planes;
  bool fine = true;
  const auto told = [&](const std::string& at, const std::string& what, const std::string& hint) {
    tell(at, what, hint);
    fine = false;
  };
  if (!is_power_of_two(planes.granule_bytes))
    told(path + ".planes.granule_bytes",
         fmt::format("granule_bytes: {} is no power of two", planes.granule_bytes),
         "requests are cut at its multiples");
  const bool accelerator = endpoint.kind == EndpointKind::accelerator;
  const bool host = endpoint.kind == EndpointKind::host;
  if ((accelerator && endpoint.accelerator.nic) || (host && endpoint.host.nic))
    told(path + ".planes", "endpoint \"" + endpoint.name + "\" has planes and a network card",
         "a card in front of planes is not modelled: leave one of them out");
  if (planes.spread == models::PlaneSpread::adaptive) {
    const std::string at = path + ".planes.spread";
    for (const PortRef& port : ports.ports) {
      if (group_of(config, port).posted_response == models::PostedResponse::at_delivery) continue;
      told(at,
           "spread: adaptive, but " + port_name(config, port) +
               " answers writes before they are delivered",
           "a granule changes its plane when all of it is answered: set posted_response: "
           "at_delivery, or take hash or in_turn");
      break;
    }
  }
  const std::size_t needed = std::size_t{planes.count} * endpoint.count;
  if (planes.count < 2)
    told(path + ".planes.count", fmt::format("count: {} plane(s)", planes.count),
         "from 2 on; without `planes` an endpoint has one port");
  else if (ports.ports.size() % planes.count != 0 || ports.ports.size() < needed)
    told(path + ".attach",
         fmt::format("{} endpoint(s) \"{}\" on {} planes need {} ports, attach names {}: {}",
                     endpoint.count, endpoint.name, planes.count, needed, ports.ports.size(),
                     who_is_missing(config, endpoint, ports)),
         "the list is cut into as many equal parts as there are planes");
  return fine;
}

void check_planes(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                  const TellMistake& tell) {
  if (has_planes(config)) PlaneChecker(config, links, tell).run();
}

}  // namespace antares::platforms
