// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/port_faults.h"

#include <algorithm>

namespace antares::models {

using protocols::LinkEvent;
using protocols::LinkPolicy;
using protocols::LinkState;

std::shared_ptr<const LinkPolicy> degraded(const LinkPolicy& policy,
                                           const LinkDegradation& degradation) {
  std::shared_ptr<const LinkPolicy> lesser;
  const LinkPolicy* at = &policy;
  if (degradation.lanes != 0) {
    lesser = at->at_lanes(degradation.lanes);
    if (lesser == nullptr) return nullptr;
    at = lesser.get();
  }
  return degradation.slower ? at->slower() : lesser;
}

PortFaults::PortFaults(FaultClient& client, const PortFaultConfig& config, Scheduler& scheduler,
                       Origin& origin)
    : client_(client),
      scheduler_(scheduler),
      origin_(origin),
      timer_(to_picoseconds(config.completion_timeout_us * 1000)),
      state_(config.state) {}

void PortFaults::plan(std::uint64_t what, Picoseconds at_ps, FaultOutcome* outcome) {
  if (outcome != nullptr) {
    planned_.push_back({what, outcome});
    what = kPlanned + planned_.size() - 1;
  }
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, what);
}

void PortFaults::schedule(LinkEvent event, Picoseconds at_ps, FaultOutcome* outcome) {
  plan(kEvent + static_cast<std::uint64_t>(event), at_ps, outcome);
}

void PortFaults::schedule(const LinkDegradation& degradation, Picoseconds at_ps,
                          FaultOutcome* outcome) {
  plan(kDegraded + 2 * degradation.lanes + (degradation.slower ? 1 : 0), at_ps, outcome);
}

void PortFaults::schedule(const ReplayFailure& failure, Picoseconds at_ps) {
  const auto free = std::find_if(failures_.begin(), failures_.end(),
                                 [](const Pending& pending) { return pending.free; });
  const auto place = static_cast<std::size_t>(free - failures_.begin());
  if (free == failures_.end()) failures_.emplace_back();
  failures_[place] = {failure, epoch_, false};
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, kReplay + place);
}

void PortFaults::fail_replay(std::size_t place, Picoseconds now_ps) {
  const Pending pending = failures_[place];
  failures_[place].free = true;
  if (pending.epoch != epoch_) return;
  if (pending.failure.tells) client_.replay_failed(pending.failure.kind, now_ps);
  if (pending.failure.event)
    change(true, now_ps, [&] { return state_.on(*pending.failure.event, now_ps); });
}

template <class Change>
bool PortFaults::change(bool asked_for, Picoseconds now_ps, Change&& change) {
  const bool was_up = state_.link_up();
  const std::uint64_t failures = state_.failures();
  const Picoseconds ended_ps = state_.next_ps();
  const bool changed = change();
  if (state_.failures() != failures) {
    lose_what_is_on_the_wire(now_ps);
    ++epoch_;
    client_.link_failed(asked_for, now_ps);
  }
  if (state_.link_up() && (!was_up || state_.failures() != failures)) client_.link_restored(now_ps);
  if (state_.state() == LinkState::recovery && state_.next_ps() != ended_ps)
    client_.link_recovers(state_.next_ps());
  // A look that comes too early, since the state was entered anew, posts the next one.
  if (state_.next_ps() < state_ends_ps_) {
    state_ends_ps_ = state_.next_ps();
    scheduler_.post(state_ends_ps_, Phase::arrival, origin_, *this, kState);
  }
  return changed;
}

bool PortFaults::happens(LinkEvent event, Picoseconds now_ps) {
  if (event == LinkEvent::contain) containing_ = false;
  if (event == LinkEvent::hot_reset && reset_at_ps_ == now_ps) return false;
  const bool held = event == LinkEvent::release && link_up() && client_.gave_up();
  const bool changed =
      change(event != LinkEvent::lose, now_ps, [&] { return state_.on(event, now_ps); });
  if (event == LinkEvent::hot_reset && changed) reset_at_ps_ = now_ps;
  if (event == LinkEvent::release) {
    ++epoch_;
    if (link_up()) client_.link_recovers(now_ps);
  }
  return changed || held;
}

bool PortFaults::degrade(std::uint64_t what, Picoseconds now_ps) {
  if (!link_up()) return false;  // nothing is in use that could get less
  if (!client_.link_degraded({static_cast<unsigned>((what - kDegraded) / 2), what % 2 != 0}))
    return false;
  return change(true, now_ps, [&] { return state_.on(LinkEvent::recover, now_ps); });
}

bool PortFaults::condemned(std::uint64_t packet_id) const {
  return std::find(condemned_.begin(), condemned_.end(), packet_id) != condemned_.end();
}

void PortFaults::lose_what_is_on_the_wire(Picoseconds now_ps) {
  for (Train& train : on_wire_) train.lost = train.lost || train.tail_ps > now_ps;
}

bool PortFaults::lost(std::uint64_t packet_id) {
  bool lost = false;
  const auto train = std::find_if(on_wire_.begin(), on_wire_.end(),
                                  [&](const Train& each) { return each.packet_id == packet_id; });
  if (train != on_wire_.end()) {
    lost = train->lost;
    on_wire_.erase(train);
  }
  if (condemned_.empty()) return lost;
  const auto found = std::find(condemned_.begin(), condemned_.end(), packet_id);
  if (found == condemned_.end()) return lost;
  condemned_.erase(found);
  return true;
}

void PortFaults::watch(Transaction& transaction, Picoseconds at_ps) {
  timer_.watch(transaction, at_ps);
  if (timer_posted_) return;
  timer_posted_ = true;
  scheduler_.post(timer_.next_ps(), Phase::departure, origin_, *this, kTimer);
}

void PortFaults::fire(std::uint64_t what, Picoseconds now_ps) {
  FaultOutcome* outcome = nullptr;
  if (what >= kPlanned) {
    outcome = planned_[what - kPlanned].outcome;
    what = planned_[what - kPlanned].what;
  }
  if (what >= kReplay) return fail_replay(what - kReplay, now_ps);
  if (what >= kEvent) {
    const LinkState before = state_.state();
    const bool held_down = state_.contained();
    if (outcome != nullptr) outcome->noticed_at(client_.counts());
    const bool changed = what >= kDegraded ? degrade(what, now_ps)
                                           : happens(static_cast<LinkEvent>(what - kEvent), now_ps);
    if (outcome != nullptr) outcome->took_place(changed, before, held_down);
    return;
  }
  switch (static_cast<What>(what)) {
    case kState:
      if (state_ends_ps_ <= now_ps) state_ends_ps_ = kNever;
      change(false, now_ps, [&] {
        state_.poll(now_ps);
        return true;
      });
      return;
    case kTimer:
      // One event for all that wait: it looks again when the first of them would expire.
      while (!timer_.empty() && timer_.next_ps() <= now_ps)
        client_.timed_out(timer_.take(), now_ps);
      timer_posted_ = !timer_.empty();
      if (timer_posted_)
        scheduler_.post(timer_.next_ps(), Phase::departure, origin_, *this, kTimer);
      return;
    case kEvent:
    case kDegraded:
    case kReplay:
    case kPlanned:
      break;
  }
}

}  // namespace antares::models
