// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace antares::platforms {

namespace {

Picoseconds critical_compute_ps(const TraceGraph& graph) {
  std::vector<Picoseconds> end_ps(graph.nodes.size());
  Picoseconds longest = 0;
  for (std::uint32_t index : graph.order) {
    const TraceNode& node = graph.nodes[index];
    Picoseconds start = 0;
    for (std::uint32_t d = 0; d < node.dependency_count; ++d) {
      start = std::max(start, end_ps[graph.dependencies[node.first_dependency + d]]);
    }
    const bool computes = node.kind == TraceNodeKind::compute;
    end_ps[index] = start + (computes ? node.duration_ps : 0);
    longest = std::max(longest, end_ps[index]);
  }
  return longest;
}

void count(const TraceNode& node, TraceSummary& summary) {
  ++summary.nodes_by_kind[static_cast<unsigned>(node.kind)];
  switch (node.kind) {
    case TraceNodeKind::compute:
      (node.lane == TraceLane::cpu ? summary.cpu_compute_ps : summary.gpu_compute_ps) +=
          node.duration_ps;
      break;
    case TraceNodeKind::collective: {
      TransferCount& of_type = summary.collectives[static_cast<unsigned>(node.comm_type)];
      ++of_type.transfers;
      of_type.bytes += node.bytes;
      summary.recorded_communication_ps += node.duration_ps;
      break;
    }
    case TraceNodeKind::send:
      ++summary.sends.transfers;
      summary.sends.bytes += node.bytes;
      summary.recorded_communication_ps += node.duration_ps;
      break;
    default:
      break;
  }
}

double milliseconds(Picoseconds ps) { return static_cast<double>(ps) * 1e-9; }

}  // namespace

std::uint64_t TraceSummary::transfers() const {
  std::uint64_t total = sends.transfers;
  for (const TransferCount& type : collectives) total += type.transfers;
  return total;
}

std::uint64_t TraceSummary::transfer_bytes() const {
  std::uint64_t total = sends.bytes;
  for (const TransferCount& type : collectives) total += type.bytes;
  return total;
}

TraceSummary summarize(const TraceGraph& graph) {
  TraceSummary summary;
  summary.graphs = summary.ranks = 1;
  summary.format = graph.format;
  summary.version = graph.version;
  summary.nodes = graph.nodes.size();
  summary.collective_nodes = graph.collective_nodes;
  summary.dependencies = graph.dependencies.size();
  summary.ignored = graph.ignored;
  for (const TraceNode& node : graph.nodes) count(node, summary);
  summary.critical_compute_ps = critical_compute_ps(graph);
  return summary;
}

TraceSummary summarize(const TraceSet& set) {
  TraceSummary total = summarize(*set.ranks.at(0));
  total.ranks = static_cast<std::uint32_t>(set.ranks.size());
  for (std::size_t rank = 1; rank < set.ranks.size() && !set.single_file; ++rank) {
    const TraceSummary one = summarize(*set.ranks[rank]);
    ++total.graphs;
    total.nodes += one.nodes;
    for (unsigned k = 0; k < kTraceNodeKinds; ++k) total.nodes_by_kind[k] += one.nodes_by_kind[k];
    total.collective_nodes += one.collective_nodes;
    total.dependencies += one.dependencies;
    for (unsigned t = 0; t < kCommTypes; ++t) {
      total.collectives[t].transfers += one.collectives[t].transfers;
      total.collectives[t].bytes += one.collectives[t].bytes;
    }
    total.sends.transfers += one.sends.transfers;
    total.sends.bytes += one.sends.bytes;
    total.cpu_compute_ps += one.cpu_compute_ps;
    total.gpu_compute_ps += one.gpu_compute_ps;
    total.recorded_communication_ps += one.recorded_communication_ps;
    total.critical_compute_ps = std::max(total.critical_compute_ps, one.critical_compute_ps);
    for (const auto& [reason, times] : one.ignored) total.ignored[reason] += times;
  }
  return total;
}

std::string to_text(const TraceSummary& summary) {
  std::string text = fmt::format(
      "trace: {} file(s), {} {}, on {} rank(s)\n", summary.graphs, summary.format,
      summary.version.empty() ? "not given" : "'" + summary.version + "'", summary.ranks);
  text += fmt::format("  nodes: {} (", summary.nodes);
  for (unsigned k = 0; k < kTraceNodeKinds; ++k) {
    text += fmt::format("{}{} {}", k == 0 ? "" : ", ", summary.nodes_by_kind[k],
                        to_string(static_cast<TraceNodeKind>(k)));
  }
  text += fmt::format("), {} dependencies\n", summary.dependencies);
  text += fmt::format("  transfers: {}, {} bytes; {} of {} collective nodes are transfers\n",
                      summary.transfers(), summary.transfer_bytes(),
                      summary.transfers() - summary.sends.transfers, summary.collective_nodes);
  for (unsigned t = 0; t < kCommTypes; ++t) {
    const TransferCount& type = summary.collectives[t];
    if (type.transfers == 0) continue;
    text += fmt::format("    {}: {}, {} bytes\n", to_string(static_cast<CommType>(t)),
                        type.transfers, type.bytes);
  }
  if (summary.sends.transfers > 0) {
    text += fmt::format("    send: {}, {} bytes\n", summary.sends.transfers, summary.sends.bytes);
  }
  text += fmt::format(
      "  compute: {:.6f} ms on accelerators, {:.6f} ms on CPUs; longest chain {:.6f} ms\n",
      milliseconds(summary.gpu_compute_ps), milliseconds(summary.cpu_compute_ps),
      milliseconds(summary.critical_compute_ps));
  if (summary.recorded_communication_ps > 0) {
    text += fmt::format("  communication as recorded: {:.6f} ms (simulated anew)\n",
                        milliseconds(summary.recorded_communication_ps));
  }
  for (const auto& [reason, times] : summary.ignored) {
    text += fmt::format("  note: {} {}\n", times, reason);
  }
  return text;
}

}  // namespace antares::platforms
