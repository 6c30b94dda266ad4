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

/// What the port's protocol calls the packet to blame, and the status that answers it.
void name_packet(const models::PortAdapter& port, const protocols::ErrorRecord& record,
                 ErrorRow& row) {
  const protocols::ErrorHeader& header = *record.header;
  protocols::Packet packet;
  packet.kind = header.kind;
  packet.bytes = header.bytes;
  packet.flags = header.flags;
  packet.address_low = static_cast<std::uint16_t>(header.address % 4096);
  if (header.address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  port.policy().classify(packet);
  row.packet = port.policy().packet_name(packet);
  if (packet.kind != protocols::PacketKind::completion && port.policy().completes(packet))
    row.status = port.policy().status_name(record.kind);
}

template <class Entry>
models::Picoseconds time_of(const Entry& entry) {
  return models::to_picoseconds(entry.at_us * 1000);
}

void schedule(const FaultEvent& event, models::PortAdapter& port, models::FaultOutcome& outcome) {
  const models::Picoseconds at_ps = time_of(event);
  if (event.what == FaultKind::lane_failure)
    port.schedule_degradation({event.lanes.value_or(0), false}, at_ps, &outcome);
  else if (event.what == FaultKind::speed_fall_back)
    port.schedule_degradation({0, true}, at_ps, &outcome);
  else
    port.schedule_link(event_of(event.what), at_ps, &outcome);
}

/// Calls `act` with the entry, each port that its link names, and what is to hear of it; a name is
/// looked up once.
template <class Entry, class Act>
void for_each_port(const PlatformConfig& config, const Switches& switches,
                   const std::vector<Entry>& entries, std::vector<models::FaultOutcome>& outcomes,
                   Act&& act) {
  std::map<std::string, Attachment> known;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto [found, is_new] = known.emplace(entries[i].link, Attachment{});
    if (is_new) found->second = resolve_attachment(config, entries[i].link);
    const Attachment& link = found->second;
    for (const std::size_t port : link.ports) {
      act(entries[i],
          switches[link.switch_index]
              ->port(models::PortId(static_cast<std::uint16_t>(port)))
              .adapter(),
          outcomes[i]);
    }
  }
}

void schedule_credit(const CreditEvent& event, models::PortAdapter& port,
                     models::FaultOutcome& outcome) {
  const protocols::CreditFault fault{
      event.what,
      protocols::VcId(static_cast<std::uint8_t>(event.virtual_channel)),
      event.traffic_class,
      {event.header_credits, event.data_credits}};
  port.schedule_credit_fault(fault, event.direction == LinkDirection::to_switch, time_of(event),
                             &outcome);
}

void schedule_units(const UnitEvent& event, models::PortAdapter& port,
                    models::FaultOutcome& outcome) {
  port.schedule_unit_fault({event.what, event.count}, event.direction == LinkDirection::to_switch,
                           time_of(event), &outcome);
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

void FaultSchedule::end_of_elaboration() {
  if (!config_.faults) return;
  for_each_port(config_, switches_, config_.faults->credits, outcomes_.credits, schedule_credit);
  for_each_port(config_, switches_, config_.faults->units, outcomes_.units, schedule_units);
  for_each_port(config_, switches_, config_.faults->events, outcomes_.events, schedule);
}

std::vector<FaultRow> fault_rows(const PlatformConfig& config, const Switches& switches) {
  std::vector<FaultRow> rows;
  for (std::size_t s = 0; s < switches.size(); ++s) {
    const auto& fabric = switches[s];
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      const models::PortCounts& counts = port.counts();
      FaultRow row;
      row.link = port.name();
      row.state = to_string(port.link_state());
      row.lanes = port.policy_in_use().lanes();
      row.raw_GBps = port.policy_in_use().rate().raw_GBps;
      // A link that changes its width on request is in no lesser state for it.
      row.degraded = row.raw_GBps < port.policy().rate().raw_GBps &&
                     group_of(config, {s, p}).width_changes.empty();
      row.link_failures = counts.link_failures;
      row.recoveries = counts.recoveries;
      row.trains_lost = counts.trains_lost;
      row.trains_dropped = counts.trains_dropped;
      row.error_responses = counts.error_responses;
      row.completion_timeouts = counts.completion_timeouts;
      row.unexpected_completions = counts.unexpected_completions;
      row.access_violations = counts.access_violations;
      row.refused_requests =
          counts.refused_requests + counts.unmapped_requests + counts.refused_crossings;
      row.stray_responses = counts.stray_responses;
      row.credits_surplus =
          port.ingress_link().ledger().surplus() + port.egress().link().ledger().surplus();
      row.credits_missing = port.credits_missing();
      // Without faults an error is the device's own, and no news.
      const bool tell =
          config.faults ? row.any()
                        : row.access_violations + row.stray_responses + row.credits_surplus != 0;
      if (tell) rows.push_back(row);
    }
  }
  return rows;
}

std::vector<ReplayRow> replay_rows(const Switches& switches) {
  std::vector<ReplayRow> rows;
  const auto add = [&](const models::PortAdapter& port, const models::LinkTransmitter& sender,
                       const char* direction) {
    const models::LinkErrors* errors = sender.errors();
    if (errors == nullptr) return;
    const models::LinkErrorCounts& seen = errors->counts();
    if (seen.failed + seen.repaired + seen.poisoned == 0) return;
    ReplayRow row;
    row.link = port.name();
    row.direction = direction;
    row.units = seen.units;
    row.repaired = seen.repaired;
    row.poisoned = seen.poisoned;
    row.lost_us = static_cast<double>(seen.lost_ps) * 1e-6;
    if (errors->replay() != nullptr) {
      const protocols::ReplayCounts& counts = errors->replay()->counts();
      row.failed = counts.failed + seen.unprotected;
      row.resent = counts.resent;
      row.requests = counts.requests;
      row.timeouts = counts.timeouts;
      row.duplicates = counts.duplicates;
      row.out_of_order = counts.out_of_order;
      row.bad_sequence = counts.bad_sequence;
      row.counters = errors->replay()->named_counts();
      for (const auto& each : sender.credit_counters()) row.counters.push_back(each);
      row.gave_up = seen.gave_up;
      row.reason = errors->why_gave_up();
    }
    rows.push_back(std::move(row));
  };
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      add(port, port.ingress_link(), "to_switch");
      add(port, port.egress().link(), "to_device");
    }
  }
  return rows;
}

std::vector<ErrorRow> error_rows(const PlatformConfig& config, const Switches& switches) {
  std::vector<ErrorRow> rows;
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      const auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      if (port.errors() == nullptr) continue;
      for (const protocols::ErrorRecord& record : port.errors()->records()) {
        // Without faults an error is the device's own, and no news; rules that were broken are.
        if (!config.faults && record.kind != protocols::ErrorKind::access_violation &&
            record.kind != protocols::ErrorKind::unexpected_completion)
          continue;
        ErrorRow row;
        row.link = port.name();
        row.at_us = static_cast<double>(record.at_ps) * 1e-6;
        row.error = to_string(record.kind);
        row.severity = to_string(record.severity);
        row.first = record.first;
        if (record.header) {
          name_packet(port, record, row);
          row.source = record.header->source.value();
          if (record.header->destination) row.destination = record.header->destination->value();
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
