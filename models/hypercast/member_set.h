// SPDX-License-Identifier: Apache-2.0
// Who gets a copy, as the sender names them in each packet: a bitmap of ports or a list of ports.
// Groups by number stand in group_table.h. How many members Hypercast takes and how it encodes them
// is not public (facts/product_and_collectives.md 1.2), so the limits are parameters.
// Pure; no time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "antares/models/hypercast/port_set.h"

namespace antares::models {

/// Why a group packet or a change of a group is not accepted.
enum class HypercastRefusal {
  no_member,          ///< nobody is named, or the group is not set
  unknown_member,     ///< a port that the switch does not have
  duplicate_member,   ///< a port twice in a list: it would get two copies
  too_many_members,   ///< more than a group or a packet may name
  unknown_group,      ///< a number beyond the table
  update_queue_full,  ///< the bank has as many changes waiting as it keeps
};

/// The name for reports and counters, such as "no_member".
const char* name(HypercastRefusal refusal);

struct MemberLimits {
  unsigned ports = kMostPorts;         ///< of the switch, 1 to kMostPorts
  unsigned most_members = kMostPorts;  ///< of one set, 1 to ports
};

/// A set, or why there is none; refused, the set is empty.
struct MemberSet {
  PortSet ports;
  std::optional<HypercastRefusal> refusal;
  /// The first port that unknown_member or duplicate_member is about. Wider than a PortId because a
  /// bitmap can be longer than any switch.
  std::size_t culprit = 0;
};

/// Bit p of word p / 64 names port p. `bitmap` may have any length.
MemberSet members_of_bitmap(const std::vector<std::uint64_t>& bitmap, const MemberLimits& limits);

/// Each port once, in any order.
MemberSet members_of_list(const std::vector<protocols::PortId>& list, const MemberLimits& limits);

/// The set itself if it keeps to the limits.
MemberSet checked(const PortSet& ports, const MemberLimits& limits);

}  // namespace antares::models
