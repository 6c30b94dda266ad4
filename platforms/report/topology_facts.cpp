// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/topology_facts.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/pods.h"
#include "antares/platforms/config/way_channels.h"

namespace antares::platforms {
namespace {

using models::PortAdapter;

/// Flows are whole numbers: megabytes a second.
constexpr double kUnitGBps = 1e-3;
constexpr std::uint32_t kDescribedWriteBytes = 64;

class FlowGraph {
 public:
  explicit FlowGraph(std::size_t nodes) : graph_(nodes) {}
  void add(std::size_t from, std::size_t to, double GBps) {
    const auto capacity = static_cast<long>(std::llround(GBps / kUnitGBps));
    const auto there = boost::add_edge(from, to, graph_).first;
    const auto back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, there, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0L);
    boost::put(boost::edge_reverse, graph_, there, back);
    boost::put(boost::edge_reverse, graph_, back, there);
  }
  double max_flow_GBps(std::size_t from, std::size_t to) {
    return static_cast<double>(boost::push_relabel_max_flow(graph_, from, to)) * kUnitGBps;
  }

 private:
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Graph = boost::adjacency_list<
      boost::vecS, boost::vecS, boost::directedS, boost::no_property,
      boost::property<
          boost::edge_capacity_t, long,
          boost::property<boost::edge_residual_capacity_t, long,
                          boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;
  Graph graph_;
};

std::string kind_of(const PortAdapter& port) {
  const unsigned lanes = port.policy().lanes();
  return std::string(port.policy().protocol()) + (lanes == 0 ? "" : " x" + std::to_string(lanes));
}

/// "pcie x16"; "nvlink 2 of x10, 2 of x8".
std::string kind_of(const PlatformEndpoint& endpoint) {
  if (endpoint.ports.size() == 1) return kind_of(*endpoint.port);
  std::map<unsigned, unsigned, std::greater<>> planes;  // by lanes
  for (const PortAdapter* port : endpoint.ports) ++planes[port->policy().lanes()];
  std::string text(endpoint.port->policy().protocol());
  const char* separator = " ";
  for (const auto& [lanes, count] : planes) {
    text += separator + std::to_string(count) +
            (lanes == 0 ? " planes" : " of x" + std::to_string(lanes));
    separator = ", ";
  }
  return text;
}

models::Picoseconds write_ps(const PortAdapter& from, const PortAdapter& to) {
  models::Packet packet;
  packet.kind = models::PacketKind::write;
  packet.bytes = kDescribedWriteBytes;
  packet.flags = protocols::kLastTrain | protocols::kLongAddress;
  from.policy().classify(packet);
  return from.zero_load(packet, to).tail_ps;
}

/// As it is written in a description.
std::string name_of(models::PlaneSpread spread) {
  for (const auto& [name, value] :
       protocols::struct_fields<models::PlaneConfig>().find("spread")->names)
    if (value == static_cast<std::int64_t>(spread)) return name;
  return {};
}

double usable(const PortAdapter& port) { return port.policy().rate().usable_GBps(); }

/// The ways of a platform and where its endpoints sit.
struct Fabric {
  explicit Fabric(const PlatformConfig& config)
      : links(expand_links(config)),
        attached(attached_ports(expand_endpoints(config))),
        homes(homes_of(expand_endpoints(config))),
        graph(make_graph(config, links)),
        pods(pods_of(Pods(config), expand_endpoints(config))),
        plan(make_plan(config, graph, expand_endpoints(config))) {
    for (std::size_t i = 0; i < attached.size(); ++i) {
      places.resize(std::max(places.size(), attached[i].endpoint + 1));
      places[attached[i].endpoint].push_back(i);
    }
  }

  unsigned hops(std::size_t a, std::size_t b) const {
    unsigned most = 0;
    for (const std::size_t from : places[a])
      for (const std::size_t to : places[b])
        if (pods[from] == pods[to]) most = std::max(most, plan.hops(homes[from], to));
    return most;
  }

  std::vector<LinkedPorts> links;
  std::vector<AttachedPort> attached;
  std::vector<std::size_t> homes;
  FabricGraph graph;
  std::vector<std::size_t> pods;
  RoutePlan plan;
  std::vector<std::vector<std::size_t>> places;  ///< of each endpoint in attached
};

}  // namespace

bool is_fabric(const PlatformConfig& config) { return !config.links.empty() || has_planes(config); }

