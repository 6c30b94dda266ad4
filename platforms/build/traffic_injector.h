// SPDX-License-Identifier: Apache-2.0
// One source of synthetic traffic on its endpoint, and the meter that all sources of a run share.
// Open loop: requests come into being by the source's arrival process whatever happens; one that
// the endpoint cannot take waits in the source queue, and its latency counts from its coming into
// being. Closed loop: `window` requests are kept in flight, latency counts from the issue.
//
// The source queue is not stored: while its head waits nothing behind it is drawn, since arrivals
// do not depend on backpressure. Memory is flat at any load. Times: picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/models/observe/latency_histogram.h"
#include "antares/platforms/build/traffic_plan.h"
#include "antares/platforms/build/zero_load_table.h"

namespace antares::platforms {

/// What of one partition's sources was counted in the window.
struct TrafficCounts {
  models::LatencyHistogram latencies;
  std::uint64_t answered_requests = 0;
  std::uint64_t failed_requests = 0;
  std::uint64_t generated_requests = 0;
  std::uint64_t generated_bytes = 0;
  std::uint64_t delivered_bytes = 0;
  /// Sum of latency - zero-load latency: signed, since that is what shows a model that is too fast.
  std::int64_t wait_ps = 0;

  void add(const TrafficCounts& other);
};

/// What happened in the measured window [from_ps, to_ps). Deliveries count by their own time.
struct TrafficMeter {
  models::Picoseconds from_ps = 0;
  models::Picoseconds to_ps = 0;
  bool records_latencies = true;      ///< false: `latencies` and `wait_ps` stay empty
  std::vector<TrafficCounts> counts;  ///< by PlannedSource::partition
  std::uint64_t in_flight = 0;
  bool stopped = false;
  bool survives_errors = false;  ///< faults are part of the run
  std::string failure;           ///< the first request that was answered with an error

  bool measures(models::Picoseconds at_ps) const { return from_ps <= at_ps && at_ps < to_ps; }
};

class TrafficInjector : private models::RequesterClient, private models::EventTarget {
 public:
  /// closed_window 0: open loop at arrivals.load. Takes over the endpoint's requester until it is
  /// destroyed.
  TrafficInjector(Platform& platform, const TrafficPlan& plan, const PlannedSource& planned,
                  const models::ArrivalConfig& arrivals, std::uint32_t closed_window,
                  ZeroLoadTable& zero_load, TrafficMeter& meter);
  ~TrafficInjector();
  TrafficInjector(const TrafficInjector&) = delete;
  TrafficInjector& operator=(const TrafficInjector&) = delete;

  void start(models::Picoseconds at_ps);
  /// The measured window is over: whatever would have come into being in it by now is counted.
  void finish();
  std::uint64_t in_flight() const { return in_flight_; }
  const std::string& name() const { return endpoint_.name; }

 private:
  void request_done(const models::Request& request, bool ok, models::Picoseconds now_ps) override;
  void may_issue(models::Picoseconds now_ps) override { pump(now_ps); }
  void fire(std::uint64_t, models::Picoseconds now_ps) override { pump(now_ps); }

  void record_latency(models::Picoseconds latency_ps, std::uint32_t target, std::uint32_t shape);
  /// From the window's base: over planes each request goes to another granule, so that all take
  /// their share.
  std::uint64_t next_granule(std::uint64_t window, std::uint64_t bytes);
  /// An endpoint's memory or, numbered behind them, a group's window.
  struct TrafficTarget {
    std::uint64_t base;
    std::uint64_t bytes;
    const std::string* name;
  };
  TrafficTarget target_of(std::uint32_t number) const;
  void generate();
  void pump(models::Picoseconds now_ps);

  Platform& platform_;
  const TrafficPlan& plan_;
  const PlatformEndpoint& endpoint_;
  std::uint32_t source_;
  std::uint32_t closed_window_;
  ZeroLoadTable& zero_load_;
  TrafficMeter& meter_;
  TrafficCounts& counts_;
  std::vector<std::uint64_t> group_bases_;
  models::TrafficSource stream_;
  models::Origin origin_;
  models::Picoseconds start_ps_ = 0;
  models::TrafficRequest next_;  ///< head of the source queue, or the next to come into being
  models::Picoseconds next_ps_ = protocols::kNever;  ///< when that is
  bool timer_posted_ = false;
  std::uint64_t granules_ = 0;
  std::uint64_t in_flight_ = 0;
};

}  // namespace antares::platforms
