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
using testing::Not;

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

}  // namespace
}  // namespace antares::tb
