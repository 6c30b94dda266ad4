// SPDX-License-Identifier: Apache-2.0
// Collectives at once: results by definition, times between bounds that follow from the bytes each
// link carries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "antares/platforms/build/concurrent_driver.h"
#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

using testing::HasSubstr;

struct Told : Rows {
  std::vector<ConcurrentRow> each;
  ConcurrentTotal all;
  void concurrent(const ConcurrentRow& row) override { each.push_back(row); }
  void concurrent_total(const ConcurrentTotal& row) override { all = row; }

  const ConcurrentRow& of(const std::string& job, std::uint32_t group = 0) const {
    for (const ConcurrentRow& row : each)
      if (row.job == job && row.group == group) return row;
    throw std::logic_error("no row of " + job);
  }
  /// Payload on the busiest link direction.
  std::uint64_t busiest_bytes() const {
    std::uint64_t most = 0;
    for (const LinkRow& row : link_rows) most = std::max(most, row.payload_bytes);
    return most;
  }
};

/// Eight accelerators on one switch; `concurrent` is the workload's section.
LoadedPlatform platform(const std::string& concurrent, const std::string& more = "") {
  return parse_platform(
      "antares: 1\nname: c\nswitches: [{name: s, ports: [{name: gpu, count: 8, pcie: {lanes: "
      "4}}]}]\n"
      "endpoints: [{name: gpu, count: 8, attach: s.gpu}]\n" +
          more + "workloads:\n  - name: w\n    kind: concurrent\n    concurrent: " + concurrent +
          "\n",
      "t.yaml");
}

Told run(const std::string& concurrent, const std::string& more = "run: {train_bytes: 16 KiB}\n") {
  tb::ReportGuard reports;
  const PlatformConfig config = platform(concurrent, more).config;
  Platform platform(config);
  Told told;
  ConcurrentDriver(platform, config.workloads[0], told).run();
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  return told;
}

std::string ring(const std::string& bytes, const std::string& more = "") {
  return "collective: {collective: all_reduce, algorithm: ring, data: check, bytes: " + bytes +
         more + "}";
}

