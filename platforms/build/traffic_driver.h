// SPDX-License-Identifier: Apache-2.0
// The traffic workload: for each offered load (a list, a sweep, a search for saturation) or for the
// closed loop: start the sources, warm up, measure, stop, drain. One row each, and one for every
// link direction over the measured window.
//
// throughput is payload answered within the window / (what the sources' links can carry), latency
// is that of the same requests. A load counts as saturated when what came into being within the
// window exceeds what was answered in it by more than chance: see kShortfall in the source.
#pragma once
#include "antares/platforms/build/traffic_injector.h"

namespace antares::platforms {

class TrafficDriver : private models::EventTarget {
 public:
  TrafficDriver(Platform& platform, const WorkloadDescription& workload, ResultSink& sink);
  ~TrafficDriver();

  /// Throws std::invalid_argument for a workload that cannot be, RunFailure when a request is
  /// answered with an error, the measured window delivers nothing, or the drain does not end.
  void run();

 private:
  enum What : std::uint64_t { kWindowOpens, kWindowCloses };

  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void find_saturation(const LoadSweep& sweep);
  /// No load: closed loop. Returns whether the load was more than could be carried.
  bool run_load(std::optional<double> load);
  void drain(const std::string& label);
  /// What to do about a window without answers.
  std::string advice() const;
  TrafficRow row_of(std::optional<double> load) const;
  std::vector<std::string> unfinished() const;
  [[noreturn]] void fail(const std::string& label, const std::string& text) const;

  Platform& platform_;
  WorkloadDescription workload_;
  ResultSink& sink_;
  TrafficPlan plan_;
  ZeroLoadTable zero_load_;
  TrafficMeter meter_;
  models::Origin origin_;
  std::vector<std::unique_ptr<TrafficInjector>> injectors_;
  bool window_closed_ = false;
  double delivered_GBps_ = 0;  ///< of the last run_load()
};

}  // namespace antares::platforms
