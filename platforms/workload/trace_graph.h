// SPDX-License-Identifier: Apache-2.0
// One rank's execution trace as a compact graph: what runs, what waits for what. Filled by
// chakra_reader and layer_trace (facts/ecosystem.md 1.1, 1.3), replayed by trace_replay.
// Dependencies are indices, names stand in one string. Leaves out tensors, shapes and schemas.
// Times in picoseconds, sizes in bytes.
#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "antares/protocols/common/units.h"

namespace antares::platforms {

using protocols::Picoseconds;

/// Bad trace input; the text names the file, where in it, and what would be right.
class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class TraceNodeKind : std::uint8_t { compute, collective, send, receive, memory, other };
inline constexpr unsigned kTraceNodeKinds = 6;
const char* to_string(TraceNodeKind kind);

/// Chakra's numbers.
enum class CommType : std::uint8_t {
  all_reduce,
  reduce,
  all_gather,
  gather,
  scatter,
  broadcast,
  all_to_all,
  reduce_scatter,
  reduce_scatter_block,
  barrier
};
inline constexpr unsigned kCommTypes = 10;
const char* to_string(CommType type);

/// What a node occupies while it runs. Receives and markers occupy nothing.
enum class TraceLane : std::uint8_t { none, cpu, gpu, communication };
inline constexpr unsigned kTraceLanes = 4;

struct TraceNode {
  std::uint64_t id = 0;
  std::uint64_t file_offset_bytes = 0;  ///< of the node's length prefix, for messages
  Picoseconds duration_ps = 0;          ///< as recorded; of a transfer too, for comparison
  std::uint64_t bytes = 0;              ///< comm_size of a transfer
  std::uint32_t name_offset = 0, name_length = 0;
  std::uint32_t first_dependency = 0, dependency_count = 0;
  std::uint32_t first_dependent = 0, dependent_count = 0;
  std::uint32_t peer = 0;  ///< rank at the other end of a send or receive
  std::uint32_t tag = 0;
  std::uint32_t group =
      0;  ///< process group: index into TraceGraph::groups, later TraceSet::groups
  /// The how-manieth collective of its group on this rank, or send/receive with its peer and tag:
  /// what belongs together on several ranks has the same instance.
  std::uint32_t instance = 0;
  std::uint32_t priority = 0;
  TraceNodeKind kind = TraceNodeKind::other;
  TraceLane lane = TraceLane::none;
  CommType comm_type = CommType::all_reduce;
  /// `bytes` of an all_gather or gather is the buffer of all ranks, not what one contributes.
  bool whole_buffer = false;
};

struct TraceGraph {
  std::string file;
  std::string format = "Chakra version";  ///< with `version`: what the file is, for a person
  std::string version;
  std::vector<TraceNode> nodes;
  std::vector<std::uint32_t> dependencies;  ///< node indices: data and control, without duplicates
  std::vector<std::uint32_t> dependents;    ///< the same edges the other way round
  std::vector<std::uint32_t> order;         ///< topological, file order where there is a choice
  std::vector<std::string> groups;          ///< distinct pg_name; [0] is "", all ranks
  std::string group_definitions;  ///< JSON of a process-group metadata node, if there is one
  std::string names;
  std::uint64_t collective_nodes = 0;  ///< typed "collective" in the file, transfers or not
  /// What was understood differently from what the file says, or not used: reason -> count.
  std::map<std::string, std::uint64_t> ignored;

  std::string_view name(const TraceNode& node) const {
    return std::string_view(names).substr(node.name_offset, node.name_length);
  }
  /// "node 17 'all_reduce'", for messages; long names are cut.
  std::string label(const TraceNode& node) const;
  /// A sentence for a person.
  std::string two_of_one_id(const TraceNode& first, const TraceNode& second) const;
};

/// Dependencies as read: ids, of a node [index], before they are looked up.
struct RawDependencies {
  struct Edge {
    std::uint32_t node = 0;
    bool data = false;
    std::uint64_t id = 0;
  };
  std::vector<Edge> edges;  ///< in node order
};

/// PyTorch's converter stores the call nesting as control dependencies, which can run against the
/// data dependencies: the reference simulator ignores them all. Other writers mean order by them.
enum class ControlDependencies : std::uint8_t {
  automatic,  ///< honoured, unless they close a cycle: then this file's are ignored, and counted
  honoured,   ///< a cycle is an error
  ignored
};

/// Turns ids into indices, fills dependents, order and instances. Dependencies on nodes that are
/// not in the file are counted in `ignored`. Throws TraceError on duplicate ids and cycles.
void link_nodes(TraceGraph& graph, const RawDependencies& raw, ControlDependencies control);

}  // namespace antares::platforms
