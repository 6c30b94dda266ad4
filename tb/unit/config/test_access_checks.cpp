// SPDX-License-Identifier: Apache-2.0
// Access rules and scheduled moves of a description: every mistake in its place, all at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// `section` stands at line 7. Endpoints g0..g3 on p0..p3, 64 KiB each.
std::string with(const std::string& section, const std::string& partitions =
                                                 "[{name: a, ports: ['p[0..1]']}, {name: b, ports: "
                                                 "[p2]}]") {
  return "antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: p, count: 4}]\n"
         "    partitions: " +
         partitions + "\n    " + section +
         "\nendpoints: [{name: g, count: 4, kind: memory, attach: sw.p, memory: {memory_bytes: 64 "
         "KiB}}]\n";
}

TEST(AccessChecks, ByPortsAndByPartitions) {
  EXPECT_THAT(mistakes(with("access: [{ports: ['p[0..1]', p3], sources: [g0], destinations: [g1, "
                            "g2]}, {partitions: [a], addresses: [{endpoint: g3, from_bytes: 60 "
                            "KiB, size_bytes: 4 KiB}]}]")),
              IsEmpty());
}

TEST(AccessChecks, EveryMistakeAllAtOnce) {
  EXPECT_THAT(
      mistakes(with("access: [{sources: [g0]}, {ports: [p0]}, {ports: [q], partitions: [c],"
                    " sources: [h], destinations: [g9], addresses: [{endpoint: x, size_bytes: 1},"
                    " {endpoint: g3, from_bytes: 60 KiB, size_bytes: 4097}]}]")),
      ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("for no port")),
                  HasSubstr("allow everything"), HasSubstr("no port \"q\""),
                  HasSubstr("no partition \"c\""), HasSubstr("no endpoint \"h\""),
                  HasSubstr("no endpoint \"g9\""), HasSubstr("no endpoint \"x\""),
                  HasSubstr("\"g3\" is not among the `destinations`"),
                  AllOf(HasSubstr("4097 B from 61440 on reach beyond"), HasSubstr("65536 B"))));
}

TEST(AccessChecks, PortsThatLeadToAnotherSwitchHaveNoDevice) {
  const auto linked = [](const std::string& access) {
    return mistakes(
        "antares: 1\nname: t\nswitches:\n"
        "  - name: a\n    ports: [{name: p, count: 2}, {name: up}]\n"
        "    partitions: [{name: t, ports: [p, up]}]\n    access: " +
        access +
        "\n  - {name: b, ports: [{name: p, count: 2}, {name: up}],"
        " partitions: [{name: t, ports: [p, up]}]}\n"
        "links: [{from: a.up, to: b.up}]\nendpoints: [{name: g, count: 2, attach: a.p}, {name: h, "
        "count: 2, attach: b.p}]\n");
  };
  EXPECT_THAT(linked("[{ports: [up], destinations: [g0]}]"),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("port a.up leads to another"))));
  EXPECT_THAT(linked("[{partitions: [t], destinations: [g0]}]"), IsEmpty());
  EXPECT_THAT(
      mistakes("antares: 1\nname: t\nswitches:\n"
               "  - {name: a, ports: [{name: p, count: 2}, {name: up}],"
               " partitions: [{name: t, ports: [p, up]}]}\n"
               "  - {name: b, ports: [{name: up}], partitions: [{name: t, ports: [up]}],"
               " access: [{partitions: [t], destinations: [g0]}]}\n"
               "links: [{from: a.up, to: b.up}]\n"
               "endpoints: [{name: g, count: 2, attach: a.p}]\n"),
      ElementsAre(AllOf(StartsWith("t.yaml:5:"), HasSubstr("all ports of \"t\" here lead"))));
}

TEST(AccessChecks, APartitionOfASwitchWithoutAny) {
  EXPECT_THAT(mistakes("antares: 1\nname: t\nswitches:\n  - name: sw\n"
                       "    ports: [{name: p, count: 2}]\n"
                       "    access: [{partitions: [a], destinations: [g0]}]\n"
                       "endpoints: [{name: g, count: 2, attach: sw.p}]\n"),
              ElementsAre(AllOf(StartsWith("t.yaml:6:"), HasSubstr("no partition \"a\""),
                                HasSubstr("list `partitions` of the switch"))));
}

