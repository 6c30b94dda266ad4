// SPDX-License-Identifier: Apache-2.0
// What every schedule of a description has to keep: its entries stand in the order of their times,
// none behind the longest run. Unit of time: microseconds.
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
  const double longest_us = config.run.max_simulated_ms * 1000;
  bool too_late = false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string path = index_path(list, i) + ".at_us";
    if (i != 0 && entries[i].at_us < entries[i - 1].at_us) {
      tell(path,
           fmt::format("{:g} us comes after {:g} us in the schedule", entries[i].at_us,
                       entries[i - 1].at_us),
           "entries stand in the order of their times");
    }
    if (entries[i].at_us <= longest_us || too_late) continue;
    too_late = true;
    tell(path,
         fmt::format("{:g} us is later than a run may last (run.max_simulated_ms: {:g} ms)",
                     entries[i].at_us, config.run.max_simulated_ms),
         "an earlier time, or a larger run.max_simulated_ms");
  }
}

}  // namespace antares::platforms
