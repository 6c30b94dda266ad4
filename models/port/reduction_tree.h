// SPDX-License-Identifier: Apache-2.0
// Where the contributions of members behind several switches meet: a tree of switches. Each one
// reduces those of its own members, and the partial results of the switches below it, to one
// partial result for the switch above; what the root has is the result.
//
// Its edges are the ways of packets to one endpoint, `home`: these are routed by destination, so
// that two of them that meet go on together. With the result for all, the root is the switch in the
// middle (the spine of two tiers), so that operands and results travel as far as they must and no
// further; else it is home's, who gets the result. An engine stands at the port by which its
// partial result leaves; at the root, at home's or the port towards it.
//
// The order of operands: a switch's contributors stand by their lowest member.
// Pure; no time.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/hypercast/member_set.h"

namespace antares::models {

struct FabricContext;
class PortAdapter;

struct ReductionTree {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// A member, by its place in the list, or a switch below, by its node.
  struct Contributor {
    bool is_switch = false;
    std::uint32_t number = 0;
  };
  struct Node {
    FabricContext* fabric = nullptr;
    PortAdapter* engine = nullptr;
    PortAdapter* exit = nullptr;  ///< nullptr: the root
    std::uint32_t above = kNone;  ///< node
    std::uint32_t index = 0;      ///< among the contributors of the node above
    std::uint32_t first = kNone;  ///< lowest member here or below
    std::uint32_t beyond = 0;     ///< switches below it, one below the other
    std::vector<Contributor> contributors;
  };
  struct Place {
    std::uint32_t node = kNone;  ///< kNone: contributes nothing
    std::uint32_t index = 0;     ///< among the contributors there
  };

  std::vector<Node> nodes;
  std::uint32_t root = 0;
  std::vector<Place> places;      ///< by member
  const char* problem = nullptr;  ///< why there is no tree
};

/// ports: of the members, nullptr for one that contributes nothing.
ReductionTree make_reduction_tree(const MemberList& members, const std::vector<PortAdapter*>& ports,
                                  PortAdapter& home, bool root_at_home);

}  // namespace antares::models
