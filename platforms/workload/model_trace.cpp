// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/model_trace.h"

#include <algorithm>
#include <cmath>

#include "antares/platforms/workload/rank_layout.h"
#include "antares/platforms/workload/trace_builder.h"
#include "antares/platforms/workload/trace_matching.h"

namespace antares::platforms {
namespace {

constexpr const char* kModel = "model";
constexpr std::uint64_t kLargestModelBuffer = std::uint64_t{1} << 40;

double gini_of(const std::vector<double>& shares) {  // of shares in growing order that add up to 1
  const auto n = static_cast<double>(shares.size());
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) sum += (static_cast<double>(i) + 1) * shares[i];
  return 2 * sum / n - (n + 1) / n;
}

std::vector<double> powers(std::uint32_t ranks, double exponent) {
  std::vector<double> shares;
  double sum = 0;
  for (std::uint32_t i = 0; i < ranks; ++i) {
    shares.push_back(std::pow((i + 1.0) / ranks, exponent));
    sum += shares.back();
  }
  for (double& share : shares) share /= sum;
  return shares;
}

/// One rank's part of a step.
class StepWriter {
 public:
  StepWriter(const ModelConfig& model, const RankLayout& layout, std::uint32_t rank)
      : model_(model),
        sizes_(model_sizes(model)),
        layout_(layout),
        rank_(rank),
        stage_(layout.place(rank, LayoutDimension::pipeline)),
        builder_(empty_graph()) {}

  TraceGraph write() {
    if (model_.family == ModelFamily::dlrm)
      recommendation();
    else
      transformer();
    return builder_.finish();
  }

 private:
  using Nodes = TraceBuilder::Nodes;
  enum class Pass : std::uint8_t { forward, backward };

  static TraceGraph empty_graph() {
    TraceGraph graph;
    graph.file = kModel;
    graph.format = "made from the shape of a";
    graph.version = kModel;
    for (unsigned kind = 0; kind < kLayerGroups; ++kind)
      graph.groups.emplace_back(to_string(static_cast<LayerGroup>(kind)));
    return graph;
  }

  /// In the graph a group is its kind: which one it is of its kind differs by rank.
  static std::uint32_t group(LayerGroup kind) { return static_cast<std::uint32_t>(kind); }
  std::uint32_t layers_here() const { return model_.layers / layout_.stages; }
  std::uint64_t tokens() const { return std::uint64_t{model_.micro_batch} * model_.sequence; }

  /// Of so many multiply-adds; backward takes two of each forward one.
  Picoseconds time_of(double multiply_adds, Pass pass) const {
    if (model_.compute_TFLOPs == 0) return 0;
    const double operations = 2 * multiply_adds * (pass == Pass::backward ? 2 : 1);
    return static_cast<Picoseconds>(std::llround(operations / model_.compute_TFLOPs));
  }
  double attention_work() const {
    const auto t = static_cast<double>(tokens());
    return t * model_.hidden * (4.0 * model_.hidden + 2.0 * model_.sequence) / layout_.tensor;
  }
  double feed_forward_work() const {
    const double all = 8.0 * static_cast<double>(tokens()) * model_.hidden * model_.hidden;
    return (model_.family == ModelFamily::moe ? all * model_.top_k : all) / layout_.tensor;
  }

  Nodes tensor_reduce(const std::string& name, const Nodes& after) {
    if (layout_.tensor == 1) return after;
    const std::uint32_t tensor = group(LayerGroup::tensor);
    if (!model_.sequence_parallel)
      return builder_.collective(name, CommType::all_reduce, tensor, sizes_.activation, after);
    const Nodes scattered = builder_.collective(name + " scatter", CommType::reduce_scatter, tensor,
                                                sizes_.activation, after);
    return builder_.collective(name + " gather", CommType::all_gather, tensor, sizes_.activation,
                               scattered);
  }