HopCount hop_count(const Platform& platform, const std::vector<std::size_t>& endpoints) {
  const Fabric fabric(platform.config());
  HopCount result;
  std::uint64_t sum = 0;
  for (const std::size_t a : endpoints) {
    for (const std::size_t b : endpoints) {
      if (a == b) continue;
      const unsigned hops = fabric.hops(a, b);
      sum += hops;
      result.max = std::max(result.max, hops);
    }
  }
  const double pairs =
      static_cast<double>(endpoints.size()) * static_cast<double>(endpoints.size() - 1);
  result.mean = static_cast<double>(sum) / pairs;
  return result;
}

TopologyFacts topology_facts(const Platform& platform) {
  TopologyFacts facts;
  const PlatformConfig& config = platform.config();
  const auto& endpoints = platform.endpoints();
  const Fabric fabric(config);
  facts.switches = platform.switches().size();
  facts.links = fabric.links.size();
  facts.policy = config.routing.policy == RoutePolicy::spread ? "spread"
                 : config.routing.policy == RoutePolicy::hash ? "hash"
                 : config.routing.policy == RoutePolicy::ecmp ? "ecmp"
                                                              : "adaptive";
  facts.way_channels =
      needed_channels(config, fabric.links, fabric.graph, fabric.plan, fabric.homes).count;
  for (std::size_t s = 0; s < facts.switches; ++s)
    for (std::size_t e = 0; e < fabric.homes.size(); ++e)
      facts.most_ways = std::max(facts.most_ways, fabric.plan.edges_to(fabric.graph, s, e).size());
  for (const std::size_t part : linked_parts(fabric.graph))
    facts.planes = std::max(facts.planes, part + 1);
  std::set<models::PlaneSpread> spreads;
  for (const EndpointDescription& endpoint : config.endpoints)
    if (endpoint.planes) spreads.insert(endpoint.planes->spread);
  for (const models::PlaneSpread spread : spreads)
    facts.dealt += (facts.dealt.empty() ? "" : ", ") + name_of(spread);
  for (const SwitchDescription& part : config.switches) ++facts.parts[part.lanes];
  for (const auto& each : platform.switches())
    for (const auto& port : each->config().ports) facts.lanes_used += port.policy->lanes();

  std::map<std::tuple<unsigned, std::string, std::string>, PairClass> classes;
  std::vector<std::string> kinds;
  for (const PlatformEndpoint& endpoint : endpoints) kinds.push_back(kind_of(endpoint));
  for (std::size_t a = 0; a < endpoints.size(); ++a) {
    if (endpoints[a].requester == nullptr) continue;
    for (std::size_t b = 0; b < endpoints.size(); ++b) {
      if (a == b) continue;
      const unsigned hops = fabric.hops(a, b);
      if (hops == 0) continue;  // of different partitions
      PairClass& one = classes[{hops, kinds[a], kinds[b]}];
      if (one.pairs++ != 0) continue;
      one.switches = hops;
      one.from_link = kinds[a];
      one.to_link = kinds[b];
      one.from = endpoints[a].name;
      one.to = endpoints[b].name;
      for (const Way& way : ways(endpoints[a], endpoints[b]))
        one.write_ps = std::max(one.write_ps, write_ps(*way.in, *way.out));
    }
  }
  for (auto& [unused, one] : classes) facts.classes.push_back(std::move(one));

  const std::size_t source = facts.switches;
  const std::size_t sink = source + 1;
  FlowGraph flow(sink + 1);
  for (const LinkedPorts& link : fabric.links) {
    auto& port = platform.switches()[link.from.switch_index]
                     ->port(models::PortId(static_cast<std::uint16_t>(link.from.port)))
                     .adapter();
    flow.add(link.from.switch_index, link.to.switch_index, usable(port));
    flow.add(link.to.switch_index, link.from.switch_index, usable(port));
  }
  double halves[2] = {0, 0};
  for (std::size_t i = 0; i < fabric.attached.size(); ++i) {
    const auto& [e, port] = fabric.attached[i];
    const bool first = e < endpoints.size() / 2;
    const double GBps = usable(platform.switches()[port.switch_index]
                                   ->port(models::PortId(static_cast<std::uint16_t>(port.port)))
                                   .adapter());
    halves[first ? 0 : 1] += GBps;
    first ? flow.add(source, fabric.homes[i], GBps) : flow.add(fabric.homes[i], sink, GBps);
  }
  facts.half_usable_GBps = std::min(halves[0], halves[1]);
  facts.bisection_usable_GBps = flow.max_flow_GBps(source, sink);
  return facts;
}

}  // namespace antares::platforms
