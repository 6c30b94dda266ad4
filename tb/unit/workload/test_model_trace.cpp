// SPDX-License-Identifier: Apache-2.0
// Steps of models made from their shape: the sizes of facts/product_and_collectives.md 4, who talks
// to whom, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "antares/platforms/config/platform_loader.h"
#include "antares/platforms/workload/model_trace.h"
#include "antares/platforms/workload/trace_summary.h"
#include "tb/unit/workload/replay_driver.h"

namespace antares::platforms {
namespace {

using ::testing::HasSubstr;
using namespace testing;

constexpr std::uint64_t kMiB = 1 << 20;

ModelConfig preset(const std::string& name, const std::string& more = "") {
  return *parse_platform(
              "antares: 1\nname: m\nswitches: [{name: s, ports: [{name: p, connected: false}]}]\n"
              "workloads: [{name: w, kind: trace, trace: {model: {preset: " +
                  name + more + "}}}]\n",
              "t.yaml")
              .config.workloads.at(0)
              .trace.model;
}

std::string refusal(const ModelConfig& model, std::uint32_t ranks) {
  try {
    make_model_set(model, ranks);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

struct Count {
  std::uint64_t nodes = 0;
  std::uint64_t bytes = 0;
};
Count count(const TraceGraph& graph, TraceNodeKind kind, CommType type = CommType::all_reduce,
            const std::string& name = "") {
  Count result;
  for (const TraceNode& node : graph.nodes) {
    if (node.kind != kind || (kind == TraceNodeKind::collective && node.comm_type != type))
      continue;
    if (std::string(graph.name(node)).find(name) == std::string::npos) continue;
    ++result.nodes;
    result.bytes += node.bytes;
  }
  return result;
}

TEST(ModelTrace, TheOrderOfDimensionsSaysWhoIsNextToWhom) {
  const ModelConfig model = preset(
      "llama3_8b", ", tensor: 2, pipeline: 2, layers: 2, order: [pipeline, tensor, expert, data]");
  const TraceSet set = make_model_set(model, 8);
  std::set<std::vector<std::uint32_t>> groups;
  for (const TraceNode& node : set.ranks[3]->nodes)
    if (node.kind == TraceNodeKind::collective) groups.insert(set.members(3, node));
  const std::vector<std::uint32_t> tensor = {1, 3};
  const std::vector<std::uint32_t> data = {3, 7};
  EXPECT_THAT(groups, ::testing::ElementsAre(tensor, data));
  std::uint64_t sends = 0;
  for (const TraceNode& node : set.ranks[2]->nodes) {
    if (node.kind != TraceNodeKind::send) continue;
    ++sends;
    EXPECT_EQ(node.peer, 3u) << "the next stage is the neighbour";
  }
  EXPECT_GT(sends, 0u);
}

// facts/product_and_collectives.md 4.1: bytes and count of all-reduces a micro-batch.
TEST(ModelTrace, DenseModelsHaveThePublishedAllReduces) {
  const struct {
    const char* name;
    std::uint64_t MiB;
    std::uint64_t count;
  } rows[] = {{"gpt3_175b", 48, 384},
              {"llama3_8b", 64, 128},
              {"llama3_70b", 128, 320},
              {"llama3_405b", 256, 504}};
  for (const auto& row : rows) {
    ModelConfig model = preset(row.name, ", tensor: 8");
    EXPECT_EQ(model_sizes(model).activation, row.MiB * kMiB) << row.name;
    const TraceSet set = make_model_set(model, 8);
    const Count found = count(*set.ranks[0], TraceNodeKind::collective);
    EXPECT_EQ(found.nodes, row.count) << row.name;
    EXPECT_EQ(found.bytes, row.count * row.MiB * kMiB) << row.name;
    model.micro_batches = 2;
    EXPECT_EQ(count(*make_model_set(model, 8).ranks[0], TraceNodeKind::collective).nodes,
              2 * row.count);
  }
}

// The same, decoding: batch x h x 2.
TEST(ModelTrace, DecodingHasBatchTimesWidth) {
  const std::uint64_t kKiB = 1024;
  for (const auto& [hidden, batch, KiB] :
       {std::tuple(4096u, 1u, 8u), std::tuple(7168u, 8u, 112u), std::tuple(8192u, 64u, 1024u),
        std::tuple(16384u, 256u, 8192u)}) {
    ModelConfig model;
    model.hidden = hidden;
    model.micro_batch = batch;
    model.sequence = 1;
    EXPECT_EQ(model_sizes(model).activation, KiB * kKiB) << hidden << " " << batch;
  }
}

TEST(ModelTrace, SequenceParallelIsTwoCollectivesForOne) {
  ModelConfig model = preset("llama3_8b", ", tensor: 4, sequence_parallel: true");
  const TraceSet set = make_model_set(model, 4);
  const TraceGraph& graph = *set.ranks[0];
  EXPECT_EQ(count(graph, TraceNodeKind::collective).nodes, 0u);
  const Count scatter = count(graph, TraceNodeKind::collective, CommType::reduce_scatter);
  const Count gather = count(graph, TraceNodeKind::collective, CommType::all_gather);
  EXPECT_EQ(scatter.nodes, 4u * model.layers);
  EXPECT_EQ(scatter.bytes, gather.bytes);
  EXPECT_EQ(scatter.bytes, 4u * model.layers * model_sizes(model).activation);
}

// facts/product_and_collectives.md 4.2: tokens a rank; bytes to eight experts, and back.
TEST(ModelTrace, ExpertsHaveThePublishedSizes) {
  constexpr std::uint64_t kWidth = 7168, kTop = 8;
  for (const std::uint32_t tokens : {1u, 128u, 4096u, 8192u}) {
    ModelConfig model = preset("deepseek_v3");
    model.sequence = tokens;
    EXPECT_EQ(model_sizes(model).dispatch, tokens * kTop * kWidth);
    EXPECT_EQ(model_sizes(model).combine, 2 * tokens * kTop * kWidth);
  }
  // Mean bytes to one peer, 128 tokens: 896 KiB with eight ranks, halved with each doubling.
  for (std::uint32_t ranks = 8, KiB = 896; ranks <= 256; ranks *= 2, KiB /= 2) {
    ModelConfig model = preset("deepseek_v3");
    model.sequence = 128;
    EXPECT_EQ(model_sizes(model).dispatch / ranks, KiB * 1024u);
  }
}

TEST(ModelTrace, ExpertGroupsExchangeTwiceALayerAndPass) {
  ModelConfig model = preset("deepseek_v3", ", expert: 8, layers: 3, sequence: 128");
  const TraceSet set = make_model_set(model, 16);
  const Count all = count(*set.ranks[0], TraceNodeKind::collective, CommType::all_to_all);
  const ModelSizes sizes = model_sizes(model);
  EXPECT_EQ(all.nodes, 4u * 3);
  EXPECT_EQ(all.bytes, 3 * (sizes.dispatch + 3 * sizes.combine));
  for (std::uint32_t rank = 0; rank < 16; ++rank)
    for (const TraceNode& node : set.ranks[rank]->nodes)
      if (node.kind == TraceNodeKind::collective && node.comm_type == CommType::all_to_all) {
        EXPECT_EQ(set.members(rank, node).size(), 8u);
        EXPECT_EQ(set.members(rank, node).front(), rank / 8 * 8);
      }
}

TEST(ModelTrace, SharesHaveTheGiniThatWasAskedFor) {
  for (const double gini : {0.105, 0.24, 0.38, 0.6}) {
    const std::vector<double> shares = unequal_shares(16, gini);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
    // Mean difference of all pairs over twice the mean.
    double difference = 0;
    for (const double a : shares)
      for (const double b : shares) difference += std::abs(a - b);
    EXPECT_NEAR(difference / (2 * 16 * 16 * (1.0 / 16)), gini, 1e-9);
  }
}

TEST(ModelTrace, UnequalLoadMovesAsMuchInOtherShares) {
  constexpr unsigned kExperts = 8;
  ModelConfig model = preset(
      "deepseek_v3", ", expert: 8, layers: 1, sequence: 128, backward: false, load_gini: 0.3");
  const TraceSet set = make_model_set(model, kExperts);
  const ModelSizes sizes = model_sizes(model);
  std::vector<std::uint64_t> arrived(kExperts, 0);
  std::uint64_t sent = 0;
  for (std::uint32_t rank = 0; rank < kExperts; ++rank) {
    for (const TraceNode& node : set.ranks[rank]->nodes) {
      const bool dispatch = node.tag == 1;
      if (node.kind == TraceNodeKind::receive && dispatch) arrived[rank] += node.bytes;
      if (node.kind == TraceNodeKind::send && dispatch) sent += node.bytes;
    }
  }
  // What a rank keeps for itself does not travel: of each rank's buffer all but its own share.
  const std::vector<double> shares = unequal_shares(kExperts, model.load_gini);
  for (unsigned rank = 0; rank < kExperts; ++rank)
    EXPECT_NEAR(static_cast<double>(arrived[rank]),
                (kExperts - 1) * shares[rank] * static_cast<double>(sizes.dispatch), kExperts);
  EXPECT_EQ(sent, std::accumulate(arrived.begin(), arrived.end(), std::uint64_t{0}));
}

// facts/product_and_collectives.md 4.3: 134 MB, 1.05 MB to each of 128 peers.
TEST(ModelTrace, RecommendationHasThePublishedSizes) {
  const ModelConfig model = preset("dlrm_neo");
  EXPECT_EQ(model_sizes(model).embedding, 65536ull * 8 * 128 * 2);
  EXPECT_NEAR(static_cast<double>(model_sizes(model).embedding) / 1e6, 134, 0.5);
  const TraceSet set = make_model_set(model, 128);
  EXPECT_EQ(count(*set.ranks[0], TraceNodeKind::collective, CommType::all_to_all).nodes, 2u);
  const Count dense = count(*set.ranks[0], TraceNodeKind::collective);
  EXPECT_EQ(dense.nodes, 1u);
  EXPECT_EQ(dense.bytes, model.dense_bytes);
}

TEST(ModelTrace, FourKindsOfGroupsAtOnce) {
  ModelConfig model = preset("llama3_8b", ", tensor: 2, pipeline: 2, layers: 4, micro_batches: 3");
  const TraceSet set = make_model_set(model, 8);  // T 2 x D 2 x P 2
  ASSERT_EQ(set.ranks.size(), 8u);
  const ModelSizes sizes = model_sizes(model);
  for (std::uint32_t rank = 0; rank < 8; ++rank) {
    const TraceGraph& graph = *set.ranks[rank];
    const Count tensor = count(graph, TraceNodeKind::collective, CommType::all_reduce, "mlp");
    EXPECT_EQ(tensor.nodes, 3u * 2 * 2) << "three micro-batches, two layers, two passes";
    const Count gradients =
        count(graph, TraceNodeKind::collective, CommType::all_reduce, "gradients");
    EXPECT_EQ(gradients.nodes, 2u);
    EXPECT_EQ(gradients.bytes, 2 * sizes.gradient);
    EXPECT_EQ(sizes.gradient, 12ull * 4096 * 4096 * 2 / 2);
    const Count sends = count(graph, TraceNodeKind::send);
    EXPECT_EQ(sends.nodes, 3u);
    EXPECT_EQ(sends.bytes, 3 * sizes.stage);
    for (const TraceNode& node : graph.nodes) {
      if (node.kind == TraceNodeKind::send) {
        EXPECT_EQ(node.peer, (rank + 4) % 8);
      }
      if (node.kind == TraceNodeKind::collective) {
        EXPECT_EQ(set.members(rank, node).size(), 2u);
      }
    }
  }
}

TEST(ModelTrace, RunsToItsEndWithoutADeadlock) {
  for (const char* more :
       {", tensor: 2, pipeline: 2, layers: 4, micro_batches: 3",
        ", tensor: 2, pipeline: 4, layers: 4, micro_batches: 2, backward: false"}) {
    ModelConfig model = preset("llama3_8b", more);
    const TraceSet set = make_model_set(model, 16);
    ReplayDriver driver(set, [](const TraceNode& node) { return node.bytes; });
    driver.run();
    EXPECT_GT(driver.totals(0).end_ps, 0u) << more;
  }
  ModelConfig skewed = preset("deepseek_v3", ", expert: 4, tensor: 2, layers: 3, load_gini: 0.2");
  const TraceSet set = make_model_set(skewed, 16);
  ReplayDriver driver(set, [](const TraceNode& node) { return node.bytes; });
  driver.run();
  EXPECT_GT(driver.totals(15).end_ps, 0u);
}

TEST(ModelTrace, ComputesAtTheRateGiven) {
  ModelConfig model = preset("llama3_8b", ", tensor: 8, layers: 1, compute_TFLOPs: 400");
  const TraceSummary summary = summarize(make_model_set(model, 8));
  // Forward 24 h h + 4 s h operations a token and layer, backward twice as many (Megatron-LM, R).
  const double h = 4096, s = 8192;
  const double operations = 3 * s * (24 * h * h + 4 * s * h) / 8;
  EXPECT_NEAR(static_cast<double>(summary.critical_compute_ps), operations / 400, 8);
}

TEST(ModelTrace, ShapesThatCannotBeAreRefused) {
  EXPECT_THAT(refusal(preset("llama3_8b", ", tensor: 3"), 8),
              HasSubstr("8 ranks can't be shared out"));
  EXPECT_THAT(refusal(preset("llama3_8b", ", ranks: 16"), 8), HasSubstr("16 ranks are asked for"));
  EXPECT_THAT(refusal(preset("llama3_8b", ", pipeline: 3"), 9),
              HasSubstr("32 layers can't be shared"));
  EXPECT_THAT(refusal(preset("deepseek_v3", ", expert: 3"), 8),
              HasSubstr("no multiple of the expert"));
  EXPECT_THAT(refusal(preset("dlrm_neo", ", tensor: 2"), 8), HasSubstr("no meaning for dlrm"));
  EXPECT_THAT(refusal(preset("llama3_8b"), 1), HasSubstr("nobody talks to anybody"));
  EXPECT_THAT(refusal(preset("deepseek_v3", ", expert: 2, load_gini: 0.6"), 2),
              HasSubstr("can't be had with 2 ranks"));
  ModelConfig huge = preset("llama3_8b", ", sequence: 16777216, micro_batch: 1048576");
  EXPECT_THAT(refusal(huge, 8), HasSubstr("more than 1 TiB"));
}

TEST(ModelTrace, MistakesInADescriptionAreTold) {
  const auto mistake = [](const std::string& trace) {
    try {
      parse_platform(
          "antares: 1\nname: m\nswitches: [{name: s, ports: [{name: p, connected: false}]}]\n"
          "workloads: [{name: w, kind: trace, trace: {" +
              trace + "}}]\n",
          "t.yaml");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(mistake(""), HasSubstr("needs trace.input or trace.model"));
  EXPECT_THAT(mistake("input: x, model: {preset: llama3_8b}"),
              HasSubstr("either an input or a model"));
  EXPECT_THAT(mistake("job_ranks: 4, model: {preset: llama3_8b}"), HasSubstr("would not be used"));
  EXPECT_THAT(mistake("model: {preset: llama3_8, layers: 1}"),
              HasSubstr("did you mean \"llama3_8b\""));
  EXPECT_THAT(mistake("model: {preset: llama3_8b, top_k: 2}"),
              HasSubstr("\"top_k\" would not be used"));
}

}  // namespace
}  // namespace antares::platforms
