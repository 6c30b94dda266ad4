// SPDX-License-Identifier: Apache-2.0
// The state of a link as software sees it, the same six states for each protocol:
//
//   down -> detect -> train -> up <-> recovery
//    ^                 |
//    +--- lost, held down by an error, or reset: from any of them      disabled: by software
//
// PCIe's eleven LTSSM states (facts/pcie6.md 4.9) and UALink's four (Fault, Idle, NOP, Up;
// facts/ualink_nvlink.md A.5) fold into these: Polling, Configuration and equalisation are `train`,
// Fault is `down`. Traffic flows in `up`; `recovery` holds it back and loses nothing; in the others
// there is no link. Pure: time is an argument, inputs come in the order of their times.
// Picoseconds.
//
// Left out: lanes and ordered sets; what becomes of packets (models/port/port_failure.cpp).
#pragma once
#include <cstdint>

#include "antares/protocols/common/units.h"

namespace antares::protocols {

enum class LinkState : std::uint8_t { down, detect, train, up, recovery, disabled };
const char* to_string(LinkState state);

/// How long the states last that end by themselves, in real time; `time_scale` makes a simulation
/// of microseconds out of it.
struct LinkStateConfig {
  double detect_ms = 12;
  double train_ms = 24;
  double recovery_ms = 24;
  double time_scale = 0.001;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LinkStateConfig;
    visit("detect_ms", &C::detect_ms, "Until the partner of a link that is down is found")
        .range(0, 1e6)
        .assumption(
            "PCIe: the limit of Detect.Quiet (facts/pcie6.md 4.9, A/C); the other protocols "
            "publish "
            "nothing");
    visit("train_ms", &C::train_ms, "From there until the link is up")
        .range(0, 1e6)
        .assumption(
            "PCIe: the limit of Polling.Active (facts/pcie6.md 4.9, C), within the 20-100 ms of a "
            "whole training; the other protocols publish nothing");
    visit("recovery_ms", &C::recovery_ms,
          "A link that is up is trained anew; nothing on it is lost")
        .range(0, 1e6)
        .assumption(
            "PCIe: the limit of Recovery.RcvrLock (facts/pcie6.md 4.9, D); the other protocols "
            "publish nothing");
    visit(
        "time_scale", &C::time_scale,
        "Factor on the three times: 1 is real time, which few simulations last; 0: no time at all")
        .range(0, 1)
        .assumption("0.001: the milliseconds of hardware become microseconds of a run");
  }

  Picoseconds scaled_ps(double ms) const {
    return static_cast<Picoseconds>(ms * 1e9 * time_scale + 0.5);
  }
};

/// What happens to a link from outside.
enum class LinkEvent : std::uint8_t {
  lose,       ///< the partner is gone, or its signal
  restore,    ///< it is there again: the link trains by itself
  disable,    ///< software turns the link off
  enable,     ///< and on
  contain,    ///< an error holds it down: PCIe's DPC, UALink's drop mode, Ethernet's discard
  release,    ///< software ends that, or what kept senders from a link that is up
  hot_reset,  ///< down and trained from the start
  recover,    ///< trained anew without going down
};
const char* to_string(LinkEvent event);

class LinkStateMachine {
 public:
  /// The link is up: simulations start behind the first training.
  explicit LinkStateMachine(const LinkStateConfig& config);

  LinkState state() const { return state_; }
  /// Packets that were handed over are not lost.
  bool link_up() const { return state_ == LinkState::up || state_ == LinkState::recovery; }
  /// An error holds it down until LinkEvent::release.
  bool contained() const { return contained_; }

  /// Events that mean nothing in the present state change nothing (a release of what is not held):
  /// false.
  bool on(LinkEvent event, Picoseconds now_ps);
  /// When the state ends by itself; kNever: it waits for an event.
  Picoseconds next_ps() const { return next_ps_; }
  /// Time has come to now_ps >= next_ps(): all changes that are due.
  void poll(Picoseconds now_ps);
  /// Times that a link which was up went down: what was on it then is lost.
  std::uint64_t failures() const { return failures_; }

 private:
  bool take(LinkEvent event, Picoseconds now_ps);
  void enter(LinkState state, Picoseconds now_ps);
  void leave_down(Picoseconds now_ps);

  LinkStateConfig config_;
  LinkState state_ = LinkState::up;
  Picoseconds next_ps_ = kNever;
  std::uint64_t failures_ = 0;
  bool partner_ = true;
  bool contained_ = false;
  bool disabled_ = false;
};

}  // namespace antares::protocols
