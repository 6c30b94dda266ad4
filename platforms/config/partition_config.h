// SPDX-License-Identifier: Apache-2.0
// Virtual switches of a description: which ports see each other. Ports are named as in `attach`,
// without the switch, which is the one that the partition belongs to. No unit of time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "antares/models/port/port_config.h"

namespace antares::platforms {

inline constexpr unsigned kMaxPartitions = 160;  ///< a port each
/// What the ports that are in no partition are called; no partition may have this name.
inline constexpr const char* kSpare = "spare";

struct PartitionDescription {
  std::string name;
  std::vector<std::string> ports;
  std::optional<models::BridgeConfig> bridge;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PartitionDescription;
    visit("name", &C::name, "Name of the partition").required().identifier();
    visit(
        "ports", &C::ports,
        "Ports that see each other and nobody else: group, group[3], group[0..9] or a port's name")
        .required()
        .items(1, kMaxPartitions);
    visit("bridge", &C::bridge,
          "Where its ports of different protocols meet; without it as the switch's");
  }
};

}  // namespace antares::platforms
