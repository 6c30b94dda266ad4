// SPDX-License-Identifier: Apache-2.0
// A port's link that may fail, and the time after which its requester gives up waiting. Only ports
// that ask for it (PortConfig::faults) have one: the others pay nothing.
//
// Down: what is on the wire is lost, what waits for the link is dropped, the switch answers
// requests to the dead link with an error, and the requester's timer answers what nobody else
// will. Nothing is freed while a train may still point at it: a transaction that lost a part is
// marked, and resolved where its last train ends (port_failure.cpp).
// Left out: which training steps a link goes through (protocols/common/link_state.h says how long
// they take). Time: picoseconds.
#pragma once
#include "antares/models/port/completion_timer.h"
#include "antares/models/port/port_config.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

/// What the port does for its PortFaults.
class FaultClient {
 public:
  virtual void link_failed(Picoseconds now_ps) = 0;
  virtual void link_restored(Picoseconds now_ps) = 0;
  virtual void timed_out(Transaction& transaction, Picoseconds now_ps) = 0;

 protected:
  virtual ~FaultClient() = default;
};

class PortFaults : private EventTarget {
 public:
  PortFaults(FaultClient& client, const PortFaultConfig& config, Picoseconds crossing_ps,
             Scheduler& scheduler, Origin& origin);

  /// The link goes down or comes up at at_ps, which lies in the future unless the wheel runs. Of a
  /// link between switches: PortAdapter::schedule_link() tells both ends.
  void schedule(bool up, Picoseconds at_ps);
  bool link_up() const { return up_; }
  std::uint64_t failures() const { return failures_; }
  Picoseconds last_down_ps() const { return last_down_ps_; }
  /// A train that reaches an end of the link, all of it at tail_ps: was the link down meanwhile?
  bool lost(Picoseconds head_ps, Picoseconds tail_ps) const {
    if (failures_ == 0 || tail_ps <= last_down_ps_) return false;
    return !up_ || head_ps < last_up_ps_ + crossing_ps_;
  }

  void watch(Transaction& transaction, Picoseconds at_ps);
  void forget(Transaction& transaction) { timer_.forget(transaction); }
  bool anybody_waits() const { return !timer_.empty(); }

 private:
  enum What : std::uint64_t { kDown, kUp, kTimer };
  void fire(std::uint64_t what, Picoseconds now_ps) override;

  FaultClient& client_;
  Picoseconds crossing_ps_;
  Scheduler& scheduler_;
  Origin& origin_;
  CompletionTimer timer_;
  bool timer_posted_ = false;
  bool up_ = true;
  std::uint64_t failures_ = 0;
  Picoseconds last_down_ps_ = 0;
  Picoseconds last_up_ps_ = 0;
};

}  // namespace antares::models
