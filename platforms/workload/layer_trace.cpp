// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/layer_trace.h"

#include <algorithm>

#include "antares/platforms/workload/rank_layout.h"
#include "antares/platforms/workload/trace_builder.h"

namespace antares::platforms {

namespace {

// As in a Chakra trace: sums stay within 64 bits.
constexpr Picoseconds kLongestDuration = 1'000'000'000'000'000'000;

RankLayout layout_of(const LayerFile& layers, const LayerTraceOptions& options) {
  const auto fail = [&](const std::string& what) { throw TraceError(layers.file + ": " + what); };
  const std::string there = std::to_string(options.available_ranks);
  const std::uint32_t ranks = options.job_ranks > 0  ? options.job_ranks
                              : layers.job_ranks > 0 ? layers.job_ranks
                                                     : options.available_ranks;
  if (options.job_ranks > 0 && layers.job_ranks > 0 && options.job_ranks > layers.job_ranks)
    fail("job_ranks is " + std::to_string(options.job_ranks) + ", more than the job's " +
         std::to_string(layers.job_ranks) + " (all_gpus)");
  if (ranks > options.available_ranks)
    fail("the job has " + std::to_string(ranks) + " ranks, but there are only " + there +
         " accelerators" +
         (options.job_ranks > 0 ? ""
                                : "; job_ranks (--job-ranks) runs a part of it, with smaller "
                                  "data-parallel groups"));
  return lay_out(ranks, layers.tensor_is_job ? ranks : layers.tensor_ranks, layers.expert_ranks,
                 options.job_ranks > 0 ? 1 : layers.pipeline_stages, kMegatronOrder, layers.file);
}

class GraphWriter {
 public:
  GraphWriter(const LayerFile& layers, Picoseconds unit_ps)
      : layers_(layers), unit_ps_(unit_ps), builder_(empty_graph(layers)) {}

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
        builder_.graph()
            .ignored["policy MICRO runs the weight gradients' collectives, no other column"] = 1;
        break;
    }
    return builder_.finish();
  }

 private:
  using Nodes = TraceBuilder::Nodes;

  static TraceGraph empty_graph(const LayerFile& layers) {
    TraceGraph graph;
    graph.file = layers.file;
    graph.format = "SimAI layers, policy";
    graph.version = layers.policy;
    graph.ignored = layers.ignored;
    for (unsigned kind = 0; kind < kLayerGroups; ++kind)
      graph.groups.emplace_back(to_string(static_cast<LayerGroup>(kind)));
    return graph;
  }

  Nodes backward(const LayerRow& row, const Nodes& ready) {
    const Nodes input = compute(row, "input gradient", row.input_gradient.duration, ready);
    Nodes next = transfer(row, "input gradient", row.input_gradient, input);
    const Nodes weight = compute(row, "weight gradient", row.weight_gradient.duration, input);
    transfer(row, "weight gradient", row.weight_gradient, weight);
    next.insert(next.end(), weight.begin(), weight.end());
    return next;
  }

  Nodes compute(const LayerRow& row, const std::string& what, std::uint64_t duration,
                const Nodes& after) {
    if (duration > kLongestDuration / unit_ps_)
      throw TraceError(layers_.file + ": layer '" + row.name.substr(0, 60) + "' computes for " +
                       std::to_string(duration) + " units of " + std::to_string(unit_ps_) +
                       " ps; the longest duration is 10^18 ps (11 days)");
    builder_.at_offset(row.file_offset_bytes);
    return builder_.compute(row.name + " " + what, duration * unit_ps_, after);
  }

  Nodes transfer(const LayerRow& row, const std::string& what, const LayerStep& step,
                 const Nodes& after) {
    if (!step.collective || step.bytes == 0) return after;
    builder_.at_offset(row.file_offset_bytes);
    const Nodes done = builder_.collective(
        row.name + " " + what + " " + to_string(*step.collective), *step.collective,
        static_cast<std::uint32_t>(step.group), step.bytes, after);
    return compute(row, what + " update", row.update_duration, done);
  }

  const LayerFile& layers_;
  Picoseconds unit_ps_;
  TraceBuilder builder_;
};

}  // namespace

TraceSet make_layer_set(const LayerFile& layers, const LayerTraceOptions& options) {
  if (options.duration_unit_ps == 0) throw TraceError("the unit of duration must not be 0 ps");
  const RankLayout layout = layout_of(layers, options);
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
