// SPDX-License-Identifier: Apache-2.0
// What the switches that links connect with a partition know of an endpoint there, once its port
// has moved: the old partition's forget it, the new one's learn by which link it is reached. One
// way each, a shortest one, also where others have a choice of links. No time of its own.
#pragma once
#include <vector>

#include "antares/models/port/port.h"

namespace antares::models {

/// A partition of another switch, and the port of it by which packets leave for the first one.
struct FarRoute {
  Partition* partition;
  PortId exit;
};

/// All partitions that links join to `home`, itself left out; nearest first.
std::vector<FarRoute> partitions_joined_to(const Partition& home);

/// The table as it would be with these windows of the endpoint and no others, all by `exit`. Throws
/// std::invalid_argument where they overlap with others.
RouteTable with(const RouteTable& routes, EndpointId endpoint, PortId exit,
                const std::vector<AddressWindow>& windows);

}  // namespace antares::models
