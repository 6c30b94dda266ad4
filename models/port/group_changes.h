// SPDX-License-Identifier: Apache-2.0
// Changes of groups that a switch has been asked for, at their times, and what became of each.
// Picoseconds.
#pragma once
#include <deque>
#include <vector>

#include "antares/models/hypercast/hypercast.h"
#include "antares/models/scheduler/scheduler.h"

namespace antares::models {

/// The write by which a change came in band.
struct TableWrite {
  protocols::EndpointId sender = protocols::kNoEndpoint;  ///< kNoEndpoint: there was none
  Picoseconds sent_ps = 0;                                ///< handed to the port by its device
  std::uint32_t bytes = 0;
  std::uint64_t wire_bytes = 0;  ///< that its trains took on the sender's link; 0 by LT
};

struct GroupChange {
  GroupId group;
  std::size_t members = 0;
  Picoseconds asked_ps = 0;
  GroupUpdate result;
  TableWrite write;
};

class GroupChanges : private EventTarget {
 public:
  GroupChanges(Hypercast& hypercast, Scheduler& scheduler, std::uint16_t switch_index);

  /// Now. Empty `members`: the group has none from then on.
  GroupUpdate change(GroupId group, const MemberList& members, const TableWrite& write = {});
  /// At at_ps, in the future unless the wheel runs.
  void schedule(GroupId group, const MemberList& members, Picoseconds at_ps,
                const TableWrite& write = {});
  /// A write to the table that its port refuses: it is told here, and changes nothing.
  void refuse(GroupId group, std::size_t members, HypercastRefusal why, const TableWrite& write);
  /// In the order in which they were asked for.
  const std::vector<GroupChange>& done() const { return done_; }

 private:
  struct Order {
    GroupId group;
    MemberList members;
    TableWrite write;
  };
  void fire(std::uint64_t what, Picoseconds now_ps) override;

  Hypercast& hypercast_;
  Scheduler& scheduler_;
  Origin origin_;
  std::deque<Order> orders_;  ///< by number
  std::vector<GroupChange> done_;
};

}  // namespace antares::models
