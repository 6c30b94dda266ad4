// SPDX-License-Identifier: Apache-2.0
// The switches of a platform as a graph, the ways over it, and what can be wrong with them. Pure:
// numbers of switches, ports and endpoints go in, ports come out; who they are is the caller's.
//
// Ways are shortest ones. One is chosen by destination before time 0 (a packet finds its port by
// its destination's id); with RoutePolicy::adaptive or ecmp packets may take any of them, by load
// or by a hash of the two endpoints.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "antares/platforms/config/topology_config.h"

namespace antares::platforms {

/// Endpoints and links of different pods have no way to each other.
inline constexpr std::size_t kNoPod = std::numeric_limits<std::size_t>::max();

/// One direction of a link between switches.
struct GraphEdge {
  std::size_t from_switch = 0;
  std::size_t from_port = 0;
  std::size_t to_switch = 0;
  std::size_t to_port = 0;
  std::size_t pod = 0;  ///< that the link belongs to; kNoPod: to none, nobody takes it
};

struct FabricGraph {
  std::size_t switches = 0;
  std::vector<GraphEdge> edges;  ///< both directions of each link, one after the other
  std::vector<std::vector<std::size_t>> leaving;  ///< by switch: indices into edges

  explicit FabricGraph(std::size_t switch_count = 0)
      : switches(switch_count), leaving(switch_count) {}
  void add_link(std::size_t a_switch, std::size_t a_port, std::size_t b_switch, std::size_t b_port,
                std::size_t pod = 0);
};

/// Number of the part of the graph that each switch belongs to: switches of one part are linked,
/// over others if need be. Counted from 0 in the order of the switches.
std::vector<std::size_t> linked_parts(const FabricGraph& graph);

inline constexpr std::size_t kNoWay = std::numeric_limits<std::size_t>::max();

class RoutePlan {
 public:
  /// `homes`: the switch of each endpoint; `pods`: its pod, empty: all are in pod 0. O(homes x
  /// edges).
  RoutePlan(const FabricGraph& graph, const std::vector<std::size_t>& homes, RoutePolicy policy,
            std::uint64_t seed, const std::vector<std::size_t>& pods = {});

  /// Edge by which packets at this switch leave for the endpoint; kNoWay: it is at home here, or
  /// cannot be reached.
  std::size_t edge_to(std::size_t at_switch, std::size_t endpoint) const {
    return edges_[endpoint * switches_ + at_switch];
  }
  /// All edges by which packets at this switch may leave for the endpoint, the one of edge_to()
  /// first; one alone unless the policy is adaptive or ecmp. Empty: kNoWay.
  std::vector<std::size_t> edges_to(const FabricGraph& graph, std::size_t at_switch,
                                    std::size_t endpoint) const;
  /// Switches on the way from this one to the endpoint's, both included; 0: there is no way.
  unsigned hops(std::size_t at_switch, std::size_t endpoint) const {
    return hops_[rows_[endpoint] * switches_ + at_switch];
  }

 private:
  std::size_t switches_;
  bool several_;                    ///< the policy chooses in the run
  std::vector<std::size_t> pods_;   ///< by endpoint
  std::vector<std::size_t> rows_;   ///< by endpoint: those of one switch and pod share a row
  std::vector<unsigned> hops_;      ///< [row][from switch]
  std::vector<std::size_t> edges_;  ///< [endpoint][switch]
};

/// Edges that wait for each other in a ring when all their buffers are full, along the ways of the
/// plan, all that packets may take: what can deadlock. Empty: nothing can. O(endpoints x switches),
/// with a choice times links of a switch squared.
std::vector<std::size_t> credit_cycle(const FabricGraph& graph, const RoutePlan& plan,
                                      const std::vector<std::size_t>& homes);

}  // namespace antares::platforms
