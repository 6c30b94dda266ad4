// SPDX-License-Identifier: Apache-2.0
// Which lanes of the part each port takes. The rule (assumption: no public lane map of the part;
// the shape is that of shipping PCIe switches): lanes come in blocks; a port of 2, 4, 8 or 16 lanes
// starts at a multiple of its width and stays within one block; a port of several equal links takes
// neighbouring lanes, each link by that rule. Groups are placed in the order of the description,
// each port at the first place that fits, unless first_lane says where.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

inline constexpr std::size_t kNoGroup = ~std::size_t{0};

struct PortLanes {
  unsigned first = 0;
  unsigned lanes = 0;  ///< 0: an ideal port takes none
};

struct LaneProblem {
  std::size_t group = kNoGroup;  ///< index into SwitchDescription::ports
  bool about_key = false;        ///< first_lane is to blame
  std::string message;
  std::string hint;
};

struct LaneMap {
  std::vector<PortLanes> ports;  ///< in the order of expand_ports(); complete without problems
  std::vector<LaneProblem> problems;
};

/// The links of the description must be free of problems of their own.
LaneMap place_lanes(const SwitchDescription& part);

}  // namespace antares::platforms
