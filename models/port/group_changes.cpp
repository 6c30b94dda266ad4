// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/group_changes.h"

namespace antares::models {
namespace {
constexpr std::uint16_t kTablePort = 0xFFB;  // its place in the order of events: after the ports
}  // namespace

GroupChanges::GroupChanges(Hypercast& hypercast, Scheduler& scheduler, std::uint16_t switch_index)
    : hypercast_(hypercast), scheduler_(scheduler), origin_(switch_index, kTablePort) {}

GroupUpdate GroupChanges::change(GroupId group, const MemberList& members,
                                 const TableWrite& write) {
  const Picoseconds now = scheduler_.now_ps();
  const GroupUpdate result = hypercast_.update(group, members, now);
  done_.push_back({group, members.size(), now, result, write});
  return result;
}

void GroupChanges::refuse(GroupId group, std::size_t members, HypercastRefusal why,
                          const TableWrite& write) {
  done_.push_back({group, members, scheduler_.now_ps(), {protocols::kNever, why}, write});
}

void GroupChanges::schedule(GroupId group, const MemberList& members, Picoseconds at_ps,
                            const TableWrite& write) {
  orders_.push_back({group, members, write});
  scheduler_.post(at_ps, Phase::arrival, origin_, *this, orders_.size() - 1);
}

void GroupChanges::fire(std::uint64_t what, Picoseconds) {
  const Order& order = orders_[what];
  change(order.group, order.members, order.write);
}

}  // namespace antares::models
