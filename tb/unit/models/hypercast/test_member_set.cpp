// SPDX-License-Identifier: Apache-2.0
// Members of a packet by bitmap and by list: the same set both ways, and every mistake named.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "antares/models/hypercast/member_set.h"

namespace antares::models {
namespace {

using protocols::EndpointId;

constexpr unsigned kMost = 1024;

std::vector<std::uint64_t> bitmap_of(const std::vector<EndpointId>& endpoints) {
  std::vector<std::uint64_t> words(kMost / 64, 0);
  for (const EndpointId id : endpoints) words[id.value() / 64] |= 1ull << (id.value() % 64);
  return words;
}

std::vector<EndpointId> endpoints_of(const MemberSet& set) {
  std::vector<EndpointId> endpoints;
  for (const GroupMember& member : *set.members) endpoints.push_back(member.endpoint);
  return endpoints;
}

void expect_refused(const MemberSet& set, HypercastRefusal why, std::size_t culprit = 0) {
  ASSERT_TRUE(set.refusal.has_value()) << "accepted, should be " << name(why);
  EXPECT_EQ(*set.refusal, why) << name(*set.refusal);
  EXPECT_EQ(set.culprit, culprit);
  EXPECT_EQ(set.size(), 0u);
}

TEST(MemberSet, BitmapAndListNameTheSameEndpoints) {
  for (const unsigned ids : {1u, 8u, 63u, 64u, 65u, 128u, kMost}) {
    const MemberLimits limits{ids, ids};
    std::vector<EndpointId> list;
    for (unsigned p = ids; p-- > 0;)
      if (p % 3 == 0 || p + 1 == ids) list.push_back(EndpointId(static_cast<std::uint16_t>(p)));
    const MemberSet by_list = members_of_list(list, limits);
    const MemberSet by_bitmap = members_of_bitmap(bitmap_of(list), limits);
    ASSERT_FALSE(by_list.refusal) << name(*by_list.refusal);
    ASSERT_FALSE(by_bitmap.refusal) << name(*by_bitmap.refusal);
    EXPECT_EQ(*by_list.members, *by_bitmap.members);
    EXPECT_EQ(endpoints_of(by_list), std::vector<EndpointId>(list.rbegin(), list.rend()));
  }
}

TEST(MemberSet, NobodyIsRefused) {
  expect_refused(members_of_list({}, {}), HypercastRefusal::no_member);
  expect_refused(members_of_bitmap({}, {}), HypercastRefusal::no_member);
  expect_refused(members_of_bitmap({0, 0, 0, 0}, {}), HypercastRefusal::no_member);
}

TEST(MemberSet, AnEndpointBeyondTheIdsIsNamed) {
  for (const unsigned ids : {1u, 8u, 64u, kMost}) {
    const MemberLimits limits{ids, ids};
    const EndpointId beyond(static_cast<std::uint16_t>(ids));
    expect_refused(members_of_list({EndpointId(0), beyond}, limits),
                   HypercastRefusal::unknown_member, ids);
    std::vector<std::uint64_t> bitmap(kMost / 64 + 1, 0);
    bitmap[ids / 64] |= 1ull << (ids % 64);
    bitmap[kMost / 64] |= 1ull << 63;
    expect_refused(members_of_bitmap(bitmap, limits), HypercastRefusal::unknown_member, ids);
  }
  expect_refused(members_of_list({EndpointId(65535)}, {kMost, kMost}),
                 HypercastRefusal::unknown_member, 65535);
  std::vector<std::uint64_t> long_bitmap(2000, 0);
  long_bitmap[1999] = 1;
  expect_refused(members_of_bitmap(long_bitmap, {}), HypercastRefusal::unknown_member, 1999 * 64);
}

TEST(MemberSet, AnEndpointNamedTwiceIsRefused) {
  expect_refused(members_of_list({EndpointId(70), EndpointId(3), EndpointId(70)}, {}),
                 HypercastRefusal::duplicate_member, 70);
}

TEST(MemberSet, AsManyAsTheLimitAndNotOneMore) {
  const MemberLimits limits{8, 3};
  std::vector<EndpointId> list{EndpointId(1), EndpointId(5), EndpointId(7)};
  EXPECT_FALSE(members_of_list(list, limits).refusal);
  EXPECT_FALSE(members_of_bitmap(bitmap_of(list), limits).refusal);
  list.push_back(EndpointId(0));
  expect_refused(members_of_list(list, limits), HypercastRefusal::too_many_members);
  expect_refused(members_of_bitmap(bitmap_of(list), limits), HypercastRefusal::too_many_members);
}

TEST(MemberSet, EachRefusalHasItsOwnName) {
  std::set<std::string> names;
  for (const auto why : {HypercastRefusal::no_member, HypercastRefusal::unknown_member,
                         HypercastRefusal::duplicate_member, HypercastRefusal::too_many_members,
                         HypercastRefusal::unknown_group, HypercastRefusal::update_queue_full,
                         HypercastRefusal::outside_window, HypercastRefusal::sender_outside,
                         HypercastRefusal::read, HypercastRefusal::not_posted,
                         HypercastRefusal::blocked, HypercastRefusal::cannot_scatter}) {
    EXPECT_TRUE(names.insert(name(why)).second) << name(why);
  }
}

}  // namespace
}  // namespace antares::models
