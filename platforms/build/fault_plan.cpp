// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/fault_plan.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

using protocols::LinkEvent;

namespace {

LinkEvent event_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::link_down:
      return LinkEvent::lose;
    case FaultKind::link_up:
      return LinkEvent::restore;
    case FaultKind::disable:
      return LinkEvent::disable;
    case FaultKind::enable:
      return LinkEvent::enable;
    case FaultKind::hot_reset:
      return LinkEvent::hot_reset;
    case FaultKind::recover:
      return LinkEvent::recover;
    case FaultKind::release:
      return LinkEvent::release;
    case FaultKind::lane_failure:
    case FaultKind::speed_fall_back:
      break;
  }
  throw std::logic_error("a degradation is no LinkEvent");
}

void schedule(const FaultEvent& event, models::PortAdapter& port) {
  const models::Picoseconds at_ps = models::to_picoseconds(event.at_us * 1000);
  if (event.what == FaultKind::lane_failure)
    port.schedule_degradation({event.lanes, false}, at_ps);
  else if (event.what == FaultKind::speed_fall_back)
    port.schedule_degradation({0, true}, at_ps);
  else
    port.schedule_link(event_of(event.what), at_ps);
}

void schedule_credits(const PlatformConfig& config, const Switches& switches) {
  for (const CreditEvent& event : config.faults->credits) {
    const protocols::CreditFault fault{
        event.what,
        protocols::VcId(static_cast<std::uint8_t>(event.virtual_channel)),
        event.traffic_class,
        {event.header_credits, event.data_credits}};
    const Attachment link = resolve_attachment(config, event.link);
    for (const std::size_t port : link.ports) {
      switches[link.switch_index]
          ->port(models::PortId(static_cast<std::uint16_t>(port)))
          .adapter()
          .schedule_credit_fault(fault, event.direction == LinkDirection::to_switch,
                                 models::to_picoseconds(event.at_us * 1000));
    }
  }
}

}  // namespace

std::vector<std::optional<models::PortFaultConfig>> port_faults(const PlatformConfig& config,
                                                                std::size_t switch_index,
                                                                std::size_t ports) {
  std::vector<std::optional<models::PortFaultConfig>> found(ports);
  if (!config.faults) return found;
  for (auto& each : found) each = config.faults->ports;
  for (const LinkFaults& faults : config.faults->links) {
    const Attachment link = resolve_attachment(config, faults.link);
    if (link.switch_index != switch_index) continue;
    for (const std::size_t port : link.ports) found.at(port) = faults.port;
  }
  return found;
}

void schedule_faults(const PlatformConfig& config, const Switches& switches) {
  if (!config.faults) return;
  schedule_credits(config, switches);
  std::map<std::string, Attachment> known;
  for (const FaultEvent& event : config.faults->events) {
    const auto [found, is_new] = known.emplace(event.link, Attachment{});
    if (is_new) found->second = resolve_attachment(config, event.link);
    for (const std::size_t port : found->second.ports) {
      schedule(event, switches[found->second.switch_index]
                          ->port(models::PortId(static_cast<std::uint16_t>(port)))
                          .adapter());
    }
  }
}

std::vector<FaultRow> fault_rows(const PlatformConfig& config, const Switches& switches) {
  std::vector<FaultRow> rows;
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      const auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      const models::PortCounts& counts = port.counts();
      FaultRow row;
      row.link = port.name();
      row.state = to_string(port.link_state());
      row.lanes = port.policy_in_use().lanes();
      row.link_failures = counts.link_failures;
      row.trains_lost = counts.trains_lost;
      row.trains_dropped = counts.trains_dropped;
      row.error_responses = counts.error_responses;
      row.completion_timeouts = counts.completion_timeouts;
      row.unexpected_completions = counts.unexpected_completions;
      row.credits_missing = port.credits_missing();
      row.access_violations = counts.access_violations;
      row.credits_missing = port.credits_missing();
      // Without faults an error is the device's own, and no news.
      const bool tell = config.faults ? row.any() : row.access_violations != 0;
      if (tell) rows.push_back(row);
    }
  }
  return rows;
}

std::vector<ErrorRow> error_rows(const PlatformConfig& config, const Switches& switches) {
  std::vector<ErrorRow> rows;
  if (!config.faults) return rows;
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      const auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      if (port.errors() == nullptr) continue;
      for (const protocols::ErrorRecord& record : port.errors()->records()) {
        ErrorRow row;
        row.link = port.name();
        row.at_us = static_cast<double>(record.at_ps) * 1e-6;
        row.error = to_string(record.kind);
        row.severity = to_string(record.severity);
        row.first = record.first;
        if (record.header) {
          row.packet = models::to_string(record.header->kind);
          row.source = record.header->source.value();
          row.destination = record.header->destination.value();
          row.address = record.header->address;
          row.bytes = record.header->bytes;
        }
        rows.push_back(row);
      }
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
  return rows;
}

}  // namespace antares::platforms
