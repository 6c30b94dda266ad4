// SPDX-License-Identifier: Apache-2.0
// Traces written by others, where they are at hand (ANTARES_DATA, or shared/data beside the
// source), and those of the project's own generator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "antares/platforms/workload/trace_files.h"
#include "antares/platforms/workload/trace_summary.h"
#include "tb/support/paths.h"
#include "tb/unit/workload/replay_driver.h"
#include "tb/unit/workload/requests.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using namespace testing;

#define NEEDS_DATA(path)                                                          \
  if (!std::filesystem::exists(path)) {                                           \
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data"; \
  }

Picoseconds at_100_GBps(const TraceNode& node) { return 1 + node.bytes * 10; }

TEST(SampleData, TheResNetTraceHasFiveAllReducesAndSevenTransfers) {
  const std::string path = tb::sample_data("chakra/resnet_ddp_rank.tar.gz");
  NEEDS_DATA(path);
  const TraceSet set = load_traces(path, with_ranks(8));
  const TraceGraph& graph = *set.ranks[0];
  const TraceSummary summary = summarize(set);
  EXPECT_EQ(summary.nodes, 3664u);
  EXPECT_EQ(summary.collective_nodes, 21u);
  EXPECT_EQ(summary.transfers(), 7u);
  EXPECT_EQ(graph.version, "1.0.1");
  std::vector<std::uint64_t> all_reduces, broadcasts;
  for (const TraceNode& node : graph.nodes) {
    if (node.kind != TraceNodeKind::collective) continue;
    (node.comm_type == CommType::all_reduce ? all_reduces : broadcasts).push_back(node.bytes);
  }
  EXPECT_EQ(all_reduces,
            (std::vector<std::uint64_t>{8196000, 31502336, 26255360, 26550272, 9724160}));
  EXPECT_EQ(broadcasts, (std::vector<std::uint64_t>{212480, 424}));
  ReplayDriver driver(set, at_100_GBps);
  driver.run();
  EXPECT_GE(driver.totals(0).end_ps, summary.critical_compute_ps);
  EXPECT_EQ(driver.totals(0).gpu_busy_ps, summary.gpu_compute_ps);
  EXPECT_EQ(driver.totals(0).cpu_busy_ps, summary.cpu_compute_ps);
}

TEST(SampleData, TheResNetTraceIsReadInMilliseconds) {
  const std::string path = tb::sample_data("chakra/resnet_ddp_rank.tar.gz");
  NEEDS_DATA(path);
  const std::string bytes = read_trace_file(find_trace_files(path).files.at(0));
  const auto start = std::chrono::steady_clock::now();
  const TraceGraph graph = read_chakra(bytes, path);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("%zu nodes, %zu bytes in %.1f ms\n", graph.nodes.size(), bytes.size(), took.count());
  // About 10 ms are expected; a loaded machine or a sanitizer build may take many times that, a
  // quadratic reader takes seconds.
  EXPECT_LT(took.count(), 1000.0);
}

TEST(SampleData, TheMicrobenchmarksAreOneCollectiveOfOneMebibyteEach) {
  for (const auto& [name, type] : {std::pair{"all_reduce", CommType::all_reduce},
                                   {"all_gather", CommType::all_gather},
                                   {"reduce_scatter", CommType::reduce_scatter},
                                   {"all_to_all", CommType::all_to_all}}) {
    for (const std::uint32_t ranks : {8u, 16u}) {
      const std::string path =
          tb::sample_data("chakra/" + std::string(name) + "." + std::to_string(ranks) + "npus_1MB");
      NEEDS_DATA(path);
      const TraceSet set = load_traces(path, with_ranks(20));
      ASSERT_EQ(set.ranks.size(), ranks);
      for (const auto& graph : set.ranks) {
        ASSERT_EQ(graph->nodes.size(), 1u);
        EXPECT_EQ(graph->nodes[0].comm_type, type);
        EXPECT_EQ(graph->nodes[0].bytes, 1u << 20);
        EXPECT_EQ(graph->version, "0.0.4");
      }
    }
  }
}

class Generator : public ::testing::Test {
 protected:
  TraceSet generate(const std::string& options, std::uint32_t ranks) {
    const std::string command = "python3 '" + tb::source_dir() +
                                "/scripts/make_trace.py' --ranks " + std::to_string(ranks) + " " +
                                options + " --out '" + scratch_.path("sub/t") + "' >/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
    return load_traces(scratch_.path("sub/t"), with_ranks(ranks));
  }
  ScratchFolder scratch_;
};

// Compute is 100 us a layer, a transfer 30 us: both schedules can be written down.
Picoseconds thirty_us(const TraceNode&) { return 30'000'000; }

TEST_F(Generator, DataParallelOverlapsAllButTheLastReduction) {
  const TraceSet set = generate("--pattern dp --layers 3 --compute-us 100 --bytes 1MiB", 4);
  EXPECT_EQ(set.ranks.size(), 4u);
  EXPECT_EQ(summarize(set).transfer_bytes(), 4u * 3 << 20);
  ReplayDriver driver(set, thirty_us);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, (3 + 3 + 1) * 100'000'000u + 30'000'000u);
  EXPECT_EQ(driver.totals(0).exposed_communication_ps, 30'000'000u);
}

TEST_F(Generator, ASetThatLostItsLastFilesIsNoSmallerJob) {
  generate("--layers 1", 4);
  ASSERT_EQ(std::remove(scratch_.path("sub/t.3.et").c_str()), 0);
  try {
    load_traces(scratch_.path("sub/t"), with_ranks(4));
    FAIL() << "three of four ranks were taken for a job of three";
  } catch (const TraceError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("holds rank 3, but there are ranks 0 to 2"));
  }
}

TEST_F(Generator, TensorAndExpertParallelExposeEverything) {
  for (const char* pattern : {"tp", "moe"}) {
    const TraceSet set =
        generate(std::string("--layers 3 --compute-us 100 --pattern ") + pattern, 4);
    ReplayDriver driver(set, thirty_us);
    driver.run();
    EXPECT_EQ(driver.totals(2).end_ps, 6 * 130'000'000u) << pattern;
    EXPECT_EQ(driver.totals(2).exposed_communication_ps, 6 * 30'000'000u) << pattern;
  }
}

TEST_F(Generator, APipelineFillsAndDrains) {
  const TraceSet set = generate("--pattern pp --layers 1 --micro-batches 5 --compute-us 100", 3);
  ReplayDriver driver(set, thirty_us);
  driver.run();
  // Forward: the last stage starts after 2 hops of compute and transfer, then 5 batches follow one
  // another; backward the same the other way, starting at the last stage at once.
  const Picoseconds hop = 130'000'000, batch = 100'000'000;
  EXPECT_EQ(driver.totals(0).end_ps, 2 * hop + 5 * batch + 2 * hop + 5 * batch);
}

TEST_F(Generator, WritesTheSameBytesEachTime) {
  const ScratchFolder other;
  generate("--pattern dp --layers 5 --collective reduce_scatter --bytes 64K", 3);
  const auto read = [](const std::string& path) {
    return read_trace_file(find_trace_files(path).files.at(0));
  };
  const std::string first = read(scratch_.path("sub/t.2.et"));
  generate("--pattern dp --layers 5 --collective reduce_scatter --bytes 64K", 3);
  EXPECT_EQ(read(scratch_.path("sub/t.2.et")), first);
  EXPECT_GT(first.size(), 100u);
}

}  // namespace
}  // namespace antares::platforms
