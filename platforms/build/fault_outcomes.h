// SPDX-License-Identifier: Apache-2.0
// What became of each entry of `faults`' schedules: one without effect is a mistake of who wrote
// it, and told after the run. Unit of time: in each name.
#pragma once
#include <utility>
#include <vector>

#include "antares/models/port/planned_faults.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/results.h"
#include "antares/protocols/common/units.h"

namespace antares::platforms {

/// One a schedule entry, in its order. Must outlive the switches that the entries are for.
struct FaultOutcomes {
  explicit FaultOutcomes(const PlatformConfig& config);

  std::vector<models::FaultOutcome> credits;
  std::vector<models::FaultOutcome> units;
  std::vector<models::FaultOutcome> events;
};

/// From a workload's last answer until the fabric was at rest.
using Rests = std::vector<std::pair<protocols::Picoseconds, protocols::Picoseconds>>;

/// Entries that came too late, or changed nothing, by list and place.
std::vector<IdleFaultRow> idle_fault_rows(const PlatformConfig& config,
                                          const FaultOutcomes& outcomes, const Rests& rests,
                                          protocols::Picoseconds end_ps);

}  // namespace antares::platforms
