// SPDX-License-Identifier: Apache-2.0
// The trace workload: replays execution traces on a platform (facts/ecosystem.md 1.1). Rank r is
// the r-th accelerator in the order of the description; more ranks than accelerators are refused,
// accelerators beyond the last rank stay idle, a single file is replayed on every accelerator.
// Hands on one row a collective that rank 0 takes part in, one row for the trace, and the links
// over the whole replay. Picoseconds inside, microseconds in rows.
#pragma once
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

class TraceRun;
struct PreparedTrace;

class TraceDriver {
 public:
  /// `trace`: of this workload and this platform's description (prepare_trace).
  TraceDriver(Platform& platform, const WorkloadDescription& workload, PreparedTrace& trace,
              ResultSink& sink)
      : platform_(platform), workload_(workload), trace_(trace), sink_(sink) {}

  /// Throws RunFailure, naming what each rank waits for, when the replay stops with nodes left.
  void run();

 private:
  std::vector<std::size_t> accelerators() const;
  void hand_on_collectives(TraceRun& run);
  void hand_on_trace(const TraceRun& run);

  Platform& platform_;
  const WorkloadDescription& workload_;
  PreparedTrace& trace_;
  ResultSink& sink_;
  std::uint64_t collective_rows_ = 0;
};

}  // namespace antares::platforms
