// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_matching.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace antares::platforms {

namespace {

std::string place(const TraceGraph& graph, const TraceNode& node) {
  return graph.file + ": " + graph.label(node);
}

std::string what(const TraceNode& node) {
  return std::string(to_string(node.comm_type)) + " of " + std::to_string(node.bytes) + " bytes";
}

// [group] -> collective nodes in order of instance.
std::vector<std::vector<std::uint32_t>> collectives_by_group(const TraceSet& set,
                                                             const TraceGraph& graph) {
  std::vector<std::vector<std::uint32_t>> by_group(set.groups.size());
  for (std::uint32_t index : graph.order) {
    const TraceNode& node = graph.nodes[index];
    if (node.kind == TraceNodeKind::collective) by_group[node.group].push_back(index);
  }
  return by_group;
}

void check_membership(const TraceSet& set, std::uint32_t rank,
                      const std::vector<std::vector<std::uint32_t>>& by_group) {
  const TraceGraph& graph = *set.ranks[rank];
  for (std::size_t g = 0; g < by_group.size(); ++g) {
    const std::vector<std::uint32_t>& members = set.groups[g].ranks;
    if (by_group[g].empty() || std::binary_search(members.begin(), members.end(), rank)) continue;
    throw TraceError(place(graph, graph.nodes[by_group[g][0]]) +
                     " is a collective of process group '" + set.groups[g].name +
                     "', which does not hold rank " + std::to_string(rank) +
                     (set.single_file ? "; a single file can only be replayed on all ranks if its "
                                        "groups hold all ranks: give the set of all ranks' files"
                                      : ""));
  }
}

void check_collectives(const TraceSet& set) {
  std::vector<std::vector<std::vector<std::uint32_t>>> by_rank;
  for (std::uint32_t rank = 0; rank < set.ranks.size(); ++rank) {
    // The ranks of a single file do the same: one look is enough, membership is each rank's own.
    if (!set.single_file || rank == 0) {
      by_rank.push_back(collectives_by_group(set, *set.ranks[rank]));
    }
    check_membership(set, rank, by_rank.back());
  }
  if (set.single_file) return;
  for (std::size_t g = 0; g < set.groups.size(); ++g) {
    const std::vector<std::uint32_t>& members = set.groups[g].ranks;
    const std::uint32_t first = members.front();
    const std::vector<std::uint32_t>& reference = by_rank[first][g];
    for (std::uint32_t rank : members) {
      const std::vector<std::uint32_t>& mine = by_rank[rank][g];
      const std::string group = "process group '" + set.groups[g].name + "'";
      for (std::size_t k = 0; k < std::min(mine.size(), reference.size()); ++k) {
        const TraceNode& a = set.ranks[first]->nodes[reference[k]];
        const TraceNode& b = set.ranks[rank]->nodes[mine[k]];
        if (a.comm_type == b.comm_type && a.bytes == b.bytes) continue;
        throw TraceError("collective " + std::to_string(k) + " of " + group +
                         " differs between ranks: " + place(*set.ranks[first], a) + " is an " +
                         what(a) + ", " + place(*set.ranks[rank], b) + " is an " + what(b));
      }
      if (mine.size() == reference.size()) continue;
      const bool short_one = mine.size() < reference.size();
      const std::uint32_t longer = short_one ? first : rank;
      const std::vector<std::uint32_t>& nodes = short_one ? reference : mine;
      const std::size_t k = std::min(mine.size(), reference.size());
      throw TraceError(place(*set.ranks[longer], set.ranks[longer]->nodes[nodes[k]]) +
                       " is collective " + std::to_string(k) + " of " + group + " on rank " +
                       std::to_string(longer) + ", but rank " +
                       std::to_string(short_one ? rank : first) + " has only " + std::to_string(k));
    }
  }
}

struct Ends {
  std::vector<std::uint32_t> sends, receives;
};

void check_point_to_point(const TraceSet& set) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Ends> flows;
  for (std::uint32_t rank = 0; rank < set.ranks.size(); ++rank) {
    const TraceGraph& graph = *set.ranks[rank];
    for (std::uint32_t index : graph.order) {
      const TraceNode& node = graph.nodes[index];
      const bool send = node.kind == TraceNodeKind::send;
      if (!send && node.kind != TraceNodeKind::receive) continue;
      if (set.single_file) {
        throw TraceError(
            place(graph, node) + " is a " + to_string(node.kind) +
            " between two given ranks: a single file with such nodes can't be replayed "
            "on every rank; give the set of all ranks' files");
      }
      if (node.peer >= set.ranks.size() || node.peer == rank) {
        throw TraceError(place(graph, node) + " is a " + to_string(node.kind) + " with rank " +
                         std::to_string(node.peer) + ": its peer must be another rank of 0 to " +
                         std::to_string(set.ranks.size() - 1));
      }
      Ends& ends = flows[send ? std::tuple(rank, node.peer, node.tag)
                              : std::tuple(node.peer, rank, node.tag)];
      (send ? ends.sends : ends.receives).push_back(index);
    }
  }
  for (const auto& [flow, ends] : flows) {
    const TraceGraph& from = *set.ranks[std::get<0>(flow)];
    const TraceGraph& to = *set.ranks[std::get<1>(flow)];
    const std::size_t pairs = std::min(ends.sends.size(), ends.receives.size());
    for (std::size_t k = 0; k < pairs; ++k) {
      const TraceNode& send = from.nodes[ends.sends[k]];
      const TraceNode& receive = to.nodes[ends.receives[k]];
      if (send.bytes == receive.bytes) continue;
      throw TraceError(place(from, send) + " sends " + std::to_string(send.bytes) + " bytes, but " +
                       place(to, receive) + " expects " + std::to_string(receive.bytes));
    }
    const std::string tag = " (tag " + std::to_string(std::get<2>(flow)) + ")";
    if (ends.sends.size() > pairs) {
      throw TraceError(place(from, from.nodes[ends.sends[pairs]]) + " sends to rank " +
                       std::to_string(std::get<1>(flow)) + tag + ", which has no receive for it");
    }
    if (ends.receives.size() > pairs) {
      throw TraceError(place(to, to.nodes[ends.receives[pairs]]) + " receives from rank " +
                       std::to_string(std::get<0>(flow)) + tag + ", which has no send for it");
    }
  }
}

}  // namespace

void check_matching(const TraceSet& set) {
  check_collectives(set);
  check_point_to_point(set);
}

}  // namespace antares::platforms
