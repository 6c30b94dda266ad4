// SPDX-License-Identifier: Apache-2.0
// The lane map: the bifurcation rules as stated in lane_map.h, and what is said of maps that cannot
// be, with the place in the description.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/lane_map.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

PortGroup pcie(const char* name, std::uint32_t count, std::uint32_t lanes,
               std::int32_t first_lane = kLanesInOrder) {
  PortGroup group;
  group.name = name;
  group.count = count;
  group.pcie.lanes = lanes;
  group.first_lane = first_lane;
  return group;
}

PortGroup nvlink(const char* name, std::uint32_t count, std::uint32_t links,
                 std::int32_t first_lane = kLanesInOrder) {
  PortGroup group;
  group.name = name;
  group.count = count;
  group.protocol = protocols::ProtocolKind::nvlink;
  group.nvlink.generation = 4;  // two lanes a link (facts/ualink_nvlink.md B.1)
  group.nvlink.links = links;
  group.first_lane = first_lane;
  return group;
}

SwitchDescription part(std::vector<PortGroup> ports, std::uint32_t lanes = 320,
                       std::uint32_t lane_block = 16) {
  SwitchDescription result;
  result.name = "sw";
  result.lanes = lanes;
  result.lane_block = lane_block;
  result.ports = std::move(ports);
  return result;
}

std::vector<unsigned> first_lanes(const SwitchDescription& description) {
  const LaneMap map = place_lanes(description);
  EXPECT_THAT(map.problems, IsEmpty());
  std::vector<unsigned> first;
  for (const PortLanes& port : map.ports) first.push_back(port.first);
  return first;
}

LaneProblem problem_of(const SwitchDescription& description) {
  const LaneMap map = place_lanes(description);
  EXPECT_EQ(map.problems.size(), 1u);
  return map.problems.empty() ? LaneProblem{} : map.problems.front();
}

/// A description whose switch has these port groups on line 5, each open.
std::string with_ports(const std::string& ports, const std::string& keys = "") {
  return "antares: 1\nname: t\nswitches:\n  - name: sw\n" + keys + "    ports:\n" + ports;
}

TEST(LaneMap, PortsFollowEachOtherInTheOrderOfTheGroups) {
  EXPECT_THAT(first_lanes(part({pcie("a", 2, 16), pcie("b", 2, 8), pcie("c", 2, 4)})),
              ElementsAre(0, 16, 32, 40, 48, 52));
}

TEST(LaneMap, APortStartsAtAMultipleOfItsWidthAndLaterOnesFillTheHole) {
  // x2 on 0-1; the x16 starts at 16; the x8 goes back to 8, the x4 to 4.
  EXPECT_THAT(first_lanes(part({pcie("a", 1, 2), pcie("b", 1, 16), pcie("c", 1, 8), pcie("d", 1, 4),
                                pcie("e", 1, 2)})),
              ElementsAre(0, 16, 8, 4, 2));
}

TEST(LaneMap, EveryPlaceKeepsTheRules) {
  const SwitchDescription mixed = part({pcie("x1", 3, 1), pcie("x16", 5, 16), nvlink("nv", 2, 18),
                                        pcie("x8", 7, 8), pcie("x2", 9, 2), pcie("x4", 5, 4)});
  const LaneMap map = place_lanes(mixed);
  ASSERT_THAT(map.problems, IsEmpty());
  std::vector<int> users(mixed.lanes, 0);
  const auto ports = expand_ports(mixed);
  ASSERT_EQ(map.ports.size(), ports.size());
  for (std::size_t p = 0; p < ports.size(); ++p) {
    const auto need = mixed.ports[ports[p].group].lane_need();
    EXPECT_EQ(map.ports[p].lanes, need.lanes());
    EXPECT_EQ(map.ports[p].first % need.unit_lanes, 0u) << ports[p].name;
    // A power of two at a multiple of itself never leaves a block that is a larger power of two.
    EXPECT_LE(need.unit_lanes, mixed.lane_block);
    for (unsigned lane = map.ports[p].first; lane < map.ports[p].first + need.lanes(); ++lane)
      ++users.at(lane);
  }
  for (const int count : users) EXPECT_LE(count, 1);
}

