// SPDX-License-Identifier: Apache-2.0
// Faults that somebody plans: what became of one entry of a schedule (nothing may be planned, mean
// nothing and go unnoticed), and orders that come before it is known what a port is linked to. No
// time.
#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "antares/models/port/port_counts.h"
#include "antares/protocols/common/link_state.h"

namespace antares::models {

/// Of one entry, shared by all ports that it names.
class FaultOutcome {
 public:
  /// It took place at one of its ports; `state`: of the link before, `held_down`: by an error.
  void took_place(bool meant_something, protocols::LinkState state, bool held_down) {
    happened_ = true;
    changed_ = changed_ || meant_something;
    if (meant_something) return;
    state_ = state;
    held_down_ = held_down;
  }
  /// It shows in what comes next: it has had an effect once this count has grown.
  void shows_in(const std::uint64_t& count) {
    happened_ = true;
    shows_in_.push_back({&count, count});
  }
  /// Somebody has noticed once the port has lost or dropped trains, or answered in their place.
  void noticed_at(const PortCounts& port) { noticed_at_.push_back({&port, harm(port)}); }

  bool happened() const { return happened_; }  ///< its time came
  bool shows_later() const { return !shows_in_.empty(); }
  bool had_effect() const { return changed_ || any_grown(shows_in_); }
  /// What it did met somebody at once, or later.
  bool was_noticed() const {
    for (const Port& each : noticed_at_)
      if (harm(*each.now) != each.before) return true;
    return any_grown(shows_in_);
  }
  protocols::LinkState state() const { return state_; }  ///< where it changed nothing
  bool held_down() const { return held_down_; }          ///< likewise

 private:
  struct Count {
    const std::uint64_t* now;
    std::uint64_t before;
  };
  /// A schedule may name each of many ports in each of many entries: one number a port.
  struct Port {
    const PortCounts* now;
    std::uint64_t before;
  };
  static std::uint64_t harm(const PortCounts& port) {
    return port.trains_lost + port.trains_dropped + port.error_responses;
  }
  static bool any_grown(const std::vector<Count>& counts) {
    for (const Count& each : counts)
      if (*each.now != each.before) return true;
    return false;
  }
  bool happened_ = false;
  bool changed_ = false;
  bool held_down_ = false;
  protocols::LinkState state_ = protocols::LinkState::up;
  std::vector<Count> shows_in_;
  std::vector<Port> noticed_at_;
};

/// Whether a link has another switch at its other end shows at elaboration: orders wait for that.
/// Of several ports, those of one moment are carried out port by port; who wants another order
/// gives them from end_of_elaboration on.
class EarlyOrders {
 public:
  void carry_out(std::function<void()> order) {
    if (open_) return order();
    waiting_.push_back(std::move(order));
  }
  bool open() const { return open_; }
  void elaborated() {
    open_ = true;
    for (const auto& order : std::exchange(waiting_, {})) order();
  }

 private:
  bool open_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace antares::models
