// SPDX-License-Identifier: Apache-2.0
// Which sets of members stand in which groups of a table that is smaller than the sets there are:
// least recently used goes first, but never one that somebody uses. Whoever is to send to a set
// first takes its group, and gives it back when the last packet to it has been answered; so no
// packet that is under way ever meets another set than it was sent to. Pure; no time.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace antares::platforms {

/// Members by rising number.
using ExpertSet = std::vector<std::uint16_t>;

class GroupCache {
 public:
  explicit GroupCache(std::uint32_t groups);

  /// The group that has this set; one more uses it.
  std::optional<std::uint32_t> take(const ExpertSet& set);
  /// A group that is to have this set (in none so far), in place of what nobody uses; one uses it.
  /// Nothing: all are in use.
  std::optional<std::uint32_t> replace(const ExpertSet& set);
  /// One less uses it.
  void give_back(std::uint32_t group);
  const ExpertSet& set_of(std::uint32_t group) const { return entries_[group].set; }

 private:
  struct Entry {
    ExpertSet set;
    bool used_before = false;  ///< has a set
    std::uint32_t users = 0;
    std::list<std::uint32_t>::iterator idle;  ///< place among the idle ones, where users is 0
  };
  std::vector<Entry> entries_;
  std::map<ExpertSet, std::uint32_t> groups_;
  std::list<std::uint32_t> idle_;  ///< least recently used first
};

}  // namespace antares::platforms
