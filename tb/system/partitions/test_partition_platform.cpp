// SPDX-License-Identifier: Apache-2.0
// Partitions from YAML: a run of two is, for one of them, the run without the other, to the last
// byte of its rows; patterns and collectives stay within one.
#include <gmock/gmock.h>

#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/run_workloads.h"
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

/// What a run tells of moves and of access.
class MoveSink : public RecordingSink {
 public:
  void moves(const std::vector<platforms::MoveRow>& rows) override { move_rows = rows; }
  void faults(const std::vector<platforms::FaultRow>& rows) override { fault_rows = rows; }
  std::vector<platforms::MoveRow> move_rows;
  std::vector<platforms::FaultRow> fault_rows;
};

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