  /// All-to-all in the expert group; ranks with unequal shares send single messages.
  Nodes exchange(const std::string& name, std::uint64_t bytes, std::uint32_t layer, bool back,
                 const Nodes& after) {
    if (layout_.expert == 1) return after;
    if (model_.load_gini == 0)
      return builder_.collective(name, CommType::all_to_all, group(LayerGroup::expert), bytes,
                                 after);
    const std::vector<double> shares = unequal_shares(layout_.expert, model_.load_gini);
    const std::uint32_t mine = layout_.place(rank_, LayoutDimension::expert);
    const auto rank_at = [&](std::uint32_t place) {
      return layout_.at(rank_, LayoutDimension::expert, place);
    };
    const auto share = [&](std::uint32_t place) {  // the busiest is another one in each layer
      return static_cast<std::uint64_t>(
          std::llround(static_cast<double>(bytes) * shares[(place + layer) % layout_.expert]));
    };
    Nodes done;
    Nodes at = after;
    const std::uint32_t tag = ++exchanges_;
    for (std::uint32_t step = 1; step < layout_.expert; ++step) {
      const std::uint32_t to = (mine + step) % layout_.expert;
      const std::uint32_t from = (mine + layout_.expert - step) % layout_.expert;
      // To an expert goes its share, from it comes what it was sent.
      const Nodes got =
          builder_.receive(name, rank_at(from), tag, back ? share(from) : share(mine), after);
      at = builder_.send(name, rank_at(to), tag, back ? share(mine) : share(to), at);
      done.insert(done.end(), got.begin(), got.end());
    }
    done.insert(done.end(), at.begin(), at.end());
    return done;
  }

  Nodes feed_forward(const std::string& name, std::uint32_t layer, Pass pass, const Nodes& after) {
    if (model_.family == ModelFamily::dense)
      return tensor_reduce(
          name + " mlp",
          builder_.compute(name + " mlp", time_of(feed_forward_work(), pass), after));
    const std::uint64_t out = pass == Pass::forward ? sizes_.dispatch : sizes_.combine;
    const Nodes there = exchange(name + " dispatch", out, layer, false, after);
    const Nodes done =
        builder_.compute(name + " experts", time_of(feed_forward_work(), pass), there);
    return exchange(name + " combine", sizes_.combine, layer, true, done);
  }

  Nodes attention(const std::string& name, Pass pass, const Nodes& after) {
    return tensor_reduce(
        name + " attention",
        builder_.compute(name + " attention", time_of(attention_work(), pass), after));
  }

  Nodes from_stage(std::uint32_t other, std::uint32_t tag, const Nodes& after) {
    if (other >= layout_.stages) return after;  // also: before the first
    return builder_.receive("from stage " + std::to_string(other),
                            layout_.at(rank_, LayoutDimension::pipeline, other), tag, sizes_.stage,
                            after);
  }
  void to_stage(std::uint32_t other, std::uint32_t tag, const Nodes& after) {
    if (other >= layout_.stages) return;
    builder_.send("to stage " + std::to_string(other),
                  layout_.at(rank_, LayoutDimension::pipeline, other), tag, sizes_.stage, after);
  }

  void transformer() {
    Nodes ready;
    const std::uint32_t batches = model_.micro_batches;
    for (std::uint32_t batch = 0; batch < batches; ++batch) {
      ready = from_stage(stage_ - 1, batch, ready);
      for (std::uint32_t layer = 0; layer < layers_here(); ++layer) {
        const std::string name = label("forward", batch, layer);
        ready = feed_forward(name, layer, Pass::forward, attention(name, Pass::forward, ready));
      }
      to_stage(stage_ + 1, batch, ready);
    }
    for (std::uint32_t batch = 0; model_.backward && batch < batches; ++batch) {
      const std::uint32_t tag = batches + batch;
      ready = from_stage(stage_ + 1, tag, ready);
      for (std::uint32_t layer = layers_here(); layer-- > 0;) {
        const std::string name = label("backward", batch, layer);
        ready = attention(name, Pass::backward, feed_forward(name, layer, Pass::backward, ready));
        if (batch + 1 == batches && layout_.data > 1)
          builder_.collective(name + " gradients", CommType::all_reduce, group(LayerGroup::data),
                              sizes_.gradient, ready);
      }
      to_stage(stage_ - 1, tag, ready);
    }
  }

  void recommendation() {
    const std::uint32_t all = group(LayerGroup::data);
    Nodes ready =
        builder_.collective("embeddings", CommType::all_to_all, all, sizes_.embedding, {});
    const double samples = static_cast<double>(model_.global_batch) / layout_.ranks;
    const double work = samples * static_cast<double>(model_.dense_bytes / model_.element_bytes);
    ready = builder_.compute("dense forward", time_of(work, Pass::forward), ready);
    if (!model_.backward) return;
    ready = builder_.compute("dense backward", time_of(work, Pass::backward), ready);
    builder_.collective("embedding gradients", CommType::all_to_all, all, sizes_.embedding, ready);
    builder_.collective("dense gradients", CommType::all_reduce, all, model_.dense_bytes, ready);
  }

  static std::string label(const char* pass, std::uint32_t batch, std::uint32_t layer) {
    return std::string(pass) + " " + std::to_string(batch) + " layer " + std::to_string(layer);
  }

