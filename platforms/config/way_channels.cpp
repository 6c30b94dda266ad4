// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/way_channels.h"

#include <algorithm>
#include <set>
#include <utility>

namespace antares::platforms {
namespace {

/// This edge's buffer is full and waits for that one's.
using Wait = std::pair<std::size_t, std::size_t>;

/// What the packets of one channel and class wait for; never a ring.
class Layer {
 public:
  explicit Layer(std::size_t edges) : waits_for_(edges), seen_(edges, 0) {}

  /// False: there would be a ring, and nothing is added.
  bool add(const std::vector<Wait>& waits) {
    fresh_.clear();
    for (const Wait& wait : waits)
      if (waits_for_[wait.first].insert(wait.second).second) fresh_.push_back(wait);
    for (const Wait& wait : fresh_)
      if (leads(wait.second, wait.first)) {
        undo();
        return false;
      }
    return true;
  }
  /// Takes back what the last add() has brought.
  void undo() {
    for (const Wait& wait : fresh_) waits_for_[wait.first].erase(wait.second);
    fresh_.clear();
  }

 private:
  bool leads(std::size_t from, std::size_t to) {
    ++round_;
    std::vector<std::size_t> open = {from};
    seen_[from] = round_;
    while (!open.empty()) {
      const std::size_t edge = open.back();
      open.pop_back();
      if (edge == to) return true;
      for (const std::size_t next : waits_for_[edge])
        if (seen_[next] != round_) {
          seen_[next] = round_;
          open.push_back(next);
        }
    }
    return false;
  }

  std::vector<std::set<std::size_t>> waits_for_;
  std::vector<Wait> fresh_;
  std::vector<std::uint64_t> seen_;  ///< round in which it was met last
  std::uint64_t round_ = 0;
};

/// Of all packets from one switch to the devices of another.
std::vector<Wait> waits_between(const FabricGraph& graph, const RoutePlan& plan,
                                const std::vector<std::size_t>& devices, std::size_t from) {
  std::set<Wait> waits;
  for (const std::size_t device : devices) {
    std::set<std::size_t> known = {from};
    std::vector<std::size_t> open = {from};
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (const std::size_t edge : plan.edges_to(graph, at, device)) {
        const std::size_t next = graph.edges[edge].to_switch;
        for (const std::size_t after : plan.edges_to(graph, next, device))
          waits.emplace(edge, after);
        if (known.insert(next).second) open.push_back(next);
      }
    }
  }
  return {waits.begin(), waits.end()};
}

}  // namespace

WayChannels way_channels(const FabricGraph& graph, const RoutePlan& plan,
                         const std::vector<std::size_t>& homes) {
  WayChannels channels;
  channels.switches = graph.switches;
  if (credit_cycle(graph, plan, homes).empty()) return channels;
  channels.of.assign(graph.switches * graph.switches, 0);
  std::vector<std::vector<std::size_t>> devices(graph.switches);
  for (std::size_t e = 0; e < homes.size(); ++e) devices[homes[e]].push_back(e);
  std::vector<Layer> requests;
  std::vector<Layer> answers;
  for (std::size_t from = 0; from < graph.switches; ++from) {
    for (std::size_t to = 0; to < graph.switches; ++to) {
      if (from == to || devices[from].empty() || devices[to].empty()) continue;
      const std::vector<Wait> there = waits_between(graph, plan, devices[to], from);
      const std::vector<Wait> back = waits_between(graph, plan, devices[from], to);
      std::size_t channel = 0;
      for (;; ++channel) {
        if (channel == kMostWayChannels) {
          channels.count = 0;
          return channels;
        }
        if (channel == requests.size()) {
          requests.emplace_back(graph.edges.size());
          answers.emplace_back(graph.edges.size());
        }
        if (!requests[channel].add(there)) continue;
        if (answers[channel].add(back)) break;
        requests[channel].undo();
      }
      channels.of[from * graph.switches + to] = static_cast<std::uint8_t>(channel);
    }
  }
  channels.count = static_cast<unsigned>(requests.size());
  return channels;
}

WayChannels needed_channels(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                            const FabricGraph& graph, const RoutePlan& plan,
                            const std::vector<std::size_t>& homes) {
  std::set<const PortGroup*> looked_at;
  for (const LinkedPorts& link : links) {
    const PortGroup* group = &group_of(config, link.from);
    if (looked_at.insert(group).second && group->make_policy()->request_channels() > 1)
      return way_channels(graph, plan, homes);
  }
  return {};
}

}  // namespace antares::platforms
