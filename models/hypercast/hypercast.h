// SPDX-License-Identifier: Apache-2.0
// Who gets a copy of a packet, in one switch: the one place where what a packet says (an address in
// a group's window, a number, a bitmap, a list) becomes members and the address that each of them
// sees. Each member's copy is then routed like a packet of its own to that address, so that
// partitions, bridges, access rules and other switches hold for it as for unicast.
//
// A group belongs to one partition: that of its members. In others its window is unmapped and its
// number unknown.
//
// The ports make the copies (models/port/port_copies.cpp), the crossbar spreads them.
// Pure; time is an argument, picoseconds.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "antares/models/hypercast/group_naming.h"
#include "antares/models/hypercast/hypercast_config.h"
#include "antares/models/hypercast/table_window.h"
#include "antares/models/routing/route_table.h"

namespace antares::models {

/// What one member gets: bytes [from_bytes, from_bytes + bytes) of the packet, at `address` in the
/// global map.
struct MemberCopy {
  protocols::EndpointId endpoint;
  std::uint64_t address = 0;
  std::uint32_t from_bytes = 0;
  std::uint32_t bytes = 0;
};

/// A packet that asks.
struct GroupRequest {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  protocols::EndpointId sender;
  bool plain_posted = true;             ///< a write that nobody answers
  bool untranslated = false;            ///< its address (PCIe: AT)
  const GroupNaming* naming = nullptr;  ///< nullptr: the address says it
};

/// Whom a packet names, sender or not.
struct NamedMembers {
  std::shared_ptr<const MemberList> members;
  std::uint64_t offset_bytes = 0;      ///< into each member's own window, beside its own offset
  const GroupConfig* group = nullptr;  ///< nullptr: named in the packet itself
};

class Hypercast {
 public:
  /// Throws std::invalid_argument naming the key that is out of range, or what is wrong with the
  /// regions.
  explicit Hypercast(const HypercastConfig& config);

  /// A group that stands from time 0 on, of the partition with these routes. Throws
  /// std::invalid_argument for what a packet or change would be refused for.
  void add(const GroupConfig& group, const RouteTable& routes);

  /// Changes who is in a group while packets go on; no members: nobody. Refused, it changes
  /// nothing.
  GroupUpdate update(GroupId group, const MemberList& members, protocols::Picoseconds now_ps);
  /// What update() would refuse whatever the table is busy with; nothing: it may be asked for.
  std::optional<HypercastRefusal> objection(GroupId group, const MemberList& members) const;
  bool knows(GroupId group) const {
    return group.value() < groups_.size() && groups_[group.value()].routes != nullptr;
  }

  const HypercastConfig& config() const { return config_; }
  /// The member has left all groups, and packets that name it themselves do not reach it.
  void expel(protocols::EndpointId member) { expelled_.insert(member.value()); }
  bool expelled(protocols::EndpointId member) const {
    return !expelled_.empty() && expelled_.count(member.value()) != 0;
  }
  protocols::Picoseconds replication_ps() const { return replication_ps_; }

  /// Does the address mean a group? Asked for each request, so it looks at the span first.
  bool in_window(std::uint64_t address) const {
    return (address >= first_ && address <= last_ && regions_.find(address, 1).has_value()) ||
           in_table(address);
  }
  /// Does a write there change a group?
  bool in_table(std::uint64_t address) const { return table_window_.holds(address); }
  protocols::Picoseconds update_latency_ps() const { return table_.config().update_latency_ps; }
  const TableWindow& table_window() const { return table_window_; }
  /// A change as it is written: whose, and to whom. Refused for what is no entry of a group of the
  /// writer's partition, or has members that cannot be.
  std::optional<HypercastRefusal> read_entry(std::uint64_t address, const unsigned char* data,
                                             std::uint32_t bytes, const RouteTable& routes,
                                             GroupId& group, MemberList& members) const;
  /// Appends the members to `copies`, as a packet gets them whose head is here now; refused, it
  /// appends nothing. `routes`: of the sender's partition.
  std::optional<HypercastRefusal> resolve(const GroupRequest& request, const RouteTable& routes,
                                          protocols::Picoseconds now_ps,
                                          std::vector<MemberCopy>& copies);
  /// The same as far as the set, at no cost a member.
  std::optional<HypercastRefusal> find_members(const GroupRequest& request,
                                               const RouteTable& routes,
                                               protocols::Picoseconds now_ps, NamedMembers& named);

 private:
  struct Group {
    GroupConfig config;
    const RouteTable* routes = nullptr;  ///< nullptr: no such group
  };
  /// Why a member cannot be in the group: it has no window, or that of the group does not fit in.
  static std::optional<HypercastRefusal> objection(const GroupConfig& group,
                                                   const RouteTable& routes,
                                                   const GroupMember& member);
  bool blocked(const GroupRequest& request, GroupId group) const;
  /// Where the member sees the packet's first byte, in the global map.
  std::uint64_t address_of(const GroupMember& member, const AddressWindow& window,
                           const GroupRequest& request, std::uint64_t offset, bool by_window) const;
  const Group* find(GroupId id, const RouteTable& routes) const;

  HypercastConfig config_;
  protocols::Picoseconds replication_ps_;
  GroupTable table_;
  GroupRegions regions_;
  TableWindow table_window_;
  std::set<std::uint16_t> expelled_;
  std::vector<Group> groups_;                ///< by number, as far as groups have been added
  std::uint64_t first_ = ~std::uint64_t{0};  ///< lowest address of all regions
  std::uint64_t last_ = 0;
};

}  // namespace antares::models
