// SPDX-License-Identifier: Apache-2.0
// What can be said of several linked switches without running them: how many switches packets pass,
// what that costs, and how much fits through the middle. Bandwidths are of one direction, 1 GB =
// 1e9 bytes; times in picoseconds.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

/// Ordered pairs of endpoints whose ways pass as many switches and begin and end on the same kinds
/// of link.
struct PairClass {
  unsigned switches = 1;
  std::string from_link;  ///< "pcie x16"; over planes "nvlink 2 of x10, 2 of x8"
  std::string to_link;
  std::uint64_t pairs = 0;
  std::string from;  ///< one of them
  std::string to;
  models::Picoseconds write_ps = 0;  ///< 64 B, zero load, between these two; by the slowest plane
};

struct TopologyFacts {
  std::size_t switches = 0;
  std::map<std::size_t, std::size_t> parts;  ///< lanes of the part to switches of that size
  std::size_t links = 0;                     ///< between switches
  std::size_t planes = 1;                    ///< parts of the fabric that no links connect
  std::string dealt;                         ///< planes.spread of endpoints, as it is written
  std::size_t lanes_used = 0;
  std::string policy;         ///< routing.policy
  unsigned way_channels = 1;  ///< virtual channels that keep ways apart which would wait in a ring
  std::size_t most_ways = 1;  ///< links that a packet at some switch may choose among
  std::vector<PairClass> classes;
  /// Most that the first half of the endpoints can send to the other half (maximum flow over the
  /// usable bandwidth of all links).
  double bisection_usable_GBps = 0;
  double half_usable_GBps = 0;  ///< what the ports of the smaller half could take
};

/// Whether the switches of a platform make one fabric: linked, or as planes of endpoints.
bool is_fabric(const PlatformConfig& config);

/// Switches that a request passes between two of some endpoints, over all ordered pairs; over
/// several planes the longest way.
struct HopCount {
  double mean = 0;
  unsigned max = 0;
};
/// `endpoints`: indices into Platform::endpoints(), at least two.
HopCount hop_count(const Platform& platform, const std::vector<std::size_t>& endpoints);

/// Of such a platform, elaborated.
TopologyFacts topology_facts(const Platform& platform);

}  // namespace antares::platforms
