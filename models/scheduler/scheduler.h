// SPDX-License-Identifier: Apache-2.0
// The wheel: the one process that all switches and endpoints of a platform share. It uses the
// SystemC kernel as a clock only: one SC_METHOD, one sc_event, re-armed at each distinct time at
// which a model event is due. Reason and figures: a kernel event a port costs 2-7 times as much on
// one switch and 7-25 times on 72 (facts/performance.md 1.4).
//
// An instant has three phases: arrivals (and credits, wakes), arbitration, departures. Within a
// phase events run in the order {switch, port, sequence of that port}, so that results do not
// depend on which unit posted first, nor on how many wheels a platform has.
//
// Time: integer picoseconds. A SystemC time resolution coarser than 1 ps is an error at
// elaboration.
#pragma once
#include <cassert>
#include <chrono>
#include <systemc>
#include <utility>
#include <vector>

#include "antares/models/scheduler/event_queue.h"

namespace antares::models {

enum class Phase : std::uint8_t { arrival = 0, departure = 2 };

/// Who posts: fixes the place of its events within an instant. One a port, one an endpoint.
class Origin {
 public:
  /// switch_index < 4095 for switches; endpoints use kEndpoints and their own index.
  static constexpr std::uint16_t kEndpoints = 0xFFF;
  Origin(std::uint16_t switch_index, std::uint16_t port_index)
      : base_((std::uint64_t{switch_index} & 0xFFF) << 48 | (std::uint64_t{port_index} & 0xFFF)
                                                                << 36) {}
  std::uint64_t next_order(Phase phase) {
    return std::uint64_t{static_cast<std::uint8_t>(phase)} << 60 | base_ |
           (sequence_++ & kSequenceMask);
  }

 private:
  static constexpr std::uint64_t kSequenceMask = (1ull << 36) - 1;
  std::uint64_t base_;
  std::uint64_t sequence_ = 0;
};

/// A unit that decides once an instant, after all arrivals of that instant (a crossbar).
class Arbitrated {
 public:
  explicit Arbitrated(std::uint16_t switch_index) : switch_index_(switch_index) {}
  virtual void arbitrate(Picoseconds now_ps) = 0;

 protected:
  virtual ~Arbitrated() = default;

 private:
  friend class Scheduler;
  std::uint16_t switch_index_;
  bool requested_ = false;
};

/// A time-out of a unit, of which nearly all are cleared before their time: one that is cleared
/// leaves nothing in the wheel, so that it does not keep a simulation going that has nothing to do.
class Alarm {
 public:
  Alarm(Phase phase, Origin& origin, EventTarget& target, std::uint64_t what = 0)
      : phase_(phase), origin_(origin), target_(target), what_(what) {}
  bool is_set() const { return at_ps_ != kNever; }

 private:
  friend class Scheduler;
  Phase phase_;
  Origin& origin_;
  EventTarget& target_;
  std::uint64_t what_;
  Picoseconds at_ps_ = kNever;
  std::size_t place_ = 0;  ///< in Scheduler::alarms_, while set
};

class Scheduler : public sc_core::sc_module {
 public:
  typedef Scheduler SC_CURRENT_USER_MODULE;
  explicit Scheduler(const sc_core::sc_module_name& name);
  ~Scheduler() override;

  /// Current time. Valid inside and outside of the wheel's own process.
  Picoseconds now_ps() const {
    return running_ ? now_ps_ : sc_core::sc_time_stamp().value() / ticks_per_ps_;
  }
  sc_core::sc_time to_time(Picoseconds ps) const {
    return sc_core::sc_time::from_value(ps * ticks_per_ps_);
  }
  Picoseconds to_ps(const sc_core::sc_time& time) const { return time.value() / ticks_per_ps_; }

  /// Posts `what` to target at at_ps (>= now). From outside the wheel at_ps must lie in the future:
  /// a foreign process may run before or after the wheel in one instant, and must not be able to
  /// tell.
  void post(Picoseconds at_ps, Phase phase, Origin& origin, EventTarget& target,
            std::uint64_t what = 0) {
    assert(!running_ || at_ps >= now_ps_);
    queue_.push(Event{at_ps, origin.next_order(phase), &target, what});
    if (!running_) post_from_outside(at_ps);
  }
  /// Rings once, as an event posted for at_ps would; it must not be set. at_ps: as for post().
  void set_alarm(Alarm& alarm, Picoseconds at_ps);
  void clear_alarm(Alarm& alarm);  ///< set or not
  /// Calls unit.arbitrate() once, after the arrivals of this instant (of the next one the wheel
  /// runs when called from outside).
  void request_arbitration(Arbitrated& unit);

  /// The wheel's own process runs: events may be posted for this instant.
  bool running() const { return running_; }
  std::uint64_t model_events() const { return model_events_; }
  std::uint64_t kernel_events() const { return kernel_events_; }
  /// Events waiting; 0 means nothing will ever happen again without a call from outside.
  std::size_t pending() const { return queue_.size() + alarms_.size(); }

  /// From now on the simulation pauses (sc_pause) about this often in real time, for whoever wants
  /// to show progress or hear an interrupt; zero: never. What is simulated does not change.
  void pause_every(std::chrono::milliseconds interval);
  /// It has paused for that since the last call.
  bool take_paused() { return std::exchange(paused_, false); }

 private:
  void post_from_outside(Picoseconds at_ps);
  void arm(Picoseconds at_ps);
  void ring_alarms(Picoseconds now_ps);
  void find_next_alarm();
  void run();
  void run_arbitrations(Picoseconds now_ps);
  void before_end_of_elaboration() override;
  void look_at_the_clock();

  EventQueue queue_;
  std::vector<Alarm*> alarms_;  ///< those that are set, in any order
  /// No alarm rings earlier; looked up anew only once nothing else is due before it.
  Picoseconds next_alarm_ps_ = kNever;
  std::vector<Arbitrated*> arbitrations_;
  std::vector<Arbitrated*> arbitrating_;
  sc_core::sc_event tick_;
  Picoseconds armed_ps_ = kNever;
  bool running_ = false;
  Picoseconds now_ps_ = 0;  ///< while running_
  std::uint64_t ticks_per_ps_ = 1;
  std::uint64_t model_events_ = 0;
  std::uint64_t kernel_events_ = 0;
  std::chrono::milliseconds pause_interval_{0};
  std::chrono::steady_clock::time_point paused_at_;
  bool paused_ = false;
};

}  // namespace antares::models
