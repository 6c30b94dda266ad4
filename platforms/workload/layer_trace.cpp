// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/layer_trace.h"

#include <algorithm>
#include <limits>

namespace antares::platforms {

namespace {

// As in a Chakra trace: sums stay within 64 bits.
constexpr Picoseconds kLongestDuration = 1'000'000'000'000'000'000;

struct Layout {
  std::uint32_t ranks = 0, tensor = 1, expert = 1, data = 1, stages = 1;
};

Layout lay_out(const LayerFile& layers, const LayerTraceOptions& options) {
  const auto fail = [&](const std::string& what) { throw TraceError(layers.file + ": " + what); };
  const std::string there = std::to_string(options.available_ranks);
  Layout layout;
  layout.ranks = options.job_ranks > 0  ? options.job_ranks
                 : layers.job_ranks > 0 ? layers.job_ranks
                                        : options.available_ranks;
  if (options.job_ranks > 0 && layers.job_ranks > 0 && options.job_ranks > layers.job_ranks)
    fail("job_ranks is " + std::to_string(options.job_ranks) + ", more than the job's " +
         std::to_string(layers.job_ranks) + " (all_gpus)");
  if (layout.ranks > options.available_ranks)
    fail("the job has " + std::to_string(layout.ranks) + " ranks, but there are only " + there +
         " accelerators" +
         (options.job_ranks > 0 ? ""
                                : "; job_ranks (--job-ranks) runs a part of it, with smaller "
                                  "data-parallel groups"));
  layout.tensor = layers.tensor_is_job ? layout.ranks : layers.tensor_ranks;
  layout.expert = layers.expert_ranks;
  layout.stages = options.job_ranks > 0 ? 1 : layers.pipeline_stages;
  const std::uint64_t unit = std::uint64_t{layout.tensor} * layout.stages;
  if (layout.ranks % unit != 0)
    fail(std::to_string(layout.ranks) +
         " ranks can't be shared out: the tensor-parallel group has " +
         std::to_string(layout.tensor) + " and there are " + std::to_string(layout.stages) +
         " pipeline stages; the number of ranks must be a multiple of " + std::to_string(unit));
  layout.data = static_cast<std::uint32_t>(layout.ranks / unit);
  if (layout.data % layout.expert != 0)
    fail(std::to_string(layout.ranks) +
         " ranks can't be shared out: " + std::to_string(layout.data) +
         " data-parallel ranks are no multiple of the expert group's " +
         std::to_string(layout.expert) + " (ep); the number of ranks must be a multiple of " +
         std::to_string(unit * layout.expert));
  return layout;
}

/// Groups of each kind in turn; a rank's group of a kind is found through rank_groups.
void make_groups(const Layout& layout, TraceSet& set) {
  const std::uint32_t blocks = layout.data / layout.expert;
  const std::uint32_t counts[kLayerGroups] = {
      layout.data * layout.stages, layout.tensor * layout.stages,
      layout.tensor * layout.stages * blocks, layout.tensor * layout.stages * layout.expert};
  std::uint32_t first[kLayerGroups];
  for (unsigned kind = 0; kind < kLayerGroups; ++kind) {
    first[kind] = static_cast<std::uint32_t>(set.groups.size());
    for (std::uint32_t i = 0; i < counts[kind]; ++i)
      set.groups.push_back(
          {to_string(static_cast<LayerGroup>(kind)) + (" " + std::to_string(i)), {}});
  }
  for (std::uint32_t rank = 0; rank < layout.ranks; ++rank) {
    const std::uint32_t tensor = rank % layout.tensor;
    const std::uint32_t data = rank / layout.tensor % layout.data;
    const std::uint32_t stage = rank / layout.tensor / layout.data;
    const std::uint32_t column = tensor + layout.tensor * stage;
    const std::uint32_t of_kind[kLayerGroups] = {data + layout.data * stage, column,
                                                 column * blocks + data / layout.expert,
                                                 column * layout.expert + data % layout.expert};
    std::vector<std::uint32_t> mine;
    for (unsigned kind = 0; kind < kLayerGroups; ++kind) {
      mine.push_back(first[kind] + of_kind[kind]);
      set.groups[mine.back()].ranks.push_back(rank);
    }
    set.rank_groups.push_back(std::move(mine));
  }
}

class GraphWriter {
 public:
  GraphWriter(const LayerFile& layers, Picoseconds unit_ps) : layers_(layers), unit_ps_(unit_ps) {
    graph_.file = layers.file;
    graph_.format = "SimAI layers, policy";
    graph_.version = layers.policy;
    graph_.ignored = layers.ignored;
    for (unsigned kind = 0; kind < kLayerGroups; ++kind)
      graph_.groups.emplace_back(to_string(static_cast<LayerGroup>(kind)));
  }