  const ModelConfig& model_;
  ModelSizes sizes_;
  const RankLayout& layout_;
  std::uint32_t rank_;
  std::uint32_t stage_;
  TraceBuilder builder_;
  std::uint32_t exchanges_ = 0;
};

RankLayout layout_of(const ModelConfig& model, std::uint32_t available_ranks) {
  const std::uint32_t ranks = model.ranks == 0 ? available_ranks : model.ranks;
  if (ranks > available_ranks)
    throw TraceError(std::string(kModel) + ": " + std::to_string(ranks) +
                     " ranks are asked for, but there are only " + std::to_string(available_ranks) +
                     " accelerators");
  if (model.family == ModelFamily::dlrm && model.tensor * model.pipeline != 1)
    throw TraceError(std::string(kModel) +
                     ": tensor and pipeline have no meaning for dlrm: leave them out");
  const RankLayout layout =
      lay_out(ranks, model.tensor, model.expert, model.pipeline, model.order, kModel);
  if (model.layers % layout.stages != 0)
    throw TraceError(std::string(kModel) + ": " + std::to_string(model.layers) +
                     " layers can't be shared out over " + std::to_string(layout.stages) +
                     " pipeline stages; right would be a multiple");
  return layout;
}

}  // namespace

ModelSizes model_sizes(const ModelConfig& model) {
  const auto product = [](std::initializer_list<std::uint64_t> factors) {
    double whole = 1;
    std::uint64_t result = 1;
    for (const std::uint64_t factor : factors) {
      whole *= static_cast<double>(factor);
      result *= factor;
    }
    if (whole > static_cast<double>(kLargestModelBuffer))
      throw TraceError(std::string(kModel) + ": a buffer of more than 1 TiB; take a smaller shape");
    return result;
  };
  const std::uint64_t tokens = product({model.micro_batch, model.sequence});
  ModelSizes sizes;
  if (model.family == ModelFamily::dlrm) {
    sizes.embedding =
        product({model.global_batch, model.tables_a_rank, model.embedding, model.element_bytes});
    return sizes;
  }
  sizes.activation = product({tokens, model.hidden, model.element_bytes});
  sizes.stage = (sizes.activation + model.tensor - 1) / model.tensor;
  // Weights of a layer: 4 h h of attention and 8 h h of feed-forward, both with one bias-free
  // matrix a projection (public: Megatron-LM, facts/product_and_collectives.md 4.1, R).
  const std::uint64_t matrices = model.family == ModelFamily::moe ? 4 : 12;
  sizes.gradient =
      product({matrices, model.hidden, model.hidden, model.element_bytes}) / model.tensor;
  if (model.family == ModelFamily::moe) {
    sizes.dispatch = product({tokens, model.top_k, model.hidden, model.dispatch_element_bytes});
    sizes.combine = product({tokens, model.top_k, model.hidden, model.element_bytes});
  }
  return sizes;
}

std::vector<double> unequal_shares(std::uint32_t ranks, double gini) {
  double low = 0;
  double high = 1;
  // With few ranks not every inequality can be had: (n - 1)/n is one rank with everything.
  if (gini >= (ranks - 1.0) / ranks)
    throw TraceError(std::string(kModel) + ": load_gini of " + std::to_string(gini) +
                     " can't be had with " + std::to_string(ranks) + " ranks of an expert group");
  while (gini_of(powers(ranks, high)) < gini) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (gini_of(powers(ranks, middle)) < gini ? low : high) = middle;
  }
  return powers(ranks, high);
}

TraceSet make_model_set(const ModelConfig& model, std::uint32_t available_ranks) {
  const RankLayout layout = layout_of(model, available_ranks);
  TraceSet set;
  make_groups(layout, set);
  const bool all_alike = layout.stages == 1 && (model.load_gini == 0 || layout.expert == 1);
  if (all_alike) {
    set.single_file = true;
    set.ranks.assign(layout.ranks,
                     std::make_shared<const TraceGraph>(StepWriter(model, layout, 0).write()));
  } else {
    for (std::uint32_t rank = 0; rank < layout.ranks; ++rank) {
      TraceGraph graph = StepWriter(model, layout, rank).write();
      for (TraceNode& node : graph.nodes)
        if (node.kind == TraceNodeKind::collective) node.group = set.rank_groups[rank][node.group];
      set.ranks.push_back(std::make_shared<const TraceGraph>(std::move(graph)));
    }
    set.rank_groups.clear();
    check_matching(set);
  }
  if (set.ranks.front()->nodes.empty())
    throw TraceError(std::string(kModel) +
                     ": nobody talks to anybody: tensor, expert, pipeline and data-parallel groups "
                     "have one rank each, and compute_TFLOPs is 0");
  return set;
}

}  // namespace antares::platforms
