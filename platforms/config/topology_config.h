// SPDX-License-Identifier: Apache-2.0
// How switches are linked, and how packets find their way over the links. A link has two ends, each
// a port; lists of ports on both sides stand for that many links. No unit of time.
#pragma once
#include <cstdint>
#include <string>

namespace antares::platforms {

/// In which order the ports of several switches are taken.
enum class PortOrder : std::uint8_t { by_switch, by_port };

struct LinkDescription {
  std::string from;
  std::string to;
  PortOrder to_order = PortOrder::by_switch;
  std::uint32_t groups = 1;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LinkDescription;
    visit("from", &C::from,
          "Ports of one end, switch by switch: switch.port, switch.group, switch.group[0..3]; of "
          "several switches: leaf[*].group, leaf[0..3].group, every second leaf[0..6:2].group")
        .required();
    visit("to", &C::to, "Ports of the other end, as many: the k-th is linked to the k-th")
        .required();
    visit("to_order", &C::to_order,
          "by_switch: all ports of the first switch, then of the next; by_port: the first port of "
          "each switch, then the second of each, so that each switch of `from` meets each of `to`")
        .names({{"by_switch", PortOrder::by_switch}, {"by_port", PortOrder::by_port}});
    visit(
        "groups", &C::groups,
        "Both lists are cut into so many equal parts, one after the other, each part of `from` is "
        "linked to its own of `to`: the same fabric so many times, as planes")
        .range(1, 1024);
  }
};

/// Where several shortest ways lead to an endpoint.
enum class RoutePolicy : std::uint8_t { spread, hash, ecmp, adaptive };

struct RoutingDescription {
  RoutePolicy policy = RoutePolicy::spread;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = RoutingDescription;
    visit(
        "policy", &C::policy,
        "Choice among equally short ways: spread (each link for as many pairs of endpoints) and "
        "hash (at random, from run.seed) fix it by destination before time 0; ecmp takes a link by "
        "a hash of source and destination, the same for all packets of a pair; adaptive takes the "
        "link with most free credit when a packet comes, and stays with it where the protocol "
        "promises an order, as long as anything between the two endpoints is under way")
        .names({{"spread", RoutePolicy::spread},
                {"hash", RoutePolicy::hash},
                {"ecmp", RoutePolicy::ecmp},
                {"adaptive", RoutePolicy::adaptive}})
        .assumption("how a Scorpio-class fabric spreads its traffic is not published");
  }
};

}  // namespace antares::platforms
