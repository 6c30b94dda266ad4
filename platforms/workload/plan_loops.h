// SPDX-License-Identifier: Apache-2.0
// Pipelines of a collective plan, written out for a size: as many passes over their steps as the
// chunks have units. Signals and semaphores count once a pass, as in MSCCL++'s executor; what is
// left of a region after the last whole unit is a shorter pass. assumption: scratch is as large as
// its chunks say, as without `reuse_resources`. No time here.
#pragma once
#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms {

bool has_loops(const CollectivePlan& plan);

/// The plan without loops. Throws std::invalid_argument if it gets too large, a unit cuts an
/// element, or the passes deadlock.
CollectivePlan unrolled(const CollectivePlan& plan, std::uint64_t chunk_bytes,
                        std::uint32_t element_bytes);

}  // namespace antares::platforms
