// SPDX-License-Identifier: Apache-2.0
// The replay against schedules worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/workload/et_bytes.h"
#include "tb/unit/workload/replay_driver.h"

namespace antares::platforms {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Picoseconds kMicrosecond = 1'000'000;

TraceSet set_of(const std::vector<std::string>& ranks) {
  std::vector<TraceGraph> graphs;
  for (const std::string& bytes : ranks) graphs.push_back(read_chakra(metadata() + bytes, "t.et"));
  TraceSetOptions options;
  options.available_ranks = static_cast<std::uint32_t>(ranks.size());
  return make_trace_set(std::move(graphs), false, options);
}

// A transfer of k bytes takes k microseconds.
Picoseconds by_bytes(const TraceNode& node) { return node.bytes * kMicrosecond; }

TEST(TraceReplay, OverlapsComputeWithACollectiveAndCountsWhatIsExposed) {
  // backward1 (10) | backward0 (10) beside an all_reduce (25), then the optimizer (5).
  const std::string rank = node(1, "backward1", kCompute, duration(10)) +
                           node(2, "reduce", kCollective, collective(0, 25) + packed(kData, {1})) +
                           node(3, "backward0", kCompute, duration(10) + packed(kData, {1})) +
                           node(4, "step", kCompute, duration(5) + packed(kData, {2, 3}));
  const TraceSet set = set_of({rank, rank});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  for (std::uint32_t r : {0u, 1u}) {
    const ReplayTotals& totals = driver.totals(r);
    EXPECT_EQ(totals.end_ps, (10 + 25 + 5) * kMicrosecond);
    EXPECT_EQ(totals.gpu_busy_ps, 25 * kMicrosecond);
    EXPECT_EQ(totals.compute_busy_ps, 25 * kMicrosecond);
    EXPECT_EQ(totals.communication_busy_ps, 25 * kMicrosecond);
    EXPECT_EQ(totals.exposed_communication_ps, 15 * kMicrosecond);
    EXPECT_EQ(totals.nodes_done, 4u);
  }
}

TEST(TraceReplay, CpuAndAcceleratorAreLanesOfTheirOwn) {
  const std::string cpu = attribute("is_cpu_op", 1, 27);
  const TraceSet set = set_of(
      {node(1, "c1", kCompute, duration(10) + cpu) + node(2, "c2", kCompute, duration(10) + cpu) +
       node(3, "g1", kCompute, duration(7)) + node(4, "g2", kCompute, duration(7))});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, 20 * kMicrosecond);  // two after each other on each lane
  EXPECT_EQ(driver.totals(0).cpu_busy_ps, 20 * kMicrosecond);
  EXPECT_EQ(driver.totals(0).gpu_busy_ps, 14 * kMicrosecond);
  EXPECT_EQ(driver.totals(0).compute_busy_ps, 20 * kMicrosecond);
}

TEST(TraceReplay, ACollectiveWaitsForTheSlowestRank) {
  const auto rank = [](std::uint64_t compute) {
    return node(1, "work", kCompute, duration(compute)) +
           node(2, "reduce", kCollective, collective(0, 4) + packed(kData, {1}));
  };
  const TraceSet set = set_of({rank(3), rank(9)});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, 13 * kMicrosecond);
  EXPECT_EQ(driver.totals(0).communication_busy_ps, 10 * kMicrosecond);  // 6 of them waiting
  EXPECT_EQ(driver.totals(1).communication_busy_ps, 4 * kMicrosecond);
}

TEST(TraceReplay, CollectivesOfAGroupStartInTheSameOrderOnAllRanks) {
  // On rank 0 the second one is ready first: starting it would hold the lane that the first needs.
  const auto rank = [](std::uint64_t first, std::uint64_t second) {
    return node(1, "w1", kCompute, duration(first)) +
           node(2, "w2", kCompute, duration(second) + attribute("is_cpu_op", 1, 27)) +
           node(3, "one", kCollective, collective(0, 1) + packed(kData, {1})) +
           node(4, "two", kCollective, collective(0, 2) + packed(kData, {2}));
  };
  const TraceSet set = set_of({rank(20, 5), rank(5, 20)});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, (20 + 1 + 2) * kMicrosecond);
}

TEST(TraceReplay, ReceivesTakeNoLaneAndAreAWaitOfTheirOwn) {
  const auto link = [](std::uint64_t peer, std::uint64_t bytes) {
    return attribute("comm_size", bytes) + attribute("comm_src", peer) +
           attribute("comm_dst", peer);
  };
  const TraceSet set =
      set_of({node(1, "work", kCompute, duration(6)) +
                  node(2, "send", kSend, link(1, 4) + packed(kData, {1})),
              node(1, "receive", kReceive, link(0, 4)) + node(2, "work", kCompute, duration(2)) +
                  node(3, "after", kCompute, duration(3) + packed(kData, {1, 2}))});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, 10 * kMicrosecond);
  EXPECT_EQ(driver.totals(1).end_ps, 13 * kMicrosecond);
  EXPECT_EQ(driver.totals(1).receive_wait_ps, 8 * kMicrosecond);
  EXPECT_EQ(driver.totals(1).communication_busy_ps, 0u);
}

TEST(TraceReplay, NodesWithoutDurationTakeNoTimeHoweverManyThereAre) {
  std::string bytes;
  for (std::uint64_t id = 0; id < 200000; ++id) {
    bytes += node(id, "n", kCompute, id ? packed(kData, {id - 1}) : "");
  }
  const TraceSet set = set_of({bytes});
  ReplayDriver driver(set, by_bytes);
  driver.run();
  EXPECT_EQ(driver.totals(0).end_ps, 0u);
  EXPECT_TRUE(driver.replay(0).done());
}

TEST(TraceReplay, SaysWhoWaits) {
  const TraceSet set = set_of({node(1, "reduce", kCollective, collective(0, 4)),
                               node(1, "reduce", kCollective, collective(0, 4))});
  TraceReplay replay(set.ranks[0]);
  std::vector<ReplayAction> actions;
  replay.start(0, actions);
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_THAT(replay.waiting(), HasSubstr("under way: node 1 'reduce' (collective)"));
  replay.transfer_done(0, 5, actions);
  EXPECT_EQ(replay.waiting(), "");
}

TEST(ReplayWarnings, NameTheUnitTrap) {
  ReplayTotals totals;
  EXPECT_THAT(replay_warnings(totals).at(0), HasSubstr("moves no data"));
  totals.communication_busy_ps = 10000;
  totals.exposed_communication_ps = totals.accelerator_exposed_ps = 9;
  totals.compute_busy_ps = 1000000;
  EXPECT_THAT(replay_warnings(totals).at(0), HasSubstr("unit of duration"));
  totals.exposed_communication_ps = totals.accelerator_exposed_ps = 10;
  EXPECT_THAT(replay_warnings(totals), IsEmpty());
}

}  // namespace
}  // namespace antares::platforms
