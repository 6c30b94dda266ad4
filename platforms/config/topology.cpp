// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/topology.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>

namespace antares::platforms {

void FabricGraph::add_link(std::size_t a_switch, std::size_t a_port, std::size_t b_switch,
                           std::size_t b_port, std::size_t pod) {
  leaving[a_switch].push_back(edges.size());
  edges.push_back({a_switch, a_port, b_switch, b_port, pod});
  leaving[b_switch].push_back(edges.size());
  edges.push_back({b_switch, b_port, a_switch, a_port, pod});
}

namespace {

constexpr std::size_t kAnyPod = kNoPod - 1;

bool leads(const GraphEdge& edge, std::size_t pod) {
  return pod == kAnyPod || (edge.pod == pod && pod != kNoPod);
}

/// Switches on the way from each switch to `home` over links of the pod, both included; 0: none
/// leads there. Links go both ways, so that it does not matter from where one counts.
std::vector<unsigned> hops_to(const FabricGraph& graph, std::size_t home, std::size_t pod) {
  std::vector<unsigned> hops(graph.switches, 0);
  std::deque<std::size_t> next = {home};
  hops[home] = 1;
  while (!next.empty()) {
    const std::size_t at = next.front();
    next.pop_front();
    for (const std::size_t edge : graph.leaving[at]) {
      const std::size_t to = graph.edges[edge].to_switch;
      if (hops[to] != 0 || !leads(graph.edges[edge], pod)) continue;
      hops[to] = hops[at] + 1;
      next.push_back(to);
    }
  }
  return hops;
}

std::uint64_t mixed(std::uint64_t value) {  // splitmix64's finish: every bit counts for every bit
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

}  // namespace

std::vector<std::size_t> linked_parts(const FabricGraph& graph) {
  constexpr std::size_t kUnknown = kNoWay;
  std::vector<std::size_t> parts(graph.switches, kUnknown);
  std::size_t count = 0;
  for (std::size_t s = 0; s < graph.switches; ++s) {
    if (parts[s] != kUnknown) continue;
    const std::vector<unsigned> hops = hops_to(graph, s, kAnyPod);
    for (std::size_t other = s; other < graph.switches; ++other)
      if (hops[other] != 0) parts[other] = count;
    ++count;
  }
  return parts;
}

RoutePlan::RoutePlan(const FabricGraph& graph, const std::vector<std::size_t>& homes,
                     RoutePolicy policy, std::uint64_t seed, const std::vector<std::size_t>& pods)
    : switches_(graph.switches),
      several_(policy == RoutePolicy::adaptive || policy == RoutePolicy::ecmp),
      pods_(pods.empty() ? std::vector<std::size_t>(homes.size(), 0) : pods),
      edges_(homes.size() * graph.switches, kNoWay) {
  std::map<std::size_t, std::vector<std::uint64_t>> endpoints_at;  // by pod, then by switch
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> rows;
  for (std::size_t e = 0; e < homes.size(); ++e) {
    rows_.push_back(rows.emplace(std::pair(pods_[e], homes[e]), rows.size()).first->second);
    auto& at = endpoints_at[pods_[e]];
    at.resize(switches_, 0);
    ++at[homes[e]];
  }
  hops_.resize(rows.size() * switches_, 0);
  std::vector<std::vector<std::size_t>> far_to_near(rows.size());  // empty: not made yet
  std::vector<std::uint64_t> load(graph.edges.size(), 0);  // pairs that take the edge so far
  std::vector<std::size_t> shorter;
  for (std::size_t e = 0; e < homes.size(); ++e) {
    const std::size_t home = homes[e];
    unsigned* const hops = &hops_[rows_[e] * switches_];
    std::vector<std::size_t>& order = far_to_near[rows_[e]];
    if (order.empty()) {
      const auto found = hops_to(graph, home, pods_[e]);
      std::copy(found.begin(), found.end(), hops);
      order.resize(switches_);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return hops[a] > hops[b]; });
    }
    // Whose packets to e come by each switch.
    std::vector<std::uint64_t> sources = endpoints_at[pods_[e]];
    for (const std::size_t s : order) {
      if (s == home || hops[s] == 0) continue;
      shorter.clear();
      for (const std::size_t edge : graph.leaving[s])
        if (leads(graph.edges[edge], pods_[e]) && hops[graph.edges[edge].to_switch] + 1 == hops[s])
          shorter.push_back(edge);
      const std::size_t chosen =
          policy == RoutePolicy::hash
              ? shorter[mixed(seed * 1'000'003 + e * 4099 + s) % shorter.size()]
              : *std::min_element(shorter.begin(), shorter.end(),
                                  [&](std::size_t a, std::size_t b) { return load[a] < load[b]; });
      edges_[e * switches_ + s] = chosen;
      load[chosen] += sources[s];
      sources[graph.edges[chosen].to_switch] += sources[s];
    }
  }
}

std::vector<std::size_t> RoutePlan::edges_to(const FabricGraph& graph, std::size_t at_switch,
                                             std::size_t endpoint) const {
  const std::size_t first = edge_to(at_switch, endpoint);
  if (first == kNoWay) return {};
  std::vector<std::size_t> edges = {first};
  if (!several_) return edges;
  for (const std::size_t edge : graph.leaving[at_switch])
    if (edge != first && leads(graph.edges[edge], pods_[endpoint]) &&
        hops(graph.edges[edge].to_switch, endpoint) + 1 == hops(at_switch, endpoint))
      edges.push_back(edge);
  return edges;
}

std::vector<std::size_t> credit_cycle(const FabricGraph& graph, const RoutePlan& plan,
                                      const std::vector<std::size_t>& homes) {
  // An edge waits for another where some way enters a switch by the one and leaves by the other.
  std::vector<std::set<std::size_t>> waits_for(graph.edges.size());
  for (std::size_t e = 0; e < homes.size(); ++e) {
    for (std::size_t s = 0; s < graph.switches; ++s) {
      for (const std::size_t edge : plan.edges_to(graph, s, e)) {
        const auto next = plan.edges_to(graph, graph.edges[edge].to_switch, e);
        waits_for[edge].insert(next.begin(), next.end());
      }
    }
  }
  // Depth first, without recursion: a way may be as long as the fabric is large.
  enum class Mark : std::uint8_t { unseen, open, done };
  std::vector<Mark> marks(graph.edges.size(), Mark::unseen);
  for (std::size_t start = 0; start < graph.edges.size(); ++start) {
    if (marks[start] != Mark::unseen) continue;
    std::vector<std::pair<std::size_t, std::set<std::size_t>::const_iterator>> stack;
    stack.emplace_back(start, waits_for[start].begin());
    marks[start] = Mark::open;
    while (!stack.empty()) {
      auto& [edge, next] = stack.back();
      if (next == waits_for[edge].end()) {
        marks[edge] = Mark::done;
        stack.pop_back();
        continue;
      }
      const std::size_t to = *next++;
      if (marks[to] == Mark::done) continue;
      if (marks[to] == Mark::unseen) {
        marks[to] = Mark::open;
        stack.emplace_back(to, waits_for[to].begin());
        continue;
      }
      std::vector<std::size_t> cycle;
      const auto first = std::find_if(stack.begin(), stack.end(),
                                      [&](const auto& entry) { return entry.first == to; });
      for (auto entry = first; entry != stack.end(); ++entry) cycle.push_back(entry->first);
      return cycle;
    }
  }
  return {};
}

}  // namespace antares::platforms
