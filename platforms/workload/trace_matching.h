// SPDX-License-Identifier: Apache-2.0
// Do the ranks of a trace fit together? The k-th collective of a process group on each of its ranks
// must be the same operation of the same size, and each send needs its receive. Found here, such a
// mistake is a message; found later, it is a run that hangs. No time here.
#pragma once
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

/// Throws TraceError that names both nodes and their files.
void check_matching(const TraceSet& set);

}  // namespace antares::platforms
