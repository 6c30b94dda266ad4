// SPDX-License-Identifier: Apache-2.0
// SimAI layer files: what is read, what is refused and where, who belongs to which group, and in
// which order rows run. Sample files where they are at hand (ANTARES_DATA, or shared/data beside
// the source).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "antares/platforms/workload/layer_trace.h"
#include "antares/platforms/workload/trace_summary.h"
#include "tb/support/paths.h"
#include "tb/unit/workload/replay_driver.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::SizeIs;
using namespace testing;

const std::string kHeader = "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ";

std::string layers_refusal(const std::string& text) {
  try {
    read_layers(text, "w.txt");
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

LayerTraceOptions on(std::uint32_t ranks, std::uint32_t job_ranks = 0) {
  LayerTraceOptions options;
  options.available_ranks = ranks;
  options.job_ranks = job_ranks;
  return options;
}

std::string layers_refusal(const LayerFile& layers, const LayerTraceOptions& options) {
  try {
    make_layer_set(layers, options);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

// Compute 10, 20, 40 ns; 1 byte takes 1 ns, whoever takes part.
Picoseconds one_ns_a_byte(const TraceNode& node) { return node.bytes * 1000; }

Picoseconds run(const TraceSet& set) {
  ReplayDriver driver(set, one_ns_a_byte);
  driver.run();
  return driver.totals(0).end_ps / 1000;
}

TEST(Layers, AreReadWithBlanksAndTabsBehindThem) {
  const LayerFile file =
      read_layers(kHeader +
                      "ep: 4 pp: 3 vpp: 1 ga: 2 all_gpus: 48 checkpoints: 0 "
                      "checkpoint_initiates: 0 pp_comm 77\r\n 2 \n\n"
                      "a\t-1\t10 ALLREDUCE 100 20 NONE 0 30 ALLTOALL_EP 5 7\t\t \n"
                      "b -1 1 NONE 0 2 ALLGATHER_DP_EP 6 3 REDUCESCATTER 9 0",
                  "w.txt");
  EXPECT_EQ(file.policy, "HYBRID_TRANSFORMER_FWD_IN_BCKWD");
  EXPECT_EQ(file.tensor_ranks, 2u);
  EXPECT_EQ(file.expert_ranks, 4u);
  EXPECT_EQ(file.pipeline_stages, 3u);
  EXPECT_EQ(file.job_ranks, 48u);
  ASSERT_THAT(file.rows, SizeIs(2));
  const LayerRow& a = file.rows[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.update_duration, 7u);
  EXPECT_EQ(a.forward.duration, 10u);
  EXPECT_EQ(a.forward.collective, CommType::all_reduce);
  EXPECT_EQ(a.forward.group, LayerGroup::tensor);
  EXPECT_EQ(a.forward.bytes, 100u);
  EXPECT_FALSE(a.input_gradient.collective);
  EXPECT_EQ(a.weight_gradient.collective, CommType::all_to_all);
  EXPECT_EQ(a.weight_gradient.group, LayerGroup::expert);
  EXPECT_EQ(file.rows[1].input_gradient.group, LayerGroup::expert_data);
  EXPECT_EQ(file.rows[1].weight_gradient.group, LayerGroup::data);
  EXPECT_THAT(file.ignored, Contains(Key(HasSubstr("pp_comm"))));
}

TEST(Layers, WhatIsWrongIsToldWithItsPlace) {
  const std::string row = "a -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n";
  EXPECT_THAT(layers_refusal(""), AllOf(HasSubstr("w.txt:1:1: "), HasSubstr("empty")));
  EXPECT_THAT(layers_refusal("HYBRID_DLRM 5\n1\n" + row),
              AllOf(HasSubstr("w.txt:1:1: "), HasSubstr("HYBRID_DLRM"), HasSubstr("MICRO")));
  EXPECT_THAT(layers_refusal(kHeader + "ep:\n1\n" + row), HasSubstr("'ep:' has no value"));
  EXPECT_THAT(layers_refusal(kHeader + "ep: 0\n1\n" + row), HasSubstr("ep is 0"));
  EXPECT_THAT(layers_refusal(kHeader + "all_gpus: 4294967304\n1\n" + row), HasSubstr("0 to 65535"));
  EXPECT_THAT(layers_refusal(kHeader + "checkpoints: 1 3\n1\n" + row), HasSubstr("not supported"));
  EXPECT_THAT(layers_refusal(kHeader), HasSubstr("expected the number of layers"));
  EXPECT_THAT(layers_refusal(kHeader + "\ntwo\n" + row),
              HasSubstr("w.txt:2:1: the number of layers"));
  EXPECT_THAT(layers_refusal(kHeader + "\n0\n"), HasSubstr("0 layers"));
  EXPECT_THAT(layers_refusal(kHeader + "\n18446744073709551616\n" + row),
              HasSubstr("number of layers"));
  EXPECT_THAT(layers_refusal(kHeader + "\n3\n" + row + row), HasSubstr("after 2 of 3 layers"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\n" + row + row),
              HasSubstr("w.txt:4:1: a line after the last"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\njunk\n"),
              HasSubstr("w.txt:3:1: a layer has 12 words"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1 9\n"),
              HasSubstr("w.txt:3:35: a layer has 12 words"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 5us NONE 0 1 NONE 0 1 NONE 0 1\n"),
              AllOf(HasSubstr("w.txt:3:6: a duration is '5us'"), HasSubstr("without a unit")));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 1 NONE 0 1 ALLREDUCE 4KiB 1 NONE 0 1\n"),
              HasSubstr("w.txt:3:27: the size of a collective in bytes is '4KiB'"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 1 NONE 0 1 ALLREDUCE -4 1 NONE 0 1\n"),
              HasSubstr("is '-4'"));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 1 GOSSIP\x1b 0 1 NONE 0 1 NONE 0 1\n"),
              AllOf(HasSubstr("w.txt:3:8: "), HasSubstr("'GOSSIP?'"), HasSubstr("ALLTOALL")));
  EXPECT_THAT(layers_refusal(kHeader + "\n1\na -1 1 _EP 5 1 NONE 0 1 NONE 0 1\n"),
              HasSubstr("'_EP'"));
}

TEST(Layers, ForwardBlocksAndGradientsOverlap) {
  const LayerFile file =
      read_layers(kHeader +
                      "\n2\na -1 10 ALLREDUCE 100 20 ALLREDUCE 200 40 ALLREDUCE 300 0\n"
                      "b -1 10 NONE 0 20 ALLREDUCE 15 40 ALLREDUCE 7 0\n",
                  "w.txt");
  const TraceSet set = make_layer_set(file, on(4));
  // Forward 10 + 100 + 10; backward b: 20, then 15 beside 40 (and 7 after it, beside a's); backward
  // a: 20, then 200 beside 40, then the last 300.
  EXPECT_EQ(run(set), (10 + 100 + 10) + (20 + 40) + 20 + 200 + 300u);
}

TEST(Layers, AnUpdateTakesTheAcceleratorAfterEachCollective) {
  const std::string text = kHeader + "\n1\na -1 10 ALLREDUCE 100 0 NONE 0 0 NONE 0 ";
  EXPECT_EQ(run(make_layer_set(read_layers(text + "0", "w.txt"), on(2))), 110u);
  EXPECT_EQ(run(make_layer_set(read_layers(text + "9", "w.txt"), on(2))), 119u);
}

TEST(Layers, OtherPolicies) {
  const std::string rows =
      "\n2\na -1 10 NONE 0 20 NONE 0 40 ALLREDUCE 300 0\n"
      "b -1 10 NONE 0 20 NONE 0 40 ALLREDUCE 30 0\n";
  // Weight gradients first; their collectives beside whatever follows.
  EXPECT_EQ(run(make_layer_set(read_layers("DATA" + rows, "w.txt"), on(3))),
            10 + 10 + 40 + 20 + 40 + 300u);
  EXPECT_EQ(run(make_layer_set(read_layers("MICRO" + rows, "w.txt"), on(3))), 330u);
  const TraceSet model = make_layer_set(
      read_layers("MODEL\n1\na -1 10 ALLREDUCE 5 20 NONE 0 40 NONE 0 0", "w.txt"), on(3));
  EXPECT_THAT(model.members(2, model.ranks[2]->nodes[1]), ElementsAre(0, 1, 2));
}

TEST(Layers, DurationsAreNanosecondsUnlessToldOtherwise) {
  const LayerFile file = read_layers("MICRO\n1\na -1 0 NONE 0 0 NONE 0 0 ALLREDUCE 8 3", "w.txt");
  LayerTraceOptions options = on(2);
  EXPECT_EQ(make_layer_set(file, options).ranks[0]->nodes[1].duration_ps, 3'000u);
  options.duration_unit_ps = 1'000'000;
  EXPECT_EQ(make_layer_set(file, options).ranks[0]->nodes[1].duration_ps, 3'000'000u);
  const LayerFile long_one =
      read_layers("DATA\n1\na -1 1125899906842624 NONE 0 0 NONE 0 0 NONE 0 0", "w.txt");
  EXPECT_THAT(layers_refusal(long_one, options), HasSubstr("11 days"));
}

TEST(Layers, RanksBelongToTensorDataAndExpertGroups) {
  const LayerFile file = read_layers(kHeader +
                                         "ep: 2 pp: 2 all_gpus: 16\n1\n"
                                         "a -1 1 ALLREDUCE 8 1 ALLTOALL_EP 8 1 ALLREDUCE 8 0\n",
                                     "w.txt");
  const TraceSet set = make_layer_set(file, on(20));
  ASSERT_THAT(set.ranks, SizeIs(16));
  const auto members = [&](std::uint32_t rank, LayerGroup kind) {
    return set.groups[set.group_index(rank, static_cast<std::uint32_t>(kind))].ranks;
  };
  // Rank 13 = tensor 1, data 2, stage 1.
  EXPECT_THAT(members(13, LayerGroup::tensor), ElementsAre(12, 13));
  EXPECT_THAT(members(13, LayerGroup::data), ElementsAre(9, 11, 13, 15));
  EXPECT_THAT(members(13, LayerGroup::expert), ElementsAre(13, 15));
  EXPECT_THAT(members(13, LayerGroup::expert_data), ElementsAre(9, 13));
  for (std::uint32_t rank = 0; rank < 16; ++rank)
    for (unsigned kind = 0; kind < kLayerGroups; ++kind)
      EXPECT_THAT(members(rank, static_cast<LayerGroup>(kind)), Contains(rank));
  EXPECT_THAT(set.warnings, ElementsAre(HasSubstr("2 pipeline stages run the same rows")));
  run(set);
}

TEST(Layers, RanksThatDoNotFitAreRefused) {
  const std::string row = "\n1\na -1 1 ALLREDUCE 8 1 NONE 0 1 NONE 0 0\n";
  const LayerFile job = read_layers(kHeader + "ep: 2 all_gpus: 16" + row, "w.txt");
  EXPECT_THAT(
      layers_refusal(job, on(15)),
      AllOf(HasSubstr("16 ranks"), HasSubstr("only 15 accelerators"), HasSubstr("--job-ranks")));
  EXPECT_EQ(make_layer_set(job, on(15, 8)).ranks.size(), 8u);
  EXPECT_THAT(layers_refusal(job, on(64, 32)), HasSubstr("more than the job's 16"));
  EXPECT_THAT(layers_refusal(job, on(15, 7)), HasSubstr("a multiple of 2"));
  EXPECT_THAT(layers_refusal(job, on(15, 6)), HasSubstr("a multiple of 4"));
  EXPECT_THAT(layers_refusal(read_layers(kHeader + row, "w.txt"), on(5)),
              HasSubstr("a multiple of 2"));
  EXPECT_THAT(layers_refusal(read_layers("MICRO" + row, "w.txt"), on(2)),
              HasSubstr("neither compute nor"));
}

TEST(Layers, AreFoundByContentAndNeverTakenForChakra) {
  const ScratchFolder folder;
  const std::string path = folder.write("w.et", "MICRO\n1\na -1 0 NONE 0 0 NONE 0 0 ALLREDUCE 8 3");
  TraceSetOptions options;
  options.available_ranks = 3;
  EXPECT_THAT(load_traces(path, options).ranks, SizeIs(3));
  const auto refused = [&](const std::string& file) -> std::string {
    try {
      load_traces(file, options);
    } catch (const TraceError& error) {
      return error.what();
    }
    return "accepted";
  };
  options.format = TraceFormat::chakra;
  EXPECT_THAT(refused(path), HasSubstr("is a SimAI layer file, not a Chakra trace"));
  options.format = TraceFormat::simai;
  EXPECT_THAT(load_traces(path, options).ranks, SizeIs(3));
  EXPECT_THAT(refused(folder.write("x.et", "")), HasSubstr("not a SimAI layer file"));
  options.format = TraceFormat::automatic;
  EXPECT_THAT(refused(folder.write("a.xml", "<?xml?>\n<algo/>")), HasSubstr("an MSCCL program"));
  EXPECT_THAT(refused(folder.write("t.xml", "<system/>")), HasSubstr("a machine, not a trace"));
  EXPECT_THAT(refused(folder.write("p.json", "{\n \"gpus\": []}")), HasSubstr("an MSCCL++ plan"));
  options.group_file = folder.write("g.json", "{}");
  EXPECT_THAT(refused(path), HasSubstr("does not go with"));
  options.group_file.clear();
  EXPECT_THAT(refused(folder.write("big.txt", "MICRO\n" + std::string(65 << 20, '1'))),
              HasSubstr("64 MiB"));
}

struct Sample {
  const char* file;
  std::uint32_t ranks, job_ranks;
  std::size_t rows;
};
class LayerSamples : public ::testing::TestWithParam<Sample> {};

TEST_P(LayerSamples, RunToTheirEnd) {
  const Sample sample = GetParam();
  const std::string path = tb::sample_data("simai/" + std::string(sample.file) + ".txt");
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data";
  TraceSetOptions options;
  options.available_ranks = sample.ranks;
  options.job_ranks = sample.job_ranks;
  const TraceSet set = load_traces(path, options);
  std::ifstream stream(path);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  EXPECT_THAT(read_layers(text, path).rows, SizeIs(sample.rows));
  ReplayDriver driver(set, [](const TraceNode& node) { return node.bytes * 10; });
  driver.run();
  const TraceSummary summary = summarize(set);
  EXPECT_GT(summary.transfers(), 0u);
  for (std::uint32_t rank = 0; rank < set.ranks.size(); ++rank) {
    EXPECT_EQ(driver.totals(rank).gpu_busy_ps, summary.gpu_compute_ps);
    EXPECT_GE(driver.totals(rank).end_ps, summary.critical_compute_ps);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, LayerSamples,
                         ::testing::Values(Sample{"microAllReduce", 8, 0, 2},
                                           Sample{"gpt175b_tp8", 16, 0, 33},
                                           Sample{"llama7b_tp2", 4, 0, 76},
                                           Sample{"moe_9216gpu", 32, 32, 1789}),
                         [](const auto& info) { return std::string(info.param.file); });

}  // namespace
}  // namespace antares::platforms
