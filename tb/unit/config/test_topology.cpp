// SPDX-License-Identifier: Apache-2.0
// Graphs, ways and rings of links: known fabrics first, then random ones against what must always
// hold.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <map>

#include "tb/unit/config/graphs.h"

namespace antares::platforms {
namespace {

/// Leaves 0 .. leaves-1, spines behind them, `parallel` links between each two.
FabricGraph leaf_spine(std::size_t leaves, std::size_t spines, std::size_t parallel) {
  FabricGraph graph(leaves + spines);
  for (std::size_t k = 0; k < parallel; ++k)
    for (std::size_t l = 0; l < leaves; ++l)
      for (std::size_t s = 0; s < spines; ++s)
        graph.add_link(l, k * spines + s, leaves + s, k * leaves + l);
  return graph;
}

/// Pairs of endpoints that take each edge.
std::map<std::size_t, unsigned> load_of(const FabricGraph& graph, const RoutePlan& plan,
                                        const std::vector<std::size_t>& home) {
  std::map<std::size_t, unsigned> load;
  for (std::size_t from = 0; from < home.size(); ++from) {
    for (std::size_t to = 0; to < home.size(); ++to) {
      for (std::size_t at = home[from]; at != home[to];) {
        const std::size_t edge = plan.edge_to(at, to);
        ++load[edge];
        at = graph.edges[edge].to_switch;
      }
    }
  }
  return load;
}

TEST(RoutePlan, TwoTiersAreSpreadEvenly) {
  constexpr std::size_t kLeaves = 4, kSpines = 2, kParallel = 2, kEach = 8;
  const FabricGraph graph = leaf_spine(kLeaves, kSpines, kParallel);
  const auto home = homes(kLeaves, kEach);
  const RoutePlan plan(graph, home, RoutePolicy::spread, 1);
  EXPECT_EQ(plan.hops(0, 0), 1u);
  EXPECT_EQ(plan.hops(0, kEach), 3u) << "leaf, spine, leaf";
  EXPECT_EQ(plan.edge_to(0, 0), kNoWay) << "it is at home";
  const auto load = load_of(graph, plan, home);
  EXPECT_EQ(load.size(), graph.edges.size()) << "each link carries something, both ways";
  // From each leaf to all endpoints of the others, over its links up; the same down.
  const unsigned each = kEach * kEach * (kLeaves - 1) / (kSpines * kParallel);
  for (const auto& [edge, pairs] : load) EXPECT_EQ(pairs, each) << "edge " << edge;
}

TEST(RoutePlan, HashedWaysDependOnTheSeedAlone) {
  const FabricGraph graph = leaf_spine(4, 4, 1);
  const auto home = homes(4, 16);
  const RoutePlan one(graph, home, RoutePolicy::hash, 1);
  const RoutePlan again(graph, home, RoutePolicy::hash, 1);
  const RoutePlan other(graph, home, RoutePolicy::hash, 2);
  unsigned different = 0;
  for (std::size_t e = 0; e < home.size(); ++e)
    for (std::size_t s = 0; s < graph.switches; ++s) {
      EXPECT_EQ(one.edge_to(s, e), again.edge_to(s, e));
      different += one.edge_to(s, e) != other.edge_to(s, e);
    }
  EXPECT_GT(different, 0u);
}

TEST(RoutePlan, NobodyIsReachedOverNoLink) {
  FabricGraph graph(3);
  graph.add_link(0, 0, 1, 0);
  const RoutePlan plan(graph, {0, 1, 2}, RoutePolicy::spread, 1);
  EXPECT_EQ(plan.hops(0, 1), 2u);
  EXPECT_EQ(plan.hops(0, 2), 0u);
  EXPECT_EQ(plan.edge_to(0, 2), kNoWay);
}

TEST(RoutePlan, AnyGraphsWaysAreShortestAndEnd) {
  boost::random::mt19937 engine(7);
  const auto pick = [&](std::size_t below) {
    return boost::random::uniform_int_distribution<std::size_t>(0, below - 1)(engine);
  };
  for (unsigned round = 0; round < 100; ++round) {
    const std::size_t switches = 2 + pick(12);
    FabricGraph graph(switches);
    for (std::size_t i = 0; i < pick(3 * switches) + 1; ++i) {
      const std::size_t a = pick(switches);
      const std::size_t b = (a + 1 + pick(switches - 1)) % switches;
      graph.add_link(a, 10 + 2 * i, b, 11 + 2 * i);
    }
    std::vector<std::size_t> home;
    for (std::size_t e = 0; e < 1 + pick(20); ++e) home.push_back(pick(switches));
    const RoutePlan plan(graph, home, round % 2 == 0 ? RoutePolicy::spread : RoutePolicy::hash, 3);
    for (std::size_t e = 0; e < home.size(); ++e) {
      for (std::size_t s = 0; s < switches; ++s) {
        if (plan.hops(s, e) == 0) continue;
        std::size_t at = s;
        for (unsigned left = plan.hops(s, e); left > 1; --left) {
          const std::size_t edge = plan.edge_to(at, e);
          ASSERT_NE(edge, kNoWay);
          ASSERT_EQ(graph.edges[edge].from_switch, at);
          at = graph.edges[edge].to_switch;
          ASSERT_EQ(plan.hops(at, e), left - 1) << "each step comes nearer";
        }
        EXPECT_EQ(at, home[e]);
      }
    }
  }
}

TEST(CreditCycle, TiersHaveNoneRingsDo) {
  const FabricGraph tiers = leaf_spine(6, 3, 2);
  const auto leaves = homes(6, 4);
  for (const RoutePolicy policy : {RoutePolicy::spread, RoutePolicy::hash})
    EXPECT_TRUE(credit_cycle(tiers, RoutePlan(tiers, leaves, policy, 1), leaves).empty());
  const FabricGraph five = ring(5);
  const auto everybody = homes(5, 1);
  const auto cycle =
      credit_cycle(five, RoutePlan(five, everybody, RoutePolicy::spread, 1), everybody);
  ASSERT_EQ(cycle.size(), 5u);
  for (std::size_t i = 0; i < cycle.size(); ++i)
    EXPECT_EQ(five.edges[cycle[i]].to_switch, five.edges[cycle[(i + 1) % 5]].from_switch);
  // In a ring of three every way is one link: nothing waits for a second.
  const FabricGraph three = ring(3);
  const auto few = homes(3, 2);
  EXPECT_TRUE(credit_cycle(three, RoutePlan(three, few, RoutePolicy::spread, 1), few).empty());
}

TEST(RoutePlan, AdaptivePacketsMayTakeAnyShortestWay) {
  constexpr std::size_t kLeaves = 4, kSpines = 3, kParallel = 2, kEach = 5;
  const FabricGraph graph = leaf_spine(kLeaves, kSpines, kParallel);
  const auto home = homes(kLeaves, kEach);
  const RoutePlan plan(graph, home, RoutePolicy::adaptive, 1);
  const RoutePlan spread(graph, home, RoutePolicy::spread, 1);
  const std::size_t far = kEach;  // the first endpoint of leaf 1
  EXPECT_EQ(plan.edges_to(graph, 0, far).size(), kSpines * kParallel);
  EXPECT_EQ(plan.edges_to(graph, kLeaves, far).size(), kParallel) << "down from a spine";
  EXPECT_TRUE(plan.edges_to(graph, 1, far).empty()) << "at home";
  EXPECT_EQ(spread.edges_to(graph, 0, far), std::vector{spread.edge_to(0, far)});
  for (const std::size_t edge : plan.edges_to(graph, 0, far)) {
    EXPECT_EQ(graph.edges[edge].from_switch, 0u);
    EXPECT_GE(graph.edges[edge].to_switch, kLeaves) << "up, never across";
  }
  EXPECT_EQ(plan.edges_to(graph, 0, far).front(), plan.edge_to(0, far));
  EXPECT_TRUE(credit_cycle(graph, plan, home).empty()) << "up and then down";
  const RoutePlan ecmp(graph, home, RoutePolicy::ecmp, 1);
  EXPECT_EQ(ecmp.edges_to(graph, 0, far), plan.edges_to(graph, 0, far)) << "a hash chooses there";
}

/// Four switches in a ring: both ways round are shortest between opposite ones. Fixed ways can be
/// laid so that no ring of waits is closed; free choice closes it.
TEST(CreditCycle, CountsEveryWayThatAPacketMayChoose) {
  const FabricGraph graph = ring(4);
  const auto home = homes(4, 1);
  const RoutePlan plan(graph, home, RoutePolicy::adaptive, 1);
  EXPECT_EQ(plan.edges_to(graph, 0, 2).size(), 2u);
  EXPECT_EQ(plan.edges_to(graph, 0, 1).size(), 1u);
  const auto cycle = credit_cycle(graph, plan, home);
  ASSERT_EQ(cycle.size(), 4u);
  for (std::size_t i = 0; i < cycle.size(); ++i)
    EXPECT_EQ(graph.edges[cycle[i]].to_switch, graph.edges[cycle[(i + 1) % 4]].from_switch);
}

}  // namespace
}  // namespace antares::platforms
