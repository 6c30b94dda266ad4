// SPDX-License-Identifier: Apache-2.0
// Who gets a copy: endpoints, as a sender names them in each packet (bitmap or list), or as a group
// has them (group_table.h). Endpoints and not ports: a packet that crosses several switches means
// the same members in each. How many members Hypercast takes and how it encodes them is not public
// (facts/product_and_collectives.md 1.2), so the limits are parameters.
// Pure; no time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "antares/protocols/common/ids.h"

namespace antares::models {

/// Why a group packet or a change of a group is not accepted.
enum class HypercastRefusal : std::uint8_t {
  no_member,          ///< nobody is named, or the group is not set, or only the sender is in it
  unknown_member,     ///< an endpoint that has no memory in the sender's partition
  duplicate_member,   ///< an endpoint twice in a list: it would get two copies
  too_many_members,   ///< more than a group or a packet may name
  unknown_group,      ///< a number beyond the table, or a group of another partition
  update_queue_full,  ///< the bank has as many changes waiting as it keeps
  outside_window,     ///< the bytes do not lie in one window: the group's, or a member's
  sender_outside,     ///< the sender is no member, and groups are not open to outsiders
  read,               ///< nothing combines the answers
  not_posted,         ///< PCIe's multicast takes plain posted writes only
  blocked,            ///< by a block bit of PCIe's multicast
  cannot_scatter,     ///< atomics and masked bytes have no slices
  no_table_entry,     ///< a write to the group table that is not one group's new set, whole
};

/// The name for reports and counters, such as "no_member".
const char* name(HypercastRefusal refusal);

struct GroupMember {
  protocols::EndpointId endpoint;
  /// Where the first byte of the group's window stands in the member's own.
  std::uint64_t offset_bytes = 0;

  friend bool operator==(const GroupMember& a, const GroupMember& b) {
    return a.endpoint == b.endpoint && a.offset_bytes == b.offset_bytes;
  }
  friend bool operator!=(const GroupMember& a, const GroupMember& b) { return !(a == b); }
};

/// By rising endpoint, each once.
using MemberList = std::vector<GroupMember>;

struct MemberLimits {
  unsigned endpoints = 1u << 16;  ///< ids there may be
  unsigned most_members = 1024;   ///< of one set
};

/// A set, or why there is none. It is a value: whoever has it keeps it, whatever becomes of the
/// group. Refused, it is empty.
struct MemberSet {
  std::shared_ptr<const MemberList> members;
  std::optional<HypercastRefusal> refusal;
  /// The first endpoint that unknown_member or duplicate_member is about. Wider than an EndpointId
  /// because a bitmap can be longer than any platform.
  std::size_t culprit = 0;

  std::size_t size() const { return members == nullptr ? 0 : members->size(); }
};

/// Bit e of word e / 64 names endpoint e. `bitmap` may have any length.
MemberSet members_of_bitmap(const std::vector<std::uint64_t>& bitmap, const MemberLimits& limits);

/// Each endpoint once, in any order.
MemberSet members_of_list(const std::vector<protocols::EndpointId>& list,
                          const MemberLimits& limits);

/// The members, in any order, sorted, if they keep to the limits.
MemberSet checked(const MemberList& members, const MemberLimits& limits);

}  // namespace antares::models
