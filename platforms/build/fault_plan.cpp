// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/fault_plan.h"

#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

void schedule_faults(const PlatformConfig& config, const Switches& switches) {
  if (!config.faults) return;
  for (const FaultEvent& event : config.faults->events) {
    const Attachment link = resolve_attachment(config, event.link);
    for (const std::size_t port : link.ports) {
      switches[link.switch_index]
          ->port(models::PortId(static_cast<std::uint16_t>(port)))
          .adapter()
          .schedule_link(event.what == FaultKind::link_up,
                         models::to_picoseconds(event.at_us * 1000));
    }
  }
}

std::vector<FaultRow> fault_rows(const PlatformConfig& config, const Switches& switches) {
  std::vector<FaultRow> rows;
  if (!config.faults) return rows;
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      const auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      const models::PortCounts& counts = port.counts();
      FaultRow row;
      row.link = port.name();
      row.up = port.link_up();
      row.link_failures = counts.link_failures;
      row.trains_lost = counts.trains_lost;
      row.trains_dropped = counts.trains_dropped;
      row.error_responses = counts.error_responses;
      row.completion_timeouts = counts.completion_timeouts;
      row.unexpected_completions = counts.unexpected_completions;
      if (row.any()) rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace antares::platforms
