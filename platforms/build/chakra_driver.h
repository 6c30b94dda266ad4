// SPDX-License-Identifier: Apache-2.0
// The chakra workload: replays execution traces on a platform (facts/ecosystem.md 1.1). Rank r is
// the r-th accelerator in the order of the description; more ranks than accelerators are refused,
// accelerators beyond the last rank stay idle, a single file is replayed on every accelerator.
// Paths are used as they stand: a caller that read them from a description resolves them first
// (resolve_path). Hands on one row a collective that rank 0 takes part in, one row for the trace,
// and the links over the whole replay. Picoseconds inside, microseconds in rows.
#pragma once
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

class TraceRun;
class TransferPlanner;
struct TraceSet;

class ChakraDriver {
 public:
  ChakraDriver(Platform& platform, const WorkloadDescription& workload, ResultSink& sink)
      : platform_(platform), workload_(workload), sink_(sink) {}

  /// Before anything is simulated: TraceError for a trace that can't be read or doesn't fit the
  /// platform, std::invalid_argument for a setting that can't be. Then RunFailure, naming what each
  /// rank waits for, when the replay stops with nodes left.
  void run();

 private:
  std::vector<std::size_t> accelerators() const;
  void hand_on_collectives(TraceRun& run);
  void hand_on_trace(const TraceRun& run, const TraceSet& set, const TransferPlanner& planner);

  Platform& platform_;
  const WorkloadDescription& workload_;
  ResultSink& sink_;
  std::uint64_t collective_rows_ = 0;
};

}  // namespace antares::platforms
