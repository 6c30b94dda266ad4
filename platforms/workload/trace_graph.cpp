// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_graph.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>

namespace antares::platforms {

namespace {

constexpr std::size_t kLongestLabel = 60;
constexpr std::size_t kMostCycleNodes = 12;

// Finds nodes by id. Ids are mostly close together: a table then, else a search.
class IdLookup {
 public:
  explicit IdLookup(const TraceGraph& graph) : graph_(graph), by_id_(graph.nodes.size()) {
    std::iota(by_id_.begin(), by_id_.end(), 0u);
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return id_of(a) < id_of(b); };
    if (!std::is_sorted(by_id_.begin(), by_id_.end(), less)) {
      std::stable_sort(by_id_.begin(), by_id_.end(), less);
    }
    refuse_duplicates();
    if (by_id_.empty()) return;
    const std::uint64_t span = id_of(by_id_.back()) - id_of(by_id_.front());
    if (span / kLongestGap > by_id_.size()) return;
    table_.assign(span + 1, kAbsent);
    for (std::uint32_t index : by_id_) table_[id_of(index) - id_of(by_id_.front())] = index;
  }

  static constexpr std::uint32_t kAbsent = ~std::uint32_t{0};
  std::uint32_t find(std::uint64_t id) const {
    if (!table_.empty()) {
      const std::uint64_t place = id - id_of(by_id_.front());  // wraps, and is then too large
      return place < table_.size() ? table_[place] : kAbsent;
    }
    const auto found = std::lower_bound(
        by_id_.begin(), by_id_.end(), id,
        [&](std::uint32_t index, std::uint64_t key) { return id_of(index) < key; });
    return found == by_id_.end() || id_of(*found) != id ? kAbsent : *found;
  }

 private:
  static constexpr std::uint64_t kLongestGap = 8;  // bounds the table to 32 bytes a node
  std::uint64_t id_of(std::uint32_t index) const { return graph_.nodes[index].id; }

  void refuse_duplicates() const {
    for (std::size_t i = 1; i < by_id_.size(); ++i) {
      const TraceNode& first = graph_.nodes[by_id_[i - 1]];
      const TraceNode& second = graph_.nodes[by_id_[i]];
      if (first.id == second.id) throw TraceError(graph_.two_of_one_id(first, second));
    }
  }

  const TraceGraph& graph_;
  std::vector<std::uint32_t> by_id_;
  std::vector<std::uint32_t> table_;
};

void resolve(TraceGraph& graph, const RawDependencies& raw, const IdLookup& lookup,
             bool use_control) {
  std::uint64_t absent_data = 0, absent_control = 0;
  graph.dependencies.clear();
  graph.dependencies.reserve(raw.edges.size());
  std::size_t edge = 0;
  for (std::uint32_t node = 0; node < graph.nodes.size(); ++node) {
    const std::size_t first = graph.dependencies.size();
    for (; edge < raw.edges.size() && raw.edges[edge].node == node; ++edge) {
      if (!raw.edges[edge].data && !use_control) continue;
      const std::uint32_t found = lookup.find(raw.edges[edge].id);
      if (found == IdLookup::kAbsent) {
        // Real traces name a thread root that the converter left out: waiting for it would hang.
        ++(raw.edges[edge].data ? absent_data : absent_control);
      } else {
        graph.dependencies.push_back(found);
      }
    }
    // A node may be named as data and as control dependency.
    const auto begin = graph.dependencies.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, graph.dependencies.end());
    graph.dependencies.erase(std::unique(begin, graph.dependencies.end()),
                             graph.dependencies.end());
    graph.nodes[node].first_dependency = static_cast<std::uint32_t>(first);
    graph.nodes[node].dependency_count =
        static_cast<std::uint32_t>(graph.dependencies.size() - first);
    graph.nodes[node].dependent_count = 0;
  }
  const auto count = [&](const char* reason, std::uint64_t times) {
    times > 0 ? void(graph.ignored[reason] = times) : void(graph.ignored.erase(reason));
  };
  count("data dependencies on nodes that are not in the file", absent_data);
  count("control dependencies on nodes that are not in the file", absent_control);
}

void fill_dependents(TraceGraph& graph) {
  for (std::uint32_t on : graph.dependencies) ++graph.nodes[on].dependent_count;
  std::uint32_t next = 0;
  for (TraceNode& node : graph.nodes) {
    node.first_dependent = next;
    next += node.dependent_count;
    node.dependent_count = 0;
  }
  graph.dependents.resize(next);
  for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
    const TraceNode& node = graph.nodes[index];
    for (std::uint32_t d = 0; d < node.dependency_count; ++d) {
      TraceNode& on = graph.nodes[graph.dependencies[node.first_dependency + d]];
      graph.dependents[on.first_dependent + on.dependent_count++] = index;
    }
  }
}

