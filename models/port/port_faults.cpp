// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/port_faults.h"

#include "antares/models/port/zero_load.h"

namespace antares::models {

PortFaults::PortFaults(FaultClient& client, const PortFaultConfig& config, Picoseconds crossing_ps,
                       Scheduler& scheduler, Origin& origin)
    : client_(client),
      crossing_ps_(crossing_ps),
      scheduler_(scheduler),
      origin_(origin),
      timer_(to_picoseconds(config.completion_timeout_us * 1000)) {}

void PortFaults::schedule(bool up, Picoseconds at_ps) {
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, up ? kUp : kDown);
}

void PortFaults::watch(Transaction& transaction, Picoseconds at_ps) {
  timer_.watch(transaction, at_ps);
  if (timer_posted_) return;
  timer_posted_ = true;
  scheduler_.post(timer_.next_ps(), Phase::departure, origin_, *this, kTimer);
}

void PortFaults::fire(std::uint64_t what, Picoseconds now_ps) {
  switch (static_cast<What>(what)) {
    case kDown:
      if (!up_) return;
      up_ = false;
      ++failures_;
      last_down_ps_ = now_ps;
      client_.link_failed(now_ps);
      return;
    case kUp:
      if (up_) return;
      up_ = true;
      last_up_ps_ = now_ps;
      client_.link_restored(now_ps);
      return;
    case kTimer:
      // One event for all that wait: it looks again when the first of them would expire.
      while (!timer_.empty() && timer_.next_ps() <= now_ps)
        client_.timed_out(timer_.take(), now_ps);
      timer_posted_ = !timer_.empty();
      if (timer_posted_)
        scheduler_.post(timer_.next_ps(), Phase::departure, origin_, *this, kTimer);
      return;
  }
}

}  // namespace antares::models
