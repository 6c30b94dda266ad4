// SPDX-License-Identifier: Apache-2.0
// Partitions against the platform: ports that exist, in one partition each; workloads whose
// endpoints see each other. A partition of all ports is legal: ports may be moved out of it. No
// unit of time.
#pragma once
#include "antares/platforms/config/fault_checks.h"

namespace antares::platforms {

/// Names of switches and ports must have been read.
void check_partitions(const PlatformConfig& config, const TellMistake& tell);
/// check_partitions() and the attachments must have found nothing.
void check_who_sees_whom(const PlatformConfig& config, const TellMistake& tell);

}  // namespace antares::platforms
