// SPDX-License-Identifier: Apache-2.0
// Partitions from YAML: a run of two is, for one of them, the run without the other, to the last
// byte of its rows; patterns and collectives stay within one.
#include <gmock/gmock.h>

#include <set>

#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/tables.h"
#include "tb/system/traffic/child_run.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;

/// Rows of the links of tenant_a, after the traffic of `settings`.
std::string rows_of_tenant_a(const std::vector<std::string>& settings) {
  return in_child([&] {
    RecordingSink sink = run_traffic(shipped("partitions", settings));
    sink.rows.clear();  // of both tenants together
    const auto is_other = [](const platforms::LinkRow& row) {
      return row.link.back() < '0' || row.link.back() > '3';
    };
    auto& rows = sink.link_rows;
    rows.erase(std::remove_if(rows.begin(), rows.end(), is_other), rows.end());
    EXPECT_EQ(rows.size(), 2u * 4);
    for (const auto& row : rows) EXPECT_GT(row.payload_bytes, 0u) << row.link;
    return text_of(sink);
  });
}

TEST(PartitionPlatform, RowsOfOneAreTheSameWhateverTheOtherDoes) {
  const std::string both = rows_of_tenant_a({});
  EXPECT_EQ(rows_of_tenant_a({"workloads[0].traffic.sources=[gpu0,gpu1,gpu2,gpu3]"}), both);
  EXPECT_EQ(rows_of_tenant_a({"workloads[0].traffic.sources=[gpu0,gpu1,gpu2,gpu3,gpu4,gpu8]"}),
            both);
  // And the comparison can fail: other traffic of its own shows.
  EXPECT_NE(rows_of_tenant_a({"workloads[0].traffic.sources=[gpu0,gpu1,gpu2]"}), both);
}

/// Every form in which a run tells of one partition's traffic, of its links and of its errors.
class PartitionSink : public RecordingSink {
 public:
  void traffic(const platforms::TrafficRow& row) override { tables_.traffic(row); }
  void partition_traffic(const platforms::TrafficRow& row) override {
    if (row.partition != "tenant_a") return;
    ++told;
    const auto& columns = platforms::partition_traffic_columns();
    text << platforms::to_json(row, columns).dump() << platforms::csv_line(row, columns);
    printed_.str({});
    tables_.partition_traffic(row);
    text << printed_.str();
  }
  void links(const std::vector<platforms::LinkRow>& rows) override {
    for (const auto& row : rows)
      if (own.count(row.link) != 0) text << platforms::csv_line(row, platforms::link_columns());
  }
  void errors(const std::vector<platforms::ErrorRow>& rows) override {
    for (const auto& row : rows)
      if (own.count(row.link) != 0) text << platforms::csv_line(row, platforms::error_columns());
  }
  std::set<std::string> own = {"switch.gpu0", "switch.gpu1", "switch.gpu2", "switch.gpu3"};
  unsigned told = 0;
  std::ostringstream text;

 private:
  std::ostringstream printed_;
  platforms::Tables tables_{printed_};
};

/// The bytes of tenant_a's rows. Four ports to it, eight to the other; two loads. One of its ports
/// may not ask all: errors are logged, with their times, up to the end.
const std::string kOwnRule = "{ports: [gpu1], destinations: [gpu2]}";
std::string bytes_of_tenant_a(const std::vector<std::string>& what_the_other_does) {
  std::vector<std::string> settings = {
      "switches[0].lanes=320",
      "switches[0].ports[0].count=14",
      "endpoints[0].count=14",
      "switches[0].partitions[1].ports=['gpu[4..11]']",
      "workloads[0].traffic.offered_load=[0.5, 0.9]",
      "workloads[0].traffic.measure_us=12",
      "workloads[0].traffic.drain_us=5000",
      "switches[0].access=[" + kOwnRule + "]",
      "faults.ports={completion_timeout_us: 20, state: {time_scale: 0.0001}}"};
  settings.insert(settings.end(), what_the_other_does.begin(), what_the_other_does.end());
  return in_child([&] {
    ReportGuard reports;
    const auto config = shipped("partitions", settings);
    PartitionSink sink;
    platforms::Platform platform(config);
    platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
    EXPECT_EQ(sink.told, 2u);
    sink.errors(platform.error_rows());
    EXPECT_THAT(sink.text.str(), HasSubstr("access_violation"));
    return sink.text.str();
  });
}

