// SPDX-License-Identifier: Apache-2.0
// The endpoints that a workload runs on, of a platform that is built. No unit of time.
#pragma once
#include <vector>

#include "antares/platforms/build/run_workloads.h"

namespace antares::platforms::cli {

/// Of a collective. Indices into Platform::endpoints().
std::vector<std::size_t> ranks_of(const Platform& platform, const CollectiveWorkload& workload);

/// Of collectives or a trace the ranks, of traffic those that send.
std::vector<std::size_t> participants_of(const Platform& platform, const ReadyWorkload& workload);

}  // namespace antares::platforms::cli
