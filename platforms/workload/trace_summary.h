// SPDX-License-Identifier: Apache-2.0
// What was understood of a trace, before it runs: nodes by kind, transfers and their bytes,
// compute, and what was ignored and why. For `antares trace info` and the head of a run. Sums over
// one rank's graph or over a set. Times in picoseconds.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct TransferCount {
  std::uint64_t transfers = 0;
  std::uint64_t bytes = 0;
};

struct TraceSummary {
  std::uint32_t graphs = 0;  ///< files read
  std::uint32_t ranks = 0;
  std::string format;  ///< "Chakra version"
  std::string version;
  std::uint64_t nodes = 0;
  std::array<std::uint64_t, kTraceNodeKinds> nodes_by_kind{};
  std::uint64_t collective_nodes = 0;  ///< typed so in the files; more than there are transfers
  std::uint64_t dependencies = 0;
  std::array<TransferCount, kCommTypes> collectives{};
  TransferCount sends;
  Picoseconds cpu_compute_ps = 0, gpu_compute_ps = 0;
  Picoseconds recorded_communication_ps = 0;  ///< durations of transfers in the files
  /// Longest chain of compute alone, communication taking no time: no run is shorter.
  Picoseconds critical_compute_ps = 0;
  std::map<std::string, std::uint64_t> ignored;

  std::uint64_t transfers() const;
  std::uint64_t transfer_bytes() const;
};

TraceSummary summarize(const TraceGraph& graph);
/// Counts are sums over the files, critical_compute_ps is the largest of them.
TraceSummary summarize(const TraceSet& set);
/// Several lines of text, each ending in a newline.
std::string to_text(const TraceSummary& summary);

}  // namespace antares::platforms
