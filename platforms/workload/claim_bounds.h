// SPDX-License-Identifier: Apache-2.0
// What copying and reducing in the switch can gain over software at most, by arithmetic alone: from
// the payload on the busiest link direction of a rank (facts/product_and_collectives.md 3.0), and
// from what a crossbar output carries, operands and results (DESIGN 5: T >= max(link bytes / B,
// crossbar-output bytes / (speed-up x B))). One switch hop, full-duplex links, all ranks alike; no
// latency, no ALU. Software is the best of all algorithms of the collective that use no switch.
// Payload bytes; no time here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace antares::platforms {

/// Payload of one algorithm: of the busiest direction of a rank's link, what one rank sends at
/// most, and what leaves the busiest crossbar output.
struct AlgorithmLoad {
  std::string algorithm;
  double link_bytes = 0;
  double sent_bytes = 0;
  double output_bytes = 0;
};

/// Algorithms of a collective, fewest link bytes first. `in_switch`: those that use the switch,
/// else those that don't. Empty where there is none.
std::vector<AlgorithmLoad> algorithm_loads(const std::string& collective, std::uint32_t ranks,
                                           std::uint64_t bytes, std::uint32_t element_bytes,
                                           bool in_switch);

struct ClaimBounds {
  bool any = false;                ///< some algorithm leaves work to the switch
  double ceiling = 1;              ///< of the gain, from link bytes alone: table 3.0
  double ceiling_at_speed_up = 1;  ///< ... with crossbar outputs that much faster than a link
  double sender_load = 1;          ///< what a rank sends by software, over what it sends in-switch
};

ClaimBounds claim_bounds(const std::string& collective, std::uint32_t ranks, std::uint64_t bytes,
                         std::uint32_t element_bytes, double output_speedup);

/// Collectives for which the switch could do something, or is said to (all_to_all).
std::vector<std::string> claim_collectives();

}  // namespace antares::platforms
