// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/trace_run.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace antares::platforms {
namespace {

using models::Picoseconds;

constexpr std::uint16_t kRunPort = 0xFFD;  // its place in the order of events: after endpoints

// What an event means: the kind in the top byte, below it rank and node, or the transfer's number.
constexpr unsigned kKindShift = 56;
constexpr unsigned kRankShift = 32;
enum Kind : std::uint64_t { kStart, kComputeDone, kTransferEnded };

constexpr std::size_t kMostLines = 12;

std::string join(const std::vector<std::uint32_t>& ranks) {
  std::string text;
  for (std::size_t i = 0; i < ranks.size() && i < kMostLines; ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(ranks[i]);
  if (ranks.size() > kMostLines)
    text += " and " + std::to_string(ranks.size() - kMostLines) + " more";
  return text;
}

}  // namespace

TraceRun::TraceRun(Platform& platform, const TraceSet& set, TransferPlanner& planner,
                   std::vector<std::size_t> endpoints, double compute_scale)
    : platform_(platform),
      set_(set),
      planner_(planner),
      endpoints_(std::move(endpoints)),
      compute_scale_(compute_scale),
      engine_(platform),
      origin_(models::Origin::kEndpoints, kRunPort),
      counted_(set.ranks.size()) {
  for (const auto& graph : set.ranks) replays_.emplace_back(graph);
}

void TraceRun::start() {
  start_ps_ = platform_.scheduler().now_ps() + 1;
  platform_.scheduler().post(start_ps_, models::Phase::arrival, origin_, *this,
                             kStart << kKindShift);
}

double TraceRun::fraction_done() const {
  std::uint64_t all = 0;
  std::uint64_t done = 0;
  for (const TraceReplay& replay : replays_) {
    all += replay.graph().nodes.size();
    done += replay.totals().nodes_done;
  }
  return all == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(all);
}

std::size_t TraceRun::slowest_rank() const {
  const auto slowest = std::max_element(replays_.begin(), replays_.end(),
                                        [](const TraceReplay& a, const TraceReplay& b) {
                                          return a.totals().end_ps < b.totals().end_ps;
                                        });
  return static_cast<std::size_t>(slowest - replays_.begin());
}

Picoseconds TraceRun::scaled(Picoseconds duration_ps) const {
  if (compute_scale_ == 1.0) return duration_ps;
  // Far beyond any limit of simulated time, and small enough to be added to one.
  constexpr double kLongest = 1e18;
  return static_cast<Picoseconds>(
      std::llround(std::min(kLongest, static_cast<double>(duration_ps) * compute_scale_)));
}

void TraceRun::fire(std::uint64_t what, Picoseconds now_ps) {
  const auto low = static_cast<std::uint32_t>(what);
  switch (what >> kKindShift) {
    case kStart:
      for (std::uint32_t rank = 0; rank < replays_.size(); ++rank) {
        std::vector<ReplayAction> actions;
        replays_[rank].start(now_ps, actions);
        take(rank, now_ps, actions);
      }
      break;
    case kComputeDone:
      end_node({static_cast<std::uint16_t>(what >> kRankShift), low}, true, now_ps);
      break;
    case kTransferEnded:
      transfer_ended(low, now_ps);
      break;
  }
  if (done()) sc_core::sc_pause();
}

void TraceRun::take(std::uint32_t rank, Picoseconds now_ps,
                    const std::vector<ReplayAction>& actions) {
  for (const ReplayAction& action : actions) {
    const Participant who{rank, action.node};
    const TraceNode& node = node_of(who);
    switch (action.kind) {
      case ReplayAction::Kind::compute:
        platform_.scheduler().post(
            now_ps + scaled(action.duration_ps), models::Phase::arrival, origin_, *this,
            kComputeDone << kKindShift | std::uint64_t{rank} << kRankShift | action.node);
        break;
      case ReplayAction::Kind::collective:
        reach_collective(who, node, now_ps);
        break;
      case ReplayAction::Kind::send:
        send(who, node, now_ps);
        break;
      case ReplayAction::Kind::receive:
        receive(who, node, now_ps);
        break;
    }
  }
  if (replays_[rank].done() && !counted_[rank]) {
    counted_[rank] = true;
    ++ranks_done_;
  }
}

void TraceRun::end_node(Participant who, bool compute, Picoseconds now_ps) {
  std::vector<ReplayAction> actions;
  if (compute)
    replays_[who.rank].compute_done(who.node, now_ps, actions);
  else
    replays_[who.rank].transfer_done(who.node, now_ps, actions);
  take(who.rank, now_ps, actions);
}

void TraceRun::reach_collective(Participant who, const TraceNode& node, Picoseconds now_ps) {
  const std::vector<std::uint32_t>& members = set_.members(who.rank, node);
  const auto meeting = assembling_.try_emplace(set_.key(who.rank, node)).first;
  meeting->second.push_back(who);
  if (meeting->second.size() < members.size()) return;
  Transfer transfer;
  transfer.participants = std::move(meeting->second);
  assembling_.erase(meeting);
  // Who came first depends on the fabric's timing; what follows shall not.
  std::sort(transfer.participants.begin(), transfer.participants.end(),
            [](const Participant& a, const Participant& b) { return a.rank < b.rank; });
  std::vector<std::size_t> endpoints;
  for (const std::uint32_t rank : members) endpoints.push_back(endpoints_[rank]);
  carry(std::move(transfer), static_cast<std::uint32_t>(members.size()), std::move(endpoints),
        now_ps);
}

void TraceRun::send(Participant who, const TraceNode& node, Picoseconds now_ps) {
  Transfer transfer;
  transfer.participants = {who};
  carry(std::move(transfer), 2, {endpoints_[who.rank], endpoints_[node.peer]}, now_ps);
}

void TraceRun::receive(Participant who, const TraceNode& node, Picoseconds now_ps) {
  const Flow flow{node.peer, who.rank, node.tag, node.instance};
  if (delivered_.erase(flow) == 0) {
    receiving_.emplace(flow, who);
    return;
  }
  // Through the wheel, as all ends of nodes: never from within a replay's own call.
  Transfer there;
  there.participants = {who};
  carry(std::move(there), 1, {}, now_ps);
}

void TraceRun::carry(Transfer transfer, std::uint32_t ranks, std::vector<std::size_t> endpoints,
                     Picoseconds now_ps) {
  if (free_transfers_.empty()) {
    free_transfers_.push_back(static_cast<std::uint32_t>(transfers_.size()));
    transfers_.emplace_back();
  }
  const std::uint32_t number = free_transfers_.back();
  free_transfers_.pop_back();
  const TraceNode& node = node_of(transfer.participants.front());
  transfer.start_ps = now_ps;
  // The engine can't start a collective from within another's last call: the end is an event.
  const auto end_at = [this, number](Picoseconds at_ps) {
    platform_.scheduler().post(at_ps, models::Phase::arrival, origin_, *this,
                               kTransferEnded << kKindShift | number);
  };
  if (is_void(node, ranks)) {
    transfers_[number] = std::move(transfer);
    end_at(now_ps);
    return;
  }
  transfer.plan = planner_.plan(node, ranks);
  CollectiveJob job;
  job.program = transfer.plan->program;
  job.endpoints = std::move(endpoints);
  job.done = end_at;
  transfers_[number] = std::move(transfer);
  try {
    engine_.start(std::move(job));
  } catch (const std::invalid_argument& problem) {
    refusal_ = problem.what();  // the kernel is running: the driver tells it
    sc_core::sc_pause();
  }
}

void TraceRun::transfer_ended(std::uint32_t number, Picoseconds now_ps) {
  const Transfer transfer = std::move(transfers_[number]);
  transfers_[number] = Transfer{};
  free_transfers_.push_back(number);
  const Participant first = transfer.participants.front();
  const TraceNode& node = node_of(first);
  if (node.kind == TraceNodeKind::collective && transfer.plan != nullptr) {
    finished_.push_back({first.rank == 0, static_cast<std::uint32_t>(transfer.participants.size()),
                         transfer.plan, now_ps - transfer.start_ps});
  }
  for (const Participant& who : transfer.participants) end_node(who, false, now_ps);
  if (node.kind != TraceNodeKind::send) return;
  const Flow flow{first.rank, node.peer, node.tag, node.instance};
  const auto receiver = receiving_.find(flow);
  if (receiver == receiving_.end()) {
    delivered_.insert(flow);
    return;
  }
  const Participant who = receiver->second;
  receiving_.erase(receiver);
  end_node(who, false, now_ps);
}

std::vector<std::string> TraceRun::waiting() const {
  std::vector<std::string> lines;
  std::size_t stuck = 0;
  for (std::size_t rank = 0; rank < replays_.size(); ++rank) {
    if (replays_[rank].done() || stuck++ >= kMostLines) continue;
    lines.push_back("rank " + std::to_string(rank) + " (" +
                    platform_.endpoints()[endpoints_[rank]].name +
                    "): " + replays_[rank].waiting());
  }
  if (stuck > kMostLines)
    lines.push_back("and " + std::to_string(stuck - kMostLines) + " more ranks");
  for (const auto& [key, here] : assembling_) {
    std::vector<std::uint32_t> missing = set_.groups[key >> 32].ranks;
    for (const Participant& who : here)
      missing.erase(std::remove(missing.begin(), missing.end(), who.rank), missing.end());
    const TraceGraph& graph = replays_[here.front().rank].graph();
    lines.push_back("collective " + graph.label(node_of(here.front())) + " of rank " +
                    std::to_string(here.front().rank) + " waits for rank " + join(missing));
  }
  for (const std::string& line : engine_.unfinished()) lines.push_back(line);
  return lines;
}

}  // namespace antares::platforms
