// SPDX-License-Identifier: Apache-2.0
// Changes of groups that a switch has been asked for, at their times, and what became of each.
// Picoseconds.
#pragma once
#include <deque>
#include <vector>

#include "antares/models/hypercast/hypercast.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

struct GroupChange {
  GroupId group;
  std::size_t members = 0;
  Picoseconds asked_ps = 0;
  GroupUpdate result;
};

class GroupChanges : private EventTarget {
 public:
  GroupChanges(Hypercast& hypercast, Scheduler& scheduler, std::uint16_t switch_index);

  /// Now. Empty `members`: the group has none from then on.
  GroupUpdate change(GroupId group, const MemberList& members);
  /// At at_ps, in the future unless the wheel runs.
  void schedule(GroupId group, const MemberList& members, Picoseconds at_ps);
  /// In the order in which they were asked for.
  const std::vector<GroupChange>& done() const { return done_; }

 private:
  struct Order {
    GroupId group;
    MemberList members;
  };
  void fire(std::uint64_t what, Picoseconds now_ps) override;

  Hypercast& hypercast_;
  Scheduler& scheduler_;
  Origin origin_;
  std::deque<Order> orders_;  ///< by number
  std::vector<GroupChange> done_;
};

}  // namespace antares::models
