// SPDX-License-Identifier: Apache-2.0
// The wheel inside a kernel: order within an instant, posts from outside, resolutions, idleness.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "antares/models/report_ids.h"
#include "antares/models/scheduler/scheduler.h"
#include "tb/support/simulation.h"

namespace antares::models {
namespace {

using Log = std::vector<std::string>;

struct Note : EventTarget {
  explicit Note(Log& target_log) : log(target_log) {}
  void fire(std::uint64_t what, Picoseconds now_ps) override {
    log.push_back(std::to_string(now_ps) + ":" + std::to_string(what));
    if (then) then(what, now_ps);
  }
  Log& log;
  std::function<void(std::uint64_t, Picoseconds)> then;
};

struct NoteArbiter : Arbitrated {
  NoteArbiter(Log& target_log, std::uint16_t switch_index)
      : Arbitrated(switch_index), log(target_log), index(switch_index) {}
  void arbitrate(Picoseconds now_ps) override {
    log.push_back(std::to_string(now_ps) + ":arbiter" + std::to_string(index));
    if (then) then(now_ps);
  }
  Log& log;
  std::uint16_t index;
  std::function<void(Picoseconds)> then;
};

/// A process of somebody else's that calls `act` at given times.
struct Outsider : sc_core::sc_module {
  typedef Outsider SC_CURRENT_USER_MODULE;
  Outsider(const sc_core::sc_module_name& name, sc_core::sc_time period, int times,
           std::function<void()> act)
      : sc_core::sc_module(name), period_(period), times_(times), act_(std::move(act)) {
    SC_THREAD(run);
  }

