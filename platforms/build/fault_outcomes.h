// SPDX-License-Identifier: Apache-2.0
// What became of each entry of `faults`' schedules: one without effect is a mistake of who wrote
// it, and told after the run. Unit of time: in each name.
#pragma once
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

/// Entries that came too late, or changed nothing, by list and place. `rests_from_ps`: the last
/// answer of the last workload, kNever: it had none; what happens later and meets nobody is too
/// late.
std::vector<IdleFaultRow> idle_fault_rows(const PlatformConfig& config,
                                          const FaultOutcomes& outcomes,
                                          protocols::Picoseconds rests_from_ps,
                                          protocols::Picoseconds end_ps);

}  // namespace antares::platforms
