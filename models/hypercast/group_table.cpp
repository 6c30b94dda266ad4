// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/group_table.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>

namespace antares::models {
namespace {

void require_range(const char* key, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) return;
  throw std::invalid_argument(std::string("group table: ") + key + " is " + std::to_string(value) +
                              ", must be " + std::to_string(least) + " to " + std::to_string(most));
}

constexpr unsigned kMostGroups = 1u << 24;
constexpr unsigned kMostWaiting = 1u << 20;
/// 1,000 s: far beyond any part, and sums of it stay far from the end of time.
constexpr protocols::Picoseconds kLongestTimePs = 1'000'000'000'000'000;

}  // namespace

GroupTable::GroupTable(const GroupTableConfig& config) : config_(config) {
  require_range("endpoints", config.members.endpoints, 1, 1u << 16);
  require_range("most_members", config.members.most_members, 1, config.members.endpoints);
  require_range("groups", config.groups, 1, kMostGroups);
  require_range("banks", config.banks, 1, config.groups);
  require_range("updates_waiting", config.updates_waiting, 1, kMostWaiting);
  require_range("update_latency_ps", config.update_latency_ps, 0, kLongestTimePs);
  require_range("update_interval_ps", config.update_interval_ps, 0, kLongestTimePs);
  sets_.resize(config.groups);
  banks_.resize(config.banks);
}

std::optional<HypercastRefusal> GroupTable::preset(GroupId group, const MemberList& members) {
  if (!knows(group)) return HypercastRefusal::unknown_group;
  const MemberSet set = checked(members, config_.members);
  if (!set.refusal) sets_[group.value()] = set.members;
  return set.refusal;
}

GroupUpdate GroupTable::update(GroupId group, const MemberList& members,
                               protocols::Picoseconds now_ps) {
  const MemberSet set = checked(members, config_.members);
  if (set.refusal) return {protocols::kNever, set.refusal};
  return enter(group, set.members, now_ps);
}

GroupUpdate GroupTable::remove(GroupId group, protocols::Picoseconds now_ps) {
  return enter(group, nullptr, now_ps);
}

MemberSet GroupTable::find(GroupId group, protocols::Picoseconds now_ps) {
  if (!knows(group)) return {nullptr, HypercastRefusal::unknown_group, 0};
  settled_bank(group, now_ps);
  const auto& set = sets_[group.value()];
  if (set == nullptr) return {nullptr, HypercastRefusal::no_member, 0};
  return {set, std::nullopt, 0};
}

GroupTable::Bank& GroupTable::settled_bank(GroupId group, protocols::Picoseconds now_ps) {
  Bank& bank = banks_[group.value() % config_.banks];
  assert(now_ps >= bank.seen_ps && "what is in force was forgotten for times before this");
  bank.seen_ps = now_ps;
  while (!bank.waiting.empty() && bank.waiting.front().in_force_at_ps <= now_ps) {
    sets_[bank.waiting.front().group.value()] = bank.waiting.front().members;
    bank.waiting.pop_front();
  }
  return bank;
}

GroupUpdate GroupTable::enter(GroupId group, std::shared_ptr<const MemberList> members,
                              protocols::Picoseconds now_ps) {
  if (!knows(group)) return {protocols::kNever, HypercastRefusal::unknown_group};
  Bank& bank = settled_bank(group, now_ps);
  if (bank.waiting.size() >= config_.updates_waiting)
    return {protocols::kNever, HypercastRefusal::update_queue_full};
  const protocols::Picoseconds taken_ps = std::max(now_ps, bank.free_at_ps);
  bank.free_at_ps = taken_ps + config_.update_interval_ps;
  bank.waiting.push_back({taken_ps + config_.update_latency_ps, group, std::move(members)});
  return {bank.waiting.back().in_force_at_ps, std::nullopt};
}

}  // namespace antares::models
