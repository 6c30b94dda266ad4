// SPDX-License-Identifier: Apache-2.0
// Runs the replays of a trace set against a fabric that is only a formula: a collective takes a
// given time from when its last rank arrives, a send a given time from when it starts.
#pragma once
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "antares/platforms/workload/trace_replay.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms::testing {

class ReplayDriver {
 public:
  ReplayDriver(const TraceSet& set, std::function<Picoseconds(const TraceNode&)> transfer_ps)
      : set_(set), transfer_ps_(std::move(transfer_ps)) {
    for (const auto& graph : set.ranks) replays_.emplace_back(graph);
  }

  /// Until nothing happens any more; throws with the first stuck rank's diagnosis.
  void run() {
    for (std::uint32_t rank = 0; rank < replays_.size(); ++rank) {
      std::vector<ReplayAction> actions;
      replays_[rank].start(0, actions);
      take(rank, 0, actions);
    }
    while (!events_.empty()) {
      const Picoseconds now = events_.begin()->first;
      const Event event = events_.begin()->second;
      events_.erase(events_.begin());
      std::vector<ReplayAction> actions;
      if (event.transfer) {
        replays_[event.rank].transfer_done(event.node, now, actions);
      } else {
        replays_[event.rank].compute_done(event.node, now, actions);
      }
      take(event.rank, now, actions);
    }
    for (const TraceReplay& replay : replays_) {
      if (!replay.done()) throw std::runtime_error(replay.waiting());
    }
  }

  const ReplayTotals& totals(std::uint32_t rank) const { return replays_[rank].totals(); }
  const TraceReplay& replay(std::uint32_t rank) const { return replays_[rank]; }

 private:
  struct Event {
    std::uint32_t rank = 0, node = 0;
    bool transfer = false;
  };
  using Flow = std::array<std::uint32_t, 4>;  // from, to, tag, instance

  void take(std::uint32_t rank, Picoseconds now, const std::vector<ReplayAction>& actions) {
    for (const ReplayAction& action : actions) {
      const TraceNode& node = replays_[rank].graph().nodes[action.node];
      switch (action.kind) {
        case ReplayAction::Kind::compute:
          events_.insert({now + action.duration_ps, {rank, action.node, false}});
          break;
        case ReplayAction::Kind::collective: {
          auto& waiting = arrived_[set_.key(rank, node)];
          waiting.push_back({rank, action.node, true});
          if (waiting.size() < set_.members(rank, node).size()) break;
          for (const Event& event : waiting) events_.insert({now + transfer_ps_(node), event});
          break;
        }
        case ReplayAction::Kind::send:
          events_.insert({now + transfer_ps_(node), {rank, action.node, true}});
          meet({rank, node.peer, node.tag, node.instance}, now + transfer_ps_(node), nullptr);
          break;
        case ReplayAction::Kind::receive: {
          const Event event{rank, action.node, true};
          meet({node.peer, rank, node.tag, node.instance}, now, &event);
          break;
        }
      }
    }
  }

  // Whoever comes second completes the receive.
  void meet(const Flow& flow, Picoseconds at, const Event* receive) {
    const auto known = flows_.find(flow);
    if (known == flows_.end()) {
      flows_[flow] = {at, receive ? *receive : Event{}};
      return;
    }
    const Picoseconds arrival = std::max(at, known->second.first);
    events_.insert({arrival, receive ? *receive : known->second.second});
  }

  const TraceSet& set_;
  std::function<Picoseconds(const TraceNode&)> transfer_ps_;
  std::vector<TraceReplay> replays_;
  std::multimap<Picoseconds, Event> events_;
  std::map<std::uint64_t, std::vector<Event>> arrived_;
  std::map<Flow, std::pair<Picoseconds, Event>> flows_;
};

}  // namespace antares::platforms::testing
