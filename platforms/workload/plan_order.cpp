// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_order.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

namespace antares::platforms {

namespace {

constexpr std::size_t kMostNamed = 6;

class Walk {
 public:
  explicit Walk(const CollectivePlan& plan)
      : plan_(plan),
        next_(plan.blocks.size()),
        queued_(plan.blocks.size(), true),
        waiters_(plan.blocks.size()) {
    for (std::uint32_t b = 0; b < plan.blocks.size(); ++b) {
      index_[{plan.blocks[b].rank, plan.blocks[b].id}] = b;
      queue_.push_back(b);
    }
    // Thread blocks run side by side. A rank sends in some order, and if all ranks began with the
    // same peer, that one would be crowded and the others idle: each begins with its neighbour.
    std::stable_sort(queue_.begin(), queue_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return first_distance(a) < first_distance(b);
    });
  }

  std::vector<PlanPosition> run() {
    std::size_t steps = 0;
    for (const PlanBlock& block : plan_.blocks) steps += block.steps.size();
    order_.reserve(steps);
    while (!queue_.empty()) {
      const std::uint32_t block = queue_.front();
      queue_.pop_front();
      queued_[block] = false;
      if (next_[block] == plan_.blocks[block].steps.size()) continue;
      if (obstacle(block)) continue;  // whoever removes it puts the block back
      take(block);
      wake(block);
    }
    if (order_.size() < steps) report();
    return std::move(order_);
  }

 private:
  struct Obstacle {
    std::string what;
  };

  /// How far round the ranks the first peer is that the block gives something to; 0: none.
  std::uint32_t first_distance(std::uint32_t b) const {
    const PlanBlock& block = plan_.blocks[b];
    for (const PlanStep& step : block.steps)
      for (const PlanAction& action : step.actions)
        if (action.kind == PlanKind::send || action.kind == PlanKind::put ||
            action.kind == PlanKind::get)
          return (action.peer + plan_.ranks - block.rank) % plan_.ranks;
    return 0;
  }

  void wake(std::uint32_t block) {
    if (queued_[block]) return;
    queued_[block] = true;
    queue_.push_back(block);
  }

  /// What the block's next step waits for; the block is noted where it will be woken.
  std::optional<Obstacle> obstacle(std::uint32_t b) {
    const PlanBlock& block = plan_.blocks[b];
    const PlanStep& step = block.steps[next_[b]];
    for (const PlanDependency& on : step.after) {
      const std::uint32_t other = index_.at({block.rank, on.block});
      if (next_[other] > on.step) continue;
      waiters_[other].push_back(b);
      return Obstacle{"step " + std::to_string(on.step) + " of thread block " +
                      std::to_string(on.block)};
    }
    std::map<PlanFlow, std::uint64_t> wanted;
    for (const PlanAction& action : step.actions) {
      if (!takes_from_flow(action.kind)) continue;
      const PlanFlow flow = flow_of(block.rank, action);
      Level& level = level_of(flow);
      if (level.taken + ++wanted[flow] <= level.given) continue;
      level.waiter = b;
      if (flow.from == flow.to) return Obstacle{"a release of " + flow_name(flow)};
      return Obstacle{
          (flow.signals ? "signal " : "what rank ") +
          (flow.signals ? std::to_string(level.taken + 1) + " of rank " : std::string()) +
          std::to_string(flow.from) + (flow.signals ? "" : " sends") + " on channel " +
          std::to_string(flow.channel)};
    }
    return std::nullopt;
  }

  void take(std::uint32_t b) {
    const PlanBlock& block = plan_.blocks[b];
    for (const PlanAction& action : block.steps[next_[b]].actions) {
      if (takes_from_flow(action.kind)) ++level_of(flow_of(block.rank, action)).taken;
      if (!gives_to_flow(action.kind)) continue;
      Level& level = level_of(flow_of(block.rank, action));
      ++level.given;
      if (level.waiter) wake(*level.waiter);
      level.waiter.reset();
    }
    order_.push_back({b, next_[b]++});
    const std::vector<std::uint32_t> woken = std::move(waiters_[b]);
    waiters_[b].clear();
    for (const std::uint32_t waiter : woken) wake(waiter);
  }

  [[noreturn]] void report() {
    std::string text = plan_.file + ": the program deadlocks: ";
    std::size_t stuck = 0;
    for (std::uint32_t b = 0; b < plan_.blocks.size(); ++b) {
      if (next_[b] == plan_.blocks[b].steps.size() || ++stuck > kMostNamed) continue;
      const PlanBlock& block = plan_.blocks[b];
      const PlanStep& step = block.steps[next_[b]];
      text += (stuck == 1 ? "" : "; ") + std::string("rank ") + std::to_string(block.rank) +
              ", thread block " + std::to_string(block.id) + ", step " + std::to_string(next_[b]) +
              " ('" + step.name + "', " + step.place + ") waits for " + obstacle(b)->what;
    }
    if (stuck > kMostNamed)
      text += "; and " + std::to_string(stuck - kMostNamed) + " more thread blocks";
    throw TraceError(text);
  }

  struct Level {
    std::uint64_t given = 0, taken = 0;
    std::optional<std::uint32_t> waiter;
  };

  Level& level_of(const PlanFlow& flow) {
    const auto [entry, is_new] = levels_.try_emplace(flow);
    if (is_new) entry->second.given = given_at_start(plan_, flow);
    return entry->second;
  }

  const CollectivePlan& plan_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> index_;
  std::vector<std::uint32_t> next_;  ///< step, by block
  std::vector<bool> queued_;
  std::deque<std::uint32_t> queue_;
  std::vector<std::vector<std::uint32_t>> waiters_;  ///< blocks that wait for a step of this one
  std::map<PlanFlow, Level> levels_;
  std::vector<PlanPosition> order_;
};

}  // namespace

PlanFlow flow_of(std::uint32_t rank, const PlanAction& action) {
  const bool taker = takes_from_flow(action.kind);
  return {action.kind != PlanKind::send && action.kind != PlanKind::receive,
          taker ? action.peer : rank, taker ? rank : action.peer, action.channel};
}

std::uint64_t given_at_start(const CollectivePlan& plan, const PlanFlow& flow) {
  if (flow.from != flow.to) return 0;
  const auto found = plan.semaphores.find({flow.from, flow.channel});
  return found == plan.semaphores.end() ? 0 : found->second;
}

std::string flow_name(const PlanFlow& flow) {
  if (flow.from == flow.to)
    return "semaphore " + std::to_string(flow.channel) + " of rank " + std::to_string(flow.from);
  return "channel " + std::to_string(flow.channel) + " from rank " + std::to_string(flow.from) +
         " to rank " + std::to_string(flow.to);
}

std::vector<PlanPosition> plan_order(const CollectivePlan& plan) { return Walk(plan).run(); }

}  // namespace antares::platforms
