// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/member_set.h"

#include <algorithm>

#include "antares/protocols/common/bits.h"

namespace antares::models {
namespace {

MemberSet refused(HypercastRefusal why, std::size_t culprit = 0) { return {nullptr, why, culprit}; }

}  // namespace

const char* name(HypercastRefusal refusal) {
  switch (refusal) {
    case HypercastRefusal::no_member:
      return "no_member";
    case HypercastRefusal::unknown_member:
      return "unknown_member";
    case HypercastRefusal::duplicate_member:
      return "duplicate_member";
    case HypercastRefusal::too_many_members:
      return "too_many_members";
    case HypercastRefusal::unknown_group:
      return "unknown_group";
    case HypercastRefusal::update_queue_full:
      return "update_queue_full";
    case HypercastRefusal::outside_window:
      return "outside_window";
    case HypercastRefusal::sender_outside:
      return "sender_outside";
    case HypercastRefusal::read:
      return "read";
    case HypercastRefusal::not_posted:
      return "not_posted";
    case HypercastRefusal::blocked:
      return "blocked";
    case HypercastRefusal::cannot_scatter:
      return "cannot_scatter";
    case HypercastRefusal::no_table_entry:
      return "no_table_entry";
  }
  return "unknown";
}

MemberSet members_of_bitmap(const std::vector<std::uint64_t>& bitmap, const MemberLimits& limits) {
  MemberList members;
  for (std::size_t word = 0; word < bitmap.size(); ++word) {
    for (std::uint64_t bits = bitmap[word]; bits != 0; bits &= bits - 1) {
      const auto endpoint = word * 64 + static_cast<unsigned>(__builtin_ctzll(bits));
      // In rising order, so that the culprit is the lowest endpoint that does not exist.
      if (endpoint >= limits.endpoints) return refused(HypercastRefusal::unknown_member, endpoint);
      members.push_back({protocols::EndpointId(static_cast<std::uint16_t>(endpoint)), 0});
    }
  }
  return checked(members, limits);
}

MemberSet members_of_list(const std::vector<protocols::EndpointId>& list,
                          const MemberLimits& limits) {
  MemberList members;
  for (const protocols::EndpointId endpoint : list) members.push_back({endpoint, 0});
  return checked(members, limits);
}

MemberSet checked(const MemberList& members, const MemberLimits& limits) {
  if (members.empty()) return refused(HypercastRefusal::no_member);
  for (const GroupMember& member : members) {
    if (member.endpoint.value() >= limits.endpoints)
      return refused(HypercastRefusal::unknown_member, member.endpoint.value());
  }
  const auto before = [](const GroupMember& a, const GroupMember& b) {
    return a.endpoint < b.endpoint;
  };
  MemberList sorted = members;
  std::stable_sort(sorted.begin(), sorted.end(), before);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].endpoint == sorted[i - 1].endpoint)
      return refused(HypercastRefusal::duplicate_member, sorted[i].endpoint.value());
  }
  if (sorted.size() > limits.most_members) return refused(HypercastRefusal::too_many_members);
  return {std::make_shared<const MemberList>(std::move(sorted)), std::nullopt, 0};
}

}  // namespace antares::models