  TraceGraph write() {
    const auto& rows = layers_.rows;
    switch (layers_.schedule) {
      case LayerSchedule::transformer: {
        Nodes ready;
        for (const LayerRow& row : rows)
          ready = transfer(row, "forward", row.forward,
                           compute(row, "forward", row.forward.duration, ready));
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) ready = backward(*row, ready);
        break;
      }
      case LayerSchedule::data_parallel: {
        Nodes ready;
        for (const LayerRow& row : rows)
          ready = compute(row, "forward", row.forward.duration, ready);
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
          ready = compute(*row, "weight gradient", row->weight_gradient.duration, ready);
          transfer(*row, "weight gradient", row->weight_gradient, ready);
          ready = compute(*row, "input gradient", row->input_gradient.duration, ready);
        }
        break;
      }
      case LayerSchedule::micro:
        for (const LayerRow& row : rows) transfer(row, "weight gradient", row.weight_gradient, {});
        graph_.ignored["policy MICRO runs the weight gradients' collectives, no other column"] = 1;
        break;
    }
    link_nodes(graph_, raw_, ControlDependencies::honoured);
    return std::move(graph_);
  }

 private:
  using Nodes = std::vector<std::uint32_t>;

  Nodes backward(const LayerRow& row, const Nodes& ready) {
    const Nodes input = compute(row, "input gradient", row.input_gradient.duration, ready);
    Nodes next = transfer(row, "input gradient", row.input_gradient, input);
    const Nodes weight = compute(row, "weight gradient", row.weight_gradient.duration, input);
    transfer(row, "weight gradient", row.weight_gradient, weight);
    next.insert(next.end(), weight.begin(), weight.end());
    return next;
  }

  TraceNode& add(const LayerRow& row, const std::string& what, const Nodes& after) {
    const std::string name = row.name + " " + what;
    if (graph_.names.size() + name.size() > std::numeric_limits<std::uint32_t>::max())
      throw TraceError(layers_.file + ": more than 2^32 bytes of names");
    TraceNode node;
    node.id = graph_.nodes.size();
    node.file_offset_bytes = row.file_offset_bytes;
    node.name_offset = static_cast<std::uint32_t>(graph_.names.size());
    node.name_length = static_cast<std::uint32_t>(name.size());
    graph_.names += name;
    for (const std::uint32_t on : after)
      raw_.edges.push_back({static_cast<std::uint32_t>(node.id), true, on});
    graph_.nodes.push_back(node);
    return graph_.nodes.back();
  }

  Nodes compute(const LayerRow& row, const std::string& what, std::uint64_t duration,
                const Nodes& after) {
    if (duration == 0) return after;
    if (duration > kLongestDuration / unit_ps_)
      throw TraceError(layers_.file + ": layer '" + row.name.substr(0, 60) + "' computes for " +
                       std::to_string(duration) + " units of " + std::to_string(unit_ps_) +
                       " ps; the longest duration is 10^18 ps (11 days)");
    TraceNode& node = add(row, what, after);
    node.kind = TraceNodeKind::compute;
    node.lane = TraceLane::gpu;
    node.duration_ps = duration * unit_ps_;
    return {static_cast<std::uint32_t>(node.id)};
  }

  Nodes transfer(const LayerRow& row, const std::string& what, const LayerStep& step,
                 const Nodes& after) {
    if (!step.collective || step.bytes == 0) return after;
    Nodes in_order = after;
    if (last_transfer_) in_order.push_back(*last_transfer_);
    TraceNode& node = add(row, what + " " + to_string(*step.collective), in_order);
    node.kind = TraceNodeKind::collective;
    node.lane = TraceLane::communication;
    node.comm_type = *step.collective;
    node.bytes = step.bytes;
    node.whole_buffer = true;
    node.group = static_cast<std::uint32_t>(step.group);
    ++graph_.collective_nodes;
    last_transfer_ = static_cast<std::uint32_t>(node.id);
    return compute(row, what + " update", row.update_duration, {*last_transfer_});
  }

  const LayerFile& layers_;
  Picoseconds unit_ps_;
  TraceGraph graph_;
  RawDependencies raw_;
  std::optional<std::uint32_t> last_transfer_;
};

}  // namespace

TraceSet make_layer_set(const LayerFile& layers, const LayerTraceOptions& options) {
  if (options.duration_unit_ps == 0) throw TraceError("the unit of duration must not be 0 ps");
  const Layout layout = lay_out(layers, options);
  TraceSet set;
  set.single_file = true;
  TraceGraph graph = GraphWriter(layers, options.duration_unit_ps).write();
  if (graph.nodes.empty())
    throw TraceError(layers.file + ": the layers neither compute nor move data");
  make_groups(layout, set);
  std::uint64_t alone = 0;
  for (const TraceNode& node : graph.nodes)
    alone += node.kind == TraceNodeKind::collective &&
             set.groups[set.rank_groups[0][node.group]].ranks.size() == 1;
  if (alone > 0) graph.ignored["collectives in groups of one rank: nothing travels"] = alone;
  if (options.job_ranks > 0 && options.job_ranks != layers.job_ranks)
    set.warnings.push_back(
        std::to_string(options.job_ranks) + " ranks" +
        (layers.job_ranks > 0 ? " of a job of " + std::to_string(layers.job_ranks) : "") +
        " are run: data-parallel groups have " + std::to_string(layout.data) + " of them");
  if (layout.stages > 1)
    set.warnings.push_back("the " + std::to_string(layout.stages) +
                           " pipeline stages run the same rows side by side, without transfers "
                           "between them: the file has the rows of one stage");
  set.ranks.assign(layout.ranks, std::make_shared<const TraceGraph>(std::move(graph)));
  return set;
}

}  // namespace antares::platforms
