// SPDX-License-Identifier: Apache-2.0
// A traffic workload worked out for one platform: who sends to whom, in which shapes, and what 100
// % is. 100 % of a source is the mean request (over sizes and reads/writes) back to back on its
// link:
//   packet_ps = sum over shapes of share x wire bytes x time a byte
// which is payload / (usable rate x LinkPolicy::efficiency). A read counts as efficiency() has it:
// the busier of its two directions. Requests use the largest link packets that the link allows and
// start at the first byte of the target's window. Times: picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/models/accelerator/traffic_source.h"
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct PlannedSource {
  std::uint32_t endpoint = 0;  ///< index into Platform::endpoints()
  models::TargetChoice targets;
  double packet_ps = 0;         ///< the mean request on this source's link, back to back
  double coin_ps = 0;           ///< Bernoulli coin: a flit time, or packet_ps where that is shorter
  std::uint32_t partition = 0;  ///< index into TrafficPlan::partitions
};

struct TrafficPlan {
  std::vector<models::RequestShape> shapes;
  double mean_bytes = 0;
  std::vector<PlannedSource> sources;  ///< only those that have somebody to send to
  /// Those that sources are in when the workload starts, each with what links join to it on other
  /// switches, by name; one without a name where there are none.
  std::vector<std::string> partitions;
  models::Picoseconds slot_ps = 0;  ///< of the slotted switch; 0: not slotted
  models::Picoseconds warmup_ps = 0;
  models::Picoseconds measure_ps = 0;

  static constexpr std::uint32_t kAll = ~0u;
  bool has_partitions() const { return !partitions.front().empty(); }
  /// Payload of the sources, or those of one partition, at 100 %, bytes a picosecond.
  double capacity_bytes_per_ps(std::uint32_t partition = kAll) const;
  /// Mean packet_ps of them: the unit of mean_wait_slots.
  double mean_packet_ps(std::uint32_t partition = kAll) const;
};

/// Throws std::invalid_argument where the workload cannot be: nobody to send or to be sent to, a
/// request larger than a target's memory.
TrafficPlan make_traffic_plan(const Platform& platform, const WorkloadDescription& workload);

/// Without the last binary digits of a sum: 0.3, not 0.30000000000000004.
double rounded_load(double load);

/// The offered loads of a sweep that tries them all.
std::vector<double> loads_of(const LoadSweep& sweep);

const char* to_string(TrafficPattern pattern);

}  // namespace antares::platforms
