// SPDX-License-Identifier: Apache-2.0
// Schedules of faults as descriptions have them. A link between switches is one link: whichever of
// its ends an entry names, the same happens, at both. What an entry did shows in a row; an entry
// that did nothing is told.
#include <gmock/gmock.h>

#include <fstream>

#include "antares/platforms/report/columns.h"
#include "tb/system/traffic/child_run.h"

namespace antares::tb {
namespace {

using platforms::Platform;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Two switches, a trunk, two accelerators each; every request is answered or given up.
std::string two_switches(const std::string& faults) {
  return R"(antares: 1
name: two
switches:
  - {name: a, ports: [{name: gpu, count: 2}, {name: up}]}
  - {name: b, ports: [{name: gpu, count: 2}, {name: up}]}
links: [{from: a.up, to: b.up}]
endpoints:
  - {name: gpu, count: 2, attach: a.gpu}
  - {name: acc, count: 2, attach: b.gpu}
workloads:
  - name: uniform
    kind: traffic
    traffic: {packets: [{bytes: 256}], offered_load: [0.3], warmup_us: 5, measure_us: 30}
faults:
  ports: {completion_timeout_us: 20, state: {time_scale: 0.0001}}
)" + faults;
}

platforms::PlatformConfig described(const std::string& text) {
  const std::string path = testing::TempDir() + "planned_faults_" +
                           std::to_string(std::hash<std::string>()(text)) + ".yaml";
  std::ofstream(path) << text;
  return platforms::load_platform(path, {}).config;
}

template <class Row, class Columns>
std::string rows_text(const std::vector<Row>& rows, const Columns& columns) {
  std::string text;
  for (const Row& row : rows) text += platforms::csv_line(row, columns);
  return text;
}

/// Every figure of a run: traffic, links, faults, errors, replays.
std::string run_text(const std::string& faults) {
  return in_child([&] {
    ReportGuard reports;
    const auto config = described(two_switches(faults));
    RecordingSink sink;
    Platform platform(config);
    platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
    return text_of(sink) + rows_text(platform.fault_rows(), platforms::fault_columns()) +
           rows_text(platform.error_rows(), platforms::error_columns()) +
           rows_text(platform.replay_rows(), platforms::replay_columns());
  });
}

struct Planned {
  const char* name;
  std::string from_a;  ///< what happens, as said of the end at switch a
  std::string from_b;
  std::string trace;  ///< in the rows of the run
};

void PrintTo(const Planned& planned, std::ostream* out) { *out << planned.name; }

class BothEnds : public testing::TestWithParam<Planned> {};

TEST_P(BothEnds, OfALinkBetweenSwitchesAreOneLink) {
  const std::string from_a = run_text(GetParam().from_a);
  EXPECT_EQ(run_text(GetParam().from_b), from_a);
  EXPECT_NE(run_text(""), from_a) << "it happened at all";
  EXPECT_THAT(from_a, HasSubstr(GetParam().trace));
}

std::string event(const std::string& link, const std::string& what) {
  return "{at_us: 12, link: " + link + ", what: " + what + "}";
}
Planned events(const char* name, const std::string& what, const std::string& back,
               const std::string& trace) {
  const auto from = [&](const char* link, const char* other) {
    const std::string later =
        back.empty() ? "" : ", {at_us: 20, link: " + std::string(other) + ", what: " + back + "}";
    return "  events: [" + event(link, what) + later + "]\n";
  };
  // What one end began the other may end.
  return {name, from("a.up", "b.up"), from("b.up", "a.up"), trace};
}
Planned directed(const char* name, const std::string& list, const std::string& entry,
                 const std::string& trace) {
  const auto from = [&](const char* link, const char* direction) {
    return "  " + list + ": [{at_us: 12, link: " + link + ", direction: " + direction + ", " +
           entry + "}]\n";
  };
  return {name, from("a.up", "to_device"), from("b.up", "to_switch"), trace};
}

INSTANTIATE_TEST_SUITE_P(
    Of, BothEnds,
    testing::Values(events("Down", "link_down", "", "b.up,down"),
                    events("DownAndUp", "link_down", "link_up", "b.up,up"),
                    events("DisabledAndEnabled", "disable", "enable", "b.up,up"),
                    events("Reset", "hot_reset", "", "b.up,up"),
                    events("Recovery", "recover", "", "b.up,up"),
                    events("Lanes", "lane_failure, lanes: 4", "", "b.up,up,4"),
                    events("Rate", "speed_fall_back", "", "b.up,up"),
                    directed("BrokenUnits", "units", "what: failed, count: 40", "a.up,to_device"),
                    directed("DamagedData", "units", "what: poisoned, count: 40", "poisoned"),
                    directed("StuckCredits", "credits",
                             "what: stuck}, {at_us: 30, link: a.up, direction: to_device, "
                             "what: released",
                             "uniform[0.3]")),
    [](const auto& each) { return std::string(each.param.name); });

TEST(PlannedFaults, ADegradedLinkAndARecoveryLeaveTheirTrace) {
  ReportGuard reports;
  const auto config =
      described(two_switches("  events: [{at_us: 12, link: a.gpu0, what: lane_failure, lanes: 4},"
                             " {at_us: 13, link: a.gpu1, what: speed_fall_back},"
                             " {at_us: 14, link: b.gpu0, what: recover}]\n"));
  RecordingSink sink;
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  const auto rows = platform.fault_rows();
  ASSERT_EQ(rows.size(), 3u);
  const protocols::LinkPolicy& link = platform.endpoint("acc1").ports.front()->policy();
  const double full = link.rate().raw_GBps;
  const auto check = [&](const platforms::FaultRow& row, const char* link, bool degraded,
                         unsigned lanes, double GBps) {
    EXPECT_EQ(row.link, link);
    EXPECT_EQ(row.degraded, degraded);
    EXPECT_EQ(row.lanes, lanes);
    EXPECT_DOUBLE_EQ(row.raw_GBps, GBps);
    EXPECT_EQ(row.recoveries, 1u);
    EXPECT_EQ(row.link_failures, 0u);
  };
  check(rows[0], "a.gpu0", true, 4, full / 4);  // of 16 lanes
  check(rows[1], "a.gpu1", true, 16, link.slower()->rate().raw_GBps);
  check(rows[2], "b.gpu0", false, 16, full);
}

/// "faults.events[0] link_up: why" of each entry without effect.
std::vector<std::string> idle(const std::string& faults) {
  std::vector<std::string> lines;
  std::istringstream text(in_child([&] {
    ReportGuard reports;
    const auto config = described(two_switches(faults));
    RecordingSink sink;
    Platform platform(config);
    platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
    std::string rows;
    for (const auto& row : platform.idle_fault_rows())
      rows += row.entry + " " + row.what + ": " + row.why + "\n";
    return rows;
  }));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(PlannedFaults, WhatHasNoEffectIsTold) {
  EXPECT_THAT(
      idle("  events: [{at_us: 10, link: a.gpu0, what: link_up},"
           " {at_us: 11, link: a.gpu0, what: release}, {at_us: 11, link: a.gpu0, what: enable},"
           " {at_us: 12, link: a.gpu0, what: lane_failure, lanes: 4},"
           " {at_us: 13, link: a.gpu0, what: lane_failure, lanes: 8},"
           " {at_us: 14, link: b.up, what: link_down}, {at_us: 15, link: a.up, what: link_down},"
           " {at_us: 16, link: a.up, what: speed_fall_back},"
           " {at_us: 17, link: a.up, what: link_up}]\n"
           "  credits: [{at_us: 10, link: a.gpu1, what: released},"
           " {at_us: 11, link: a.gpu1, what: stuck}, {at_us: 12, link: a.gpu1, what: stuck},"
           " {at_us: 13, link: a.gpu1, what: released}]\n"
           "  units: [{at_us: 10, link: a.gpu0, what: failed},"
           " {at_us: 39, link: a.gpu0, what: poisoned}]\n"),
      ElementsAre(
          "faults.events[0] link_up: changed nothing: the link was up",
          "faults.events[1] release: changed nothing: the link was up",
          "faults.events[2] enable: changed nothing: the link was up",
          "faults.events[4] lane_failure: changed nothing: no more lanes than that were in use",
          "faults.events[6] link_down: changed nothing: the link was down",
          "faults.events[7] speed_fall_back: changed nothing: the link was down",
          "faults.credits[0] released: changed nothing: none were stuck",
          "faults.credits[2] stuck: changed nothing: they were stuck already",
          "faults.units[1] poisoned: no train with data came behind it"));
}

TEST(PlannedFaults, WhatComesTooLateIsTold) {
  const auto told = idle("  events: [{at_us: 500, link: a.gpu0, what: link_down}]\n");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told.front(), AllOf(HasSubstr("faults.events[0] link_down: met nobody"),
                                  HasSubstr("had its last answer at 3")));
}

/// A second load finds what happened behind the first one's last answer.
TEST(PlannedFaults, WhatTheNextLoadNoticesWasNotTooLate) {
  const auto told = [](const std::string& loads) {
    return in_child([&] {
      ReportGuard reports;
      std::string text = two_switches("  events: [{at_us: 60, link: a.gpu0, what: link_down}]\n");
      text.replace(text.find("[0.3]"), 5, loads);
      const auto config = described(text);
      RecordingSink sink;
      Platform platform(config);
      platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
      return std::to_string(platform.idle_fault_rows().size());
    });
  };
  EXPECT_EQ(told("[0.1]"), "1");
  EXPECT_EQ(told("[0.1, 0.3]"), "0");
}

TEST(PlannedFaults, OfOneMomentTheyHappenInTheOrderOfTheList) {
  const auto both = [](const std::string& first, const std::string& second) {
    return idle("  events: [{at_us: 12, link: " + first +
                ", what: link_down}, {at_us: 12, link: " + second + ", what: link_up}]\n");
  };
  EXPECT_THAT(both("a.up", "b.up"), IsEmpty());
  EXPECT_THAT(both("b.up", "a.up"), IsEmpty());
  EXPECT_THAT(both("b.up", "b.up"), IsEmpty());
}

TEST(PlannedFaults, CreditsThatNobodyFreesAreTold) {
  // Reads alone: posted credits are not in use.
  std::string text = two_switches(
      "  credits: [{at_us: 12, link: a.up, what: lost, header_credits: 5},"
      " {at_us: 13, link: a.up, what: stuck}, {at_us: 14, link: a.up, what: lost, class: "
      "non_posted, header_credits: 1}]\n");
  text.replace(text.find("packets:"), 8, "read_fraction: 1, packets:");
  ReportGuard reports;
  const auto config = described(text);
  RecordingSink sink;
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  std::vector<std::string> told;
  for (const auto& row : platform.idle_fault_rows()) told.push_back(row.entry + ": " + row.why);
  EXPECT_THAT(told, ElementsAre("faults.credits[0]: no such credits came free behind it",
                                "faults.credits[1]: no such credits came free behind it"));
}

TEST(PlannedFaults, ATrainingCountsOnceAndOnlyWhereThereIsLess) {
  ReportGuard reports;
  const auto config = described(two_switches(
      "  events: [{at_us: 12, link: a.up, what: recover}, {at_us: 12.5, link: a.up, what: release},"
      " {at_us: 13, link: a.gpu0, what: lane_failure, lanes: 4},"
      " {at_us: 20, link: a.gpu0, what: lane_failure, lanes: 4}]\n"));
  RecordingSink sink;
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  std::map<std::string, std::uint64_t> trained;
  for (const auto& row : platform.fault_rows()) trained[row.link] = row.recoveries;
  EXPECT_EQ(trained,
            (std::map<std::string, std::uint64_t>{{"a.gpu0", 1}, {"a.up", 1}, {"b.up", 1}}));
  std::vector<std::string> told;
  for (const auto& row : platform.idle_fault_rows()) told.push_back(row.entry);
  EXPECT_THAT(told, ElementsAre("faults.events[1]", "faults.events[3]"));
}

TEST(PlannedFaults, ASecondResetOfTheMomentCountsWhereTheFirstDidNothing) {
  EXPECT_THAT(idle("  events: [{at_us: 9, link: a.up, what: link_down},"
                   " {at_us: 10, link: b.up, what: hot_reset},"
                   " {at_us: 10, link: b.up, what: link_up},"
                   " {at_us: 10, link: b.up, what: hot_reset}]\n"),
              ElementsAre("faults.events[1] hot_reset: changed nothing: the link was down"));
}

TEST(PlannedFaults, AScheduleThatGoesOnForTooLongIsNamed) {
  ReportGuard reports;
  std::string text = two_switches(
      "  events: [{at_us: 10, link: a.gpu0, what: link_up},"
      " {at_us: 1500, link: a.gpu0, what: link_down}]\n");
  const auto config = described(text + "run: {max_simulated_ms: 1}\n");
  RecordingSink sink;
  Platform platform(config);
  try {
    platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
    ADD_FAILURE() << "the run has ended";
  } catch (const platforms::RunFailure& failure) {
    EXPECT_THAT(failure.what(),
                AllOf(HasSubstr("still to come: faults.events[1], link_down of a.gpu0 at 1500 us"),
                      testing::Not(HasSubstr("faults.events[0]"))));
  }
}

TEST(PlannedFaults, AResetOfBothEndsAtOnceIsOne) {
  ReportGuard reports;
  std::string text = two_switches(
      "  events: [{at_us: 12, link: a.up, what: hot_reset}, {at_us: 12, link: b.up, what: "
      "hot_reset}]\n");
  text.replace(text.find("time_scale: 0.0001"), 18, "time_scale: 0");
  const auto config = described(text);
  RecordingSink sink;
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  std::map<std::string, std::uint64_t> failures;
  for (const auto& row : platform.fault_rows()) failures[row.link] = row.link_failures;
  EXPECT_EQ(failures["a.up"], 1u);
  EXPECT_EQ(failures["b.up"], 1u);
}

TEST(PlannedFaults, WithoutFurtherWordsARunOutlivesItsTimers) {
  // The longest completion_timeout_us is longer than what a drain takes without faults.
  std::string text = two_switches("  events: [{at_us: 12, link: a.gpu1, what: link_down}]\n");
  text.replace(text.find("  ports: {completion_timeout_us: 20, state: {time_scale: 0.0001}}\n"), 66,
               "");
  ReportGuard reports;
  const auto config = described(text);
  const RecordingSink sink = run_traffic(config);
  ASSERT_EQ(sink.rows.size(), 1u);
  EXPECT_GT(sink.rows.front().failed_requests, 0u);
}

TEST(PlannedFaults, RulesOfAPartitionOverSwitchesAreForItsDevices) {
  ReportGuard reports;
  std::string text = two_switches("");
  const auto put = [&](const std::string& before, const std::string& more) {
    text.insert(text.find(before) + before.size(), more);
  };
  const std::string all = ", partitions: [{name: p, ports: [gpu, up]}]";
  put("{name: b, ports: [{name: gpu, count: 2}, {name: up}]", all);
  put("{name: a, ports: [{name: gpu, count: 2}, {name: up}]",
      all + ", access: [{partitions: [p], destinations: [gpu0, gpu1]}]");
  RecordingSink sink;
  const auto config = described(text);
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  std::map<std::string, std::uint64_t> denied;
  for (const auto& row : platform.fault_rows()) denied[row.link] = row.access_violations;
  // gpu0 and gpu1 ask those behind switch b in vain; acc0 and acc1 ask whom they like.
  EXPECT_GT(denied["a.gpu0"], 0u);
  EXPECT_GT(denied["a.gpu1"], 0u);
  EXPECT_EQ(denied.count("a.up") + denied.count("b.gpu0") + denied.count("b.gpu1"), 0u);
}

}  // namespace
}  // namespace antares::tb
