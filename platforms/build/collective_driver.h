// SPDX-License-Identifier: Apache-2.0
// The collective workload: one collective over a list of message sizes, one run after the other on
// an otherwise idle fabric, as nccl-tests measures. Time runs from the start on all ranks until the
// last rank has received its last byte.
#pragma once
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct CollectivePlan;

class CollectiveDriver {
 public:
  /// `plan`: the steps, in place of a built-in algorithm; it must outlive this.
  CollectiveDriver(Platform& platform, const WorkloadDescription& workload, ResultSink& sink,
                   const CollectivePlan* plan = nullptr)
      : platform_(platform), workload_(workload), sink_(sink), plan_(plan) {}

  /// Throws std::invalid_argument for a collective, algorithm, rank or size that cannot be, and
  /// RunFailure when the run fails a check (no progress, data wrong, requests refused).
  void run();

 private:
  std::vector<std::size_t> ranks() const;
  void run_size(std::uint64_t bytes, const std::vector<std::size_t>& ranks);

  Platform& platform_;
  const WorkloadDescription& workload_;
  ResultSink& sink_;
  const CollectivePlan* plan_;
};

}  // namespace antares::platforms
