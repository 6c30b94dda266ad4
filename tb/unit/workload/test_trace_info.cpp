// SPDX-License-Identifier: Apache-2.0
// What `antares trace info` says of each kind of file. Sample files where they are at hand
// (ANTARES_DATA, or shared/data beside the source).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "antares/platforms/workload/trace_graph.h"
#include "antares/platforms/workload/trace_info.h"
#include "tb/support/parameter_name.h"
#include "tb/support/paths.h"
#include "tb/unit/workload/et_bytes.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

std::string problem(const std::string& path) {
  try {
    return "accepted: " + trace_info(path);
  } catch (const TraceError& error) {
    return error.what();
  }
}

TEST(TraceInfo, TellsALayerFileWithItsUnits) {
  const ScratchFolder folder;
  const std::string path =
      folder.write("w.txt",
                   "HYBRID_TRANSFORMER model_parallel_NPU_group: 2 all_gpus: 8 strange: 1\n1\n"
                   "a 3 1000 ALLREDUCE 64 2000 NONE 5 0 REDUCESCATTER 0 0\n");
  EXPECT_THAT(
      trace_info(path),
      AllOf(HasSubstr("w.txt: a SimAI layer file"), HasSubstr("transfers: 1, 64 bytes"),
            HasSubstr("0.003000 ms on accelerators"),
            HasSubstr("layers: 1; ranks: 8; tensor-parallel 2, data-parallel 4"),
            HasSubstr("taken as ns"), HasSubstr("'strange'"), HasSubstr("1 dependencies of rows"),
            HasSubstr("1 sizes beside NONE"), HasSubstr("1 collectives of 0 bytes")));
}

TEST(TraceInfo, RefusesWhatItCannotRead) {
  const ScratchFolder folder;
  EXPECT_THAT(problem(folder.path("none.txt")), HasSubstr("none.txt"));
  EXPECT_THAT(problem(folder.write("a.xml", "<html>")), HasSubstr("an XML file of no known kind"));
  EXPECT_THAT(problem(folder.write("a.json", "{\"a\": 1}")),
              HasSubstr("a JSON file of no known kind"));
  EXPECT_THAT(problem(folder.write("w.txt", "MICRO\n1\njunk\n")), HasSubstr("w.txt:3:1: "));
  EXPECT_THAT(problem(folder.write("x.et", "no trace at all")), HasSubstr("x.et"));
}

TEST(TraceInfo, AFolderIsAChakraSetOrManyFiles) {
  const ScratchFolder folder;
  EXPECT_THROW(trace_info_paths(folder.path()), TraceError);
  const std::string b = folder.write("b.txt", "x"), a = folder.write("a.txt", "y");
  EXPECT_THAT(trace_info_paths(folder.path()), ElementsAre(a, b));
  EXPECT_THAT(trace_info_paths(a), ElementsAre(a));
  folder.write("t.0.et", "z");
  EXPECT_THAT(trace_info_paths(folder.path()), ElementsAre(folder.path()));
}

class SampleInfo : public ::testing::TestWithParam<const char*> {};

TEST_P(SampleInfo, IsUnderstood) {
  const std::string path = tb::sample_data(GetParam());
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data";
  const std::string text = trace_info(path);
  EXPECT_THAT(text, HasSubstr("bytes"));
  std::printf("%s", text.c_str());
}

INSTANTIATE_TEST_SUITE_P(Files, SampleInfo,
                         ::testing::Values("chakra/all_reduce.8npus_1MB",
                                           "chakra/all_to_all.16npus_1MB",
                                           "chakra/resnet_ddp_rank.tar.gz",
                                           "simai/microAllReduce.txt", "simai/gpt175b_tp8.txt",
                                           "simai/llama7b_tp2.txt", "simai/moe_9216gpu.txt"),
                         [](const auto& info) { return tb::parameter_name(info.param); });

}  // namespace
}  // namespace antares::platforms
