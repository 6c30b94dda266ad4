// SPDX-License-Identifier: Apache-2.0
// Traces written by others (ANTARES_DATA, or shared/data beside the source) on the 20-port
// description. A trace of one collective takes what that collective takes alone.
#include "antares/platforms/workload/collective_bytes.h"
#include "tb/system/chakra/chakra_run.h"

namespace antares::tb {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;

std::string sample(const std::string& name) { return sample_data("chakra/" + name); }

struct Sample {
  const char* collective;
  unsigned ranks;
};

class Samples : public ::testing::TestWithParam<Sample> {};

TEST_P(Samples, TakeWhatTheirCollectiveTakesAlone) {
  const auto [collective, ranks] = GetParam();
  const std::string path =
      sample(std::string(collective) + "." + std::to_string(ranks) + "npus_1MB");
  NEEDS(path);
  Bench bench(shipped("scorpio_x_20x16"));
  const platforms::TraceRow row = bench.replay(path);
  ASSERT_EQ(bench.sink.collectives.size(), 1u);
  const platforms::CollectiveRow measured = bench.sink.collectives[0];
  EXPECT_EQ(row.ranks, ranks);
  EXPECT_EQ(measured.collective, collective);
  // An all-gather's comm_size is what one rank contributes, the row's size the whole buffer.
  const bool gathers = std::string(collective) == "all_gather";
  EXPECT_EQ(measured.size_bytes, (gathers ? ranks : 1u) << 20);
  EXPECT_EQ(row.exposed_communication_us, row.time_us);
  EXPECT_THAT(row.ignored, Contains(HasSubstr("no compute")));
  for (const platforms::LinkRow& link : bench.sink.link_rows) {
    const bool used = std::stoul(link.link.substr(link.link.rfind("gpu") + 3)) < ranks;
    EXPECT_EQ(link.payload_bytes > 0, used) << link.link << ": ranks are the first accelerators";
  }
  // The picosecond is the engine's start; the collective driver doesn't count it.
  const Picoseconds alone =
      bench.measure(measured.collective, measured.algorithm, measured.size_bytes, ranks);
  EXPECT_EQ(in_ps(row.time_us), alone + 1);
  // No link carries more than 118 GB/s after flit framing (public: facts pcie6.md 1.5).
  EXPECT_LE(measured.wirebw_GBps, 118.0);
  std::cout << collective << " on " << ranks << " ranks: " << row.time_us << " us\n";
}

INSTANTIATE_TEST_SUITE_P(Chakra, Samples,
                         ::testing::Values(Sample{"all_reduce", 8}, Sample{"all_gather", 8},
                                           Sample{"reduce_scatter", 8}, Sample{"all_to_all", 8},
                                           Sample{"all_reduce", 16}, Sample{"all_gather", 16},
                                           Sample{"reduce_scatter", 16}, Sample{"all_to_all", 16}),
                         [](const auto& which) {
                           return std::string(which.param.collective) + "_" +
                                  std::to_string(which.param.ranks);
                         });

TEST(SampleTraces, ResNetOnTwentyRanks) {
  const std::string path = sample("resnet_ddp_rank.tar.gz");
  NEEDS(path);
  Bench bench(shipped("scorpio_x_20x16"));
  const platforms::TraceRow row = bench.replay(path);
  EXPECT_EQ(row.ranks, 20u);
  EXPECT_EQ(row.transfers, 7u);
  std::uint64_t all_reduced = 0;
  Picoseconds transfers = 0;
  for (const platforms::CollectiveRow& collective : bench.sink.collectives) {
    if (collective.collective == "all_reduce") all_reduced += collective.size_bytes;
    transfers += in_ps(collective.time_us);
  }
  ASSERT_EQ(bench.sink.collectives.size(), 7u);
  // facts/ecosystem.md 1.1: the five all-reduces of the trace.
  EXPECT_EQ(all_reduced, 8196000u + 31502336 + 26255360 + 26550272 + 9724160);
  // All ranks do the same at the same time: nobody waits for anybody, the lane is as long busy as
  // its transfers take.
  EXPECT_EQ(in_ps(row.communication_us), transfers);
  EXPECT_GE(row.time_us, row.compute_us);
  EXPECT_GE(row.time_us, row.communication_us);
  EXPECT_LE(row.exposed_communication_us, row.communication_us);
  EXPECT_GT(row.exposed_communication_us, 0);
  std::cout << "ResNet on 20 ranks: " << row.time_us << " us, compute " << row.compute_us
            << " us, communication " << row.communication_us << " us, exposed "
            << row.exposed_communication_us << " us\n";
  for (const std::string& line : row.understood) std::cout << line << "\n";
  for (const std::string& line : row.ignored) std::cout << "ignored: " << line << "\n";
}

}  // namespace
}  // namespace antares::tb
