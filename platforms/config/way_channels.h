// SPDX-License-Identifier: Apache-2.0
// Virtual channels that keep ways apart which would wait for each other in a ring: each pair of
// switches has its own, of as few as will do, so that in none of them buffers wait in a circle
// (layered shortest-path routing). What is asked and what answers it travel on the same channel and
// in classes of their own, which no ring has in common. No unit of time.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/platforms/config/linked_ports.h"

namespace antares::platforms {

/// More than any protocol has.
inline constexpr unsigned kMostWayChannels = 8;

struct WayChannels {
  unsigned count = 1;  ///< 0: even kMostWayChannels are too few
  std::size_t switches = 0;
  std::vector<std::uint8_t> of;  ///< by requester's and destination's switch; empty: all 0

  /// Of requests, and of their answers, from a device at one switch to one at the other.
  std::uint8_t between(std::size_t from_switch, std::size_t to_switch) const {
    return of.empty() ? std::uint8_t{0} : of[from_switch * switches + to_switch];
  }
};

/// Looks at all ways that packets may take. One channel where nothing can wait in a ring.
WayChannels way_channels(const FabricGraph& graph, const RoutePlan& plan,
                         const std::vector<std::size_t>& homes);

/// Of a description that check_ways() found nothing wrong with: looks only where links between
/// switches have several channels.
WayChannels needed_channels(const PlatformConfig& config, const std::vector<LinkedPorts>& links,
                            const FabricGraph& graph, const RoutePlan& plan,
                            const std::vector<std::size_t>& homes);

}  // namespace antares::platforms
