// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/hypercast.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "antares/models/hypercast/scatter.h"

namespace antares::models {
namespace {

protocols::Picoseconds whole_ps(double ns) {
  return static_cast<protocols::Picoseconds>(std::llround(ns * 1000.0));
}

}  // namespace

GroupTableConfig table_of(const HypercastConfig& config, unsigned endpoints) {
  GroupTableConfig table;
  table.members = {endpoints, std::min(config.most_members, endpoints)};
  table.groups = config.table_groups;
  table.banks = config.banks;
  table.update_latency_ps = whole_ps(config.update_latency_ns);
  table.update_interval_ps = whole_ps(config.update_interval_ns);
  table.updates_waiting = config.updates_waiting;
  return table;
}

Hypercast::Hypercast(const HypercastConfig& config)
    : config_(config),
      replication_ps_(whole_ps(config.replication_ns)),
      table_(table_of(config)),
      regions_(config.table_groups) {
  if (config.table_base)
    table_window_ = TableWindow(*config.table_base, config.table_groups, config.most_members);
  if (!config.pcie) return;
  const GroupRegion region =
      pcie_region(config.pcie->base, config.pcie->index_position, config.pcie->groups);
  regions_.add(region);
  if (table_window_.holds(region.base) ||
      (region.base < table_window_.base() && table_window_.size_bytes() != 0 &&
       table_window_.base() - region.base < region.group_bytes * region.groups))
    throw std::invalid_argument("the windows of PCIe's multicast overlap that of the group table");
  first_ = region.base;
  last_ = region.base + (region.group_bytes * region.groups - 1);
}

void Hypercast::add(const GroupConfig& group, const RouteTable& routes) {
  const std::size_t number = group.id.value();
  const auto refuse = [&](const std::string& what) {
    throw std::invalid_argument("group '" + group.name + "': " + what);
  };
  if (number < groups_.size() && groups_[number].routes != nullptr)
    refuse("its number " + std::to_string(number) + " is that of group '" +
           groups_[number].config.name + "'");
  if (const auto refusal = table_.preset(group.id, group.members))
    refuse(std::string("refused as ") + name(*refusal));
  for (const GroupMember& member : group.members) {
    const std::string endpoint = "endpoint " + std::to_string(member.endpoint.value());
    const auto why = objection(group, routes, member);
    if (why == HypercastRefusal::unknown_member)
      refuse(endpoint + " has no address window in its partition");
    if (why)
      refuse("its window does not fit into that of " + endpoint + " from the member's offset on");
  }
  const bool by_pcie = config_.pcie && group.id.value() < config_.pcie->groups;
  if (by_pcie && group.window_bytes != std::uint64_t{1} << config_.pcie->index_position)
    refuse("its window is that of PCIe's multicast, of " +
           std::to_string(std::uint64_t{1} << config_.pcie->index_position) + " bytes, not " +
           std::to_string(group.window_bytes));
  if (group.window_bytes != 0 && !by_pcie) {
    regions_.add({group.base, group.window_bytes, 1, group.id});
    first_ = std::min(first_, group.base);
    last_ = std::max(last_, group.base + (group.window_bytes - 1));
  }
  if (table_window_.size_bytes() != 0 && group.window_bytes != 0 && !by_pcie &&
      (table_window_.holds(group.base) || (group.base < table_window_.base() &&
                                           table_window_.base() - group.base < group.window_bytes)))
    refuse("its window overlaps that of the group table");
  if (groups_.size() <= number) groups_.resize(number + 1);
  groups_[number] = {group, &routes};
  if (by_pcie) groups_[number].config.base = config_.pcie->base + number * group.window_bytes;
}

std::optional<HypercastRefusal> Hypercast::objection(const GroupConfig& group,
                                                     const RouteTable& routes,
                                                     const GroupMember& member) {
  const AddressWindow* const window = routes.window_of(member.endpoint);
  if (window == nullptr) return HypercastRefusal::unknown_member;
  if (member.offset_bytes >= window->size_bytes ||
      group.window_bytes > window->size_bytes - member.offset_bytes) {
    return HypercastRefusal::outside_window;
  }
  return std::nullopt;
}

GroupUpdate Hypercast::update(GroupId group, const MemberList& members,
                              protocols::Picoseconds now_ps) {
  if (!knows(group)) return {protocols::kNever, HypercastRefusal::unknown_group};
  if (members.empty()) return table_.remove(group, now_ps);
  if (const auto why = objection(group, members)) return {protocols::kNever, why};
  return table_.update(group, members, now_ps);
}

std::optional<HypercastRefusal> Hypercast::objection(GroupId group,
                                                     const MemberList& members) const {
  const Group& known = groups_[group.value()];
  for (const GroupMember& member : members)
    if (const auto why = objection(known.config, *known.routes, member)) return why;
  return checked(members, table_.config().members).refusal;
}

std::optional<HypercastRefusal> Hypercast::read_entry(std::uint64_t address,
                                                      const unsigned char* data,
                                                      std::uint32_t bytes, const RouteTable& routes,
                                                      GroupId& group, MemberList& members) const {
  const auto found = table_window_.group_at(address, bytes);
  if (!found || data == nullptr) return HypercastRefusal::no_table_entry;
  if (find(*found, routes) == nullptr) return HypercastRefusal::unknown_group;
  group = *found;
  members = members_of_entry(data, bytes);
  return objection(group, members);
}

const Hypercast::Group* Hypercast::find(GroupId id, const RouteTable& routes) const {
  if (id.value() >= groups_.size() || groups_[id.value()].routes != &routes) return nullptr;
  return &groups_[id.value()];
}

bool Hypercast::blocked(const GroupRequest& request, GroupId group) const {
  for (const PcieMulticast::Block& block : config_.pcie->blocks) {
    if (block.sender != request.sender) continue;
    const std::uint64_t bits = block.all | (request.untranslated ? block.untranslated : 0);
    if ((bits >> group.value() & 1) != 0) return true;
  }
  return false;
}

std::uint64_t Hypercast::address_of(const GroupMember& member, const AddressWindow& window,
                                    const GroupRequest& request, std::uint64_t offset,
                                    bool by_window) const {
  if (config_.pcie && by_window) {
    constexpr unsigned kLeastOverlayBits = 6;
    for (const PcieMulticast::Overlay& overlay : config_.pcie->overlays) {
      if (overlay.member != member.endpoint || overlay.size_bits < kLeastOverlayBits) continue;
      const std::uint64_t low = (std::uint64_t{1} << overlay.size_bits) - 1;
      return (overlay.address & ~low) | (request.address & low);
    }
  }
  return window.base + member.offset_bytes + offset;
}

std::optional<HypercastRefusal> Hypercast::find_members(const GroupRequest& request,
                                                        const RouteTable& routes,
                                                        protocols::Picoseconds now_ps,
                                                        NamedMembers& named) {
  const GroupNaming* const naming = request.naming;
  const NamedBy by = naming == nullptr ? NamedBy::window : naming->by;
  const MemberLimits& limits = table_.config().members;
  named.offset_bytes = request.address;
  MemberSet set;
  if (by == NamedBy::bitmap || by == NamedBy::list) {
    set.members = naming->made.members;
    // Switches differ in how many they take, and in whom they know.
    const bool fits = set.size() != 0 && set.size() <= limits.most_members &&
                      set.members->back().endpoint.value() < limits.endpoints;
    if (!fits) {
      set = by == NamedBy::bitmap ? members_of_bitmap(naming->bitmap, limits)
                                  : members_of_list(naming->list, limits);
      naming->made.members = set.members;
    }
  } else {
    GroupId id = by == NamedBy::group ? naming->group : GroupId();
    if (by == NamedBy::window) {
      const auto found = regions_.find(request.address, request.bytes);
      if (!found) return HypercastRefusal::outside_window;
      id = *found;
    }
    const Group* const group = find(id, routes);
    if (group == nullptr) return HypercastRefusal::unknown_group;
    named.group = &group->config;
    if (by == NamedBy::window) named.offset_bytes -= group->config.base;
    if (config_.pcie && id.value() < config_.pcie->groups) {
      if (!request.plain_posted) return HypercastRefusal::not_posted;
      if (blocked(request, id)) return HypercastRefusal::blocked;
    }
    set = table_.find(id, now_ps);
  }
  if (set.refusal) return set.refusal;
  named.members = set.members;
  const auto is_sender = [&](const GroupMember& m) { return m.endpoint == request.sender; };
  if (named.group != nullptr && !config_.outside_senders &&
      std::none_of(named.members->begin(), named.members->end(), is_sender)) {
    return HypercastRefusal::sender_outside;
  }
  return std::nullopt;
}

std::optional<HypercastRefusal> Hypercast::resolve(const GroupRequest& request,
                                                   const RouteTable& routes,
                                                   protocols::Picoseconds now_ps,
                                                   std::vector<MemberCopy>& copies) {
  NamedMembers named;
  if (const auto why = find_members(request, routes, now_ps, named)) return why;
  const MemberList& members = *named.members;
  const GroupConfig* const group = named.group;
  const GroupNaming* const naming = request.naming;
  const std::uint64_t offset = named.offset_bytes;
  const bool by_window = naming == nullptr || naming->by == NamedBy::window;
  const auto is_sender = [&](const GroupMember& m) { return m.endpoint == request.sender; };
  const std::size_t before = copies.size();
  const auto refuse = [&](HypercastRefusal why) {
    copies.resize(before);
    return why;
  };
  const unsigned count = static_cast<unsigned>(members.size());
  for (unsigned k = 0; k < count; ++k) {
    const GroupMember& member = members[k];
    // Who names itself in a packet of its own means it; of a group it is a member anyway.
    if (group != nullptr && !group->copy_to_sender && is_sender(member)) continue;
    Slice slice{0, request.bytes};
    if (naming != nullptr && naming->scatter_unit_bytes != 0)
      slice = scatter_slice(request.bytes, naming->scatter_unit_bytes, count, k);
    if (slice.bytes == 0 || expelled(member.endpoint)) continue;
    const AddressWindow* const window = routes.window_of(member.endpoint);
    if (window == nullptr) return refuse(HypercastRefusal::unknown_member);
    const std::uint64_t size = window->size_bytes;
    if (member.offset_bytes >= size || offset >= size - member.offset_bytes ||
        slice.bytes > size - member.offset_bytes - offset) {
      return refuse(HypercastRefusal::outside_window);
    }
    copies.push_back({member.endpoint, address_of(member, *window, request, offset, by_window),
                      static_cast<std::uint32_t>(slice.offset_bytes),
                      static_cast<std::uint32_t>(slice.bytes)});
  }
  if (copies.size() == before) return HypercastRefusal::no_member;
  return std::nullopt;
}

}  // namespace antares::models
