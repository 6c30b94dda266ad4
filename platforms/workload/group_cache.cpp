// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/group_cache.h"

namespace antares::platforms {

GroupCache::GroupCache(std::uint32_t groups) : entries_(groups) {
  for (std::uint32_t group = 0; group < groups; ++group)
    entries_[group].idle = idle_.insert(idle_.end(), group);
}

std::optional<std::uint32_t> GroupCache::take(const ExpertSet& set) {
  const auto found = groups_.find(set);
  if (found == groups_.end()) return std::nullopt;
  Entry& entry = entries_[found->second];
  if (entry.users++ == 0) idle_.erase(entry.idle);
  return found->second;
}

std::optional<std::uint32_t> GroupCache::replace(const ExpertSet& set) {
  if (idle_.empty()) return std::nullopt;
  const std::uint32_t group = idle_.front();
  idle_.pop_front();
  Entry& entry = entries_[group];
  if (entry.used_before) groups_.erase(entry.set);
  entry.set = set;
  entry.used_before = true;
  entry.users = 1;
  groups_.emplace(set, group);
  return group;
}

void GroupCache::give_back(std::uint32_t group) {
  Entry& entry = entries_[group];
  if (--entry.users == 0) entry.idle = idle_.insert(idle_.end(), group);
}

}  // namespace antares::platforms