TEST(LaneMap, FirstLaneIsTakenAtItsWord) {
  EXPECT_THAT(first_lanes(part({pcie("a", 2, 8, 64), pcie("b", 1, 16), pcie("c", 1, 4, 60)})),
              ElementsAre(64, 72, 0, 60));
  EXPECT_THAT(first_lanes(part({nvlink("gang", 2, 18, 4)})), ElementsAre(4, 4 + 36));
}

TEST(LaneMap, AnIdealPortTakesNoLanes) {
  PortGroup ideal;
  ideal.name = "i";
  ideal.count = 160;
  ideal.protocol = protocols::ProtocolKind::ideal;
  const LaneMap map = place_lanes(part({ideal, pcie("a", 1, 16)}, 16));
  EXPECT_THAT(map.problems, IsEmpty());
  EXPECT_EQ(map.ports.front().lanes, 0u);
  EXPECT_EQ(map.ports.back().first, 0u);
}

TEST(LaneMap, AllLanesMayBeUsedAndNotOneMore) {
  EXPECT_EQ(first_lanes(part({pcie("a", 160, 2)})).back(), 318u);
  const LaneProblem problem = problem_of(part({pcie("a", 20, 16), pcie("b", 1, 1)}));
  EXPECT_EQ(problem.group, kNoGroup);
  EXPECT_EQ(problem.message, "the ports use 321 lanes, the switch \"sw\" has 320");
  EXPECT_EQ(problem.hint, "a 20 x16 = 320, b 1 x1 = 1");
}

TEST(LaneMap, AnX16DoesNotStartAtLane8) {
  const LaneProblem problem = problem_of(part({pcie("a", 1, 16, 8)}));
  EXPECT_EQ(problem.group, 0u);
  EXPECT_TRUE(problem.about_key);
  EXPECT_EQ(problem.message, "port \"a\" cannot start at lane 8: x16 starts at a multiple of 16");
  EXPECT_EQ(problem.hint, "lane 0 is free for it");
}

TEST(LaneMap, LanesBelongToOnePort) {
  const LaneProblem problem = problem_of(part({pcie("a", 2, 8), pcie("b", 1, 4, 12)}));
  EXPECT_EQ(problem.group, 1u);
  EXPECT_EQ(problem.message, "port \"b\" cannot start at lane 12: lane 12 belongs to a1");
  EXPECT_EQ(problem.hint, "lane 16 is free for it");
}

TEST(LaneMap, BeyondTheLastLane) {
  const LaneProblem problem = problem_of(part({pcie("a", 2, 16, 16)}, 32));
  EXPECT_EQ(problem.message, "port \"a1\" cannot start at lane 32: the switch has only 32 lanes");
  EXPECT_EQ(problem.hint, "lane 0 is free for it");
}

TEST(LaneMap, NarrowPortsFirstMayLeaveNoPlaceForAWideOne) {
  // Two x2 in different blocks of a 32-lane part: 28 lanes are free, none of them 16 in a row.
  const LaneProblem problem =
      problem_of(part({pcie("a", 1, 2, 0), pcie("b", 1, 2, 16), pcie("c", 1, 16)}, 32));
  EXPECT_EQ(problem.group, 2u);
  EXPECT_FALSE(problem.about_key);
  EXPECT_EQ(problem.message,
            "port \"c\" (x16) finds no free lanes that start at a multiple of 16 within one block");
  EXPECT_THAT(problem.hint, HasSubstr("wide groups before narrow ones"));
}

TEST(LaneMap, NoPortIsWiderThanABlock) {
  EXPECT_EQ(problem_of(part({pcie("a", 1, 8)}, 320, 4)).message,
            "port \"a\" (x8) is wider than a block of 4 lanes");
  EXPECT_THAT(problem_of(part({pcie("a", 1, 8, 8)}, 320, 4)).message,
              HasSubstr("x8 is wider than a block of 4 lanes"));
  EXPECT_THAT(first_lanes(part({pcie("a", 2, 4)}, 320, 4)), ElementsAre(0, 4));
}

