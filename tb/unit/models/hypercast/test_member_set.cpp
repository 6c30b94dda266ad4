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

using protocols::PortId;

std::vector<std::uint64_t> bitmap_of(const std::vector<PortId>& ports) {
  std::vector<std::uint64_t> words(PortSet::kWords, 0);
  for (const PortId port : ports) words[port.value() / 64] |= 1ull << (port.value() % 64);
  return words;
}

std::vector<PortId> ports_of(const PortSet& set) {
  std::vector<PortId> ports;
  set.for_each([&](PortId port) { ports.push_back(port); });
  return ports;
}

void expect_refused(const MemberSet& set, HypercastRefusal why, std::size_t culprit = 0) {
  ASSERT_TRUE(set.refusal.has_value()) << "accepted, should be " << name(why);
  EXPECT_EQ(*set.refusal, why) << name(*set.refusal);
  EXPECT_EQ(set.culprit, culprit);
  EXPECT_FALSE(set.ports.any());
}

TEST(PortSet, HoldsEachPortAndNamesThemInRisingOrder) {
  PortSet all;
  for (unsigned p = 0; p < kMostPorts; ++p) {
    const PortId port(static_cast<std::uint16_t>(p));
    EXPECT_FALSE(all.test(port));
    all.set(port);
    EXPECT_TRUE(all.test(port));
    EXPECT_EQ(all.count(), p + 1);
  }
  unsigned next = 0;
  all.for_each([&](PortId port) { EXPECT_EQ(port.value(), next++); });
  EXPECT_EQ(next, kMostPorts);
}

TEST(PortSet, WithoutASenderTheOthersStay) {
  PortSet set;
  for (const unsigned p : {0u, 63u, 64u, 159u}) set.set(PortId(static_cast<std::uint16_t>(p)));
  const PortSet rest = set.without(PortId(64));
  EXPECT_EQ(rest.count(), 3u);
  EXPECT_FALSE(rest.test(PortId(64)));
  EXPECT_TRUE(set.test(PortId(64))) << "the set itself is as before";
  EXPECT_EQ(rest.without(PortId(64)), rest) << "who is no member is no loss";
  EXPECT_NE(rest, set);
  EXPECT_FALSE(PortSet().any());
}

TEST(MemberSet, BitmapAndListNameTheSamePorts) {
  for (const unsigned ports : {1u, 8u, 63u, 64u, 65u, 128u, kMostPorts}) {
    const MemberLimits limits{ports, ports};
    std::vector<PortId> list;
    for (unsigned p = ports; p-- > 0;)
      if (p % 3 == 0 || p + 1 == ports) list.push_back(PortId(static_cast<std::uint16_t>(p)));
    const MemberSet by_list = members_of_list(list, limits);
    const MemberSet by_bitmap = members_of_bitmap(bitmap_of(list), limits);
    ASSERT_FALSE(by_list.refusal) << name(*by_list.refusal);
    ASSERT_FALSE(by_bitmap.refusal) << name(*by_bitmap.refusal);
    EXPECT_EQ(by_list.ports, by_bitmap.ports);
    EXPECT_EQ(ports_of(by_list.ports), std::vector<PortId>(list.rbegin(), list.rend()));
  }
}

TEST(MemberSet, NobodyIsRefused) {
  expect_refused(members_of_list({}, {}), HypercastRefusal::no_member);
  expect_refused(members_of_bitmap({}, {}), HypercastRefusal::no_member);
  expect_refused(members_of_bitmap({0, 0, 0, 0}, {}), HypercastRefusal::no_member);
}

TEST(MemberSet, APortThatTheSwitchDoesNotHaveIsNamed) {
  for (const unsigned ports : {1u, 8u, 64u, kMostPorts}) {
    const MemberLimits limits{ports, ports};
    const PortId beyond(static_cast<std::uint16_t>(ports));
    expect_refused(members_of_list({PortId(0), beyond}, limits), HypercastRefusal::unknown_member,
                   ports);
    std::vector<std::uint64_t> bitmap(4, 0);
    bitmap[ports / 64] |= 1ull << (ports % 64);
    bitmap[3] |= 1ull << 63;
    expect_refused(members_of_bitmap(bitmap, limits), HypercastRefusal::unknown_member, ports);
  }
  expect_refused(members_of_list({PortId(65535)}, {}), HypercastRefusal::unknown_member, 65535);
  std::vector<std::uint64_t> long_bitmap(2000, 0);
  long_bitmap[1999] = 1;
  expect_refused(members_of_bitmap(long_bitmap, {}), HypercastRefusal::unknown_member, 1999 * 64);
}

TEST(MemberSet, APortNamedTwiceIsRefused) {
  expect_refused(members_of_list({PortId(70), PortId(3), PortId(70)}, {}),
                 HypercastRefusal::duplicate_member, 70);
}

TEST(MemberSet, AsManyAsTheLimitAndNotOneMore) {
  const MemberLimits limits{8, 3};
  std::vector<PortId> list{PortId(1), PortId(5), PortId(7)};
  EXPECT_FALSE(members_of_list(list, limits).refusal);
  EXPECT_FALSE(members_of_bitmap(bitmap_of(list), limits).refusal);
  list.push_back(PortId(0));
  expect_refused(members_of_list(list, limits), HypercastRefusal::too_many_members);
  expect_refused(members_of_bitmap(bitmap_of(list), limits), HypercastRefusal::too_many_members);
}

TEST(MemberSet, EachRefusalHasItsOwnName) {
  std::set<std::string> names;
  for (const auto why : {HypercastRefusal::no_member, HypercastRefusal::unknown_member,
                         HypercastRefusal::duplicate_member, HypercastRefusal::too_many_members,
                         HypercastRefusal::unknown_group, HypercastRefusal::update_queue_full}) {
    EXPECT_TRUE(names.insert(name(why)).second) << name(why);
  }
}

}  // namespace
}  // namespace antares::models
