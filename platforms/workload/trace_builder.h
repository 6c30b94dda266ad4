// SPDX-License-Identifier: Apache-2.0
// Puts a TraceGraph together node by node, for those who make one rather than read it. Collectives
// and sends of a rank go out in the order in which they are added, one at a time: with one lane a
// rank no other order is free of deadlocks. Picoseconds, bytes.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

class TraceBuilder {
 public:
  /// What has to be done before: indices of nodes.
  using Nodes = std::vector<std::uint32_t>;

  explicit TraceBuilder(TraceGraph graph) : graph_(std::move(graph)) {}

  /// Offset in a file of nodes added from now on, for messages.
  void at_offset(std::uint64_t file_offset_bytes) { file_offset_bytes_ = file_offset_bytes; }
  /// Each returns what follows it has to wait for. No duration: no node.
  Nodes compute(const std::string& name, Picoseconds duration_ps, const Nodes& after);
  /// `bytes` of the whole buffer; `group`: index into TraceGraph::groups. No bytes: no node.
  Nodes collective(const std::string& name, CommType type, std::uint32_t group, std::uint64_t bytes,
                   const Nodes& after);
  Nodes send(const std::string& name, std::uint32_t peer, std::uint32_t tag, std::uint64_t bytes,
             const Nodes& after);
  Nodes receive(const std::string& name, std::uint32_t peer, std::uint32_t tag, std::uint64_t bytes,
                const Nodes& after);

  TraceGraph& graph() { return graph_; }
  TraceGraph finish();

 private:
  TraceNode& add(const std::string& name, TraceNodeKind kind, TraceLane lane, const Nodes& after);
  TraceNode& transfer(const std::string& name, TraceNodeKind kind, Nodes after);

  TraceGraph graph_;
  RawDependencies raw_;
  std::optional<std::uint32_t> last_transfer_;
  std::uint64_t file_offset_bytes_ = 0;
};

}  // namespace antares::platforms
