// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_replay.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace antares::platforms {

namespace {

constexpr auto kCpu = static_cast<unsigned>(TraceLane::cpu);
constexpr auto kGpu = static_cast<unsigned>(TraceLane::gpu);
constexpr auto kComm = static_cast<unsigned>(TraceLane::communication);
constexpr std::size_t kMostNamed = 4;

}  // namespace

TraceReplay::TraceReplay(std::shared_ptr<const TraceGraph> graph)
    : graph_(std::move(graph)), missing_(graph_->nodes.size()), running_(graph_->nodes.size()) {
  std::uint32_t groups = 0;
  for (std::size_t i = 0; i < missing_.size(); ++i) {
    missing_[i] = graph_->nodes[i].dependency_count;
    groups = std::max(groups, graph_->nodes[i].group + 1);
  }
  next_instance_.resize(groups);
}

void TraceReplay::start(Picoseconds now_ps, std::vector<ReplayAction>& actions) {
  now_ps_ = totals_.end_ps = now_ps;
  for (std::uint32_t node = 0; node < missing_.size(); ++node) {
    if (missing_[node] == 0) make_ready(node);
  }
  issue(actions);
}

void TraceReplay::compute_done(std::uint32_t node, Picoseconds now_ps,
                               std::vector<ReplayAction>& actions) {
  finish(node, now_ps, actions);
}

void TraceReplay::transfer_done(std::uint32_t node, Picoseconds now_ps,
                                std::vector<ReplayAction>& actions) {
  finish(node, now_ps, actions);
}

// Books the time since the last event: what ran did not change in between.
void TraceReplay::advance(Picoseconds now_ps) {
  assert(now_ps >= now_ps_);
  const Picoseconds passed = now_ps - now_ps_;
  now_ps_ = now_ps;
  const bool cpu = busy_[kCpu] > 0;
  const bool gpu = busy_[kGpu] > 0;
  const bool communication = busy_[kComm] > 0;
  if (cpu) totals_.cpu_busy_ps += passed;
  if (gpu) totals_.gpu_busy_ps += passed;
  if (cpu || gpu) totals_.compute_busy_ps += passed;
  if (communication) totals_.communication_busy_ps += passed;
  if (communication && !cpu && !gpu) totals_.exposed_communication_ps += passed;
  if (communication && !gpu) totals_.accelerator_exposed_ps += passed;
  if (receives_ > 0 && !communication && !cpu && !gpu) totals_.receive_wait_ps += passed;
}

void TraceReplay::finish(std::uint32_t node, Picoseconds now_ps,
                         std::vector<ReplayAction>& actions) {
  assert(running_[node]);
  advance(now_ps);
  running_[node] = false;
  --busy_[static_cast<unsigned>(graph_->nodes[node].lane)];
  if (graph_->nodes[node].kind == TraceNodeKind::receive) --receives_;
  complete(node);
  issue(actions);
}

void TraceReplay::complete(std::uint32_t index) {
  const TraceNode& node = graph_->nodes[index];
  ++totals_.nodes_done;
  totals_.end_ps = now_ps_;
  for (std::uint32_t d = 0; d < node.dependent_count; ++d) {
    const std::uint32_t waiting = graph_->dependents[node.first_dependent + d];
    if (--missing_[waiting] == 0) make_ready(waiting);
  }
}

void TraceReplay::make_ready(std::uint32_t index) {
  const TraceNode& node = graph_->nodes[index];
  const bool transfer = node.kind == TraceNodeKind::collective ||
                        node.kind == TraceNodeKind::send || node.kind == TraceNodeKind::receive;
  // A compute node without duration needs no lane; a queue spares the stack on long chains.
  if (!transfer && node.duration_ps == 0) {
    instant_.push_back(index);
  } else {
    ready_[static_cast<unsigned>(node.lane)].insert(index);
  }
}

void TraceReplay::issue(std::vector<ReplayAction>& actions) {
  bool progress = true;
  while (progress) {
    progress = false;
    while (!instant_.empty()) {
      const std::uint32_t node = instant_.back();
      instant_.pop_back();
      complete(node);
    }
    for (const TraceLane lane :
         {TraceLane::none, TraceLane::cpu, TraceLane::gpu, TraceLane::communication}) {
      while (issue_from(lane, actions)) progress = true;
    }
  }
}

bool TraceReplay::issue_from(TraceLane lane, std::vector<ReplayAction>& actions) {
  const auto number = static_cast<unsigned>(lane);
  if (lane != TraceLane::none && busy_[number] > 0) return false;
  std::set<std::uint32_t>& ready = ready_[number];
  for (auto candidate = ready.begin(); candidate != ready.end(); ++candidate) {
    const TraceNode& node = graph_->nodes[*candidate];
    if (node.kind == TraceNodeKind::collective) {
      if (node.instance != next_instance_[node.group]) continue;
      ++next_instance_[node.group];
    }
    const std::uint32_t index = *candidate;
    ready.erase(candidate);
    begin(index, actions);
    return true;
  }
  return false;
}

void TraceReplay::begin(std::uint32_t index, std::vector<ReplayAction>& actions) {
  const TraceNode& node = graph_->nodes[index];
  running_[index] = true;
  ++busy_[static_cast<unsigned>(node.lane)];
  ReplayAction action;
  action.node = index;
  switch (node.kind) {
    case TraceNodeKind::collective:
      action.kind = ReplayAction::Kind::collective;
      break;
    case TraceNodeKind::send:
      action.kind = ReplayAction::Kind::send;
      break;
    case TraceNodeKind::receive:
      action.kind = ReplayAction::Kind::receive;
      ++receives_;
      break;
    default:
      action.kind = ReplayAction::Kind::compute;
      action.duration_ps = node.duration_ps;
  }
  actions.push_back(action);
}

std::string TraceReplay::waiting() const {
  if (done()) return "";
  std::string text = std::to_string(graph_->nodes.size() - totals_.nodes_done) + " of " +
                     std::to_string(graph_->nodes.size()) + " nodes are not done";
  std::size_t named = 0;
  for (std::uint32_t index = 0; index < running_.size() && named < kMostNamed; ++index) {
    if (!running_[index]) continue;
    const TraceNode& node = graph_->nodes[index];
    text +=
        (named++ == 0 ? "; under way: " : ", ") + graph_->label(node) + " (" + to_string(node.kind);
    if (node.kind == TraceNodeKind::receive || node.kind == TraceNodeKind::send) {
      text += std::string(node.kind == TraceNodeKind::send ? " to" : " from") + " rank " +
              std::to_string(node.peer);
    }
    text += ")";
  }
  return text;
}

std::vector<std::string> replay_warnings(const ReplayTotals& totals) {
  std::vector<std::string> warnings;
  if (totals.communication_busy_ps == 0) {
    warnings.push_back("the trace moves no data: nothing of the fabric was used");
  } else if (totals.accelerator_exposed_ps * 1000 < totals.communication_busy_ps) {
    warnings.push_back(
        "less than 0.1 % of the communication is exposed: compute hides all of it. If that is a "
        "surprise, the durations may not be microseconds (files made from the older text format "
        "hold "
        "nanoseconds): set the unit of duration");
  } else if (totals.compute_busy_ps == 0) {
    warnings.push_back("the trace has no compute: all communication is exposed");
  } else if (totals.compute_busy_ps * 1000 < totals.communication_busy_ps) {
    warnings.push_back(
        "compute is less than 0.1 % of the communication: nearly all of it is exposed. If that is "
        "a surprise, durations may be missing from the file or in another unit than microseconds");
  }
  return warnings;
}

}  // namespace antares::platforms
