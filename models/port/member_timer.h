// SPDX-License-Identifier: Apache-2.0
// How long copies of group packets may take in one switch, all alike. Watching and forgetting cost
// O(1); one alarm watches them all. Picoseconds.
#pragma once
#include "antares/models/port/completion_timer.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

class MemberTimer : private EventTarget {
 public:
  MemberTimer(Picoseconds timeout_ps, Scheduler& scheduler, std::uint16_t switch_index)
      : timer_(timeout_ps),
        scheduler_(scheduler),
        origin_(switch_index, kTimerPort),
        alarm_(Phase::departure, origin_, *this) {}

  void watch(Transaction& copy) {
    timer_.watch(copy, scheduler_.now_ps());
    if (!alarm_.is_set()) scheduler_.set_alarm(alarm_, timer_.next_ps());
  }
  void forget(Transaction& copy) {
    timer_.forget(copy);
    if (timer_.empty()) scheduler_.clear_alarm(alarm_);
  }

 private:
  static constexpr std::uint16_t kTimerPort = 0xFFC;  ///< in the order of events: after the ports
  void fire(std::uint64_t, Picoseconds now_ps) override;  // port_copies_late.cpp

  CompletionTimer timer_;
  Scheduler& scheduler_;
  Origin origin_;
  Alarm alarm_;
};

}  // namespace antares::models
