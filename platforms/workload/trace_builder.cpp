// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_builder.h"

#include <limits>

namespace antares::platforms {

TraceNode& TraceBuilder::add(const std::string& name, TraceNodeKind kind, TraceLane lane,
                             const Nodes& after) {
  if (graph_.names.size() + name.size() > std::numeric_limits<std::uint32_t>::max())
    throw TraceError(graph_.file + ": more than 2^32 bytes of names");
  TraceNode node;
  node.id = graph_.nodes.size();
  node.file_offset_bytes = file_offset_bytes_;
  node.name_offset = static_cast<std::uint32_t>(graph_.names.size());
  node.name_length = static_cast<std::uint32_t>(name.size());
  node.kind = kind;
  node.lane = lane;
  graph_.names += name;
  for (const std::uint32_t on : after)
    raw_.edges.push_back({static_cast<std::uint32_t>(node.id), true, on});
  graph_.nodes.push_back(node);
  return graph_.nodes.back();
}

TraceNode& TraceBuilder::transfer(const std::string& name, TraceNodeKind kind, Nodes after) {
  if (last_transfer_) after.push_back(*last_transfer_);
  TraceNode& node = add(name, kind, TraceLane::communication, after);
  last_transfer_ = static_cast<std::uint32_t>(node.id);
  return node;
}

TraceBuilder::Nodes TraceBuilder::compute(const std::string& name, Picoseconds duration_ps,
                                          const Nodes& after) {
  if (duration_ps == 0) return after;
  TraceNode& node = add(name, TraceNodeKind::compute, TraceLane::gpu, after);
  node.duration_ps = duration_ps;
  return {static_cast<std::uint32_t>(node.id)};
}

TraceBuilder::Nodes TraceBuilder::collective(const std::string& name, CommType type,
                                             std::uint32_t group, std::uint64_t bytes,
                                             const Nodes& after) {
  if (bytes == 0) return after;
  TraceNode& node = transfer(name, TraceNodeKind::collective, after);
  node.comm_type = type;
  node.bytes = bytes;
  node.whole_buffer = true;
  node.group = group;
  ++graph_.collective_nodes;
  return {static_cast<std::uint32_t>(node.id)};
}

TraceBuilder::Nodes TraceBuilder::send(const std::string& name, std::uint32_t peer,
                                       std::uint32_t tag, std::uint64_t bytes, const Nodes& after) {
  if (bytes == 0) return after;
  TraceNode& node = transfer(name, TraceNodeKind::send, after);
  node.peer = peer;
  node.tag = tag;
  node.bytes = bytes;
  return {static_cast<std::uint32_t>(node.id)};
}

TraceBuilder::Nodes TraceBuilder::receive(const std::string& name, std::uint32_t peer,
                                          std::uint32_t tag, std::uint64_t bytes,
                                          const Nodes& after) {
  if (bytes == 0) return after;
  TraceNode& node = add(name, TraceNodeKind::receive, TraceLane::none, after);
  node.peer = peer;
  node.tag = tag;
  node.bytes = bytes;
  return {static_cast<std::uint32_t>(node.id)};
}

TraceGraph TraceBuilder::finish() {
  link_nodes(graph_, raw_, ControlDependencies::honoured);
  return std::move(graph_);
}

}  // namespace antares::platforms
