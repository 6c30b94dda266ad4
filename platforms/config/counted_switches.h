// SPDX-License-Identifier: Apache-2.0
// A switch with `count: n` stands for n equal ones, name0 to name<n-1>: written out here, before
// anything else reads the description, so that everybody meets single switches. No unit of time.
#pragma once
#include "antares/platforms/config/node.h"

namespace antares::platforms {

/// Leaves what is wrong as it is: the binder will say so. Counts above `most` are not followed.
void write_out_switches(Node& root, std::size_t most);

}  // namespace antares::platforms
