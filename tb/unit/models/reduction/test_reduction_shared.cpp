// SPDX-License-Identifier: Apache-2.0
// What all engines of a switch share: lists of members, and the numbers that contexts go by.
#include <gtest/gtest.h>

#include "antares/models/reduction/reduction_part.h"

namespace antares::models {
namespace {

std::shared_ptr<const MemberList> list() {
  return std::make_shared<MemberList>(MemberList{{protocols::EndpointId(1), 0}});
}

TEST(ReductionShared, ListsThatNobodyHasAreForgotten) {
  ReductionShared shared;
  std::vector<std::shared_ptr<const MemberList>> kept;
  for (unsigned n = 0; n < 10000; ++n) {
    const auto members = list();
    KnownMembers& known = shared.known_as(members, &shared);
    ASSERT_EQ(known.members, nullptr) << "a list is another one's";
    known.members = members;
    known.id = n;
    if (n % 100 == 0) kept.push_back(members);
  }
  EXPECT_LE(shared.known.size(), 2 * kept.size() + 64);
  for (std::size_t n = 0; n < kept.size(); ++n)
    EXPECT_EQ(shared.known_as(kept[n], &shared).id, 100 * n) << "one in use was forgotten";
  EXPECT_EQ(shared.known_as(kept[0], &kept).members, nullptr) << "known of another partition";
}

TEST(ContextKey, NamesByMembersAreNeitherATagNorAGroup) {
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 62}) {
    EXPECT_NE(ContextKey::by_members(hash), ContextKey::kByTag);
    EXPECT_GT(ContextKey::by_members(hash), ~std::uint32_t{0}) << "groups have 32 bits";
  }
  EXPECT_NE(ContextKey::by_members(1), ContextKey::by_members(2));
  // Sets that 31 bits of a hash do not tell apart.
  EXPECT_NE(ContextKey::by_members(1), ContextKey::by_members(1 + (std::uint64_t{1} << 32)));
}

}  // namespace
}  // namespace antares::models
