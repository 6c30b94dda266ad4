// SPDX-License-Identifier: Apache-2.0
// Partitions over several switches: what links join is one, has a name and ways of its own; what
// links would join by mistake is refused. Resets of all of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/pods.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Two leaves with two endpoints and two uplinks each, a spine with a link to each of these.
std::string two_tiers(const std::string& leaf, const std::string& spine,
                      const std::string& more = "") {
  const auto section = [](const std::string& partitions) {
    return partitions.empty() ? std::string() : "    partitions: " + partitions + "\n";
  };
  return "antares: 1\nname: t\nswitches:\n"
         "  - name: leaf\n    count: 2\n    ports: [{name: gpu, count: 2}, {name: up, count: "
         "2}]\n" +
         section(leaf) + "  - name: spine\n    ports: [{name: down, count: 4}]\n" + section(spine) +
         "links: [{from: 'leaf[*].up', to: spine.down}]\n"
         "endpoints: [{name: g, count: 4, attach: 'leaf[*].gpu'}]\n" +
         more;
}
const std::string kLeaf = "[{name: a, ports: [gpu0, up0]}, {name: b, ports: [gpu1, up1]}]";
const std::string kSpine = "[{name: a, ports: [down0, down2]}, {name: b, ports: [down1, down3]}]";

PlatformConfig parsed(const std::string& text) { return parse_platform(text, "t.yaml").config; }

TEST(Pods, LinksJoinPartitionsOfSeveralSwitches) {
  const PlatformConfig config = parsed(two_tiers(kLeaf, kSpine));
  const Pods pods(config);
  ASSERT_EQ(pods.size(), 2u);
  EXPECT_THAT(pods.names(), ElementsAre("a", "b"));
  EXPECT_EQ(pods.parts(0).size(), 3u);
  EXPECT_EQ(pods.of(PortRef{1, 0}), 0u) << "leaf1.gpu0";
  EXPECT_EQ(pods.of(PortRef{2, 1}), 1u) << "spine.down1";
  EXPECT_THAT(pods_of(pods, expand_endpoints(config)), ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(find_pod(config, pods, "spine.b"), 1u);
  EXPECT_EQ(find_pod(config, pods, "c"), kNoPod);
  const PartitionView view(config);
  const auto endpoints = expand_endpoints(config);
  EXPECT_TRUE(view.sees(endpoints[0], endpoints[2]));
  EXPECT_FALSE(view.sees(endpoints[0], endpoints[3]));
}

TEST(Pods, WithoutLinksBetweenThemTheyAreApartAndSayWhereTheyAre) {
  const PlatformConfig config =
      parsed(two_tiers("[{name: a, ports: [gpu0]}, {name: b, ports: [gpu1, up1]}]",
                       "[{name: x, ports: [down1, down3]}]"));
  const Pods pods(config);
  EXPECT_THAT(pods.names(), ElementsAre("leaf0.a", "leaf0.b", "leaf1.a"));
  EXPECT_EQ(pods.of(PortRef{0, 2}), kNoPartition) << "leaf0.up0 is a spare";
}

TEST(Pods, WithoutPartitionsAllIsOne) {
  const Pods pods(parsed(two_tiers("", "")));
  EXPECT_THAT(pods.names(), ElementsAre(""));
  EXPECT_EQ(pods.of(PortRef{2, 3}), 0u);
}

TEST(Pods, WaysStayOnLinksOfThePod) {
  for (const RoutePolicy policy : {RoutePolicy::spread, RoutePolicy::hash, RoutePolicy::adaptive}) {
    const PlatformConfig config = parsed(two_tiers(kLeaf, kSpine));
    const auto endpoints = expand_endpoints(config);
    const FabricGraph graph = make_graph(config, expand_links(config));
    const Pods pods(config);
    const auto of = pods_of(pods, endpoints);
    const RoutePlan plan(graph, homes_of(endpoints), policy, 1, of);
    for (std::size_t e = 0; e < endpoints.size(); ++e) {
      for (std::size_t s = 0; s < graph.switches; ++s) {
        if (s == endpoints[e].switch_index) continue;
        const auto edges = plan.edges_to(graph, s, e);
        ASSERT_EQ(edges.size(), 1u) << "each pod has one link on each of these ways";
        EXPECT_EQ(pods.of(PortRef{s, graph.edges[edges[0]].from_port}), of[e]);
      }
    }
  }
}

TEST(Pods, ASwitchWithoutPartitionsMustNotJoinThoseOfAnother) {
  EXPECT_THAT(mistakes(two_tiers(kLeaf, "")),
              ElementsAre(HasSubstr("links join the partitions \"a\" and \"b\" of leaf0")));
  EXPECT_THAT(mistakes(two_tiers(kLeaf, "[{name: all, ports: [down]}]")),
              ElementsAre(HasSubstr("links join the partitions \"a\" and \"b\" of leaf0")));
}

TEST(Pods, ResetsNameAPod) {
  const auto told = [](const std::string& resets, const std::string& faults = "faults: {}\n") {
    return mistakes(two_tiers(kLeaf, kSpine, faults + "pod_resets: " + resets + "\n"));
  };
  EXPECT_THAT(told("[{at_us: 1, pod: a}, {at_us: 2, pod: leaf1.b}]"), IsEmpty());
  EXPECT_THAT(told("[{at_us: 1, pod: a}]", ""), ElementsAre(HasSubstr("never go down")));
  EXPECT_THAT(told("[{at_us: 2, pod: c}, {at_us: 1, pod: c}]"),
              ElementsAre(HasSubstr("no partition \"c\""), HasSubstr("1 us comes after 2 us")));
  EXPECT_THAT(mistakes(two_tiers("", "", "faults: {}\npod_resets: [{at_us: 1, pod: a}]\n")),
              ElementsAre(HasSubstr("no switch has partitions")));
  // The spine belongs to the pod, and has no partition of that name or any.
  EXPECT_THAT(mistakes(two_tiers("[{name: a, ports: [gpu, up]}]", "",
                                 "faults: {}\npod_resets: [{at_us: 1, pod: a}]\n")),
              ElementsAre(HasSubstr("\"spine\" belongs to \"a\" as a whole")));
}

}  // namespace
}  // namespace antares::platforms
