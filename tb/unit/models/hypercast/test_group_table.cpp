// SPDX-License-Identifier: Apache-2.0
// The group table: from when on a change holds (tight: not a picosecond earlier or later), what
// banks can take, and every refusal leaving the table as it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "antares/models/hypercast/group_table.h"

namespace antares::models {
namespace {

using protocols::EndpointId;
using protocols::Picoseconds;

MemberList set_of(std::initializer_list<unsigned> endpoints) {
  MemberList set;
  for (const unsigned id : endpoints)
    set.push_back({EndpointId(static_cast<std::uint16_t>(id)), 16 * id});
  return set;
}

GroupTableConfig small() {
  GroupTableConfig config;
  config.members = {8, 4};
  config.groups = 12;
  config.banks = 3;
  config.update_latency_ps = 700;
  config.update_interval_ps = 50;
  config.updates_waiting = 4;
  return config;
}

const MemberList kOld = set_of({0, 1});
const MemberList kNew = set_of({2, 3, 7});

TEST(GroupTable, APacketSeesTheOldSetBeforeTheInstantAndTheNewOneFromItOn) {
  GroupTable table(small());
  ASSERT_FALSE(table.preset(GroupId(5), kOld));
  const Picoseconds now = 10'000;
  const GroupUpdate update = table.update(GroupId(5), kNew, now);
  ASSERT_FALSE(update.refusal);
  EXPECT_EQ(update.in_force_at_ps, now + small().update_latency_ps);
  EXPECT_EQ(*table.find(GroupId(5), now).members, kOld);
  const MemberSet before = table.find(GroupId(5), update.in_force_at_ps - 1);
  EXPECT_EQ(*before.members, kOld);
  EXPECT_EQ(*table.find(GroupId(5), update.in_force_at_ps).members, kNew);
  EXPECT_EQ(*before.members, kOld) << "a packet on its way keeps its set";
}

TEST(GroupTable, ChangesOfAGroupComeIntoForceOneByOneInOrder) {
  GroupTable table(small());
  ASSERT_FALSE(table.preset(GroupId(0), set_of({0})));
  std::vector<Picoseconds> at;
  for (const unsigned port : {1u, 2u, 3u})
    at.push_back(table.update(GroupId(0), set_of({port}), 0).in_force_at_ps);
  for (unsigned k = 0; k < at.size(); ++k) {
    EXPECT_EQ(at[k], small().update_latency_ps + k * small().update_interval_ps);
    EXPECT_EQ(*table.find(GroupId(0), at[k] - 1).members, set_of({k}));
    EXPECT_EQ(*table.find(GroupId(0), at[k]).members, set_of({k + 1}));
  }
}

TEST(GroupTable, BandwidthOfUpdatesIsBanksByInterval) {
  for (const unsigned banks : {1u, 2u, 3u, 12u}) {
    GroupTableConfig config = small();
    config.banks = banks;
    config.updates_waiting = config.groups;
    GroupTable table(config);
    Picoseconds last = 0;
    for (unsigned g = 0; g < config.groups; ++g)
      last = std::max(last, table.update(GroupId(g), kNew, 0).in_force_at_ps);
    EXPECT_EQ(last,
              config.update_latency_ps + (config.groups / banks - 1) * config.update_interval_ps)
        << banks << " banks";
  }
}

TEST(GroupTable, ABankThatWasIdleTakesAChangeAtOnce) {
  GroupTable table(small());
  const Picoseconds interval = small().update_interval_ps;
  const Picoseconds latency = small().update_latency_ps;
  EXPECT_EQ(table.update(GroupId(0), kOld, 0).in_force_at_ps, latency);
  EXPECT_EQ(table.update(GroupId(1), kOld, 1).in_force_at_ps, 1 + latency) << "another bank";
  EXPECT_EQ(table.update(GroupId(3), kOld, 2).in_force_at_ps, interval + latency) << "same bank";
  EXPECT_EQ(table.update(GroupId(0), kNew, 3 * interval).in_force_at_ps, 3 * interval + latency);
}

TEST(GroupTable, ARemovedGroupHasNoMemberFromThenOn) {
  GroupTable table(small());
  ASSERT_FALSE(table.preset(GroupId(4), kOld));
  const GroupUpdate removed = table.remove(GroupId(4), 0);
  ASSERT_FALSE(removed.refusal);
  EXPECT_EQ(*table.find(GroupId(4), removed.in_force_at_ps - 1).members, kOld);
  const MemberSet none = table.find(GroupId(4), removed.in_force_at_ps);
  EXPECT_EQ(none.refusal, HypercastRefusal::no_member);
  EXPECT_EQ(none.members, nullptr);
  EXPECT_EQ(table.find(GroupId(7), removed.in_force_at_ps).refusal, HypercastRefusal::no_member)
      << "never set";
}

TEST(GroupTable, MoreChangesThanABankKeepsAreRefusedAndTakeNoTime) {
  GroupTable table(small());
  GroupUpdate last;
  for (unsigned k = 0; k < small().updates_waiting; ++k) last = table.update(GroupId(0), kOld, 0);
  ASSERT_FALSE(last.refusal);
  EXPECT_EQ(table.update(GroupId(3), kNew, 0).refusal, HypercastRefusal::update_queue_full);
  EXPECT_EQ(table.remove(GroupId(3), 0).refusal, HypercastRefusal::update_queue_full);
  EXPECT_FALSE(table.update(GroupId(1), kNew, 0).refusal) << "another bank has room";
  // The first of the bank comes into force: there is room for one more, behind the last one.
  const Picoseconds room_at = small().update_latency_ps;
  EXPECT_EQ(table.update(GroupId(3), kNew, room_at - 1).refusal,
            HypercastRefusal::update_queue_full);
  const GroupUpdate next = table.update(GroupId(3), kNew, room_at);
  ASSERT_FALSE(next.refusal);
  EXPECT_EQ(next.in_force_at_ps, room_at + small().update_latency_ps);
}

TEST(GroupTable, ARefusedChangeLeavesTheGroupAndTheBankAlone) {
  GroupTable table(small());
  ASSERT_FALSE(table.preset(GroupId(2), kOld));
  const struct {
    GroupId group;
    MemberList members;
    HypercastRefusal why;
  } mistakes[] = {
      {GroupId(2), MemberList(), HypercastRefusal::no_member},
      {GroupId(2), set_of({1, 8}), HypercastRefusal::unknown_member},
      {GroupId(2), set_of({1, 2, 1}), HypercastRefusal::duplicate_member},
      {GroupId(2), set_of({0, 1, 2, 3, 4}), HypercastRefusal::too_many_members},
      {GroupId(12), kNew, HypercastRefusal::unknown_group},
      {GroupId(~0u), kNew, HypercastRefusal::unknown_group},
  };
  for (const auto& mistake : mistakes) {
    EXPECT_EQ(table.preset(mistake.group, mistake.members), mistake.why) << name(mistake.why);
    const GroupUpdate update = table.update(mistake.group, mistake.members, 0);
    EXPECT_EQ(update.refusal, mistake.why) << name(mistake.why);
    EXPECT_EQ(update.in_force_at_ps, protocols::kNever);
  }
  EXPECT_EQ(table.remove(GroupId(12), 0).refusal, HypercastRefusal::unknown_group);
  EXPECT_EQ(table.find(GroupId(12), 0).refusal, HypercastRefusal::unknown_group);
  const GroupUpdate next = table.update(GroupId(2), kNew, 0);
  EXPECT_EQ(next.in_force_at_ps, small().update_latency_ps) << "the bank was never busy";
  EXPECT_EQ(*table.find(GroupId(2), next.in_force_at_ps - 1).members, kOld);
}

TEST(GroupTable, KeysOutOfRangeAreNamed) {
  const auto refused = [](const GroupTableConfig& config, const std::string& key) {
    try {
      GroupTable table(config);
      ADD_FAILURE() << key << " was accepted";
    } catch (const std::invalid_argument& why) {
      EXPECT_NE(std::string(why.what()).find(key), std::string::npos) << why.what();
    }
  };
  const auto with = [](auto change) {
    GroupTableConfig config = small();
    change(config);
    return config;
  };
  EXPECT_NO_THROW(GroupTable{GroupTableConfig{}});
  refused(with([](auto& c) { c.members.endpoints = 0; }), "endpoints");
  refused(with([](auto& c) { c.members.endpoints = (1u << 16) + 1; }), "endpoints");
  refused(with([](auto& c) { c.members.most_members = 0; }), "most_members");
  refused(with([](auto& c) { c.members.most_members = 9; }), "most_members");
  refused(with([](auto& c) { c.groups = 0; }), "groups");
  refused(with([](auto& c) { c.groups = ~0u; }), "groups");
  refused(with([](auto& c) { c.banks = 0; }), "banks");
  refused(with([](auto& c) { c.banks = 13; }), "banks");
  refused(with([](auto& c) { c.updates_waiting = 0; }), "updates_waiting");
  refused(with([](auto& c) { c.update_latency_ps = protocols::kNever; }), "update_latency_ps");
  refused(with([](auto& c) { c.update_interval_ps = protocols::kNever; }), "update_interval_ps");
}

}  // namespace
}  // namespace antares::models
