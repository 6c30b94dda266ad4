// SPDX-License-Identifier: Apache-2.0
// A training or inference step of a model, described by its shape in place of a trace: dense and
// mixture-of-experts transformers and recommendation models, laid out over tensor-, data-,
// pipeline- and expert-parallel groups. Sizes that follow: platforms/workload/model_trace.h. Units:
// in the keys; counts are plain numbers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "antares/platforms/config/layout_config.h"

namespace antares::platforms {

enum class ModelFamily : std::uint8_t { dense, moe, dlrm };

struct ModelConfig {
  /// Not there once a description is loaded: the preset's values stand in its place (presets.h).
  std::optional<std::string> preset;
  ModelFamily family = ModelFamily::dense;
  std::uint32_t ranks = 0;
  std::uint32_t tensor = 1;
  std::uint32_t pipeline = 1;
  std::uint32_t expert = 1;
  LayoutOrder order = kMegatronOrder;
  std::uint32_t layers = 32;
  std::uint32_t hidden = 4096;
  std::uint32_t sequence = 2048;
  std::uint32_t micro_batch = 1;
  std::uint32_t micro_batches = 1;
  std::uint32_t element_bytes = 2;
  bool sequence_parallel = false;
  bool backward = true;
  std::uint32_t top_k = 8;
  std::uint32_t dispatch_element_bytes = 1;
  double load_gini = 0;
  std::uint32_t global_batch = 65536;
  std::uint32_t tables_a_rank = 8;
  std::uint32_t embedding = 128;
  std::uint64_t dense_bytes = 64 << 20;
  double compute_TFLOPs = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ModelConfig;
    visit("preset", &C::preset,
          "Values of a known model for all keys that are not written beside it: a name of `antares "
          "list models`, or a .yaml file of that form, relative to the description");
    visit("family", &C::family,
          "dense: transformer; moe: its feed-forward parts are experts on other ranks; dlrm: "
          "embedding tables shared out over all ranks")
        .names({{"dense", ModelFamily::dense},
                {"moe", ModelFamily::moe},
                {"dlrm", ModelFamily::dlrm}});
    visit("ranks", &C::ranks, "The first accelerators, so many; 0: all").range(0, 65535);
    visit("tensor", &C::tensor, "Ranks of a tensor-parallel group").range(1, 1024);
    visit("pipeline", &C::pipeline, "Pipeline stages").range(1, 1024);
    visit("expert", &C::expert, "Ranks of an expert-parallel group, out of the data-parallel ranks")
        .range(1, 1024)
        .when("family", "moe");
    visit_order(visit, &C::order);
    visit("layers", &C::layers, "Layers of the whole model").range(1, 1000);
    visit("hidden", &C::hidden, "Width of a layer: dlrm: of its dense part").range(1, 1 << 20);
    visit("sequence", &C::sequence, "Tokens of a sequence; 1: decoding").range(1, 1 << 24);
    visit("micro_batch", &C::micro_batch, "Sequences of a micro-batch").range(1, 1 << 20);
    visit("micro_batches", &C::micro_batches, "Micro-batches of a step").range(1, 1000);
    visit("element_bytes", &C::element_bytes, "Size of an activation or gradient")
        .one_of({1, 2, 4});
    visit("sequence_parallel", &C::sequence_parallel,
          "Reduce-scatter and all-gather in place of each all-reduce of the tensor group");
    visit("backward", &C::backward, "Training; false: the forward pass alone");
    visit("top_k", &C::top_k, "Experts of a token").range(1, 1024).when("family", "moe");
    visit("dispatch_element_bytes", &C::dispatch_element_bytes,
          "Size of an element on its way to an expert; back it is element_bytes")
        .one_of({1, 2, 4})
        .source("public: facts/product_and_collectives.md 4.2, FP8 dispatch, BF16 combine (S)")
        .when("family", "moe");
    visit(
        "load_gini", &C::load_gini,
        "How unequal the load of the experts' ranks is: Gini coefficient, 0 is equal. The busiest "
        "rank is another one in each layer")
        .range(0, 0.9)
        .source(
            "public: measured 0.105 to 0.38 (facts/product_and_collectives.md 4.2, N); the default "
            "is an equal load")
        .when("family", "moe");
    visit("global_batch", &C::global_batch, "Samples of a step, over all ranks")
        .range(1, 1 << 30)
        .when("family", "dlrm");
    visit("tables_a_rank", &C::tables_a_rank, "Embedding tables of a rank")
        .range(1, 1 << 20)
        .when("family", "dlrm");
    visit("embedding", &C::embedding, "Width of an embedding")
        .range(1, 1 << 20)
        .when("family", "dlrm");
    visit("dense_bytes", &C::dense_bytes, "Gradients of the dense part, which all ranks reduce")
        .range(4, std::uint64_t{1} << 40)
        .assumption("no public figure for a dense part")
        .when("family", "dlrm");
    visit("compute_TFLOPs", &C::compute_TFLOPs,
          "Rate at which a rank computes, in 10^12 operations a second; 0: computing takes no time")
        .range(0, 1e6);
  }
};

}  // namespace antares::platforms