 private:
  void run() {
    for (int i = 0; i < times_; ++i) {
      wait(period_);
      act_();
    }
  }
  sc_core::sc_time period_;
  int times_;
  std::function<void()> act_;
};

TEST(Scheduler, AnInstantIsArrivalsThenArbitrationThenDepartures) {
  tb::ReportGuard reports;
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  NoteArbiter second(log, 2);
  NoteArbiter first(log, 1);
  Origin origin(0, 0);
  note.then = [&](std::uint64_t what, Picoseconds) {
    if (what == 10) wheel.request_arbitration(second);
    if (what == 11) wheel.request_arbitration(first);
    if (what == 11) wheel.request_arbitration(second);  // twice: once is enough
  };
  // An arrival that the arbitration itself posts for this instant makes it arbitrate again.
  bool again = true;
  first.then = [&](Picoseconds now_ps) {
    if (again) wheel.post(now_ps, Phase::arrival, origin, note, 11);
    again = false;
  };
  wheel.post(100, Phase::departure, origin, note, 20);
  wheel.post(100, Phase::arrival, origin, note, 10);
  wheel.post(100, Phase::arrival, origin, note, 11);
  sc_core::sc_start();
  const Log expected = {"100:10", "100:11",       "100:arbiter1", "100:arbiter2",
                        "100:11", "100:arbiter1", "100:arbiter2", "100:20"};
  EXPECT_EQ(log, expected);
}

TEST(Scheduler, OrderDoesNotDependOnWhoPostedFirst) {
  // Every permutation of four posts at one instant: {switch, port, sequence of that port} decides.
  tb::ReportGuard reports;
  Scheduler wheel("wheel");
  std::vector<int> who = {0, 1, 2, 3};
  Picoseconds at = 1000;
  Log log;
  Note note(log);
  Log expected;
  do {
    Origin origins[] = {Origin(0, 5), Origin(0, 6), Origin(1, 0), Origin(Origin::kEndpoints, 0)};
    for (int poster : who) {
      for (int twice = 0; twice < 2; ++twice) {
        wheel.post(at, Phase::arrival, origins[poster], note,
                   static_cast<std::uint64_t>(2 * poster + twice));
      }
    }
    for (int i = 0; i < 8; ++i) expected.push_back(std::to_string(at) + ":" + std::to_string(i));
    at += 1000;
  } while (std::next_permutation(who.begin(), who.end()));
  sc_core::sc_start();
  EXPECT_EQ(log, expected);
}

TEST(Scheduler, OneKernelEventForEachDistinctTimeAndNoneWhenIdle) {
  tb::ReportGuard reports;
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin origin(0, 0);
  for (Picoseconds at : {10u, 10u, 20u, 20u, 20u, 5000u})
    wheel.post(at, Phase::arrival, origin, note);
  sc_core::sc_start();
  EXPECT_EQ(wheel.model_events(), 6u);
  EXPECT_EQ(wheel.kernel_events(), 3u);
  EXPECT_EQ(wheel.pending(), 0u);
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(5000, sc_core::SC_PS));
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
  EXPECT_EQ(wheel.kernel_events(), 3u) << "an idle wheel woke up";
}

TEST(Scheduler, APostFromOutsideComesBeforeWhatTheWheelWaitsFor) {
  tb::ReportGuard reports;
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin origin(0, 0);
  Outsider outsider("outsider", sc_core::sc_time(100, sc_core::SC_PS), 3,
                    [&] { wheel.post(wheel.now_ps() + 7, Phase::arrival, origin, note, 1); });
  wheel.post(1'000'000, Phase::arrival, origin, note, 2);
  wheel.post(150, Phase::arrival, origin, note, 3);
  sc_core::sc_start();
  EXPECT_EQ(log, (Log{"107:1", "150:3", "207:1", "307:1", "1000000:2"}));
}

TEST(Scheduler, AFinerResolutionThanAPicosecondWorks) {
  tb::ReportGuard reports;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin origin(0, 0);
  EXPECT_EQ(wheel.to_time(5), sc_core::sc_time(5, sc_core::SC_PS));
  EXPECT_EQ(wheel.to_ps(sc_core::sc_time(5999, sc_core::SC_FS)), 5u);
  // Called between two picoseconds: events keep their picosecond.
  Outsider outsider("outsider", sc_core::sc_time(100'400, sc_core::SC_FS), 1, [&] {
    EXPECT_EQ(wheel.now_ps(), 100u);
    wheel.post(wheel.now_ps() + 1, Phase::arrival, origin, note, 1);
    wheel.post(wheel.now_ps() + 50, Phase::arrival, origin, note, 2);
  });
  sc_core::sc_start();
  EXPECT_EQ(log, (Log{"101:1", "150:2"}));
}

TEST(Scheduler, ACoarserResolutionThanAPicosecondIsTheNamedError) {
  tb::ReportGuard reports;
  reports.expect(kReportTimeResolution);
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin origin(0, 0);
  wheel.post(1000, Phase::arrival, origin, note);  // before elaboration ends: must not crash
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(reports.count(kReportTimeResolution), 1);
  EXPECT_NE(reports.last_message().find("coarser than 1 ps"), std::string::npos);
}

TEST(Scheduler, AlarmsRingAsEventsAndLeaveNothingBehindWhenTheyAreCleared) {
  tb::ReportGuard reports;
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin first(0, 1), second(0, 2);
  Alarm rings(Phase::arrival, second, note, 7);
  Alarm cleared(Phase::arrival, second, note, 8);
  Alarm later(Phase::arrival, second, note, 9);
  note.then = [&](std::uint64_t what, Picoseconds now_ps) {
    if (what == 1) {
      wheel.set_alarm(rings, now_ps + 50);
      wheel.set_alarm(cleared, now_ps + 40);
      wheel.set_alarm(later, now_ps + 1'000'000);
      wheel.post(now_ps + 50, Phase::arrival, first, note, 2);  // before it within its instant
      wheel.post(now_ps + 60, Phase::arrival, first, note, 3);
    }
    if (what == 2) wheel.clear_alarm(cleared);  // too late: it has rung
    if (what == 3) wheel.clear_alarm(later);
    if (what == 3) wheel.clear_alarm(later);  // twice does no harm
  };
  wheel.post(100, Phase::arrival, first, note, 1);
  sc_core::sc_start();
  EXPECT_EQ(log, (Log{"100:1", "140:8", "150:2", "150:7", "160:3"}));
  EXPECT_EQ(wheel.now_ps(), 160u);  // and not a microsecond later
  EXPECT_EQ(wheel.pending(), 0u);
  EXPECT_FALSE(rings.is_set());
}

TEST(Scheduler, AnAlarmThatIsNotClearedIsPendingAndRingsThoughNothingElseIsDue) {
  tb::ReportGuard reports;
  Log log;
  Scheduler wheel("wheel");
  Note note(log);
  Origin origin(0, 1);
  Alarm alarm(Phase::departure, origin, note, 5);
  std::size_t pending = 0;
  note.then = [&](std::uint64_t what, Picoseconds now_ps) {
    if (what != 1) return;
    wheel.set_alarm(alarm, now_ps + 1'000'000);
    pending = wheel.pending();
  };
  wheel.post(100, Phase::arrival, origin, note, 1);
  sc_core::sc_start();
  EXPECT_EQ(pending, 1u);
  EXPECT_EQ(log, (Log{"100:1", "1000100:5"}));
}

TEST(Scheduler, PausesByTheClockLoseNothing) {
  constexpr std::uint64_t kEvents = 5000;
  constexpr Picoseconds kStep = 10;
  Scheduler wheel("wheel");
  Origin origin(0, 0);
  Log log;
  Note note(log);
  std::uint64_t fired = 0;
  note.then = [&](std::uint64_t what, Picoseconds now_ps) {
    log.clear();
    EXPECT_EQ(now_ps, kStep * ++fired);
    if (what % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (what < kEvents) wheel.post(now_ps + kStep, Phase::arrival, origin, note, what + 1);
  };
  wheel.post(kStep, Phase::arrival, origin, note, 1);
  wheel.pause_every(std::chrono::milliseconds(1));
  unsigned pauses = 0;
  do {
    sc_core::sc_start(sc_core::sc_max_time() - sc_core::sc_time_stamp(),
                      sc_core::SC_EXIT_ON_STARVATION);
  } while (wheel.take_paused() && ++pauses < 100);
  EXPECT_EQ(fired, kEvents);
  EXPECT_EQ(wheel.kernel_events(), kEvents);
  EXPECT_GE(pauses, 3u) << "the clock is looked at four times, 4 ms apart or more";
  EXPECT_LT(pauses, 100u);
}

}  // namespace
}  // namespace antares::models
