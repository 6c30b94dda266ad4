// SPDX-License-Identifier: Apache-2.0
// Groups of the switches' tables that senders share for sets of members that come and go, and what
// it costs to have one changed: a way to the switch that takes reprogram_ns, changes one after the
// other by reprogram_interval_ns, then the table's own banks, queues and latency
// (models/hypercast/group_table.h), in every switch that has the groups.
// assumption: senders share one directory that costs nothing to look into; no software of a switch
// with such a table is public.
// Picoseconds.
#pragma once
#include <functional>
#include <vector>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/workload/group_cache.h"

namespace antares::platforms {

class GroupDirectory : private models::EventTarget {
 public:
  struct Timing {
    models::Picoseconds reprogram_ps = 0;
    models::Picoseconds interval_ps = 0;
  };
  /// Groups [first_group, first_group + groups) of each switch; `members`: the endpoints that the
  /// numbers of a set mean.
  GroupDirectory(Platform& platform, std::uint32_t first_group, std::uint32_t groups,
                 std::vector<std::size_t> members, Timing timing);

  struct Entry {
    std::uint32_t entry = 0;
    bool usable = false;  ///< else listener() is called when it is
  };
  /// The set's group, changed for it where no group has it; who takes it gives it back. Nothing:
  /// all are in use, to be tried again after someone has given one back.
  std::optional<Entry> take(const ExpertSet& set, models::Picoseconds now_ps);
  void give_back(std::uint32_t entry) { cache_.give_back(entry); }
  bool usable(std::uint32_t entry) const { return usable_[entry]; }
  models::GroupId group(std::uint32_t entry) const { return models::GroupId(first_ + entry); }
  /// Called whenever a group has become usable.
  void set_listener(std::function<void(models::Picoseconds)> listener) {
    listener_ = std::move(listener);
  }
  std::uint64_t updates() const { return updates_; }

 private:
  enum What : std::uint64_t { kAsk, kInForce };
  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void ask(std::uint32_t entry, models::Picoseconds now_ps);
  void post(What what, std::uint32_t entry, models::Picoseconds at_ps);

  Platform& platform_;
  models::Origin origin_;
  std::uint32_t first_;
  GroupCache cache_;
  std::vector<std::size_t> members_;
  Timing timing_;
  std::vector<bool> usable_;
  std::vector<std::size_t> asked_;  ///< by entry: switches that have taken the change
  std::vector<models::Picoseconds> in_force_ps_;
  models::Picoseconds way_free_ps_ = 0;
  std::uint64_t updates_ = 0;
  std::function<void(models::Picoseconds)> listener_;
};

}  // namespace antares::platforms
