// SPDX-License-Identifier: Apache-2.0
// A virtual switch: ports of one switch that see each other and nobody else. What its ports look
// up, and nothing but that, is in here; queues, credits and links belong to a port and so to its
// partition. The crossbar is shared: its queues and arbiters are by input and output, which no two
// partitions have in common.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/models/port/port_config.h"
#include "antares/models/routing/route_table.h"
#include "antares/protocols/common/messages.h"

namespace antares::models {

class PortAdapter;

struct Partition {
  std::string name;
  RouteTable routes;
  BridgeConfig bridge;
  PortAdapter* upstream = nullptr;  ///< where ACS redirects to
  std::vector<PortAdapter*> ports;
  std::map<std::uint8_t, protocols::MessageGather> gathering;  ///< by message code
  unsigned moving = 0;  ///< ports of it that are on their way to another partition
};

}  // namespace antares::models