TEST(LaneMap, AGangOfLinksMayCrossBlocksButEachLinkStaysInOne) {
  // 18 links of two lanes: 36 lanes, more than a block.
  EXPECT_THAT(first_lanes(part({nvlink("gang", 2, 18), pcie("a", 1, 16)})), ElementsAre(0, 36, 80));
  EXPECT_EQ(problem_of(part({nvlink("gang", 1, 18, 3)})).message,
            "port \"gang\" cannot start at lane 3: 18 links of x2 starts at a multiple of 2");
  const LaneProblem crowded = problem_of(part({pcie("a", 1, 16, 16), nvlink("gang", 1, 18)}, 64));
  EXPECT_EQ(crowded.message,
            "port \"gang\" (18 links of x2) finds no free lanes that start at a multiple of 2 "
            "within one block");
}

TEST(LaneMap, MistakesHaveTheirPlaceInTheDescription) {
  const auto open = [](const std::string& keys) {
    return "      - {" + keys + ", connected: false}\n";
  };
  EXPECT_THAT(mistakes(with_ports(open("name: a, first_lane: 8"))),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("cannot start at lane 8"))));
  EXPECT_THAT(
      mistakes(with_ports(open("name: a, first_lane: 320"))),
      ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("first_lane"), HasSubstr("320"))));
  EXPECT_THAT(mistakes(with_ports(open("name: a, pcie: {lanes: 8}"), "    lane_block: 4\n")),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("wider than a block of 4"))));
  EXPECT_THAT(mistakes(with_ports(open("name: a"), "    lane_block: 5\n")),
              ElementsAre(StartsWith("t.yaml:5:17: ")));
  EXPECT_THAT(mistakes(with_ports(open("name: a, count: 20") + open("name: b, pcie: {lanes: 1}"))),
              ElementsAre(AllOf(StartsWith("t.yaml:6:7: "), HasSubstr("321 lanes"))));
}

TEST(LaneMap, ProtocolsAndTheirKeysAreChecked) {
  const auto group = [](const std::string& keys) {
    return with_ports("      - {name: a, connected: false, " + keys + "}\n");
  };
  EXPECT_THAT(mistakes(group("protocol: ualnk")),
              ElementsAre(AllOf(StartsWith("t.yaml:6:47: "), HasSubstr("did you mean"),
                                HasSubstr("ualink"))));
  // A key of another protocol would not be used: refused with the neighbour that it needs.
  EXPECT_THAT(
      mistakes(group("protocol: ualink, pcie: {lanes: 4}")),
      ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("pcie"), HasSubstr("protocol"))));
  // A part of a protocol that is not in use, at the key itself.
  for (const auto& [keys, says] :
       {std::pair("flow_control: pfc, cbfc: {credit_bytes: 64}", "\"cbfc\" would not be used"),
        std::pair("pfc_headroom_bytes: 4096", "\"pfc_headroom_bytes\" would not be used"),
        std::pair("llr_on: false, llr: {replay_count: 3}", "\"llr\" would not be used")})
    EXPECT_THAT(mistakes(group(std::string("protocol: ethernet, ethernet: {") + keys + "}")),
                ElementsAre(HasSubstr(says)));
  EXPECT_THAT(mistakes(group("nvlink: {links: 4}")),
              ElementsAre(AllOf(HasSubstr("nvlink"), HasSubstr("protocol"))));
  EXPECT_THAT(mistakes(group("protocol: ethernet, ethernet: {lanes: 3}")),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("lanes"))));
  EXPECT_THAT(mistakes(group("protocol: ualink, ualink: {lanes: 8}")),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("lanes"))));
  EXPECT_THAT(mistakes(group("protocol: nvlink, nvlink: {links: 18, generation: 7}")),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("generation"))));
}

}  // namespace
}  // namespace antares::platforms
