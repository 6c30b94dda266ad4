// SPDX-License-Identifier: Apache-2.0
// What endpoints and links ask of each other: virtual channels that a link has, link packets of one
// protocol that another's receiver can hold, delays that a card and a port both count. No unit of
// time.
#pragma once
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/fault_checks.h"
#include "antares/platforms/config/platform_checks.h"

namespace antares::platforms {

/// `attached`: the ports of one entry of `endpoints`, at `path`.
void check_virtual_channel(const PlatformConfig& config, const EndpointDescription& endpoint,
                           const std::vector<PortRef>& attached, const std::string& path,
                           const TellMistake& tell);

/// Even a single link packet of one port may need more credits than the receiver behind another
/// grants.
void check_crossings(const PlatformConfig& config, const ReadState& state, const TellMistake& tell);

/// Not a mistake, but hardly what is meant: told by `warn`.
void check_card_delays(const PlatformConfig& config, const EndpointDescription& endpoint,
                       const std::vector<PortRef>& attached, const std::string& path,
                       const TellMistake& warn);

}  // namespace antares::platforms
