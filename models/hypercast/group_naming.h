// SPDX-License-Identifier: Apache-2.0
// How a packet says that it is for several, where its address alone does not: a group by number, a
// bitmap or a list of endpoints; and whether each gets a copy or a slice. Carried by PacketHint.
// The packet's address is then an offset: into the group's window, or into each member's own. With
// `window` it is an address in a group's window, as it is without any naming.
// Pure.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "antares/models/hypercast/group_regions.h"
#include "antares/models/hypercast/member_set.h"

namespace antares::models {

enum class NamedBy : std::uint8_t { window, group, bitmap, list };

/// A set that somebody has made of a naming. A copy of the naming may be changed: it makes its own.
struct MadeSet {
  std::shared_ptr<const MemberList> members;

  MadeSet() = default;
  MadeSet(const MadeSet&) {}
  MadeSet& operator=(const MadeSet&) {
    members.reset();
    return *this;
  }
};

/// Not changed any more once a request has named it.
struct GroupNaming {
  NamedBy by = NamedBy::window;
  GroupId group;
  std::vector<std::uint64_t> bitmap;        ///< bit e of word e / 64: endpoint e
  std::vector<protocols::EndpointId> list;  ///< in any order
  /// Scatter: the k-th member, by rising endpoint, gets the k-th slice (scatter.h), cut between
  /// units of so many bytes, at the address at which it would get all; 0: everybody gets all.
  std::uint32_t scatter_unit_bytes = 0;
  /// The list or bitmap as a set, once somebody has made it: requests that share a naming share it.
  mutable MadeSet made;
};

}  // namespace antares::models
