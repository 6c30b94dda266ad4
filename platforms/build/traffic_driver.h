// SPDX-License-Identifier: Apache-2.0
// The traffic workload: for each offered load (a list, a sweep, a search for saturation) or for the
// closed loop: start the sources, warm up, measure, stop, drain. One row each, one for each
// partition, and one for every link direction over the measured window.
//
// A partition's row counts its own sources only, and nothing of it depends on what others do. So
// that not even the time at which the next load begins tells of them, a drain takes its whole
// drain_us where there are partitions. What is shared is the run: a search for saturation goes by
// the rows of all, and what fails in one ends the run.
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
  double drain_us() const;
  enum What : std::uint64_t { kWindowOpens, kWindowCloses, kDrainEnds };

  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void find_saturation(const LoadSweep& sweep);
  /// No load: closed loop. Returns whether the load was more than could be carried.
  bool run_load(std::optional<double> load);
  void drain(const std::string& label);
  /// What to do about a window without answers.
  std::string advice() const;
  /// partition: TrafficPlan::kAll, or an index into TrafficPlan::partitions.
  TrafficRow row_of(std::optional<double> load, std::uint32_t partition) const;
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
