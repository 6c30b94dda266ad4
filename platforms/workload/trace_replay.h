// SPDX-License-Identifier: Apache-2.0
// Replays one rank's trace: says what may start, is told what has ended. No clock and no kernel of
// its own; time is an argument and never goes backwards. As the reference simulator does
// (facts/ecosystem.md 1.1): a node starts when its dependencies are done and its lane is free; one
// lane each for CPU, accelerator compute and communication, receives take none; among ready nodes
// the first in the file goes. Collectives of one process group start in the order of their
// instances, which is the same on all ranks, so that a rank's lane never waits for a collective
// that its peers start later. Leaves out preemption and comm_priority. Times in picoseconds.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

/// Something the caller must do now and report when it is over.
struct ReplayAction {
  enum class Kind : std::uint8_t { compute, collective, send, receive };
  Kind kind = Kind::compute;
  std::uint32_t node = 0;       ///< index into TraceGraph::nodes
  Picoseconds duration_ps = 0;  ///< compute: report with compute_done() after this time
};

struct ReplayTotals {
  Picoseconds end_ps = 0;           ///< when the last node ended
  Picoseconds cpu_busy_ps = 0;      ///< CPU lane
  Picoseconds gpu_busy_ps = 0;      ///< accelerator compute lane
  Picoseconds compute_busy_ps = 0;  ///< either of them
  Picoseconds communication_busy_ps =
      0;  ///< a collective or send is under way (waiting for peers too)
  /// A collective or send is under way and no compute (CPU or accelerator) runs.
  Picoseconds exposed_communication_ps = 0;
  /// A collective or send is under way and no accelerator compute runs.
  Picoseconds accelerator_exposed_ps = 0;
  /// Nothing runs here but receives that wait for their sender.
  Picoseconds receive_wait_ps = 0;
  std::uint64_t nodes_done = 0;
};

class TraceReplay {
 public:
  explicit TraceReplay(std::shared_ptr<const TraceGraph> graph);

  /// Each call appends what may start now to `actions`. Nodes without duration or lane never
  /// appear.
  void start(Picoseconds now_ps, std::vector<ReplayAction>& actions);
  void compute_done(std::uint32_t node, Picoseconds now_ps, std::vector<ReplayAction>& actions);
  /// A collective, send or receive is complete on this rank.
  void transfer_done(std::uint32_t node, Picoseconds now_ps, std::vector<ReplayAction>& actions);

  bool done() const { return totals_.nodes_done == graph_->nodes.size(); }
  const ReplayTotals& totals() const { return totals_; }
  const TraceGraph& graph() const { return *graph_; }
  /// Who waits for what, for the diagnosis of a run without progress; empty when done.
  std::string waiting() const;

 private:
  void advance(Picoseconds now_ps);
  void finish(std::uint32_t node, Picoseconds now_ps, std::vector<ReplayAction>& actions);
  void complete(std::uint32_t node);
  void make_ready(std::uint32_t node);
  void issue(std::vector<ReplayAction>& actions);
  bool issue_from(TraceLane lane, std::vector<ReplayAction>& actions);
  void begin(std::uint32_t node, std::vector<ReplayAction>& actions);

  std::shared_ptr<const TraceGraph> graph_;
  std::vector<std::uint32_t> missing_;  ///< dependencies not done yet, by node
  std::vector<bool> running_;
  std::array<std::set<std::uint32_t>, kTraceLanes> ready_;
  std::array<std::uint32_t, kTraceLanes> busy_{};  ///< nodes that run on a lane
  std::vector<std::uint32_t> next_instance_;       ///< by process group
  std::vector<std::uint32_t> instant_;             ///< nodes that take no time, to complete now
  std::uint32_t receives_ = 0;
  Picoseconds now_ps_ = 0;
  ReplayTotals totals_;
};

/// What a user should know about finished replays, one sentence each: compute that hides (nearly)
/// all communication (often a wrong unit of duration), or (nearly) no compute.
std::vector<std::string> replay_warnings(const ReplayTotals& totals);

}  // namespace antares::platforms
