// SPDX-License-Identifier: Apache-2.0
// Groups by number. A change is asked for at one time and in force at a later one: a bank takes a
// change each update_interval_ps (the update bandwidth is banks / update_interval_ps), and a change
// is in force update_latency_ps after its bank took it. The boundary: a packet whose head looks the
// group up before that instant gets the old set, at that instant or later the new one; it takes the
// set away as a value, so it never sees a mixture, however long its tail is.
// Changes of one group come into force in the order asked. A look-up never waits for a change
// (assumption: banks have a write port of their own).
// Number of groups and time of an update of Hypercast are not public ("not found",
// facts/product_and_collectives.md 1.2); all of it is a parameter.
// Pure; time is an argument, picoseconds.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "antares/models/hypercast/group_regions.h"
#include "antares/models/hypercast/member_set.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

struct GroupTableConfig {
  MemberLimits members;
  /// assumption: as many as NVL72 has multicast teams (facts/product_and_collectives.md 2.1, V).
  unsigned groups = 1024;
  /// Group g lives in bank g % banks; 1 to groups. assumption: no number is public.
  unsigned banks = 4;
  /// assumption: no number is public. At most 1e15 (1,000 s), as the interval.
  protocols::Picoseconds update_latency_ps = 100 * protocols::kPicosecondsPerNanosecond;
  /// Between two changes of one bank; 0: a bank takes any number at once. assumption: no number is
  /// public.
  protocols::Picoseconds update_interval_ps = 10 * protocols::kPicosecondsPerNanosecond;
  /// Changes of a bank that are asked for and not yet in force, at least 1. assumption: no number
  /// is public.
  unsigned updates_waiting = 16;
};

/// When a change is in force, or why it is refused; refused, it changes nothing and takes no time.
struct GroupUpdate {
  protocols::Picoseconds in_force_at_ps = protocols::kNever;
  std::optional<HypercastRefusal> refusal;
};

class GroupTable {
 public:
  /// Throws std::invalid_argument naming the key that is out of range.
  explicit GroupTable(const GroupTableConfig& config);
  const GroupTableConfig& config() const { return config_; }

  /// The set of a group from time 0 on, at no cost: how a description starts. Refused as update()
  /// refuses. Precondition: no update() before it.
  std::optional<HypercastRefusal> preset(GroupId group, const MemberList& members);

  /// Times of a bank's update(), remove() and find() never go back.
  GroupUpdate update(GroupId group, const MemberList& members, protocols::Picoseconds now_ps);
  /// The group is without members from then on; costs as much as a change. Harmless if it has none.
  GroupUpdate remove(GroupId group, protocols::Picoseconds now_ps);
  /// The set that a packet gets whose head is here now.
  MemberSet find(GroupId group, protocols::Picoseconds now_ps);

 private:
  struct Change {
    protocols::Picoseconds in_force_at_ps;
    GroupId group;
    std::shared_ptr<const MemberList> members;  ///< nullptr: none
  };
  struct Bank {
    protocols::Picoseconds free_at_ps = 0;
    protocols::Picoseconds seen_ps = 0;
    std::deque<Change> waiting;  ///< by rising time
  };

  bool knows(GroupId group) const { return group.value() < config_.groups; }
  Bank& settled_bank(GroupId group, protocols::Picoseconds now_ps);
  GroupUpdate enter(GroupId group, std::shared_ptr<const MemberList> members,
                    protocols::Picoseconds now_ps);

  GroupTableConfig config_;
  std::vector<std::shared_ptr<const MemberList>> sets_;  ///< in force; by group
  std::vector<Bank> banks_;
};

}  // namespace antares::models
