// SPDX-License-Identifier: Apache-2.0
// Resets whole partitions of one switch while it runs: what of a partition is inside the switch or
// on its links is lost, its links go down and are trained anew, its requesters get errors (by the
// switch, or by their own timers), its pointers (DMI) are taken back, messages that are being
// gathered are forgotten. Routes, access rules and counters stay. Other partitions notice nothing.
// A link to another switch that belongs to it is reset at both ends; of the other switch's
// partition nothing else. Time: picoseconds.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "antares/models/port/port.h"

namespace antares::models {

class PartitionReset : private EventTarget {
 public:
  PartitionReset(FabricContext& context, const std::vector<std::unique_ptr<Partition>>& partitions);

  /// At at_ps, in the future unless the wheel runs. Throws std::invalid_argument where there is no
  /// such partition, std::logic_error where a link of it cannot fail (PortConfig::faults).
  void schedule(const std::string& partition, Picoseconds at_ps);

 private:
  void fire(std::uint64_t what, Picoseconds now_ps) override;

  FabricContext& context_;
  const std::vector<std::unique_ptr<Partition>>& partitions_;
  Origin origin_;
};

}  // namespace antares::models
