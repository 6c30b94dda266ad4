// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_state.h"

#include <utility>

namespace antares::protocols {

const char* to_string(LinkState state) {
  switch (state) {
    case LinkState::down:
      return "down";
    case LinkState::detect:
      return "detect";
    case LinkState::train:
      return "train";
    case LinkState::up:
      return "up";
    case LinkState::recovery:
      return "recovery";
    case LinkState::disabled:
      break;
  }
  return "disabled";
}

const char* to_string(LinkEvent event) {
  switch (event) {
    case LinkEvent::lose:
      return "lose";
    case LinkEvent::restore:
      return "restore";
    case LinkEvent::disable:
      return "disable";
    case LinkEvent::enable:
      return "enable";
    case LinkEvent::contain:
      return "contain";
    case LinkEvent::release:
      return "release";
    case LinkEvent::hot_reset:
      return "hot_reset";
    case LinkEvent::recover:
      break;
  }
  return "recover";
}

LinkStateMachine::LinkStateMachine(const LinkStateConfig& config) : config_(config) {}

void LinkStateMachine::enter(LinkState state, Picoseconds now_ps) {
  const bool was_up = link_up();
  state_ = state;
  if (was_up && !link_up()) ++failures_;
  switch (state) {
    case LinkState::detect:
      next_ps_ = now_ps + config_.scaled_ps(config_.detect_ms);
      break;
    case LinkState::train:
      next_ps_ = now_ps + config_.scaled_ps(config_.train_ms);
      break;
    case LinkState::recovery:
      next_ps_ = now_ps + config_.scaled_ps(config_.recovery_ms);
      break;
    case LinkState::down:
    case LinkState::up:
    case LinkState::disabled:
      next_ps_ = kNever;
  }
}

void LinkStateMachine::leave_down(Picoseconds now_ps) {
  if (disabled_) return enter(LinkState::disabled, now_ps);
  enter(partner_ && !contained_ ? LinkState::detect : LinkState::down, now_ps);
}

bool LinkStateMachine::take(LinkEvent event, Picoseconds now_ps) {
  switch (event) {
    case LinkEvent::lose:
      if (!std::exchange(partner_, false)) return false;
      // Nobody looks for a partner on a link that is turned off.
      if (state_ != LinkState::disabled) enter(LinkState::down, now_ps);
      return true;
    case LinkEvent::restore:
      if (std::exchange(partner_, true)) return false;
      if (state_ == LinkState::down) leave_down(now_ps);
      return true;
    case LinkEvent::disable:
      if (std::exchange(disabled_, true)) return false;
      enter(LinkState::disabled, now_ps);
      return true;
    case LinkEvent::enable:
      if (!std::exchange(disabled_, false)) return false;
      leave_down(now_ps);
      return true;
    case LinkEvent::contain:
      if (std::exchange(contained_, true)) return false;
      if (state_ != LinkState::disabled) enter(LinkState::down, now_ps);
      return true;
    case LinkEvent::release:
      if (!std::exchange(contained_, false)) return false;
      if (state_ == LinkState::down) leave_down(now_ps);
      return true;
    case LinkEvent::hot_reset:
      if (state_ == LinkState::disabled || state_ == LinkState::down) return false;
      leave_down(now_ps);
      return true;
    case LinkEvent::recover:
      break;
  }
  if (!link_up()) return false;
  enter(LinkState::recovery, now_ps);
  return true;
}

bool LinkStateMachine::on(LinkEvent event, Picoseconds now_ps) {
  poll(now_ps);
  const bool changed = take(event, now_ps);
  poll(now_ps);  // states that last no time are over
  return changed;
}

void LinkStateMachine::poll(Picoseconds now_ps) {
  while (next_ps_ <= now_ps) {
    const Picoseconds at_ps = next_ps_;
    enter(state_ == LinkState::detect ? LinkState::train : LinkState::up, at_ps);
  }
}

}  // namespace antares::protocols