TEST(MoveChecks, ADrainOfNothing) {
  EXPECT_THAT(mistakes(with("port_moves: {drain: {timeout_us: 5}}")),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("drain would not be used"))));
}

TEST(MoveChecks, ThereAndBackAndIntoNone) {
  EXPECT_THAT(mistakes(with("port_moves: {drain: {timeout_us: 5}, events: ["
                            "{at_us: 1, port: p1, to: b}, {at_us: 2, port: 'p[1]', to: spare}, "
                            "{at_us: 2, port: p3, to: a}, {at_us: 3, port: p1, to: a}]}")),
              IsEmpty());
}

TEST(MoveChecks, EveryMistakeAllAtOnce) {
  EXPECT_THAT(
      mistakes(with("port_moves: {drain: {timeout_us: 0}, events: [{at_us: 3, port: p1, to: c},"
                    " {at_us: 2, port: q, to: b}, {at_us: 4, port: q, to: c},"
                    " {at_us: 5, port: p0, to: a}, {at_us: 6, port: 'p[7]', to: a},"
                    " {at_us: 7, port: p3, to: spare}, {at_us: -1, port: p0}]}")),
      ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("timeout_us")),
                  HasSubstr("no partition \"c\""), HasSubstr("2 us comes after 3 us"),
                  HasSubstr("no port \"q\""), HasSubstr("sw.p0 is in the partition \"a\" already"),
                  HasSubstr("no port 7"), HasSubstr("sw.p3 is in no partition already"),
                  HasSubstr("\"to\" is missing"), HasSubstr("at_us")));
}

TEST(MoveChecks, WithoutPartitionsThereIsNothingToMoveBetween) {
  EXPECT_THAT(mistakes(with("port_moves: {events: [{at_us: 1, port: p0, to: spare}]}", "[]")),
              ElementsAre(HasSubstr("no partitions to move ports between")));
}

TEST(MoveChecks, PortsThatLeadToAnotherSwitchStay) {
  EXPECT_THAT(
      mistakes("antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: p, count: 2}, "
               "{name: up}]\n    partitions: [{name: a, ports: [p, up]}]\n"
               "    port_moves: {events: [{at_us: 1, port: up, to: spare}]}\n"
               "  - {name: top, ports: [{name: down}, {name: q}]}\n"
               "links: [{from: sw.up, to: top.down}]\n"
               "endpoints: [{name: g, count: 2, attach: sw.p}, {name: h, attach: top.q}]\n"),
      ElementsAre(HasSubstr("sw.up leads to another switch: such ports stay where they are")));
}

TEST(ResetChecks, EveryMistakeAllAtOnce) {
  const std::string faults = "faults: {ports: {}}\n";
  EXPECT_THAT(mistakes(with("partition_resets: [{at_us: 1, partition: a}, {at_us: 2, partition: "
                            "b}]") +
                       faults),
              IsEmpty());
  EXPECT_THAT(mistakes(with("partition_resets: [{at_us: 2, partition: c}, {at_us: 1, partition: c},"
                            " {at_us: 3, partition: spare}]") +
                       faults),
              ElementsAre(AllOf(StartsWith("t.yaml:7:"), HasSubstr("no partition \"c\"")),
                          HasSubstr("1 us comes after 2 us"), HasSubstr("no partition \"spare\"")));
  EXPECT_THAT(mistakes(with("partition_resets: [{at_us: 1, partition: a}]")),
              ElementsAre(AllOf(HasSubstr("never go down"), HasSubstr("add a `faults` section"))));
}

TEST(MoveChecks, ALongScheduleIsRead) {
  std::string events;
  for (unsigned i = 0; i < 20'000; ++i)
    events +=
        "{at_us: " + std::to_string(i + 1) + ", port: p1, to: " + (i % 2 == 0 ? "b" : "a") + "}, ";
  EXPECT_THAT(mistakes(with("port_moves: {events: [" + events + "]}")), IsEmpty());
}

}  // namespace
}  // namespace antares::platforms
