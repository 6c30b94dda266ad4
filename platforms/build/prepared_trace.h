// SPDX-License-Identifier: Apache-2.0
// A trace that is ready to be replayed on a platform: read, its ranks matched, its transfers
// planned and their buffers held against the accelerators' memories. All of that happens before
// time 0 and before a folder of results is opened, so that garbage never replaces what an earlier
// run left.
#pragma once
#include <memory>

#include "antares/platforms/build/transfer_plan.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct PreparedTrace {
  TraceSet set;
  TransferPlanner planner;
};

/// Paths are used as they stand: a caller that read them from a description resolves them first.
/// Rank r is the r-th accelerator of the description. Throws TraceError for a trace that cannot be
/// read or does not fit the platform, std::invalid_argument for a setting that can't be.
std::shared_ptr<PreparedTrace> prepare_trace(const PlatformConfig& platform,
                                             const TraceWorkload& workload);

}  // namespace antares::platforms
