// SPDX-License-Identifier: Apache-2.0
// Graphs of switches that several tests draw, and where endpoints live on them.
#pragma once
#include <vector>

#include "antares/platforms/config/topology.h"

namespace antares::platforms {

/// Port 1 of each switch to port 0 of the next.
inline FabricGraph ring(std::size_t switches) {
  FabricGraph graph(switches);
  for (std::size_t i = 0; i < switches; ++i) graph.add_link(i, 1, (i + 1) % switches, 0);
  return graph;
}

/// The switch of each endpoint, `each` of them at every switch.
inline std::vector<std::size_t> homes(std::size_t switches, std::size_t each) {
  std::vector<std::size_t> result;
  for (std::size_t s = 0; s < switches; ++s) result.insert(result.end(), each, s);
  return result;
}

}  // namespace antares::platforms
