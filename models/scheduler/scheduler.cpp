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

void Scheduler::post_from_outside(Picoseconds at_ps) {
  assert(at_ps > now_ps() || sc_core::sc_get_status() < sc_core::SC_RUNNING);
  arm(at_ps);
}

void Scheduler::arm(Picoseconds at_ps) {
  if (at_ps >= armed_ps_) return;
  armed_ps_ = at_ps;
  tick_.notify(to_time(at_ps - now_ps()));
}

void Scheduler::set_alarm(Alarm& alarm, Picoseconds at_ps) {
  assert(!alarm.is_set());
  alarm.at_ps_ = at_ps;
  alarm.place_ = alarms_.size();
  alarms_.push_back(&alarm);
  next_alarm_ps_ = std::min(next_alarm_ps_, at_ps);
  if (!running_) arm(at_ps);
}

void Scheduler::clear_alarm(Alarm& alarm) {
  if (!alarm.is_set()) return;
  alarm.at_ps_ = kNever;
  alarms_[alarm.place_] = alarms_.back();
  alarms_[alarm.place_]->place_ = alarm.place_;
  alarms_.pop_back();
}

void Scheduler::ring_alarms(Picoseconds now) {
  for (std::size_t i = 0; i < alarms_.size();) {
    Alarm& alarm = *alarms_[i];
    if (alarm.at_ps_ > now) {
      ++i;
      continue;
    }
    // As an event: its place within the instant is that of its origin, whoever set it first.
    queue_.push(Event{now, alarm.origin_.next_order(alarm.phase_), &alarm.target_, alarm.what_});
    clear_alarm(alarm);
  }
  find_next_alarm();
}

void Scheduler::find_next_alarm() {
  next_alarm_ps_ = kNever;
  for (const Alarm* alarm : alarms_) next_alarm_ps_ = std::min(next_alarm_ps_, alarm->at_ps_);
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

void Scheduler::pause_every(std::chrono::milliseconds interval) {
  pause_interval_ = interval;
  paused_at_ = std::chrono::steady_clock::now();
}

void Scheduler::look_at_the_clock() {
  const auto now = std::chrono::steady_clock::now();
  if (now - paused_at_ < pause_interval_) return;
  paused_at_ = now;
  paused_ = true;
  sc_core::sc_pause();
}

void Scheduler::run() {
  const Picoseconds now = now_ps();
  ++kernel_events_;
  // A look at the clock costs as much as a small event: seldom, then.
  constexpr std::uint64_t kSeldom = 1024;
  if (kernel_events_ % kSeldom == 0 && pause_interval_.count() != 0) look_at_the_clock();
  now_ps_ = now;
  running_ = true;
  if (next_alarm_ps_ <= now) ring_alarms(now);
  for (;;) {
    const Event* next = queue_.peek();
    const bool due = next != nullptr && next->time_ps <= now;
    // Arrivals first, then the decisions on them, then departures.
    if (due && (arbitrations_.empty() || next->order >> 60 == 0)) {
      EventTarget& target = *next->target;
      const std::uint64_t what = next->what;
      queue_.drop_top();
      ++model_events_;
      target.fire(what, now);
    } else if (!arbitrations_.empty()) {
      run_arbitrations(now);
    } else {
      break;
    }
  }
  running_ = false;
  armed_ps_ = kNever;
  Picoseconds next = queue_.empty() ? kNever : queue_.top().time_ps;
  if (next_alarm_ps_ < next) {
    find_next_alarm();
    next = std::min(next, next_alarm_ps_);
  }
  if (next == kNever) return;
  arm(next);
  // What it is about is on its way while the kernel takes its time; packed numbers do no harm.
  if (!queue_.empty()) {
    constexpr std::uint64_t kTagged = 7;
    __builtin_prefetch(reinterpret_cast<const void*>(queue_.top().what & ~kTagged));
  }
}

}  // namespace antares::models
