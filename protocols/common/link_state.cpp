// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_state.h"

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

void LinkStateMachine::on(LinkEvent event, Picoseconds now_ps) {
  poll(now_ps);
  switch (event) {
    case LinkEvent::lose:
      partner_ = false;
      // Nobody looks for a partner on a link that is turned off.
      if (state_ != LinkState::disabled) enter(LinkState::down, now_ps);
      break;
    case LinkEvent::restore:
      partner_ = true;
      if (state_ == LinkState::down) leave_down(now_ps);
      break;
    case LinkEvent::disable:
      disabled_ = true;
      enter(LinkState::disabled, now_ps);
      break;
    case LinkEvent::enable:
      disabled_ = false;
      if (state_ == LinkState::disabled) leave_down(now_ps);
      break;
    case LinkEvent::contain:
      contained_ = true;
      if (state_ != LinkState::disabled) enter(LinkState::down, now_ps);
      break;
    case LinkEvent::release:
      contained_ = false;
      if (state_ == LinkState::down) leave_down(now_ps);
      break;
    case LinkEvent::hot_reset:
      if (state_ != LinkState::disabled && state_ != LinkState::down) leave_down(now_ps);
      break;
    case LinkEvent::recover:
      if (link_up()) enter(LinkState::recovery, now_ps);
      break;
  }
  poll(now_ps);  // states that last no time are over
}

void LinkStateMachine::poll(Picoseconds now_ps) {
  while (next_ps_ <= now_ps) {
    const Picoseconds at_ps = next_ps_;
    enter(state_ == LinkState::detect ? LinkState::train : LinkState::up, at_ps);
  }
}

}  // namespace antares::protocols
