// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/reduction_tree.h"

#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/reduction/reduction_part.h"

namespace antares::models {
namespace {

constexpr std::uint32_t kNone = ReductionTree::kNone;

class TreeBuilder {
 public:
  TreeBuilder(const MemberList& members, PortAdapter& home) : members_(members), home_(home) {}

  ReductionTree build(const std::vector<PortAdapter*>& ports, bool root_at_home) {
    tree_.places.resize(ports.size());
    for (std::size_t m = 0; m < ports.size() && tree_.problem == nullptr; ++m)
      if (ports[m] != nullptr) tree_.places[m].node = node_of(*ports[m], 0);
    const std::uint32_t top = tree_.problem == nullptr ? node_of(home_, 0) : kNone;
    if (tree_.problem != nullptr) return std::move(tree_);
    tree_.root = root_at_home ? top : middle(top);
    turn(top);
    enter_contributors();
    check();
    return std::move(tree_);
  }

 private:
  std::uint32_t problem(const char* what) {
    if (tree_.problem == nullptr) tree_.problem = what;
    return kNone;
  }

  /// The node of the switch that `entry` belongs to, and those on its way to home.
  std::uint32_t node_of(PortAdapter& entry, unsigned hops) {
    FabricContext& fabric = entry.fabric();
    for (std::uint32_t n = 0; n < tree_.nodes.size(); ++n)
      if (tree_.nodes[n].fabric == &fabric) return n;
    const auto node = static_cast<std::uint32_t>(tree_.nodes.size());
    tree_.nodes.emplace_back();
    tree_.nodes[node].fabric = &fabric;
    if (&fabric == &home_.fabric()) return node;
    const RouteTable& routes = entry.partition().routes;
    if (!routes.knows(home_.endpoint()) || hops >= protocols::kMostHops)
      return problem("no_way_between_members");
    PortAdapter& exit = *fabric.ports[routes.port_of(home_.endpoint()).value()];
    if (!exit.link.bound()) return problem("no_way_between_members");
    const std::uint32_t above = node_of(exit.link.far().adapter(), hops + 1);
    tree_.nodes[node].exit = &exit;
    tree_.nodes[node].above = above;
    return node;
  }

  unsigned depth(std::uint32_t node) const {
    unsigned count = 0;
    for (; tree_.nodes[node].above != kNone; node = tree_.nodes[node].above) ++count;
    return count;
  }

  unsigned distance(std::uint32_t a, std::uint32_t b) const {
    unsigned count = 0;
    for (; a != b; ++count) {
      std::uint32_t& lower = depth(a) >= depth(b) ? a : b;
      lower = tree_.nodes[lower].above;
    }
    return count;
  }

  /// The one from which the farthest members are nearest; of several the one nearest to home.
  std::uint32_t middle(std::uint32_t top) const {
    std::vector<bool> has_member(tree_.nodes.size());
    for (const ReductionTree::Place& place : tree_.places)
      if (place.node != kNone) has_member[place.node] = true;
    const auto rank = [&](std::uint32_t node) {
      unsigned farthest = 0;
      for (std::uint32_t n = 0; n < has_member.size(); ++n)
        if (has_member[n]) farthest = std::max(farthest, distance(node, n));
      return std::make_tuple(farthest, depth(node), tree_.nodes[node].fabric->switch_index);
    };
    std::uint32_t best = top;
    for (std::uint32_t n = 0; n < has_member.size(); ++n)
      if (rank(n) < rank(best)) best = n;
    return best;
  }

  /// Makes the chosen node the root: the links between it and home's are passed the other way.
  void turn(std::uint32_t top) {
    std::uint32_t at = tree_.root;
    std::uint32_t above = kNone;
    PortAdapter* exit = nullptr;
    PortAdapter* towards_home = tree_.nodes[at].exit;
    for (;;) {
      ReductionTree::Node& node = tree_.nodes[at];
      const std::uint32_t next = node.above;
      PortAdapter* const link = node.exit;
      node.above = above;
      node.exit = exit;
      if (at == top) break;
      above = at;
      exit = &link->link.far().adapter();
      at = next;
    }
    for (ReductionTree::Node& node : tree_.nodes) node.engine = node.exit;
    tree_.nodes[tree_.root].engine = towards_home == nullptr ? &home_ : towards_home;
  }

  void enter_contributors() {
    for (std::uint32_t m = 0; m < tree_.places.size(); ++m) {
      std::uint32_t node = tree_.places[m].node;
      if (node == kNone) continue;
      tree_.nodes[node].contributors.push_back({false, m});
      for (std::uint32_t below = 0; node != kNone; node = tree_.nodes[node].above, ++below) {
        tree_.nodes[node].first = std::min(tree_.nodes[node].first, m);
        tree_.nodes[node].beyond = std::max(tree_.nodes[node].beyond, below);
      }
    }
    for (std::uint32_t n = 0; n < tree_.nodes.size(); ++n)
      if (n != tree_.root) tree_.nodes[tree_.nodes[n].above].contributors.push_back({true, n});
    const auto first_of = [&](const ReductionTree::Contributor& one) {
      return one.is_switch ? tree_.nodes[one.number].first : one.number;
    };
    for (ReductionTree::Node& node : tree_.nodes) {
      std::sort(node.contributors.begin(), node.contributors.end(),
                [&](const auto& a, const auto& b) { return first_of(a) < first_of(b); });
      for (std::uint32_t i = 0; i < node.contributors.size(); ++i) {
        const ReductionTree::Contributor& one = node.contributors[i];
        (one.is_switch ? tree_.nodes[one.number].index : tree_.places[one.number].index) = i;
      }
    }
  }

  void check() {
    const ReductionShared* const home = home_.fabric().reduction;
    for (std::uint32_t n = 0; n < tree_.nodes.size(); ++n) {
      const ReductionTree::Node& node = tree_.nodes[n];
      if (node.fabric->reduction == nullptr) {
        problem("a_switch_on_the_way_does_not_reduce");
        return;
      }
      // Else one address would have its engine here for one switch, and there for another.
      if (home == nullptr ||
          node.fabric->reduction->config.interleave_bytes != home->config.interleave_bytes)
        problem("switches_differ_in_interleave_bytes");
      // It reads or stores: at the members of its own, the root's results at all.
      const RouteTable& routes = node.engine->partition().routes;
      for (std::size_t m = 0; m < members_.size(); ++m) {
        const bool asked = n == tree_.root || tree_.places[m].node == n;
        if (asked && routes.window_of(members_[m].endpoint) == nullptr)
          problem("no_way_between_members");
      }
    }
  }

  const MemberList& members_;
  PortAdapter& home_;
  ReductionTree tree_;
};

}  // namespace

ReductionTree make_reduction_tree(const MemberList& members, const std::vector<PortAdapter*>& ports,
                                  PortAdapter& home, bool root_at_home) {
  return TreeBuilder(members, home).build(ports, root_at_home);
}

}  // namespace antares::models
