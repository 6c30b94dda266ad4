// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/fault_checks.h"

#include <fmt/format.h>

#include <map>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

void check_faults(const PlatformConfig& config, const TellMistake& tell) {
  if (!config.faults) return;
  const auto& events = config.faults->events;
  // A wrong link is wrong in many lines of a generated schedule: each name is told once.
  std::map<std::string, std::string> refused;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::string path = index_path("faults.events", i);
    if (i != 0 && events[i].at_us < events[i - 1].at_us) {
      tell(path + ".at_us",
           fmt::format("{:g} us comes after {:g} us in the schedule", events[i].at_us,
                       events[i - 1].at_us),
           "events stand in the order of their times");
    }
    if (refused.count(events[i].link) != 0) continue;
    const Attachment link = resolve_attachment(config, events[i].link);
    if (link.error.empty()) continue;
    refused[events[i].link] = link.error;
    tell(path + ".link", "link: " + events[i].link + ": " + link.error, link.hint);
  }
}

}  // namespace antares::platforms
