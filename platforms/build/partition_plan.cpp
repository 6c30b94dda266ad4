// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/partition_plan.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "antares/platforms/config/linked_ports.h"
#include "antares/protocols/common/access_rules.h"

namespace antares::platforms {

std::vector<models::PartitionConfig> partition_configs(const PlatformConfig& config,
                                                       std::size_t switch_index) {
  const SwitchDescription& part = config.switches[switch_index];
  std::vector<models::PartitionConfig> partitions;
  for (const PartitionDescription& described : part.partitions)
    partitions.push_back({described.name, {}, described.bridge});
  if (partitions.empty()) return partitions;
  const std::vector<std::size_t> places = place_partitions(config, switch_index);
  for (std::size_t port = 0; port < places.size(); ++port)
    if (places[port] != kNoPartition)
      partitions[places[port]].ports.emplace_back(static_cast<std::uint16_t>(port));
  return partitions;
}

AccessOfPorts access_rules(const PlatformConfig& config, std::size_t switch_index) {
  const SwitchDescription& part = config.switches[switch_index];
  const auto endpoints = expand_endpoints(config);
  const std::vector<std::size_t> places = place_partitions(config, switch_index);
  const auto id_of = [&](const std::string& name) {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                    [&](const auto& each) { return each.name == name; });
    return models::EndpointId(static_cast<std::uint16_t>(found - endpoints.begin()));
  };
  AccessOfPorts access(places.size());
  const std::set<std::size_t> linked = linked_ports(config, switch_index);
  for (const AccessDescription& described : part.access) {
    protocols::AccessLists lists;
    for (const std::string& name : described.sources) lists.sources.push_back(id_of(name));
    for (const std::string& name : described.destinations)
      lists.destinations.push_back(id_of(name));
    for (const AccessRangeDescription& range : described.addresses) {
      const std::uint64_t first = window_base(id_of(range.endpoint).value()) + range.from_bytes;
      lists.addresses.push_back({first, first + (range.size_bytes - 1)});
    }
    const auto rules = std::make_shared<const protocols::AccessRules>(lists);
    std::set<std::size_t> bound;
    for (const std::string& ports : described.ports)
      for (const std::size_t port : resolve_ports(config, switch_index, ports).ports)
        bound.insert(port);
    // Of a partition, ports of endpoints: what comes from another switch was looked at there.
    for (const std::string& name : described.partitions)
      for (std::size_t port = 0; port < places.size(); ++port)
        if (partition_name(part, places[port]) == name && linked.count(port) == 0)
          bound.insert(port);
    for (const std::size_t port : bound) access[port].push_back(rules);
  }
  return access;
}

void schedule_moves(const PlatformConfig& config, const Switches& switches) {
  for (std::size_t s = 0; s < config.switches.size(); ++s) {
    for (const PortMoveEvent& event : config.switches[s].port_moves.events) {
      for (const std::size_t port : resolve_ports(config, s, event.port).ports)
        switches[s]->move_port(models::PortId(static_cast<std::uint16_t>(port)),
                               event.to == kSpare ? std::string() : event.to,
                               models::to_picoseconds(event.at_us * 1000));
    }
  }
}

void schedule_resets(const PlatformConfig& config, const Switches& switches) {
  for (std::size_t s = 0; s < config.switches.size(); ++s)
    for (const PartitionResetEvent& event : config.switches[s].partition_resets)
      switches[s]->reset_partition(event.partition, models::to_picoseconds(event.at_us * 1000));
  if (config.pod_resets.empty()) return;
  const Pods pods(config);
  for (const PodResetEvent& event : config.pod_resets) {
    for (const PodPart& part : pods.parts(find_pod(config, pods, event.pod)))
      switches[part.switch_index]->reset_partition(
          config.switches[part.switch_index].partitions[part.partition].name,
          models::to_picoseconds(event.at_us * 1000));
  }
}

std::vector<MoveRow> move_rows(const Switches& switches) {
  const auto ns = [](models::Picoseconds ps) {
    return ps == models::kNever ? -1.0 : static_cast<double>(ps) * 1e-3;
  };
  const auto name = [](const std::string& partition) {
    return partition.empty() ? std::string(kSpare) : partition;
  };
  std::vector<MoveRow> rows;
  for (const auto& fabric : switches) {
    for (const models::PortMove& move : fabric->moves()) {
      MoveRow row;
      row.port = fabric->port(move.port).adapter().name();
      row.from = name(move.from);
      row.to = name(move.to);
      row.outcome = models::to_string(move.outcome);
      row.started_ns = ns(move.started_ps);
      row.drained_ns = ns(move.drained_ps);
      row.moved_ns = ns(move.moved_ps);
      row.restarted_ns = ns(move.restarted_ps);
      row.in_flight = move.in_flight;
      row.held = move.held;
      row.reason = move.reason;
      rows.push_back(row);
    }
  }
  return rows;
}

bool expects_errors(const PlatformConfig& config) {
  return config.faults ||
         std::any_of(config.switches.begin(), config.switches.end(), [](const auto& part) {
           const bool drops_copies =
               part.hypercast && part.hypercast->slow_member != models::SlowMember::stall;
           return !part.access.empty() || !part.port_moves.events.empty() || drops_copies;
         });
}

bool reaches(const PlatformEndpoint& from, const PlatformEndpoint& to) {
  return std::any_of(from.ports.begin(), from.ports.end(), [&](const models::PortAdapter* port) {
    return port->find_completer(to.window_base, 1) != nullptr;
  });
}

std::size_t pod_of(const Platform& platform, const Pods& pods, models::PortAdapter& port) {
  const auto& switches = platform.switches();
  for (std::size_t s = 0; s < switches.size(); ++s) {
    const auto& partitions = switches[s]->partitions();
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      if (partitions[p].get() != &port.partition()) continue;
      // Behind those of the description there is that of the spare ports.
      const bool spare = p != 0 && p + 1 == partitions.size();
      return spare ? kNoPartition : pods.of(PodPart{s, p});
    }
  }
  return kNoPartition;
}

void require_mutual_reach(const Platform& platform, const std::vector<std::size_t>& ranks,
                          const std::string& workload) {
  for (const std::size_t one : ranks) {
    for (const std::size_t other : ranks) {
      const PlatformEndpoint& from = platform.endpoints()[one];
      const PlatformEndpoint& to = platform.endpoints()[other];
      if (reaches(from, to)) continue;
      throw std::invalid_argument(workload + ": '" + from.name + "' does not reach '" + to.name +
                                  "': they are in different partitions; the ranks of a collective "
                                  "must see each other");
    }
  }
}

}  // namespace antares::platforms
