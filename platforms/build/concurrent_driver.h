// SPDX-License-Identifier: Apache-2.0
// Workload `concurrent`: collectives that run at once and share endpoints and links. Each job first
// has the fabric for itself (unless that is left out), then all run together; buffers of those that
// share an endpoint stand one behind the other in its memory. Time of a collective: from its start
// until its last rank has its last byte; of several runs their mean. Picoseconds inside,
// microseconds in rows.
#pragma once
#include <memory>
#include <optional>

#include "antares/platforms/build/collective_case.h"
#include "antares/platforms/build/concurrent_plan.h"

namespace antares::platforms {

class ConcurrentDriver : private models::EventTarget {
 public:
  /// By job: the steps of one that has a program; nullptr: it has an algorithm.
  using Plans = std::vector<std::shared_ptr<const CollectivePlan>>;

  ConcurrentDriver(Platform& platform, const WorkloadDescription& workload, ResultSink& sink,
                   Plans plans = {});

  /// Throws std::invalid_argument for what cannot be, RunFailure when the run fails a check.
  void run();

 private:
  /// A collective of one group.
  struct Entry {
    ConcurrentGroup group;
    CollectiveCase what;
    std::uint32_t runs_left = 0;
    models::Picoseconds begin_ps = 0;
    models::Picoseconds end_ps = 0;
    std::optional<double> alone_us;
    bool placed = false;
  };

  const ConcurrentJob& job_of(const Entry& entry) const;
  double mean_us(const Entry& entry) const;
  /// Runs these at once, and checks what came of it.
  void run_together(const std::vector<Entry*>& entries, const std::string& label, bool alone);
  void start(Entry& entry, models::Picoseconds delay_ps);
  void finished(Entry& entry, models::Picoseconds now_ps);
  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void tell(const std::string& label);

  Platform& platform_;
  const WorkloadDescription& workload_;
  ResultSink& sink_;
  Plans plans_;
  models::Origin origin_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> memory_ends_;  ///< by endpoint: what buffers have taken so far
  std::unique_ptr<CollectiveEngine> engine_;
  std::size_t running_ = 0;
};

}  // namespace antares::platforms
