// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace antares::platforms {

/// Version of this build, "MAJOR.MINOR.PATCH"; written into every results.json.
const char* version();

}  // namespace antares::platforms
