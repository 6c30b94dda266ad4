// SPDX-License-Identifier: Apache-2.0
// SimAI's layer files (ANTARES_DATA, or shared/data beside the source) on a platform: a step takes
// the sum of what the policy puts one after the other.
#include "tb/system/chakra/chakra_run.h"

namespace antares::tb {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Picoseconds kNanosecond = 1000;

TEST(LayerSamples, TwoLayersTakeTheirComputationAndTheirAllReduces) {
  const std::string path = sample_data("simai/microAllReduce.txt");
  NEEDS(path);
  Bench bench(shipped("scorpio_x_20x16"));
  const platforms::TraceRow row = bench.replay(path);
  EXPECT_EQ(row.ranks, 8u);
  ASSERT_EQ(bench.sink.collectives.size(), 2u);
  Picoseconds expected = 0;
  for (const auto& measured : std::vector(bench.sink.collectives)) {
    EXPECT_EQ(measured.ranks, 8u);
    // The engine's start is a picosecond; then the row's forward 556,000 and update 1, and in the
    // backward pass 1 and 1.
    expected += 1 + bench.measure("all_reduce", measured.algorithm, measured.size_bytes, 8) +
                (556'000 + 1 + 1 + 1) * kNanosecond;
  }
  EXPECT_EQ(in_ps(row.time_us), expected);
  EXPECT_THAT(row.understood, Contains(HasSubstr("SimAI layers")));
}

// Tensor-parallel groups of two, side by side: nobody waits for another pair's links.
TEST(LayerSamples, GroupsRunSideBySide) {
  const std::string path = sample_data("simai/llama7b_tp2.txt");
  NEEDS(path);
  const ScratchFolder folder;
  std::ifstream stream(path);
  std::string header, count, line, rows;
  std::getline(stream, header);
  std::getline(stream, count);
  // The first rows are gradients of the whole model, gigabytes of them: the layers are enough here.
  unsigned taken = 0;
  while (std::getline(stream, line))
    if (line.find("_layer") != std::string::npos && ++taken <= 5) rows += line + "\n";
  ASSERT_GE(taken, 5u);
  const std::string cut = folder.write("cut.txt", header + "\n5\n" + rows);
  Bench bench(accelerators(4));
  const platforms::TraceRow four = bench.replay(cut);
  const platforms::CollectiveRow measured = bench.sink.collectives.at(0);
  EXPECT_EQ(measured.ranks, 2u);
  EXPECT_EQ(measured.time_us,
            bench.measure("all_reduce", measured.algorithm, measured.size_bytes, 2) * 1e-6 + 1e-6);
  EXPECT_EQ(four.ranks, 4u);
}

}  // namespace
}  // namespace antares::tb
