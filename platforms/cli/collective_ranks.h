// SPDX-License-Identifier: Apache-2.0
// The endpoints that a collective workload runs on, of a platform that is built. No unit of time.
#pragma once
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms::cli {

/// Indices into Platform::endpoints().
std::vector<std::size_t> ranks_of(const Platform& platform, const CollectiveWorkload& workload);

}  // namespace antares::platforms::cli
