// SPDX-License-Identifier: Apache-2.0
// Collectives on a simulated PCIe 6 switch: results by definition, times by closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/in_place.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"
#include "tb/system/collectives/one_switch.h"

namespace antares::platforms {
namespace {

struct Asked {
  std::uint32_t accelerators = 4;
  std::uint32_t sm_request_bytes = 0;  ///< 0: copy engine
  std::uint64_t train_bytes = 0;
  std::string collective = "all_reduce";
  std::string algorithm = "ring";
  std::vector<std::uint64_t> bytes = {1 << 20};
  DataMode data = DataMode::timing;
  DataType type = DataType::float32;
  ReductionOperator redop = ReductionOperator::sum;
  bool engines = false;  ///< the switch copies and reduces
  BufferUse buffers = BufferUse::out_of_place;
  std::vector<std::string> ranks;  ///< empty: all
};

PlatformConfig platform_for(const Asked& asked) {
  PlatformConfig config = one_switch(asked.accelerators);
  if (!asked.engines) {
    config.switches[0].hypercast.reset();
    config.switches[0].reduction.reset();
  }
  if (asked.sm_request_bytes != 0) {
    config.endpoints[0].accelerator.engine = models::IssueEngine::sm;
    config.endpoints[0].accelerator.sm_request_bytes = asked.sm_request_bytes;
  }
  WorkloadDescription workload;
  workload.name = "w";
  workload.kind = WorkloadKind::collective;
  workload.collective.collective = asked.collective;
  workload.collective.algorithm = asked.algorithm;
  if (asked.collective != "barrier") workload.collective.bytes = asked.bytes;
  workload.collective.data = asked.data;
  workload.collective.buffers = asked.buffers;
  workload.collective.ranks = asked.ranks;
  workload.collective.type = asked.type;
  workload.collective.redop = asked.redop;
  config.workloads = {workload};
  config.run.train_bytes = asked.train_bytes;
  return config;
}

std::vector<CollectiveRow> run(const Asked& asked) {
  tb::ReportGuard reports;
  const PlatformConfig config = platform_for(asked);
  Platform platform(config);
  Rows rows;
  CollectiveDriver(platform, config.workloads[0], rows).run();
  // The driver drains and throws unless all packets are home; here for those who read the test.
  for (const auto& fabric : platform.switches()) {
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  }
  return rows.rows;
}

class EveryAlgorithm : public testing::TestWithParam<AlgorithmInfo> {};

TEST_P(EveryAlgorithm, ComputesItsDefinitionOnTheFabric) {
  Asked asked;
  asked.accelerators = 6;  // not a power of two
  asked.collective = GetParam().collective;
  asked.algorithm = GetParam().algorithm;
  asked.engines = uses_switch(asked.algorithm);
  asked.bytes = {4, 24, 1000, 100000, 3 << 20};  // smaller than the ranks, odd, several slices
  asked.data = DataMode::check;
  for (const CollectiveRow& row : run(asked)) {
    EXPECT_EQ(row.wrong, 0) << row.size_bytes << " bytes";
    EXPECT_GE(row.time_us, 0) << row.size_bytes << " bytes";
  }
}

Asked of_one_rank(const AlgorithmInfo& algorithm, BufferUse buffers) {
  Asked asked;
  asked.accelerators = 2;
  asked.ranks = {"gpu1"};
  asked.collective = algorithm.collective;
  asked.algorithm = algorithm.algorithm;
  asked.engines = uses_switch(asked.algorithm);
  asked.bytes = {4, 1000, 3 << 20};
  asked.data = DataMode::check;
  asked.buffers = buffers;
  return asked;
}

// Of one rank there is nobody to send to: what it has is the result.
TEST_P(EveryAlgorithm, OfOneRankIsACopy) {
  if (GetParam().algorithm == "pair") GTEST_SKIP() << "a pair is two";
  for (const CollectiveRow& row : run(of_one_rank(GetParam(), BufferUse::out_of_place))) {
    EXPECT_EQ(row.wrong, 0) << row.size_bytes;
    EXPECT_EQ(row.ranks, 1u);
    EXPECT_EQ(row.busbw_GBps, 0);
  }
}

TEST_P(EveryAlgorithm, OfOneRankInPlaceIsThere) {
  const Asked asked = of_one_rank(GetParam(), BufferUse::in_place);
  const bool parts = asked.collective == "scatter" && asked.algorithm == "hypercast";
  if (!has_in_place(asked.collective) || parts) GTEST_SKIP() << "has no in-place form";
  for (const CollectiveRow& row : run(asked)) EXPECT_EQ(row.wrong, 0) << row.size_bytes;
}

// Sizes that the ranks do not divide, and several slices of a chunk.
TEST_P(EveryAlgorithm, DoesItInPlace) {
  Asked asked;
  asked.accelerators = 6;
  asked.collective = GetParam().collective;
  asked.algorithm = GetParam().algorithm;
  asked.engines = uses_switch(asked.algorithm);
  asked.bytes = {1000, 3 << 20};
  asked.data = DataMode::check;
  asked.buffers = BufferUse::in_place;
  const bool parts = asked.collective == "scatter" && asked.algorithm == "hypercast";
  if (!has_in_place(asked.collective) || parts) GTEST_SKIP() << "has no in-place form";
  for (const CollectiveRow& row : run(asked)) {
    EXPECT_EQ(row.wrong, 0) << row.size_bytes;
    EXPECT_TRUE(row.in_place);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryAlgorithm, testing::ValuesIn(algorithms()),
                         [](const auto& entry) {
                           return entry.param.collective + "_by_" + entry.param.algorithm;
                         });

// Members of a scatter stand by rising endpoint, ranks need not.
TEST(AllToAllByScatter, HandsEachRankItsOwnWhateverTheOrderOfEndpoints) {
  Asked asked;
  asked.accelerators = 5;
  asked.collective = "all_to_all";
  asked.algorithm = "hypercast";
  asked.engines = true;
  asked.bytes = {20, 1004, 2 << 20};
  asked.data = DataMode::check;
  asked.ranks = {"gpu3", "gpu0", "gpu4", "gpu1"};
  for (const CollectiveRow& row : run(asked)) EXPECT_EQ(row.wrong, 0) << row.size_bytes;
}

class EveryType : public testing::TestWithParam<DataType> {};

TEST_P(EveryType, IsSummedInTrainsOfManyPackets) {
  Asked asked;
  asked.type = GetParam();
  asked.train_bytes = 16 << 10;
  asked.data = DataMode::check;
  EXPECT_EQ(run(asked).at(0).wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryType,
                         testing::Values(DataType::float32, DataType::float16, DataType::bfloat16,
                                         DataType::int32, DataType::int64, DataType::float64,
                                         DataType::uint8));

class EveryOperator : public testing::TestWithParam<ReductionOperator> {};

TEST_P(EveryOperator, IsComputed) {
  Asked asked;
  asked.redop = GetParam();
  asked.data = DataMode::check;
  EXPECT_EQ(run(asked).at(0).wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryOperator,
                         testing::Values(ReductionOperator::sum, ReductionOperator::prod,
                                         ReductionOperator::max, ReductionOperator::min));

/// Payload a second of an x4 link at 64 GT/s with MWr64 of 256 B: 236/256 flit framing, 16 B
/// header.
double payload_GBps() {
  protocols::PcieLinkConfig link;
  link.lanes = 4;
  const double raw = 4 * 64.0 / 8;
  return raw * 236 / 256 * 256 / (256 + 16);
}

// Sizes that the ranks do not divide: chunks of two sizes, which are two scatters of each rank. No
// faster than its links carry (n-1)/n of the buffer, and at most a tenth slower.
TEST(AllToAllByScatter, IsAsFastAsItsLinksWhateverTheSize) {
  Asked asked;
  asked.accelerators = 5;
  asked.collective = "all_to_all";
  asked.algorithm = "hypercast";
  asked.engines = true;
  asked.train_bytes = 16 << 10;
  asked.bytes = {20 << 18, 16 << 20};
  for (const CollectiveRow& row : run(asked)) {
    const double link_us = static_cast<double>(row.size_bytes) * 4 / 5 / payload_GBps() / 1000;
    EXPECT_GE(row.time_us, link_us) << row.size_bytes;
    EXPECT_LE(row.time_us, 1.1 * link_us) << row.size_bytes;
  }
}

TEST(RingAllReduce, ReachesTheClosedFormWithinOnePercentAtOneGibibyte) {
  Asked asked;
  asked.accelerators = 8;
  asked.train_bytes = 64 << 10;
  asked.bytes = {1ull << 30};
  const CollectiveRow row = run(asked).at(0);
  const double n = 8;
  const double bound_us = 2 * (n - 1) / n * static_cast<double>(1ull << 30) / payload_GBps() * 1e-3;
  EXPECT_GE(row.time_us, bound_us);  // never faster than the wire
  EXPECT_LE(row.time_us,
            bound_us * 1.01);  // the issue's tolerance: latency of 14 steps, fill of slices
  EXPECT_NEAR(row.busbw_GBps, row.algbw_GBps * 2 * (n - 1) / n, 1e-9);
  EXPECT_NEAR(row.wirebw_GBps, row.busbw_GBps,
              row.busbw_GBps * 1e-6);  // a ring's busbw is its wire
}

TEST(RingAllReduce, TakesTheSameTimeWithinTwoPercentAtAnyTrainSize) {
  // One process a simulation: the reference is the closed form that the test above holds too.
  Asked asked;
  asked.accelerators = 4;
  asked.train_bytes = 4 << 10;
  asked.bytes = {64ull << 20};
  const double n = 4;
  const double bound_us =
      2 * (n - 1) / n * static_cast<double>(64ull << 20) / payload_GBps() * 1e-3;
  const CollectiveRow row = run(asked).at(0);
  EXPECT_GE(row.time_us, bound_us);
  EXPECT_LE(row.time_us, bound_us * 1.02);
}

TEST(RingAllReduce, OfSmallRequestsCarriesTheirHeaders) {
  // 64 KiB trains of 32 B stores would need 2,048 headers where 1,024 credits exist: trains are cut
  // to as many link packets as a train of full ones has. 16 B header, 32 B payload, 236 of 256 B a
  // flit.
  Asked asked;
  asked.train_bytes = 64 << 10;
  asked.sm_request_bytes = 32;
  asked.bytes = {64ull << 20};
  const double n = 4;
  const double stores_GBps = 4 * 64.0 / 8 * 236 / 256 * 32 / (32 + 16);
  const double bound_us = 2 * (n - 1) / n * static_cast<double>(64ull << 20) / stores_GBps * 1e-3;
  const CollectiveRow row = run(asked).at(0);
  EXPECT_GE(row.time_us, bound_us);
  EXPECT_LE(row.time_us, bound_us * 1.02);
}

// The root's link has all chunks but its own once, and its own to each: 2 (n - 1)/n S/B. Chunks of
// several slices, so that ranks that send to the same one at a time would show (twice that).
TEST(DirectBroadcast, TakesTheTimeOfTheRootsLink) {
  Asked asked;
  asked.accelerators = 8;
  asked.collective = "broadcast";
  asked.algorithm = "direct";
  asked.train_bytes = 16 << 10;
  asked.bytes = {32ull << 20};
  const double n = 8;
  const double bound_us =
      2 * (n - 1) / n * static_cast<double>(32ull << 20) / payload_GBps() * 1e-3;
  const CollectiveRow row = run(asked).at(0);
  EXPECT_GE(row.time_us, bound_us);
  EXPECT_LE(row.time_us, bound_us * 1.2);
}

// Two pairs of accelerators on one switch, alike but for the library: what differs is its
// constants.
TEST(EndpointLibrary, AddsItsLaunchOnceAndItsOverheadsEachStep) {
  tb::ReportGuard reports;
  PlatformConfig config = platform_for(Asked{});
  config.endpoints[0].attach = "switch.gpu[0..1]";
  config.endpoints[0].count = 2;
  config.endpoints.push_back(config.endpoints[0]);
  config.endpoints[1].name = "slow";
  config.endpoints[1].attach = "switch.gpu[2..3]";
  models::LibraryProtocol& with = config.endpoints[1].accelerator.library.bulk;
  const models::LibraryProtocol& without = config.endpoints[0].accelerator.library.bulk;
  with.launch_ns = 8000;
  with.message_overhead_ns += 70;
  with.arrival_overhead_ns += 5;
  config.workloads[0].collective.bytes = {4096};
  config.workloads.push_back(config.workloads[0]);
  config.workloads[0].collective.ranks = {"gpu0", "gpu1"};
  config.workloads[1].name = "slow";
  config.workloads[1].collective.ranks = {"slow0", "slow1"};
  Platform platform(config);
  Rows rows;
  for (const WorkloadDescription& workload : config.workloads)
    CollectiveDriver(platform, workload, rows).run();
  constexpr double kSteps = 2;  // of a ring of two
  const double added_ns = with.launch_ns - without.launch_ns +
                          kSteps * (with.message_overhead_ns - without.message_overhead_ns +
                                    with.arrival_overhead_ns - without.arrival_overhead_ns);
  // Within the picosecond that each link crossing may round otherwise at another time.
  EXPECT_NEAR(rows.rows[1].time_us - rows.rows[0].time_us, added_ns * 1e-3, 2 * kSteps * 1e-6);
}

TEST(CollectiveDriver, RefusesWhatCannotBe) {
  tb::ReportGuard reports;
  Asked asked;
  asked.bytes = {1ull << 39};  // more than the memory of an accelerator holds
  const PlatformConfig config = platform_for(asked);
  Platform platform(config);
  Rows rows;
  try {
    CollectiveDriver(platform, config.workloads[0], rows).run();
    FAIL() << "a collective larger than memory ran";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("memory_bytes"));
  }
  WorkloadDescription workload = config.workloads[0];
  workload.collective.algorithm = "star";
  EXPECT_THROW(CollectiveDriver(platform, workload, rows).run(), std::invalid_argument);
  workload = config.workloads[0];
  workload.collective.ranks = {"gpu0", "gpu9"};
  EXPECT_THROW(CollectiveDriver(platform, workload, rows).run(), std::invalid_argument);
}

// A ring of n ranks is 2(n-1) steps, of a chunk's time on a link and two overheads each. In k
// channels the others' chunks fill the overheads, until the links are full.
TEST(ChannelsOnTheFabric, FillTheStepsOfEachOther) {
  tb::ReportGuard reports;
  constexpr double kRanks = 8, kSteps = 2 * (kRanks - 1), kBytes = 512 << 10, kOverhead_ns = 1500;
  // PCIe 6 x4: 32 GB/s raw, writes of 256 B.
  constexpr double kRate_GBps = 32 * 236.0 / 256 * 256 / (256 + 16);
  const double links_us = kSteps * kBytes / kRanks / kRate_GBps * 1e-3;
  Asked asked;
  asked.accelerators = 8;
  asked.bytes = {static_cast<std::uint64_t>(kBytes)};
  asked.data = DataMode::check;
  PlatformConfig config = platform_for(asked);
  models::LibraryProtocol& bulk = config.endpoints[0].accelerator.library.bulk;
  bulk.message_overhead_ns = bulk.arrival_overhead_ns = kOverhead_ns;
  Platform platform(config);
  Rows rows;
  for (const std::uint32_t channels : {1u, 2u, 4u}) {
    WorkloadDescription workload = config.workloads[0];
    workload.collective.channels = channels;
    CollectiveDriver(platform, workload, rows).run();
    const CollectiveRow& row = rows.rows.back();
    EXPECT_EQ(row.wrong, 0);
    EXPECT_EQ(row.channels, channels);
    // A step of one channel by itself; what a write takes over the switch (0.2 us) is on top.
    const double step_us = kBytes / kRanks / channels / kRate_GBps * 1e-3 + 2 * kOverhead_ns * 1e-3;
    const double least_us = std::max(links_us, kSteps * step_us);
    EXPECT_GE(row.time_us, least_us) << channels;
    EXPECT_LE(row.time_us, least_us + kSteps * 0.3 + step_us) << channels;
  }
  EXPECT_LT(rows.rows[2].time_us, 0.8 * rows.rows[0].time_us);
}

}  // namespace
}  // namespace antares::platforms