[[noreturn]] void report_cycle(const TraceGraph& graph) {
  // Every node left over waits for another one left over: walking back must come round.
  std::vector<bool> sorted(graph.nodes.size());
  for (std::uint32_t index : graph.order) sorted[index] = true;
  const auto left = [&](std::uint32_t index) { return !sorted[index]; };
  std::uint32_t at = 0;
  while (!left(at)) ++at;
  std::vector<std::uint32_t> path;
  std::vector<bool> seen(graph.nodes.size());
  while (!seen[at]) {
    seen[at] = true;
    path.push_back(at);
    const TraceNode& node = graph.nodes[at];
    for (std::uint32_t d = 0; d < node.dependency_count; ++d) {
      const std::uint32_t on = graph.dependencies[node.first_dependency + d];
      if (left(on)) {
        at = on;
        break;
      }
    }
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::string text;
  for (std::size_t i = 0; i < path.size() && i < kMostCycleNodes; ++i) {
    text += graph.label(graph.nodes[path[i]]) + " waits for ";
  }
  if (path.size() > kMostCycleNodes) text += "... which waits for ";
  throw TraceError(graph.file + ": the dependencies form a cycle of " +
                   std::to_string(path.size()) + " node(s): " + text +
                   graph.label(graph.nodes[path.front()]));
}

// False when there is a cycle.
bool sort_topologically(TraceGraph& graph) {
  graph.order.clear();
  std::vector<std::uint32_t> missing(graph.nodes.size());
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
  for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
    missing[index] = graph.nodes[index].dependency_count;
    if (missing[index] == 0) ready.push(index);
  }
  graph.order.reserve(graph.nodes.size());
  while (!ready.empty()) {
    const std::uint32_t index = ready.top();
    ready.pop();
    graph.order.push_back(index);
    const TraceNode& node = graph.nodes[index];
    for (std::uint32_t d = 0; d < node.dependent_count; ++d) {
      const std::uint32_t waiting = graph.dependents[node.first_dependent + d];
      if (--missing[waiting] == 0) ready.push(waiting);
    }
  }
  return graph.order.size() == graph.nodes.size();
}

bool link(TraceGraph& graph, const RawDependencies& raw, const IdLookup& lookup, bool use_control) {
  resolve(graph, raw, lookup, use_control);
  fill_dependents(graph);
  return sort_topologically(graph);
}

}  // namespace

const char* to_string(TraceNodeKind kind) {
  constexpr const char* kNames[] = {"compute", "collective", "send", "receive", "memory", "other"};
  return kNames[static_cast<unsigned>(kind)];
}

const char* to_string(CommType type) {
  constexpr const char* kNames[] = {
      "all_reduce", "reduce",         "all_gather",           "gather", "scatter", "broadcast",
      "all_to_all", "reduce_scatter", "reduce_scatter_block", "barrier"};
  return kNames[static_cast<unsigned>(type)];
}

std::string TraceGraph::two_of_one_id(const TraceNode& first, const TraceNode& second) const {
  return file + ": two nodes have id " + std::to_string(first.id) + ": " + label(first) +
         " at byte " + std::to_string(first.file_offset_bytes) + " and " + label(second) +
         " at byte " + std::to_string(second.file_offset_bytes) + "; ids must be unique in a file";
}

std::string TraceGraph::label(const TraceNode& node) const {
  std::string text(name(node).substr(0, kLongestLabel));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';  // a trace is no terminal script
  }
  if (node.name_length > kLongestLabel) text += "...";
  return "node " + std::to_string(node.id) + " '" + text + "'";
}

void link_nodes(TraceGraph& graph, const RawDependencies& raw, ControlDependencies control) {
  const IdLookup lookup(graph);
  bool acyclic = link(graph, raw, lookup, control != ControlDependencies::ignored);
  const auto controls = static_cast<std::uint64_t>(std::count_if(
      raw.edges.begin(), raw.edges.end(), [](const auto& edge) { return !edge.data; }));
  if (!acyclic && control == ControlDependencies::automatic && controls > 0) {
    acyclic = link(graph, raw, lookup, false);
    if (acyclic) {
      graph
          .ignored["control dependencies: they close cycles, so they are call nesting, not order"] =
          controls;
    }
  }
  if (!acyclic) report_cycle(graph);
  if (control == ControlDependencies::ignored && controls > 0) {
    graph.ignored["control dependencies: ignored as asked for"] = controls;
  }
  std::vector<std::uint32_t> instances(graph.groups.size());
  std::map<std::tuple<TraceNodeKind, std::uint32_t, std::uint32_t>, std::uint32_t> flow_instances;
  for (std::uint32_t index : graph.order) {
    TraceNode& node = graph.nodes[index];
    if (node.kind == TraceNodeKind::collective) node.instance = instances[node.group]++;
    if (node.kind == TraceNodeKind::send || node.kind == TraceNodeKind::receive) {
      node.instance = flow_instances[{node.kind, node.peer, node.tag}]++;
    }
  }
}

}  // namespace antares::platforms
