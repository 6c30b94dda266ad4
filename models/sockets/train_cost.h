// SPDX-License-Identifier: Apache-2.0
// What a train costs on one link: bytes, credits, and the times that need divisions, worked out
// once a train shape (LinkTransmitter remembers them). Picoseconds.
#pragma once
#include "antares/protocols/common/link_policy.h"

namespace antares::models {

struct TrainCost {
  protocols::WireCost wire;
  protocols::CreditAmount demand;
  protocols::Occupancy occupancy;           ///< all link packets and the NOPs after them
  protocols::Occupancy but_last_occupancy;  ///< all but the last
  protocols::Picoseconds bytes_ps = 0;      ///< all link packets alone, as a crossbar has them
  /// The link packet before the last one's own time to collect; 0: there is only one.
  protocols::Picoseconds before_last_collect_ps = 0;
  protocols::Picoseconds last_occupancy_ps = 0;   ///< the last, rounded down
  protocols::Picoseconds first_occupancy_ps = 0;  ///< the first, rounded down
  protocols::Picoseconds head_collect_ps = 0;     ///< until the first header is usable
  protocols::Picoseconds first_collect_ps = 0;    ///< until the first link packet is complete
  protocols::Picoseconds last_collect_ps = 0;     ///< the last link packet's own time to collect
};

/// When a train that has been put on a link is where.
struct Sent {
  protocols::Picoseconds start_ps = 0;       ///< first bit of the first link packet leaves
  protocols::Picoseconds free_ps = 0;        ///< the link is free again
  protocols::Picoseconds head_ps = 0;        ///< far end: header of the first link packet usable
  protocols::Picoseconds first_tail_ps = 0;  ///< far end: first link packet complete
  protocols::Picoseconds tail_ps = 0;        ///< far end: last link packet complete
};

TrainCost train_cost(const protocols::LinkPolicy& policy, const protocols::Packet& packet);

}  // namespace antares::models
