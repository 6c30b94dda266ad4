// SPDX-License-Identifier: Apache-2.0
// Where the memories of the endpoints lie in the one map of global addresses, and whether the links
// can say so. No unit of time.
#pragma once
#include "antares/platforms/config/fault_checks.h"

namespace antares::platforms {

/// Base of the window of an endpoint: windows are spaced so that any size fits.
std::uint64_t window_base(std::size_t endpoint);

/// Whoever issues requests must be able to address all endpoints that it sees. Attachments and
/// links have been checked already.
void check_addresses(const PlatformConfig& config, const TellMistake& tell);

}  // namespace antares::platforms
