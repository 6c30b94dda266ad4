// SPDX-License-Identifier: Apache-2.0
// Times of replayed traces against closed forms. What a transfer takes alone is measured on the
// same platform by the collective driver; how transfers and compute follow each other is a formula
// here.
//
// No tolerance: the engine starts a transfer in the picosecond after it was asked for, which the
// collective driver doesn't count, so that each transfer on the critical path adds exactly 1 ps.
#include "tb/system/chakra/chakra_run.h"

namespace antares::tb {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using namespace platforms::testing;

/// `expected` plus the picosecond in which each transfer on the critical path starts.
void expect_time(double time_us, Picoseconds expected, Picoseconds transfers) {
  EXPECT_EQ(in_ps(time_us), expected + transfers);
}

TEST(ReplayTimes, TensorParallelIsComputePlusCollectives) {
  constexpr unsigned kRanks = 4, kLayers = 3;
  ScratchFolder folder;
  const std::string path =
      generate(folder, "--pattern tp --ranks 4 --layers 3 --compute-us 50 --bytes 1MiB");
  Bench bench(accelerators(kRanks));
  const Picoseconds collective = bench.measure("all_reduce", "ring", 1 << 20, kRanks);
  const platforms::TraceRow row = bench.replay(path);
  const Picoseconds compute = 2 * kLayers * 50 * kMicrosecond;
  expect_time(row.time_us, compute + 2 * kLayers * collective, 2 * kLayers);
  // Nothing overlaps: all communication is exposed.
  EXPECT_EQ(in_ps(row.compute_us), compute);
  EXPECT_EQ(in_ps(row.exposed_communication_us), in_ps(row.time_us) - compute);
  EXPECT_EQ(in_ps(row.communication_us), in_ps(row.exposed_communication_us));
  EXPECT_EQ(row.ranks, kRanks);
  EXPECT_EQ(row.transfers, 2u * kLayers);
  EXPECT_EQ(row.transfer_bytes, 2u * kLayers << 20);
  // A replay leaves nothing behind that the next one could feel.
  EXPECT_EQ(bench.replay(path).time_us, row.time_us);
}

TEST(ReplayTimes, EachCollectiveHasARow) {
  ScratchFolder folder;
  Bench bench(accelerators(4));
  auto workload = replay_of(
      generate(folder, "--pattern tp --ranks 4 --layers 1 --compute-us 5 --bytes 256KiB"));
  workload.trace.algorithm = "recursive_doubling";
  const Picoseconds alone = bench.measure("all_reduce", "recursive_doubling", 256 << 10, 4);
  bench.sink.collectives.clear();
  bench.replay(workload);
  ASSERT_EQ(bench.sink.collectives.size(), 2u);
  for (const platforms::CollectiveRow& row : bench.sink.collectives) {
    EXPECT_EQ(row.workload, "trace");
    EXPECT_EQ(row.collective, "all_reduce");
    EXPECT_EQ(row.algorithm, "recursive_doubling");
    EXPECT_EQ(row.ranks, 4u);
    EXPECT_EQ(row.size_bytes, 256u << 10);
    EXPECT_EQ(row.wrong, -1);
    expect_time(row.time_us, alone, 1);
    // Two exchanges of the whole buffer; busbw counts 2(n-1)/n of it.
    EXPECT_DOUBLE_EQ(row.wirebw_GBps, 2 * row.algbw_GBps);
    EXPECT_DOUBLE_EQ(row.busbw_GBps, 1.5 * row.algbw_GBps);
  }
  // 2 collectives x 2 exchanges a link and direction.
  for (const platforms::LinkRow& link : bench.sink.link_rows)
    EXPECT_EQ(link.payload_bytes, 4u * (256 << 10)) << link.link << " " << link.direction;
}

TEST(ReplayTimes, DataParallelOverlapsAsTheLanesAllow) {
  constexpr unsigned kRanks = 4, kLayers = 4;
  Bench bench(accelerators(kRanks));
  const Picoseconds collective = bench.measure("all_reduce", "ring", 1 << 20, kRanks);
  // Compute that hides all but the last all-reduce, and compute that hides hardly any.
  for (const Picoseconds step : {2 * collective, collective / 3}) {
    const Picoseconds step_us = step / kMicrosecond;
    ScratchFolder folder;
    const std::string path =
        generate(folder, "--pattern dp --ranks 4 --layers 4 --bytes 1MiB --compute-us " +
                             std::to_string(step_us));
    const platforms::TraceRow row = bench.replay(path);
    // The k-th all-reduce starts when its layer's backward pass is done and the one before it is,
    // too; the optimizer step waits for the last.
    Picoseconds free_at = 0;
    for (unsigned k = 1; k <= kLayers; ++k)
      free_at = std::max(free_at, (kLayers + k) * step_us * kMicrosecond) + collective + 1;
    expect_time(row.time_us, free_at + step_us * kMicrosecond, 0);
    const Picoseconds compute = (2 * kLayers + 1) * step_us * kMicrosecond;
    EXPECT_EQ(in_ps(row.compute_us), compute);
    EXPECT_GE(in_ps(row.time_us), std::max(compute, kLayers * collective));
    EXPECT_LE(in_ps(row.time_us), compute + kLayers * (collective + 1));
    EXPECT_EQ(in_ps(row.exposed_communication_us), in_ps(row.time_us) - compute);
    EXPECT_DOUBLE_EQ(row.exposed_share, row.exposed_communication_us / row.time_us);
  }
}

TEST(ReplayTimes, ExpertParallelIsComputePlusAllToAll) {
  constexpr unsigned kRanks = 8, kLayers = 2;
  ScratchFolder folder;
  const std::string path =
      generate(folder, "--pattern moe --ranks 8 --layers 2 --compute-us 30 --bytes 1MiB");
  Bench bench(accelerators(kRanks));
  const Picoseconds collective = bench.measure("all_to_all", "direct", 1 << 20, kRanks);
  const platforms::TraceRow row = bench.replay(path);
  expect_time(row.time_us, 2 * kLayers * (30 * kMicrosecond + collective), 2 * kLayers);
}

TEST(ReplayTimes, APipelineFillsAndDrains) {
  constexpr unsigned kStages = 4, kBatches = 5, kLayers = 2;
  ScratchFolder folder;
  const std::string path = generate(folder,
                                    "--pattern pp --ranks 4 --layers 2 --micro-batches 5 "
                                    "--compute-us 10 --bytes 512KiB");
  Bench bench(accelerators(kStages));
  const Picoseconds hop = bench.measure("send_recv", "pair", 512 << 10, 2);
  const platforms::TraceRow row = bench.replay(path);
  const Picoseconds stage = kLayers * 10 * kMicrosecond;
  ASSERT_LT(hop, stage) << "sends would queue on their lane: the formula below doesn't hold";
  // A stage works on a batch when it is done with the one before and the neighbour's data is there.
  std::vector<Picoseconds> free_at(kStages, 0);
  for (unsigned batch = 0; batch < kBatches; ++batch) {
    Picoseconds data = 0;
    for (unsigned s = 0; s < kStages; ++s) {
      free_at[s] = std::max(free_at[s], data) + stage;
      data = free_at[s] + hop;
    }
  }
  for (unsigned batch = 0; batch < kBatches; ++batch) {
    Picoseconds data = 0;
    for (unsigned s = kStages; s-- > 0;) {
      free_at[s] = std::max(free_at[s], data) + stage;
      data = free_at[s] + hop;
    }
  }
  expect_time(row.time_us, *std::max_element(free_at.begin(), free_at.end()), 2 * (kStages - 1));
  EXPECT_EQ(row.transfers, 2u * kBatches - kBatches) << "of the slowest rank: an end of the pipe";
}

TEST(ReplayTimes, DisjointGroupsDoNotFeelEachOther) {
  ScratchFolder folder;
  for (unsigned rank = 0; rank < 4; ++rank) {
    folder.write("t/x." + std::to_string(rank) + ".et",
                 metadata() + node(0, "reduce", kCollective,
                                   collective(0, 1 << 20) +
                                       text_attribute("pg_name", rank < 2 ? "low" : "high")));
  }
  Bench bench(accelerators(4));
  const Picoseconds alone = bench.measure("all_reduce", "ring", 1 << 20, 2);
  auto workload = replay_of(folder.path("t"));
  workload.trace.groups_file = folder.write("groups.json", R"({"low": [0, 1], "high": [2, 3]})");
  expect_time(bench.replay(workload).time_us, alone, 1);
}

TEST(ReplayTimes, ASendWaitsForNoReceive) {
  ScratchFolder folder;
  constexpr Picoseconds kLate = 100 * kMicrosecond;
  const auto ends = attribute("comm_src", 0) + attribute("comm_dst", 1) + attribute("comm_tag", 3) +
                    attribute("comm_size", 64 << 10);
  folder.write("t/x.0.et", metadata() + node(0, "give", kSend, ends) +
                               node(1, "more", kCompute, packed(kData, {0}) + duration(10)));
  folder.write("t/x.1.et", metadata() + node(0, "busy", kCompute, duration(100)) +
                               node(1, "take", kReceive, packed(kData, {0}) + ends));
  Bench bench(accelerators(2));
  const platforms::TraceRow row = bench.replay(folder.path("t"));
  // The data came long ago: the receive takes no time.
  EXPECT_EQ(in_ps(row.time_us), kLate);
  EXPECT_EQ(row.transfers, 0u) << "the slowest rank is the receiver";
}

TEST(ReplayTimes, NothingToMoveTakesNoTime) {
  ScratchFolder folder;
  folder.write("t/x.0.et", metadata() + node(0, "empty", kCollective, collective(0, 0)) +
                               node(1, "busy", kCompute, packed(kData, {0}) + duration(7)));
  folder.write("t/x.1.et",
               metadata() + node(0, "busy", kCompute, duration(5)) +
                   node(1, "empty", kCollective, packed(kData, {0}) + collective(0, 0)));
  Bench bench(accelerators(2));
  EXPECT_EQ(in_ps(bench.replay(folder.path("t")).time_us), 12 * kMicrosecond);
  // A group of one: its own sum is there already.
  auto alone = replay_of(folder.write(
      "one/x.0.et", metadata() + node(0, "self", kCollective,
                                      collective(0, 1 << 20) + text_attribute("pg_name", "me"))));
  folder.write("one/x.1.et", metadata() + node(0, "busy", kCompute, duration(5)));
  alone.trace.input = folder.path("one");
  alone.trace.groups_file = folder.write("groups.json", R"({"me": [0]})");
  EXPECT_EQ(in_ps(bench.replay(alone).time_us), 5 * kMicrosecond);
}

TEST(ReplayTimes, ATraceWithNothingToReplayIsAFailedRun) {
  ScratchFolder folder;
  for (const char* rank : {"t/x.0.et", "t/x.1.et"})
    folder.write(rank, metadata() + node(0, "empty", kCollective, collective(0, 0)));
  Bench bench(accelerators(2));
  EXPECT_THROW(bench.replay(folder.path("t")), platforms::RunFailure);
}

TEST(ReplayTimes, LongComputeIsNoStall) {
  ScratchFolder folder;
  // Steps of 20 ms: the watchdog's limit is 1 ms.
  const std::string path =
      generate(folder, "--pattern tp --ranks 2 --layers 1 --compute-us 20000 --bytes 4KiB");
  Bench bench(accelerators(2));
  const Picoseconds collective = bench.measure("all_reduce", "direct", 4 << 10, 2);
  expect_time(bench.replay(path).time_us, 40'000 * kMicrosecond + 2 * collective, 2);
  auto scaled = replay_of(path);
  scaled.trace.compute_scale = 0.5;
  const platforms::TraceRow row = bench.replay(scaled);
  expect_time(row.time_us, 20'000 * kMicrosecond + 2 * collective, 2);
  EXPECT_THAT(row.understood, Contains(HasSubstr("multiplied by 0.5")));
}

TEST(ReplayTimes, WarnsWhenComputeHidesEverything) {
  ScratchFolder folder;
  // 424 bytes behind 1 ms: the picture of a wrong unit of duration. The second node runs beside.
  const std::string bytes = metadata() + node(0, "busy", kCompute, duration(1000)) +
                            node(1, "reduce", kCollective, collective(0, 424));
  folder.write("t/x.0.et", bytes);
  folder.write("t/x.1.et", bytes);
  Bench bench(accelerators(2));
  const platforms::TraceRow row = bench.replay(folder.path("t"));
  EXPECT_EQ(in_ps(row.time_us), 1000 * kMicrosecond);
  EXPECT_EQ(row.exposed_communication_us, 0);
  EXPECT_THAT(row.ignored, Contains(HasSubstr("unit of duration")));
}

}  // namespace
}  // namespace antares::tb
