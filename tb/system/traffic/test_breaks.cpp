// SPDX-License-Identifier: Apache-2.0
// A run pauses now and then by the clock, to show where it is and to hear an interrupt. That is a
// look at it and no part of it: whatever the machine does meanwhile, the same comes out.
#include <chrono>
#include <thread>

#include "tb/system/traffic/child_run.h"

namespace antares::tb {
namespace {

using models::Phase;
using models::Picoseconds;
using platforms::Platform;

/// On the wheel of the run, every 10 ns; `slow`: so that breaks come.
struct Ticker : models::EventTarget {
  Ticker(models::Scheduler& of, bool sleeps) : wheel(of), slow(sleeps) {
    wheel.post(wheel.now_ps() + kStep, Phase::arrival, origin, *this, 1);
  }
  void fire(std::uint64_t what, Picoseconds now_ps) override {
    // The wheel looks at the clock each 1024 instants, for 200 ms since the last time.
    if (slow && what % 400 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(110));
    if (what < kTicks) wheel.post(now_ps + kStep, Phase::arrival, origin, *this, what + 1);
  }
  static constexpr Picoseconds kStep = 10'000;
  static constexpr std::uint64_t kTicks = 4800;  // 48 us
  models::Scheduler& wheel;
  models::Origin origin{models::Origin::kEndpoints, 0xFFD};
  bool slow;
};

/// Three aim at one, as fast as they can; the last answers come some time behind the last request.
platforms::PlatformConfig incast(double drain_us) {
  auto config = shipped("first");
  config.run.watchdog_us = 20'000;  // one slice of simulated time is longer than all of it
  auto workload = traffic_workload();
  workload.traffic.pattern = platforms::TrafficPattern::incast;
  workload.traffic.offered_load = {1};
  workload.traffic.drain_us = drain_us;
  config.workloads = {workload};
  return config;
}

class CountingSink : public RecordingSink {
 public:
  void progress(const std::string&, double) override { ++looks; }
  unsigned looks = 0;
};

std::string outcome(double drain_us, bool slow) {
  return in_child([&] {
    ReportGuard reports;
    const auto config = incast(drain_us);
    CountingSink sink;
    Platform platform(config);
    Ticker ticker(platform.scheduler(), slow);
    std::string failure;
    try {
      platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
    } catch (const platforms::RunFailure& problem) {
      failure = problem.what();
    }
    if (slow) EXPECT_GT(sink.looks, 4u) << "no break came";  // a slow machine has some anyway
    return text_of(sink) + failure + std::to_string(platform.totals().simulated_us);
  });
}

TEST(Breaks, ByTheClockChangeNothing) {
  for (const double drain_us : {1000.0, 1.0})
    EXPECT_EQ(outcome(drain_us, true), outcome(drain_us, false));
}

TEST(Breaks, AreOfPlatformsRunsOnly) {
  ReportGuard reports;
  const auto config = incast(1000);
  RecordingSink sink;
  Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads.front(), sink).run();
  // Somebody else runs the kernel, slowly: it stops when he says.
  const Picoseconds start = platform.scheduler().now_ps();
  Ticker ticker(platform.scheduler(), true);
  const Picoseconds lasts = 2000 * Ticker::kStep;
  sc_core::sc_start(platform.scheduler().to_time(lasts));
  EXPECT_EQ(platform.scheduler().now_ps(), start + lasts);
}

}  // namespace
}  // namespace antares::tb
