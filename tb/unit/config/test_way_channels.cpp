// SPDX-License-Identifier: Apache-2.0
// Virtual channels that keep ways apart: known fabrics first, then random graphs; that nothing
// waits in a ring is looked at anew, channel by channel, on ways walked link by link.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <functional>
#include <map>
#include <set>

#include "antares/platforms/config/way_channels.h"
#include "tb/unit/config/graphs.h"

namespace antares::platforms {
namespace {

FabricGraph torus(std::size_t side) {
  FabricGraph graph(side * side);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) {
      graph.add_link(y * side + x, 0, y * side + (x + 1) % side, 1);
      graph.add_link(y * side + x, 2, (y + 1) % side * side + x, 3);
    }
  return graph;
}

using Waits = std::map<std::size_t, std::set<std::size_t>>;

bool has_ring(const Waits& waits) {
  std::map<std::size_t, int> state;  // 1: open, 2: done
  const std::function<bool(std::size_t)> closes = [&](std::size_t edge) {
    if (state[edge] != 0) return state[edge] == 1;
    state[edge] = 1;
    const auto next = waits.find(edge);
    if (next != waits.end())
      for (const std::size_t to : next->second)
        if (closes(to)) return true;
    state[edge] = 2;
    return false;
  };
  for (const auto& [edge, unused] : waits)
    if (closes(edge)) return true;
  return false;
}

/// All ways from a switch to an endpoint, by recursion.
void walk(const FabricGraph& graph, const RoutePlan& plan, std::size_t at, std::size_t to,
          std::size_t came_by, Waits& waits) {
  for (const std::size_t edge : plan.edges_to(graph, at, to)) {
    if (came_by != kNoWay) waits[came_by].insert(edge);
    walk(graph, plan, graph.edges[edge].to_switch, to, edge, waits);
  }
}

void expect_no_ring(const FabricGraph& graph, const RoutePlan& plan,
                    const std::vector<std::size_t>& home, const WayChannels& channels) {
  for (unsigned channel = 0; channel < channels.count; ++channel) {
    Waits requests, answers;
    for (std::size_t a = 0; a < home.size(); ++a)
      for (std::size_t b = 0; b < home.size(); ++b) {
        if (home[a] == home[b] || channels.between(home[a], home[b]) != channel) continue;
        walk(graph, plan, home[a], b, kNoWay, requests);
        walk(graph, plan, home[b], a, kNoWay, answers);
      }
    EXPECT_FALSE(has_ring(requests)) << "requests on channel " << channel;
    EXPECT_FALSE(has_ring(answers)) << "answers on channel " << channel;
  }
}

TEST(WayChannels, TreesNeedOne) {
  FabricGraph graph(6);  // four leaves, two spines
  for (std::size_t leaf = 0; leaf < 4; ++leaf)
    for (std::size_t spine = 0; spine < 2; ++spine) graph.add_link(leaf, spine, 4 + spine, leaf);
  const auto home = homes(4, 3);
  for (const RoutePolicy policy : {RoutePolicy::spread, RoutePolicy::hash, RoutePolicy::adaptive}) {
    const WayChannels channels = way_channels(graph, RoutePlan(graph, home, policy, 1), home);
    EXPECT_EQ(channels.count, 1u);
    EXPECT_EQ(channels.between(0, 3), 0);
  }
}

// A ring's waits are closed by whoever comes last round; those get a channel of their own.
TEST(WayChannels, RingsNeedTwoOrThree) {
  for (std::size_t switches = 5; switches <= 12; ++switches) {
    const FabricGraph graph = ring(switches);
    const auto home = homes(switches, 2);
    const RoutePlan plan(graph, home, RoutePolicy::spread, 1);
    ASSERT_FALSE(credit_cycle(graph, plan, home).empty());
    const WayChannels channels = way_channels(graph, plan, home);
    EXPECT_GE(channels.count, 2u) << switches;
    EXPECT_LE(channels.count, 3u) << switches;
    expect_no_ring(graph, plan, home, channels);
  }
}

// A protocol has four to eight. Where packets may choose, every way counts, and a torus takes more.
TEST(WayChannels, ToriTakeNoMoreThanProtocolsHave) {
  for (const std::size_t side : {4u, 5u, 6u}) {
    const FabricGraph graph = torus(side);
    const auto home = homes(side * side, 1);
    for (const RoutePolicy policy :
         {RoutePolicy::spread, RoutePolicy::hash, RoutePolicy::adaptive}) {
      const RoutePlan plan(graph, home, policy, 7);
      const WayChannels channels = way_channels(graph, plan, home);
      RecordProperty("channels", static_cast<int>(channels.count));
      if (policy != RoutePolicy::adaptive) {
        EXPECT_GE(channels.count, 1u) << side;
        EXPECT_LE(channels.count, 4u) << side;
      }
      expect_no_ring(graph, plan, home, channels);
    }
  }
}

TEST(WayChannels, RandomGraphsNeverWaitInARing) {
  boost::random::mt19937 engine(5);
  const auto pick = [&](std::size_t below) {
    return boost::random::uniform_int_distribution<std::size_t>(0, below - 1)(engine);
  };
  unsigned with_rings = 0;
  for (unsigned round = 0; round < 150; ++round) {
    const std::size_t switches = 4 + pick(9);
    FabricGraph graph = ring(switches);
    for (std::size_t i = 0; i < pick(switches); ++i) {
      const std::size_t a = pick(switches);
      graph.add_link(a, 10 + 2 * i, (a + 1 + pick(switches - 1)) % switches, 11 + 2 * i);
    }
    std::vector<std::size_t> home;
    for (std::size_t e = 0; e < 2 + pick(20); ++e) home.push_back(pick(switches));
    const RoutePlan plan(graph, home, static_cast<RoutePolicy>(round % 3), round);
    const WayChannels channels = way_channels(graph, plan, home);
    ASSERT_NE(channels.count, 0u) << round;
    with_rings += channels.count > 1;
    // The cycle is looked for on ways from all switches, also those at which nobody sends.
    if (credit_cycle(graph, plan, home).empty()) EXPECT_EQ(channels.count, 1u) << round;
    expect_no_ring(graph, plan, home, channels);
  }
  EXPECT_GT(with_rings, 30u) << "the graphs are too tame to say anything";
}

}  // namespace
}  // namespace antares::platforms
