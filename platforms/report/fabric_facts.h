// SPDX-License-Identifier: Apache-2.0
// What can be said of a platform without running it: ports, bandwidth, bisection, effective train
// sizes, and the zero-load latency of a hop with the parts it is made of. Bandwidths are of one
// direction, 1 GB = 1e9 bytes. Times in picoseconds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/platforms/build/latency_parts.h"
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct PortFacts {
  std::string name;
  std::string protocol;
  std::size_t first_lane = 0;  ///< of the part; meaningless where lanes is 0
  std::size_t lanes = 0;
  double raw_GBps = 0;      ///< after the line code
  double usable_GBps = 0;   ///< after flit framing: what headers and payload share
  double payload_GBps = 0;  ///< payload of a stream of writes at the link's largest packet
  std::string endpoint;     ///< empty: nothing is attached
};

/// One train size of a switch: as asked for, as it is after cutting, in payload bytes.
struct TrainFacts {
  std::string what;  ///< writes, read requests, read data
  std::uint64_t asked_bytes = 0;
  std::uint64_t effective_bytes = 0;
  std::uint64_t link_packet_bytes = 0;
};

/// One packet from one device to another through one switch, nobody else there.
struct PathFacts {
  std::string what;  ///< "64 B write"
  std::vector<LatencyPart> parts;
  models::Picoseconds total_ps = 0;  ///< the sum of the parts
};

/// Paths between the first ports of two groups (or of one).
struct HopFacts {
  std::string from;
  std::string to;
  models::Picoseconds hop_ps = 0;  ///< first flit and the switch's fixed delays, no propagation
  std::vector<PathFacts> paths;
};

/// Ports that see each other and nobody else.
struct PartitionFacts {
  std::string name;  ///< "spare": the ports in no partition, which see nobody
  std::vector<std::string> ports;
  std::vector<std::string> endpoints;
  bool bridges = true;  ///< between ports of different protocols
};

struct SwitchFacts {
  std::string name;
  std::size_t lanes = 0;  ///< of the part
  std::size_t lanes_used = 0;
  std::vector<PortFacts> ports;
  double raw_GBps = 0;
  double usable_GBps = 0;
  double bisection_raw_GBps = 0;  ///< the first half of the ports to the other half
  double bisection_usable_GBps = 0;
  std::vector<TrainFacts> trains;
  std::vector<HopFacts> hops;              ///< of ports that see each other
  std::vector<PartitionFacts> partitions;  ///< empty: all ports see each other

  /// Equal but for names and for who is attached, and without partitions.
  bool same_part_as(const SwitchFacts& other) const;
};

std::vector<SwitchFacts> fabric_facts(const Platform& platform);

}  // namespace antares::platforms