std::string refusal(const std::string& concurrent) {
  try {
    prepare_workloads(platform(concurrent));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

// What shares no link takes the time of one alone, to the picosecond: ports, queues and outputs are
// each group's own, and the arbiter grants outputs that nobody else asks for.
TEST(Concurrent, GroupsThatShareNoLinkTakeTheTimeOfOne) {
  const Told told =
      run("{jobs: [{name: a, " + ring("4 MiB", ", ranks: [gpu0, gpu1, gpu2, gpu3]") +
          "}, {name: b, " + ring("4 MiB", ", ranks: [gpu4, gpu5, gpu6, gpu7]") + "}]}");
  ASSERT_EQ(told.each.size(), 2u);
  for (const ConcurrentRow& row : told.each) {
    EXPECT_EQ(row.collective.wrong, 0);
    ASSERT_TRUE(row.alone_us);
    EXPECT_EQ(row.collective.time_us, *row.alone_us) << row.job;
  }
  EXPECT_EQ(told.all.time_us, told.of("a").collective.time_us);
  EXPECT_EQ(told.all.alone_sum_us, 2 * *told.all.alone_longest_us);
}

// A ring of n ranks puts 2 (n-1)/n S on each link. Two that share every link need at least the time
// of both their bytes, and no longer than one after the other: while one waits for a step the other
// has the link.
TEST(Concurrent, GroupsThatShareEveryLinkTakeTheSumOfBoth) {
  const Told told =
      run("{jobs: [{name: a, " + ring("8 MiB") + "}, {name: b, " + ring("8 MiB") + "}]}");
  const double ring_bytes = 2.0 * 7 / 8 * (8 << 20);
  EXPECT_EQ(told.busiest_bytes(), static_cast<std::uint64_t>(2 * ring_bytes));
  for (const ConcurrentRow& row : told.each) EXPECT_EQ(row.collective.wrong, 0);
  const double rate_GBps =
      32 * 236.0 / 256 * 256 / (256 + 16);  // PCIe 6 x4: 32 GB/s raw, writes of 256 B
  EXPECT_GE(told.all.time_us, 2 * ring_bytes / rate_GBps * 1e-3);
  // 1 %: what the two do not hide of each other's first and last steps.
  EXPECT_LE(told.all.time_us, *told.all.alone_sum_us * 1.01);
  EXPECT_GT(told.of("a").slowdown().value(), 1.5);
}

// Tensor-parallel neighbours and data-parallel ranks four apart: each link carries both, and all of
// it is right.
TEST(Concurrent, DimensionsOfALayoutRunAtOnce) {
  const Told told = run("{layout: {tensor: 4}, jobs: [{name: activations, dimension: tensor, " +
                        ring("2 MiB", ", iterations: 2") +
                        "}, {name: gradients, dimension: data, " + ring("4 MiB") + "}]}");
  ASSERT_EQ(told.each.size(), 2u + 4u);  // two groups of four, four of two
  EXPECT_EQ(told.of("activations", 1).first_rank, "gpu4");
  EXPECT_EQ(told.of("gradients", 3).first_rank, "gpu3");
  for (const ConcurrentRow& row : told.each) EXPECT_EQ(row.collective.wrong, 0) << row.job;
  EXPECT_EQ(told.of("activations").collective.ranks, 4u);
  EXPECT_EQ(told.of("gradients").collective.ranks, 2u);
  const double bytes = 2 * (2.0 * 3 / 4 * (2 << 20)) + 2.0 * 1 / 2 * (4 << 20);
  EXPECT_EQ(told.busiest_bytes(), static_cast<std::uint64_t>(bytes));
  const double rate_GBps = 32 * 236.0 / 256 * 256 / (256 + 16);
  EXPECT_GE(told.all.time_us, bytes / rate_GBps * 1e-3);
  EXPECT_LE(told.all.time_us, *told.all.alone_sum_us * 1.01);
}

TEST(Concurrent, WhoStartsWhenTheOtherIsDoneIsNotHeldUp) {
  const Told told = run("{jobs: [{name: a, " + ring("1 MiB") + "}, {name: b, start_us: 500, " +
                        ring("1 MiB") + "}]}");
  ASSERT_LT(told.of("a").end_us, 500);
  EXPECT_EQ(told.of("b").start_us, 500);
  for (const ConcurrentRow& row : told.each) {
    EXPECT_EQ(row.collective.wrong, 0);
    EXPECT_DOUBLE_EQ(row.slowdown().value(), 1);
  }
}

// As members of a group are named: gpu6 and gpu7 behind gpu0 to gpu2, in that order.
TEST(Concurrent, RanksMayBeNamedByTheirNumbers) {
  const Told told = run("{alone: false, jobs: [{name: a, " +
                        ring("64 KiB", ", ranks: [\"gpu[6..7]\", \"gpu[0..2]\"]") + "}]}");
  ASSERT_EQ(told.each.size(), 1u);
  EXPECT_EQ(told.of("a").collective.ranks, 5u);
  EXPECT_EQ(told.of("a").first_rank, "gpu6");
  EXPECT_EQ(told.of("a").collective.wrong, 0);
}

/// A program of two ranks: each sends its half of the other's sum, and the sums back.
constexpr auto kExchange =
    R"(<algo name="exchange" proto="Simple" nchannels="1" nchunksperloop="2" ngpus="2" coll="allreduce" inplace="1">
  <gpu id="0" i_chunks="2" o_chunks="0" s_chunks="0">
    <tb id="0" send="1" recv="1" chan="0">
      <step s="0" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="1" type="rrc" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="2" type="s" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="3" type="r" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
    </tb>
  </gpu>
  <gpu id="1" i_chunks="2" o_chunks="0" s_chunks="0">
    <tb id="0" send="0" recv="0" chan="0">
      <step s="0" type="s" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="1" type="rrc" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="2" type="s" srcbuf="i" srcoff="1" dstbuf="i" dstoff="1" cnt="1" depid="-1" deps="-1" hasdep="0"/>
      <step s="3" type="r" srcbuf="i" srcoff="0" dstbuf="i" dstoff="0" cnt="1" depid="-1" deps="-1" hasdep="0"/>
    </tb>
  </gpu>
</algo>
)";

/// Four groups of two run it beside an all-reduce of all: right to the last element, and the
/// program is what the rows say.
TEST(Concurrent, JobsMayFollowAProgram) {
  tb::ReportGuard reports;
  const std::string path = ::testing::TempDir() + "exchange.xml";
  std::ofstream(path) << kExchange;
  const LoadedPlatform loaded = platform(
      "{layout: {tensor: 2}, jobs: [{name: pairs, dimension: tensor, collective: "
      "{program: " +
      path + ", data: check, bytes: 64 KiB}}, {name: all, " + ring("1 MiB") + "}]}");
  const auto ready = prepare_workloads(loaded);
  Platform platform(loaded.config);
  Told told;
  run_workloads(platform, ready, told);
  ASSERT_EQ(told.each.size(), 4u + 1u);
  for (const ConcurrentRow& row : told.each) EXPECT_EQ(row.collective.wrong, 0) << row.job;
  EXPECT_THAT(told.of("pairs", 3).collective.algorithm, HasSubstr("exchange"));
  EXPECT_EQ(told.of("pairs", 3).first_rank, "gpu6");
  EXPECT_GT(told.of("pairs").slowdown().value(), 1);
  EXPECT_THAT(refusal("{layout: {tensor: 4}, jobs: [{name: a, dimension: tensor, collective: "
                      "{program: " +
                      path + ", bytes: 64 KiB}}]}"),
              HasSubstr("is a program for 2 ranks, but there are 4"));
  EXPECT_THAT(refusal("{layout: {tensor: 2}, jobs: [{name: a, dimension: tensor, collective: "
                      "{program: " +
                      path + ", bytes: 64 KiB, channels: 2}}]}"),
              HasSubstr("a program has its own"));
}

TEST(Concurrent, SeveralCollectivesOnTheSameRanksKeepTheirData) {
  const Told told = run(
      "{alone: false, jobs: [{name: a, " + ring("300 KiB") +
      "}, {name: b, collective: {collective: all_to_all, data: check, bytes: 100 KiB, type: "
      "float16}}, {name: c, collective: {collective: broadcast, data: check, bytes: 70 KiB, "
      "root: 3}}, {name: d, start_us: 2, collective: {collective: all_gather, algorithm: direct, "
      "data: check, bytes: 64 KiB, ranks: [gpu7, gpu2, gpu5]}}]}");
  ASSERT_EQ(told.each.size(), 4u);
  for (const ConcurrentRow& row : told.each) {
    EXPECT_EQ(row.collective.wrong, 0) << row.job;
    EXPECT_FALSE(row.slowdown());
  }
  EXPECT_EQ(told.of("d").first_rank, "gpu7");
}

TEST(Concurrent, BadDescriptionsAreRefusedWithTheirPlace) {
  const std::string job = "name: a, collective: {bytes: 64 KiB}";
  EXPECT_EQ(refusal("{jobs: [{" + job + "}]}"), "accepted");
  EXPECT_THAT(refusal("{jobs: []}"), HasSubstr("jobs"));
  EXPECT_THAT(refusal("{}"), HasSubstr("no jobs to run at once"));
  EXPECT_THAT(refusal("{jobs: [{" + job + "}, {" + job + "}]}"),
              HasSubstr("two jobs are called \"a\""));
  EXPECT_THAT(refusal("{jobs: [{dimension: tensor, " + job + "}]}"),
              HasSubstr("there is no layout"));
  EXPECT_THAT(refusal("{layout: {tensor: 3}, jobs: [{dimension: tensor, " + job + "}]}"),
              HasSubstr("8 ranks can't be shared out"));
  EXPECT_THAT(refusal("{layout: {ranks: 16}, jobs: [{" + job + "}]}"),
              HasSubstr("there are only 8 accelerators"));
  EXPECT_THAT(refusal("{layout: {tensor: 4}, jobs: [{dimension: expert, " + job + "}]}"),
              HasSubstr("each group has one rank"));
  EXPECT_THAT(refusal("{layout: {order: [tensor, data, data, pipeline]}, jobs: [{" + job + "}]}"),
              HasSubstr("order has to name tensor, expert, data and pipeline, each once"));
  EXPECT_THAT(refusal("{layout: {order: [tensor, data]}, jobs: [{" + job + "}]}"),
              HasSubstr("t.yaml:"));
  EXPECT_THAT(refusal("{jobs: [{name: a, dimension: tenser, collective: {bytes: 4 KiB}}]}"),
              HasSubstr("did you mean \"tensor\""));
  EXPECT_THAT(refusal("{jobs: [{name: a, collective: {bytes: [4 KiB, 8 KiB]}}]}"),
              HasSubstr("2 sizes: a job has one"));
  EXPECT_THAT(refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, ranks: [gpu0, gpu9]}}]}"),
              HasSubstr("there is no endpoint \"gpu9\""));
  EXPECT_THAT(refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, ranks: [\"gpu[6..8]\"]}}]}"),
              HasSubstr("has 8 endpoints, 0 to 7"));
  EXPECT_THAT(
      refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, ranks: [\"gpu[0..3]\", gpu2]}}]}"),
      HasSubstr("\"gpu2\" is listed twice"));
  EXPECT_EQ(refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, ranks: [gpu]}}]}"), "accepted");
  EXPECT_THAT(refusal("{layout: {tensor: 2}, jobs: [{name: a, dimension: tensor, collective: "
                      "{bytes: 4 KiB, ranks: [gpu0, gpu1]}}]}"),
              HasSubstr("the ranks are named already"));
  EXPECT_THAT(refusal("{layout: {tensor: 2}, jobs: [{name: a, collective: {bytes: 4 KiB, ranks: "
                      "[gpu0, gpu1]}}]}"),
              HasSubstr("layout would not be used"));
  EXPECT_THAT(refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, collective: all_reduse}}]}"),
              HasSubstr("did you mean \"all_reduce\""));
  EXPECT_THAT(refusal("{jobs: [{name: a, collective: {bytes: 4 KiB, algorithm: in_switch_push}}]}"),
              HasSubstr("needs a switch that copies and reduces"));
}

TEST(Concurrent, BuffersThatDoNotFitOneBehindTheOtherAreRefused) {
  tb::ReportGuard reports;
  LoadedPlatform loaded = platform("{alone: false, jobs: [{name: a, " + ring("1 MiB") +
                                   "}, {name: b, " + ring("1 MiB") + "}]}");
  // Each alone fits: a ring has an input and an output of 1 MiB.
  loaded.config.endpoints[0].accelerator.memory_bytes = 3 << 20;
  Platform platform(loaded.config);
  Told told;
  EXPECT_THROW(ConcurrentDriver(platform, loaded.config.workloads[0], told).run(),
               std::invalid_argument);
}

TEST(Concurrent, WhoeverIsAbsentIsNamed) {
  try {
    run("{jobs: [{name: a, collective: {collective: all_gather, bytes: 64 KiB, ranks: "
        "['gpu[0..3]'], absent: [gpu2]}}, {name: b, collective: {collective: all_gather, bytes: 64 "
        "KiB, ranks: ['gpu[4..7]']}}], alone: false}");
    ADD_FAILURE() << "it ended";
  } catch (const RunFailure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("gpu2 is absent: it never begins"));
  }
}

}  // namespace
}  // namespace antares::platforms
