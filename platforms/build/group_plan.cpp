// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/group_plan.h"

#include <algorithm>

#include "antares/platforms/config/address_map.h"
#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

bool all_have_windows(const models::MemberList& members,
                      const std::vector<models::AddressWindow>& windows) {
  return std::all_of(members.begin(), members.end(), [&](const models::GroupMember& member) {
    return std::any_of(windows.begin(), windows.end(), [&](const models::AddressWindow& window) {
      return window.endpoint == member.endpoint;
    });
  });
}

}  // namespace

models::MemberList members_of(const PlatformConfig& config,
                              const std::vector<ExpandedEndpoint>& endpoints,
                              const std::vector<std::string>& names, std::uint64_t offset_bytes) {
  models::MemberList members;
  for (const std::string& name : names)
    for (const std::size_t e : resolve_members(config, endpoints, name).endpoints)
      members.push_back({models::EndpointId(static_cast<std::uint16_t>(e)), offset_bytes});
  return members;
}

models::TableWindow table_window(const PlatformConfig& config, const HypercastDescription& engine) {
  return {table_window_base(config), engine.table_groups, engine.most_members};
}

models::HypercastConfig hypercast_config(const PlatformConfig& config,
                                         const HypercastDescription& engine) {
  models::HypercastConfig result = engine;
  if (has_sent_updates(config)) result.table_base = table_window_base(config);
  if (!engine.pcie_multicast) return result;
  const PcieMulticastDescription& said = *engine.pcie_multicast;
  const auto endpoints = expand_endpoints(config);
  models::PcieMulticast pcie;
  pcie.base = pcie_multicast_base(config);
  pcie.index_position = said.index_position;
  pcie.groups = said.groups;
  const auto bits = [&](const std::vector<std::string>& names) {
    std::uint64_t set = 0;
    for (std::size_t g = 0; g < config.groups.size() && g < said.groups; ++g)
      if (std::find(names.begin(), names.end(), config.groups[g].name) != names.end())
        set |= std::uint64_t{1} << g;
    return set;
  };
  for (const MulticastBlock& block : said.blocks)
    for (const std::size_t e : resolve_members(config, endpoints, block.sender).endpoints)
      pcie.blocks.push_back({models::EndpointId(static_cast<std::uint16_t>(e)), bits(block.all),
                             bits(block.untranslated)});
  for (const MulticastOverlay& overlay : said.overlays)
    for (const std::size_t e : resolve_members(config, endpoints, overlay.member).endpoints)
      pcie.overlays.push_back({models::EndpointId(static_cast<std::uint16_t>(e)),
                               window_base(e) + overlay.offset_bytes, overlay.size_bits});
  result.pcie = pcie;
  return result;
}

std::vector<models::GroupConfig> group_configs(const PlatformConfig& config,
                                               const std::vector<models::AddressWindow>& windows) {
  const auto endpoints = expand_endpoints(config);
  const std::vector<std::uint64_t> bases = group_bases(config);
  std::vector<models::GroupConfig> groups;
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& description = config.groups[g];
    models::GroupConfig group;
    group.name = description.name;
    group.id = models::GroupId(static_cast<std::uint32_t>(g));
    group.base = bases[g];
    group.window_bytes = description.window_bytes;
    group.copy_to_sender = description.copy_to_sender;
    group.members = members_of(config, endpoints, description.members, description.offset_bytes);
    if (all_have_windows(group.members, windows)) groups.push_back(std::move(group));
  }
  return groups;
}

void schedule_group_updates(const PlatformConfig& config,
                            const std::vector<std::unique_ptr<models::FabricSwitch>>& switches) {
  const auto endpoints = expand_endpoints(config);
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& group = config.groups[g];
    const models::GroupId id(static_cast<std::uint32_t>(g));
    for (const GroupChange& change : group.updates) {
      if (!change.sent_by.empty()) continue;
      const auto members = members_of(config, endpoints, change.members, group.offset_bytes);
      for (const auto& fabric : switches) {
        if (fabric->knows_group(id))
          fabric->group_changes().schedule(id, members,
                                           models::to_picoseconds(change.at_us * 1000));
      }
    }
  }
}

std::vector<MulticastRow> multicast_rows(
    const std::vector<std::unique_ptr<models::FabricSwitch>>& switches) {
  std::vector<MulticastRow> rows;
  for (const auto& fabric : switches) {
    for (std::size_t p = 0; p < fabric->port_count(); ++p) {
      auto& port = fabric->port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
      const models::PortCounts& counts = port.counts();
      // Sums are copies, too: what became of theirs shows where nobody has sent to a group.
      if (counts.multicast_packets + counts.multicast_refused + counts.copies_refused +
              counts.copies_failed + counts.copies_timed_out ==
          0)
        continue;
      rows.push_back({port.name(), counts.multicast_packets, counts.multicast_copies,
                      counts.multicast_refused, counts.copies_refused, counts.copies_failed,
                      counts.copies_timed_out, counts.members_dropped});
    }
  }
  return rows;
}

std::vector<GroupUpdateRow> group_update_rows(
    const PlatformConfig& config,
    const std::vector<std::unique_ptr<models::FabricSwitch>>& switches) {
  const auto endpoints = expand_endpoints(config);
  std::vector<GroupUpdateRow> rows;
  for (const auto& fabric : switches) {
    const models::FabricSwitch& part = *fabric;
    if (part.group_changes() == nullptr) continue;
    for (const models::GroupChange& change : part.group_changes()->done()) {
      // Those of a moe workload are many, and counted in its rows.
      if (change.group.value() >= config.groups.size()) continue;
      GroupUpdateRow row;
      row.switch_name = part.name();
      row.group = config.groups[change.group.value()].name;
      row.members = change.members;
      row.asked_ns = static_cast<double>(change.asked_ps) * 1e-3;
      if (change.result.refusal)
        row.refusal = models::name(*change.result.refusal);
      else
        row.in_force_ns = static_cast<double>(change.result.in_force_at_ps) * 1e-3;
      if (change.write.sender != protocols::kNoEndpoint) {
        row.sent_by = endpoints[change.write.sender.value()].name;
        row.sent_ns = static_cast<double>(change.write.sent_ps) * 1e-3;
        row.sent_bytes = change.write.bytes;
        row.wire_bytes = change.write.wire_bytes;
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace antares::platforms
