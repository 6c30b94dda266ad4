// SPDX-License-Identifier: Apache-2.0
// Puts the replays of a trace onto a platform: compute is a timer on the wheel, a collective starts
// when the last member of its group has reached it and ends for all members when the last byte is
// in, a send is a remote store that waits for no posted receive, a receive ends when both it and
// the data are there. Timing only. Leaves out: members that finish a collective earlier than the
// others, and compute slowed down by communication. Picoseconds.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/build/transfer_plan.h"
#include "antares/platforms/workload/trace_replay.h"

namespace antares::platforms {

class TraceRun : private models::EventTarget {
 public:
  /// `endpoints`: of rank r, index into Platform::endpoints(). All references must outlive this.
  TraceRun(Platform& platform, const TraceSet& set, TransferPlanner& planner,
           std::vector<std::size_t> endpoints, double compute_scale);

  /// Starts all ranks in the next picosecond. The kernel is paused when the last of them is done.
  void start();
  bool done() const { return ranks_done_ == replays_.size() || !refusal_.empty(); }
  /// Why one of its collectives cannot be; empty: all can so far.
  const std::string& refusal() const { return refusal_; }
  double fraction_done() const;
  /// Who waits for what, one line a rank or collective, for a diagnosis.
  std::vector<std::string> waiting() const;

  models::Picoseconds start_ps() const { return start_ps_; }
  const ReplayTotals& totals(std::size_t rank) const { return replays_[rank].totals(); }
  /// The rank that ended last; of several, the first.
  std::size_t slowest_rank() const;
  std::string failed_requests() const { return engine_.failed_requests(); }

  struct FinishedCollective {
    bool with_rank_0 = false;
    std::uint32_t ranks = 0;
    std::shared_ptr<const TransferPlan> plan;
    models::Picoseconds time_ps = 0;  ///< from the arrival of the last member
  };
  /// Collectives that carried something and have ended since the last call, in that order.
  std::vector<FinishedCollective> take_finished() { return std::exchange(finished_, {}); }

 private:
  struct Participant {
    std::uint32_t rank = 0;
    std::uint32_t node = 0;
  };
  struct Transfer {
    std::vector<Participant> participants;  ///< of a send: the sender alone
    std::shared_ptr<const TransferPlan> plan;
    models::Picoseconds start_ps = 0;
  };
  using Flow = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void take(std::uint32_t rank, models::Picoseconds now_ps,
            const std::vector<ReplayAction>& actions);
  void reach_collective(Participant who, const TraceNode& node, models::Picoseconds now_ps);
  void send(Participant who, const TraceNode& node, models::Picoseconds now_ps);
  void receive(Participant who, const TraceNode& node, models::Picoseconds now_ps);
  void carry(Transfer transfer, std::uint32_t ranks, std::vector<std::size_t> endpoints,
             models::Picoseconds now_ps);
  void transfer_ended(std::uint32_t number, models::Picoseconds now_ps);
  void end_node(Participant who, bool compute, models::Picoseconds now_ps);
  const TraceNode& node_of(Participant who) const {
    return replays_[who.rank].graph().nodes[who.node];
  }
  models::Picoseconds scaled(models::Picoseconds duration_ps) const;

  Platform& platform_;
  const TraceSet& set_;
  TransferPlanner& planner_;
  std::vector<std::size_t> endpoints_;
  double compute_scale_;
  CollectiveEngine engine_;
  std::string refusal_;
  models::Origin origin_;
  std::vector<TraceReplay> replays_;
  std::vector<bool> counted_;  ///< ranks that are part of ranks_done_
  std::size_t ranks_done_ = 0;
  models::Picoseconds start_ps_ = 0;
  std::map<std::uint64_t, std::vector<Participant>> assembling_;  ///< by TraceSet::key()
  std::vector<Transfer> transfers_;                               ///< under way, and free ones
  std::vector<std::uint32_t> free_transfers_;
  std::set<Flow> delivered_;               ///< data that no receive has asked for yet
  std::map<Flow, Participant> receiving_;  ///< receives whose data isn't there yet
  std::vector<FinishedCollective> finished_;
};

}  // namespace antares::platforms