TEST(PartitionPlatform, BytesOfItsRowsAreTheSameWhateverTheOtherDoes) {
  const std::string alone =
      bytes_of_tenant_a({"workloads[0].traffic.sources=[gpu0, gpu1, gpu2, gpu3]"});
  EXPECT_THAT(alone, HasSubstr("\"partition\":\"tenant_a\""));
  const std::pair<const char*, std::vector<std::string>> others[] = {
      {"equal traffic",
       {"workloads[0].traffic.sources=[gpu0, gpu1, gpu2, gpu3, gpu4, gpu5, gpu6, "
        "gpu7]"}},
      {"floods", {}},
      {"backs up", {"faults.events=[{at_us: 1, link: switch.gpu5, what: lane_failure, lanes: 1}]"}},
      {"is reset",
       {"switches[0].partition_resets=[{at_us: 12, partition: tenant_b}, {at_us: 15, "
        "partition: tenant_b}]"}},
      {"flaps",
       {"faults.events=[{at_us: 7, link: switch.gpu4, what: link_down}, {at_us: 9, link: "
        "switch.gpu4, what: link_up}, {at_us: 15, link: switch.gpu6, what: link_down}]"}},
      {"loses units",
       {"faults.links=[{link: switch.gpu5, port: {completion_timeout_us: 20, errors: "
        "{flit_failure_probability: 0.01}}}]"}},
      {"moves ports",
       {"switches[0].port_moves.events=[{at_us: 8, port: gpu12, to: tenant_b}, "
        "{at_us: 12, port: gpu7, to: spare}]"}},
      {"may not",
       {"switches[0].access=[" + kOwnRule + ", {partitions: [tenant_b], destinations: [gpu4]}]"}}};
  for (const auto& [name, settings] : others) EXPECT_EQ(bytes_of_tenant_a(settings), alone) << name;
  // And the comparison can fail: a failure of its own shows.
  EXPECT_NE(bytes_of_tenant_a({"faults.events=[{at_us: 7, link: switch.gpu1, what: recover}]"}),
            alone);
}

TEST(PartitionPlatform, APodOverSeveralSwitchesIsResetByOneEntryAndNobodyElseNotices) {
  const auto bytes = [](const std::vector<std::string>& settings, bool reset) {
    return in_child([&] {
      ReportGuard reports;
      const auto config = shipped("pods", settings);
      PartitionSink sink;
      sink.own = {"leaf0.gpu0",  "leaf0.gpu1",  "leaf0.up0",   "leaf0.up1",
                  "leaf1.gpu0",  "leaf1.gpu1",  "leaf1.up0",   "leaf1.up1",
                  "spine.down0", "spine.down1", "spine.down4", "spine.down5"};
      platforms::Platform platform(config);
      platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
      EXPECT_EQ(sink.told, 1u);
      unsigned failed = 0;
      for (const auto& fabric : platform.switches()) {
        for (std::uint16_t p = 0; p < fabric->port_count(); ++p) {
          const auto& port = fabric->port(protocols::PortId(p)).adapter();
          const bool of_b = port.partition().name == "tenant_b";
          EXPECT_EQ(port.counts().link_failures, reset && of_b ? 1u : 0u) << port.name();
          failed += port.counts().link_failures != 0 ? 1 : 0;
        }
      }
      // Of each leaf four ports, of the spine as many as both have uplinks to it.
      EXPECT_EQ(failed, reset ? 12u : 0u);
      return sink.text.str();
    });
  };
  const std::string with = bytes({}, true);
  EXPECT_THAT(with, HasSubstr("\"partition\":\"tenant_a\""));
  EXPECT_EQ(bytes({"pod_resets=[]"}, false), with);
}

/// What a run tells of moves and of access.
class MoveSink : public RecordingSink {
 public:
  void moves(const std::vector<platforms::MoveRow>& rows) override { move_rows = rows; }
  void faults(const std::vector<platforms::FaultRow>& rows) override { fault_rows = rows; }
  std::vector<platforms::MoveRow> move_rows;
  std::vector<platforms::FaultRow> fault_rows;
};

/// Of pods, on each leaf: gpu1 goes to the other tenant, and back if so. Then all of a partition
/// reach each other, over the spine too, and nobody else; traffic goes on without an error.
void move_and_ask(bool back) {
  ReportGuard reports;
  const std::string more = back ? ", {at_us: 20, port: gpu1, to: tenant_a}" : "";
  const auto config =
      shipped("pods", {"pod_resets=[]",
                       "switches[0].port_moves={drain: {timeout_us: 20}, events: [{at_us: "
                       "12, port: gpu1, to: tenant_b}" +
                           more + "]}"});
  MoveSink sink;
  platforms::Platform platform(config);
  std::vector<platforms::ReadyWorkload> twice(2, {config.workloads.front(), nullptr});
  platforms::run_workloads(platform, twice, sink);
  for (const auto& row : sink.move_rows) EXPECT_EQ(row.outcome, "moved") << row.reason;
  EXPECT_EQ(sink.move_rows.size(), back ? 4u : 2u);
  const auto is_of_a = [&](std::size_t e) { return e % 4 == 0 || (back && e % 4 == 1); };
  const auto& endpoints = platform.endpoints();
  for (std::size_t one = 0; one < endpoints.size(); ++one)
    for (std::size_t other = 0; other < endpoints.size(); ++other)
      EXPECT_EQ(platforms::reaches(endpoints[one], endpoints[other]),
                is_of_a(one) == is_of_a(other))
          << one << " to " << other;
  ASSERT_EQ(sink.rows.size(), 2u);
  EXPECT_GT(sink.rows[0].failed_requests, 0u) << "of those who still ask where it was";
  EXPECT_EQ(sink.rows[1].failed_requests, 0u);
  EXPECT_GT(sink.rows[1].requests, 0u);
}

