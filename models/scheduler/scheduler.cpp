// SPDX-License-Identifier: Apache-2.0
#include "antares/models/scheduler/scheduler.h"

#include <algorithm>
#include <cassert>

#include "antares/models/report_ids.h"

namespace antares::models {
namespace {
std::uint64_t ticks_in_a_picosecond() {
  const sc_core::sc_time resolution = sc_core::sc_get_time_resolution();
  const double ticks = 1e-12 / resolution.to_seconds();
  return ticks < 0.5 ? 0 : static_cast<std::uint64_t>(ticks + 0.5);
}
}  // namespace

Scheduler::Scheduler(const sc_core::sc_module_name& name)
    : sc_core::sc_module(name),
      tick_("tick"),
      ticks_per_ps_(std::max<std::uint64_t>(1, ticks_in_a_picosecond())) {
  SC_METHOD(run);
  sensitive << tick_;
  dont_initialize();
}

Scheduler::~Scheduler() = default;

void Scheduler::before_end_of_elaboration() {
  if (ticks_in_a_picosecond() == 0) {
    SC_REPORT_ERROR(kReportTimeResolution,
                    "the SystemC time resolution is coarser than 1 ps; call "
                    "sc_set_time_resolution(1, SC_PS) or finer before the first sc_time is made");
  }
}

void Scheduler::post(Picoseconds at_ps, Phase phase, Origin& origin, EventTarget& target,
                     std::uint64_t what) {
  queue_.push(Event{at_ps, origin.next_order(phase), &target, what});
  if (running_) {
    assert(at_ps >= now_ps());
    return;
  }
  const Picoseconds now = now_ps();
  assert(at_ps > now || sc_core::sc_get_status() < sc_core::SC_RUNNING);
  if (at_ps < armed_ps_) {
    armed_ps_ = at_ps;
    tick_.notify(to_time(at_ps - now));
  }
}

void Scheduler::request_arbitration(Arbitrated& unit) {
  if (unit.requested_) return;
  unit.requested_ = true;
  arbitrations_.push_back(&unit);
  // Only units inside the wheel ask; they do so while it runs.
  assert(running_);
}

void Scheduler::run_arbitrations(Picoseconds now) {
  arbitrating_.swap(arbitrations_);
  if (arbitrating_.size() > 1) {
    std::sort(arbitrating_.begin(), arbitrating_.end(),
              [](const Arbitrated* a, const Arbitrated* b) {
                return a->switch_index_ < b->switch_index_;
              });
  }
  for (Arbitrated* unit : arbitrating_) {
    unit->requested_ = false;
    unit->arbitrate(now);
  }
  arbitrating_.clear();
}

void Scheduler::run() {
  const Picoseconds now = now_ps();
  ++kernel_events_;
  now_ps_ = now;
  running_ = true;
  for (;;) {
    const Event* next = queue_.empty() ? nullptr : &queue_.top();
    const bool due = next != nullptr && next->time_ps <= now;
    // Arrivals first, then the decisions on them, then departures.
    if (due && (arbitrations_.empty() || next->order >> 60 == 0)) {
      const Event event = *next;
      queue_.drop_top();
      ++model_events_;
      event.target->fire(event.what, now);
    } else if (!arbitrations_.empty()) {
      run_arbitrations(now);
    } else {
      break;
    }
  }
  running_ = false;
  armed_ps_ = kNever;
  if (!queue_.empty()) {
    armed_ps_ = queue_.top().time_ps;
    tick_.notify(to_time(armed_ps_ - now));
  }
}

}  // namespace antares::models
