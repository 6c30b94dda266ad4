// SPDX-License-Identifier: Apache-2.0
// Partitions of a description: what is right, and every mistake in its place, all at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/partition_map.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Partitions begin on line 6. Endpoints g0..g3 on p0..p3, h on q.
std::string with_partitions(const std::string& partitions, const std::string& workloads = "[]") {
  return "antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: p, count: 4}, {name: "
         "q}]\n"
         "    partitions:\n" +
         partitions +
         "endpoints: [{name: g, count: 4, attach: sw.p}, {name: h, attach: sw.q}]\nworkloads: " +
         workloads + "\n";
}
const std::string kTwo =
    "      - {name: a, ports: ['p[0..1]', q]}\n      - {name: b, ports: [p2]}\n";

TEST(PartitionChecks, PortsByGroupByIndexByRangeAndByName) {
  const LoadedPlatform platform = parse_platform(with_partitions(kTwo), "t.yaml");
  EXPECT_THAT(place_partitions(platform.config, 0), ElementsAre(0, 0, 1, kNoPartition, 0));
}

TEST(PartitionChecks, OneOfAllPortsIsLegal) {
  EXPECT_THAT(mistakes(with_partitions("      - {name: a, ports: [p, q]}\n")), IsEmpty());
}

TEST(PartitionChecks, EveryMistakeInItsPlaceAllAtOnce) {
  EXPECT_THAT(
      mistakes(with_partitions("      - {name: a, ports: []}\n"
                               "      - {name: b, ports: [p0, 'p[0..1]']}\n"
                               "      - {name: c, ports: [q, r, 'p[4]', 'p[1']}\n"
                               "      - {name: c, ports: [p1]}\n"
                               "      - {name: spare, ports: [p3]}\n"
                               "      - {name: d}\n")),
      ElementsAre(
          AllOf(StartsWith("t.yaml:7:26:"), HasSubstr("ports")),
          AllOf(StartsWith("t.yaml:8:31:"), HasSubstr("sw.p0 is in this partition already")),
          AllOf(StartsWith("t.yaml:9:30:"), HasSubstr("no port \"r\"")),
          AllOf(StartsWith("t.yaml:9:33:"), HasSubstr("no port 4"), HasSubstr("it has 4")),
          AllOf(StartsWith("t.yaml:9:41:"), HasSubstr("closing bracket")),
          AllOf(StartsWith("t.yaml:10:16:"), HasSubstr("\"c\" exists already")),
          AllOf(StartsWith("t.yaml:10:27:"), HasSubstr("sw.p1 is in the partition \"b\" already")),
          AllOf(StartsWith("t.yaml:11:16:"), HasSubstr("called \"spare\"")),
          AllOf(StartsWith("t.yaml:12:9:"), HasSubstr("ports"))));
}

TEST(PartitionChecks, WhatIsNoPartitionIsToldOnce) {
  EXPECT_THAT(mistakes(with_partitions("      - a\n      - 3\n      -\n")),
              ElementsAre(AllOf(StartsWith("t.yaml:7:9:"), HasSubstr("a single value")),
                          AllOf(StartsWith("t.yaml:8:9:"), HasSubstr("a single value")),
                          AllOf(HasSubstr("this is empty"), Not(HasSubstr("default")))));
}

TEST(PartitionChecks, OneUpstreamPortEach) {
  const auto text = [](const std::string& partitions) {
    return "antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: u, count: 2, role: "
           "upstream, connected: false}, {name: d, count: 2, connected: false}]\n" +
           partitions;
  };
  EXPECT_THAT(mistakes(text("")), ElementsAre(HasSubstr("one upstream port")));
  EXPECT_THAT(
      mistakes(text("    partitions: [{name: a, ports: [u0, d0]}, {name: b, ports: [u1]}]\n")),
      IsEmpty());
  EXPECT_THAT(
      mistakes(text("    partitions: [{name: a, ports: [d, u]}]\n")),
      ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("two upstream ports, u0 and u1"))));
}

TEST(PartitionChecks, RanksOfACollectiveSeeEachOther) {
  const auto with = [](const std::string& collective) {
    return with_partitions(kTwo, "[{name: w, kind: collective, collective: " + collective + "}]");
  };
  EXPECT_THAT(mistakes(with("{ranks: [g0, g1, h]}")), IsEmpty());
  EXPECT_THAT(mistakes(with("{ranks: [g0, g2]}")),
              ElementsAre(AllOf(StartsWith("t.yaml:10:"), HasSubstr("g0 (partition a)"),
                                HasSubstr("g2 (partition b)"))));
  EXPECT_THAT(mistakes(with("{}")), ElementsAre(HasSubstr("does not see g2 (partition b)")));
  EXPECT_THAT(mistakes(with("{ranks: [g3, g0]}")), ElementsAre(HasSubstr("g3 (on a spare port)")));
}

TEST(PartitionChecks, SourcesSeeWhatTheyAimAt) {
  EXPECT_THAT(mistakes(with_partitions(kTwo,
                                       "[{name: w, kind: traffic, traffic: {pattern: incast, "
                                       "hot_spot_target: g0, sources: [g1, g2]}}]")),
              ElementsAre(AllOf(HasSubstr("g2 (partition b)"), HasSubstr("g0 (partition a)"))));
}

}  // namespace
}  // namespace antares::platforms
