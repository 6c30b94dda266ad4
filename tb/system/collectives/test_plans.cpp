// SPDX-License-Identifier: Apache-2.0
// MSCCL programs and MSCCL++ plans written by others (ANTARES_DATA, or shared/data beside the
// source) on a simulated switch: every element compared, traffic as the plan says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/plan_compiler.h"
#include "tb/support/parameter_name.h"
#include "tb/support/paths.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

class PlanFiles : public testing::TestWithParam<const char*> {};

TEST_P(PlanFiles, AreRightElementByElement) {
  const std::string path = tb::sample_data(GetParam());
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data";
  const CollectivePlan plan = load_plan(path);
  // Ten accelerators for programs of two to eight ranks: the first ones take part.
  std::vector<std::string> settings = {"switches[0].lanes=160", "switches[0].ports[0].count=10",
                                       "endpoints[0].count=10"};
  if (switch_use(plan).reduces)
    settings.insert(settings.end(), {"switches[0].hypercast={}", "switches[0].reduction={}"});
  LoadedPlatform loaded = load_platform(tb::description_path("first"), settings);
  WorkloadDescription workload;
  workload.name = "plan";
  workload.collective.collective = plan.collective;
  workload.collective.program = path;
  workload.collective.data = DataMode::check;
  // One element a chunk; several packets; several slices of a chunk.
  for (const std::uint64_t elements : {1u, 1000u, 200'000u})
    workload.collective.bytes.push_back(plan.chunks * elements * 4);
  workload.collective.bytes.erase(workload.collective.bytes.begin());
  loaded.config.workloads = {workload};
  loaded.config.run.train_bytes = 1 << 20;
  tb::ReportGuard reports;
  const auto ready = prepare_workloads(loaded);
  Platform platform(loaded.config);
  Rows rows;
  run_workloads(platform, ready, rows);
  ASSERT_EQ(rows.rows.size(), 3u);
  for (const CollectiveRow& row : rows.rows) {
    EXPECT_EQ(row.wrong, 0) << row.size_bytes;
    EXPECT_EQ(row.ranks, plan.ranks);
    EXPECT_EQ(row.algorithm, plan.name);
  }
  // The links of the last run carry what the program says, and nobody else's do anything.
  const auto expected = bytes_by_rank(compile_plan(plan, rows.rows.back().size_bytes, 4));
  std::uint64_t sent = 0, carried = 0;
  for (const RankBytes& rank : expected) sent += rank.sent_bytes;
  for (const LinkRow& link : rows.link_rows)
    if (link.direction == "to_switch") carried += link.payload_bytes;
  EXPECT_EQ(carried, sent);
}

// Table 3.0, pull and multicast: each rank sends (1 + 1/n) S, and two signals of 8 B to each other
// one, one before and one after; of the pipeline so in each of its passes.
TEST(Plans, SwitchChannelsCarryWhatTheTableSays) {
  for (const char* file : {"mscclpp/reduce_nvls.json", "mscclpp/allreduce_pipeline.json"}) {
    const std::string path = tb::sample_data(file);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there; set ANTARES_DATA";
    const CollectivePlan plan = load_plan(path);
    const std::uint64_t n = plan.ranks, bytes = n << 20;
    const std::uint64_t unit =
        plan.blocks.front().loops.empty() ? bytes : plan.blocks.front().loops.front().unit_bytes;
    const std::uint64_t passes = (bytes / plan.chunks + unit - 1) / unit;
    for (const RankBytes& rank : bytes_by_rank(compile_plan(plan, bytes, 4)))
      EXPECT_EQ(rank.sent_bytes, bytes + bytes / n + passes * 2 * 8 * (n - 1)) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, PlanFiles,
                         testing::Values("msccl/a2a2ll.xml", "msccl/ag-1k-512k.xml",
                                         "msccl/ar_tree_12_LL.xml", "msccl/r48ll.xml",
                                         "mscclpp/allreduce.json", "mscclpp/reduce.json",
                                         "mscclpp/reduce_nvls.json",
                                         "mscclpp/allreduce_pipeline.json"),
                         [](const auto& info) { return tb::parameter_name(info.param); });

}  // namespace
}  // namespace antares::platforms
