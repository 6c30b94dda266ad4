// SPDX-License-Identifier: Apache-2.0
// All ranks' traces of one run, ready to be replayed: files found and read, process groups settled,
// collectives, sends and receives matched across ranks before anything is simulated. A single file
// is replayed on every rank of its process groups (SPMD), on all there are where it names none, and
// then only one graph is held. Times in picoseconds.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "antares/platforms/config/workload_config.h"
#include "antares/platforms/workload/chakra_reader.h"
#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

struct TraceSetOptions {
  /// Ranks (accelerators) there are; a trace may use fewer.
  std::uint32_t available_ranks = 1;
  std::string group_file;  ///< side file with process groups; empty: metadata nodes, else all ranks
  ChakraOptions chakra;
  TraceFormat format = TraceFormat::automatic;
  Picoseconds duration_unit_ps = 0;  ///< of the durations in the file; 0: as usual in its format
  std::uint32_t job_ranks = 0;       ///< LayerTraceOptions::job_ranks; layer files only
};

struct TraceGroup {
  std::string name;
  std::vector<std::uint32_t> ranks;  ///< sorted
};

struct TraceSet {
  std::vector<std::shared_ptr<const TraceGraph>> ranks;
  std::vector<TraceGroup> groups;
  /// Where all ranks run one graph but their groups differ: [rank][TraceNode::group] is an index
  /// into `groups`. Empty: TraceNode::group is one itself.
  std::vector<std::vector<std::uint32_t>> rank_groups;
  bool single_file = false;
  std::vector<std::string> warnings;

  std::uint32_t group_index(std::uint32_t rank, std::uint32_t group) const {
    return rank_groups.empty() ? group : rank_groups[rank][group];
  }
  const std::vector<std::uint32_t>& members(std::uint32_t rank, const TraceNode& collective) const {
    return groups[group_index(rank, collective.group)].ranks;
  }
  /// Identifies a collective across ranks: the instance-th of its group.
  std::uint64_t key(std::uint32_t rank, const TraceNode& collective) const {
    return std::uint64_t{group_index(rank, collective.group)} << 32 | collective.instance;
  }
};

/// Throws TraceError that names file, node and what would be right.
TraceSet load_traces(const std::string& path, const TraceSetOptions& options);

/// Settles groups and checks that ranks fit together; load_traces calls it. `graphs`: one a rank,
/// or one for all (`single_file`).
TraceSet make_trace_set(std::vector<TraceGraph> graphs, bool single_file,
                        const TraceSetOptions& options);

/// What a collective node asks for on a group of `ranks`, algorithm `auto`. A gather's and
/// all_gather's comm_size is what one rank contributes, so its `bytes` is ranks times that; a
/// barrier is an all_reduce of one element by `direct`. Roots: rank 0 of the group (assumption:
/// traces do not name it).
CollectiveRequest to_request(const TraceNode& collective, std::uint32_t ranks);

}  // namespace antares::platforms
