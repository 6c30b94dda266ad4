// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/version.h"

namespace antares::platforms {

const char* version() { return ANTARES_VERSION; }

}  // namespace antares::platforms
