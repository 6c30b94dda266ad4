// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/platform_config.h"

namespace antares::protocols {

template const StructFields& struct_fields<platforms::PlatformConfig>();

}  // namespace antares::protocols
