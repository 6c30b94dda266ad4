// SPDX-License-Identifier: Apache-2.0
// What every schedule of a description has to keep: its entries stand in the order of their times,
// none behind what any run can last. Unit of time: microseconds.
#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/fault_checks.h"
#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

/// Tells of each entry that stands behind a later one, and of the first that cannot happen.
template <class Entry>
void check_schedule(const std::vector<Entry>& entries, const std::string& list,
                    const PlatformConfig& config, const TellMistake& tell) {
  // The first workload may take so long, and as long again what it leaves behind.
  const double longest_us = 2 * config.run.max_simulated_ms * 1000;
  bool too_late = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string path = index_path(list, i) + ".at_us";
    if (i != 0 && entries[i].at_us < entries[i - 1].at_us) {
      tell(path,
           fmt::format("{:.15g} us comes after {:.15g} us in the schedule", entries[i].at_us,
                       entries[i - 1].at_us),
           "entries stand in the order of their times");
    }
    if (entries[i].at_us <= longest_us || too_late) continue;
    too_late = true;
    tell(path,
         fmt::format("{:.15g} us is later than anything can happen: a run of a workload and its "
                     "rest take at most run.max_simulated_ms each ({:.15g} ms)",
                     entries[i].at_us, config.run.max_simulated_ms),
         "an earlier time, or a larger run.max_simulated_ms");
  }
}

}  // namespace antares::platforms
