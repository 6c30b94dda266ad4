// SPDX-License-Identifier: Apache-2.0
// Groups in a description: every mistake with its place, traffic to groups on one switch, over two
// tiers and over planes, and changes while it runs.
#include <gmock/gmock.h>

#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/config/group_checks.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using platforms::GroupDescription;
using platforms::PlatformConfig;
using platforms::TrafficPattern;
using testing::AllOf;
using testing::HasSubstr;

std::string text_of(const std::string& hypercast, const std::string& groups,
                    const std::string& traffic = "{pattern: multicast}") {
  return "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 64\n" + hypercast +
         "    ports:\n      - {name: gpu, count: 4, protocol: pcie, pcie: {lanes: 16}}\n"
         "endpoints:\n  - {name: gpu, count: 4, kind: accelerator, attach: s.gpu}\n" +
         groups + "workloads:\n  - {name: w, kind: traffic, traffic: " + traffic + "}\n";
}

struct Mistake {
  const char* hypercast;
  const char* groups;
  const char* traffic;
  const char* says;
};

const char* const kEngine = "    hypercast: {}\n";
const char* const kAll = "groups:\n  - {name: all, members: [gpu]}\n";

TEST(GroupDescriptions, EnginesOfLinkedSwitchesGoTogether) {
  const auto told = [](const std::string& a, const std::string& b) -> std::string {
    const auto one = [](const char* name, const std::string& reduction) {
      return std::string("  - {name: ") + name +
             ", ports: [{name: p, count: 2}, {name: up}], hypercast: {}, reduction: {" + reduction +
             "}}\n";
    };
    try {
      platforms::parse_platform(
          "antares: 1\nname: t\nswitches:\n" + one("a", a) + one("b", b) +
              "links: [{from: a.up, to: b.up}]\n"
              "endpoints: [{name: g, count: 2, attach: a.p}, {name: h, count: 2, attach: b.p}]\n",
          "t");
      return "";
    } catch (const platforms::ConfigError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(told("", ""), "");
  EXPECT_EQ(told("interleave_bytes: 8192", "interleave_bytes: 8192"), "");
  EXPECT_THAT(told("", "interleave_bytes: 8192"),
              AllOf(HasSubstr("t:5:"), HasSubstr("8192 B here, 4096 B at switch \"a\"")));
  const std::string service = "placement: service_ports, contexts: ";
  EXPECT_EQ(told(service + "4", service + "4"), "");
  EXPECT_THAT(told(service + "4", service + "3"),
              AllOf(HasSubstr("t:5:"), HasSubstr("3 context(s)"), HasSubstr("at least 4")));
}

TEST(GroupDescriptions, MistakesAreToldWithTheirPlace) {
  const Mistake mistakes[] = {
      {"", kAll, "{pattern: multicast}", "no engine that makes copies"},
      {kEngine, "", "{pattern: multicast}", "the platform has no groups"},
      {kEngine, "groups:\n  - {name: a, members: [cpu]}\n", "{pattern: uniform}",
       "there is no endpoint \"cpu\""},
      {kEngine, "groups:\n  - {name: a, members: [\"gpu[0..4]\"]}\n", "{pattern: uniform}",
       "\"gpu\" has 4 endpoints, 0 to 3"},
      {kEngine, "groups:\n  - {name: a, members: [gpu1, \"gpu[0..2]\"]}\n", "{pattern: uniform}",
       "\"gpu1\" is in the group already"},
      {kEngine, "groups:\n  - {name: a, members: [gpu, gpu]}\n  - {name: a, members: [gpu]}\n",
       "{pattern: uniform}", "the group \"a\" exists already"},
      {kEngine, "groups:\n  - {name: a, members: [gpu], window_bytes: 1 TiB}\n",
       "{pattern: uniform}", "does not fit into the memory of"},
      {"    hypercast: {table_groups: 1, banks: 1}\n",
       "groups:\n  - {name: a, members: [gpu]}\n  - {name: b, members: [gpu]}\n",
       "{pattern: uniform}", "holds 1"},
      {"    hypercast: {table_groups: 2}\n", "", "{pattern: uniform}", "4 banks for a table of 2"},
      {"    hypercast: {most_members: 3}\n", kAll, "{pattern: uniform}", "takes 3"},
      {"    reduction: {}\n", "", "{pattern: uniform}", "ask Hypercast who contributes"},
      {"    hypercast: {}\n    reduction: {placement: service_ports}\n"
       "    partitions: [{name: p, ports: [gpu0, gpu1]}]\n",
       "", "{pattern: uniform}", "engines on service ports belong to no partition"},
      {kEngine, kAll, "{pattern: multicast, groups: [al]}", "there is no group \"al\""},
      {kEngine, kAll, "{pattern: uniform, groups: [all]}", "groups would not be used"},
      {kEngine, kAll, "{pattern: multicast, groups: []}",
       "a list of 0 is out of range; right would be 1..65536 elements, or leave the key out"},
      {kEngine, kAll, "{pattern: multicast, read_fraction: 0.5}", "a group cannot be read from"},
      {kEngine,
       "groups:\n  - {name: a, members: [gpu], updates: [{at_us: 5, members: [gpu0]}, {at_us: 4, "
       "members: [gpu0]}]}\n",
       "{pattern: uniform}", "4 us comes after 5 us in the schedule"},
      {kEngine,
       "groups:\n  - {name: a, members: [gpu], updates: [{at_us: 5, members: [gpu0]}, {at_us: 6, "
       "members: []}]}\n",
       "{pattern: uniform}", "a list of 0 is out of range; right would be 1..1024 elements"},
  };
  for (const Mistake& mistake : mistakes) {
    try {
      platforms::parse_platform(text_of(mistake.hypercast, mistake.groups, mistake.traffic), "t");
      ADD_FAILURE() << mistake.says << ": accepted";
    } catch (const std::exception& told) {
      EXPECT_THAT(told.what(), HasSubstr(mistake.says));
      EXPECT_THAT(told.what(), HasSubstr("t:"));
    }
  }
}

TEST(GroupDescriptions, MembersAreNamedOneByOneByRangeOrAllAtOnce) {
  const PlatformConfig config = platforms::parse_platform(text_of(kEngine, kAll), "t").config;
  const auto endpoints = platforms::expand_endpoints(config);
  const auto list = [&](const char* text) {
    return platforms::resolve_members(config, endpoints, text).endpoints;
  };
  EXPECT_THAT(list("gpu"), testing::ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(list("gpu2"), testing::ElementsAre(2));
  EXPECT_THAT(list("gpu[1..2]"), testing::ElementsAre(1, 2));
  EXPECT_THAT(list("gpu[3]"), testing::ElementsAre(3));
}

/// Copies made and what arrived, of a run of multicast traffic that went well.
struct Result {
  std::uint64_t packets = 0;
  std::uint64_t copies = 0;
  std::uint64_t failed = 0;
  double throughput = 0;
  std::vector<platforms::GroupUpdateRow> updates;
};

Result run(const PlatformConfig& config) {
  ReportGuard reports;
  RecordingSink sink;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads[0], sink).run();
  Result result;
  for (const auto& row : platforms::multicast_rows(platform.switches())) {
    result.packets += row.packets;
    result.copies += row.copies;
    result.failed += row.refused + row.copies_refused + row.copies_failed;
  }
  result.throughput = sink.rows.at(0).throughput;
  result.updates = platforms::group_update_rows(config, platform.switches());
  return result;
}

const char* const kTraffic =
    "{pattern: multicast, arrivals: poisson, offered_load: 0.2, packets: [{bytes: 512}], "
    "warmup_us: 2, measure_us: 10}";

TEST(GroupTraffic, EachRequestBecomesACopyForEveryOther) {
  const Result result =
      run(platforms::parse_platform(text_of(kEngine, kAll, kTraffic), "t").config);
  EXPECT_GT(result.packets, 1000u);
  EXPECT_EQ(result.copies, 3 * result.packets);
  EXPECT_EQ(result.failed, 0u);
  // Carried in full; 5 %: some 1,600 requests of a Poisson process are counted.
  EXPECT_NEAR(result.throughput, 0.2, 0.05 * 0.2 + 0.005);
}

TEST(GroupTraffic, ChangesWhileItRuns) {
  const char* const groups =
      "groups:\n  - {name: all, members: [gpu], updates: [{at_us: 4, members: [gpu0, gpu1]}, "
      "{at_us: 8, members: [gpu]}]}\n";
  PlatformConfig config = platforms::parse_platform(text_of(kEngine, groups, kTraffic), "t").config;
  config.switches[0].hypercast->outside_senders = true;
  const Result result = run(config);
  ASSERT_EQ(result.updates.size(), 2u);
  EXPECT_EQ(result.updates[0].asked_ns, 4000);
  EXPECT_EQ(result.updates[0].in_force_ns, 4000 + config.switches[0].hypercast->update_latency_ns);
  EXPECT_LT(result.copies, 3 * result.packets);
  EXPECT_GT(result.copies, result.packets);
  EXPECT_EQ(result.failed, 0u);
}

/// Two leaves of four, two spines, two links between each pair.
TEST(GroupTraffic, OverTwoTiersOneCopyALeaf) {
  const std::string text =
      "antares: 1\nname: t\nswitches:\n"
      "  - {name: leaf, count: 2, hypercast: {}, ports: [{name: gpu, count: 4, protocol: pcie, "
      "pcie: {lanes: 16}}, {name: up, count: 4, protocol: pcie, pcie: {lanes: 16}}]}\n"
      "  - {name: spine, count: 2, hypercast: {}, ports: [{name: down, count: 4, protocol: pcie, "
      "pcie: {lanes: 16}}]}\n"
      "links:\n  - {from: \"leaf[*].up\", to: \"spine[*].down\", to_order: by_port}\n"
      "endpoints:\n  - {name: gpu, count: 8, kind: accelerator, attach: \"leaf[*].gpu\"}\n"
      "groups:\n  - {name: all, members: [gpu]}\n"
      "workloads:\n  - {name: w, kind: traffic, traffic: {pattern: multicast, arrivals: poisson, "
      "offered_load: 0.1, packets: [{bytes: 512}], warmup_us: 2, measure_us: 5}}\n";
  const Result result = run(platforms::parse_platform(text, "t").config);
  EXPECT_EQ(result.failed, 0u);
  // Of each request: at its leaf three members and one copy upwards, at a spine one downwards, at
  // the other leaf four members.
  EXPECT_GT(result.packets, 0u);
  EXPECT_EQ(result.packets % 3, 0u);
  EXPECT_EQ(result.copies, (3 + 1 + 1 + 4) * (result.packets / 3));
}

TEST(GroupTraffic, OverPlanesEachHasTheGroup) {
  const std::string text =
      "antares: 1\nname: t\nswitches:\n"
      "  - {name: plane, count: 2, hypercast: {}, ports: [{name: gpu, count: 4, protocol: nvlink, "
      "nvlink: {links: 2}}]}\n"
      "endpoints:\n  - {name: gpu, count: 4, kind: accelerator, attach: \"plane[*].gpu\", planes: "
      "{count: 2}}\n"
      "groups:\n  - {name: all, members: [gpu], window_bytes: 4 MiB}\n"
      "workloads:\n  - {name: w, kind: traffic, traffic: {pattern: multicast, arrivals: poisson, "
      "offered_load: 0.2, packets: [{bytes: 512}], warmup_us: 2, measure_us: 10}}\n";
  const Result result = run(platforms::parse_platform(text, "t").config);
  EXPECT_GT(result.packets, 0u);
  EXPECT_EQ(result.copies, 3 * result.packets);
  EXPECT_EQ(result.failed, 0u);
}

}  // namespace
}  // namespace antares::tb