TEST(PartitionPlatform, APortMovesBetweenPodsForTheOtherSwitchesToo) { move_and_ask(false); }
TEST(PartitionPlatform, AndBack) { move_and_ask(true); }

TEST(PartitionPlatform, EveryPatternStaysWithinAPartition) {
  for (const char* pattern : {"uniform", "permutation", "transpose", "hot_spot", "incast"}) {
    in_child([&] {
      const auto config =
          shipped("partitions", {std::string("workloads[0].traffic.pattern=") + pattern,
                                 "workloads[0].traffic.offered_load=[0.1]"});
      // An address error would fail the run: nobody asks what it does not see.
      EXPECT_GT(run_traffic(config).rows.front().requests, 0u) << pattern;
      return std::string();
    });
  }
}

TEST(PartitionPlatform, RanksThatDoNotSeeEachOtherAreNamed) {
  ReportGuard reports;
  const platforms::Platform platform(shipped("partitions"));
  EXPECT_NO_THROW(platforms::require_mutual_reach(platform, {0, 1, 2, 3}, "w"));
  try {
    platforms::require_mutual_reach(platform, {4, 5, 3}, "w");
    FAIL() << "no exception";
  } catch (const std::invalid_argument& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("'gpu4' does not reach 'gpu3'"));
  }
}

MoveSink run_moves(const std::vector<std::string>& settings = {}) {
  const auto config = shipped("partition_moves", settings);
  MoveSink sink;
  platforms::Platform platform(config);
  platforms::run_workloads(platform, {{config.workloads.front(), nullptr}}, sink);
  return sink;
}

TEST(PartitionPlatform, MovesUnderTrafficLeaveATimeLine) {
  ReportGuard reports;
  const MoveSink sink = run_moves();
  ASSERT_EQ(sink.move_rows.size(), 3u);
  const auto update_ns = models::PortMoveConfig().table_update_us * 1000;
  for (const auto& row : sink.move_rows) {
    EXPECT_EQ(row.outcome, "moved") << row.reason;
    EXPECT_LE(row.started_ns, row.drained_ns);
    EXPECT_DOUBLE_EQ(row.moved_ns, row.drained_ns + update_ns);
    EXPECT_DOUBLE_EQ(row.restarted_ns, row.moved_ns);
  }
  EXPECT_EQ(sink.move_rows[0].port, "switch.gpu3");
  EXPECT_EQ(sink.move_rows[0].from + sink.move_rows[0].to, "tenant_atenant_b");
  EXPECT_DOUBLE_EQ(sink.move_rows[0].started_ns, 12'000);
  EXPECT_GT(sink.move_rows[0].in_flight, 0u);
  EXPECT_GT(sink.move_rows[0].held, 0u);
  EXPECT_EQ(sink.move_rows[1].from, "spare");
  // Who is denied something is told, and nobody else.
  ASSERT_EQ(sink.fault_rows.size(), 1u);
  EXPECT_EQ(sink.fault_rows[0].link, "switch.gpu7");
  EXPECT_GT(sink.fault_rows[0].access_violations, 0u);
  EXPECT_GT(sink.rows.front().failed_requests, 0u);
}

TEST(PartitionPlatform, ADrainThatTakesTooLongIsNamed) {
  ReportGuard reports;
  const MoveSink sink = run_moves({"switches[0].port_moves.drain.timeout_us=0.05"});
  ASSERT_EQ(sink.move_rows.size(), 3u);
  EXPECT_EQ(sink.move_rows[0].outcome, "timed_out");
  EXPECT_THAT(sink.move_rows[0].reason, HasSubstr("'gpu3' is not drained after 0.05 us"));
  EXPECT_DOUBLE_EQ(sink.move_rows[0].restarted_ns, 12'050);
  EXPECT_LT(sink.move_rows[0].moved_ns, 0);
  EXPECT_EQ(sink.move_rows[1].outcome, "moved") << "a spare port has nothing in flight";
}

}  // namespace
}  // namespace antares::tb
