// SPDX-License-Identifier: Apache-2.0
// The link's states: each by itself, then any sequence of events against what must always hold.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "antares/protocols/common/link_state.h"

namespace antares::protocols {
namespace {

constexpr Picoseconds kStart = 1000;

LinkStateConfig times(double scale = 1e-3) {
  LinkStateConfig config;
  config.detect_ms = 2;
  config.train_ms = 3;
  config.recovery_ms = 5;
  config.time_scale = scale;
  return config;
}
Picoseconds ps(double ms, double scale = 1e-3) {
  return static_cast<Picoseconds>(ms * 1e9 * scale + 0.5);
}

TEST(LinkState, ARestoredPartnerIsDetectedAndTrained) {
  LinkStateMachine link(times());
  EXPECT_EQ(link.state(), LinkState::up);
  EXPECT_EQ(link.next_ps(), kNever);
  link.on(LinkEvent::lose, kStart);
  EXPECT_EQ(link.state(), LinkState::down);
  EXPECT_EQ(link.next_ps(), kNever) << "nobody is there to train with";
  link.on(LinkEvent::restore, 2 * kStart);
  EXPECT_EQ(link.state(), LinkState::detect);
  EXPECT_EQ(link.next_ps(), 2 * kStart + ps(2));
  link.poll(link.next_ps());
  EXPECT_EQ(link.state(), LinkState::train);
  EXPECT_FALSE(link.link_up());
  EXPECT_EQ(link.next_ps(), 2 * kStart + ps(2) + ps(3));
  link.poll(link.next_ps());
  EXPECT_EQ(link.state(), LinkState::up);
  EXPECT_EQ(link.failures(), 1u);
}

TEST(LinkState, ALatePollCatchesUp) {
  LinkStateMachine link(times());
  link.on(LinkEvent::hot_reset, kStart);
  link.poll(kStart + ps(2) + ps(3));
  EXPECT_EQ(link.state(), LinkState::up);
}

TEST(LinkState, RecoveryIsNoFailure) {
  LinkStateMachine link(times());
  link.on(LinkEvent::recover, kStart);
  EXPECT_EQ(link.state(), LinkState::recovery);
  EXPECT_TRUE(link.link_up());
  EXPECT_EQ(link.next_ps(), kStart + ps(5));
  link.on(LinkEvent::recover, 2 * kStart);
  EXPECT_EQ(link.next_ps(), 2 * kStart + ps(5)) << "it begins again";
  link.poll(link.next_ps());
  EXPECT_EQ(link.state(), LinkState::up);
  EXPECT_EQ(link.failures(), 0u);
  link.on(LinkEvent::lose, link.next_ps() == kNever ? ps(20) : 0);
  link.on(LinkEvent::recover, ps(21));
  EXPECT_EQ(link.state(), LinkState::down) << "a link that is down has nothing to recover";
}

TEST(LinkState, ContainmentHoldsThroughEverythingButItsRelease) {
  LinkStateMachine link(times());
  link.on(LinkEvent::contain, kStart);
  for (const LinkEvent event : {LinkEvent::restore, LinkEvent::hot_reset, LinkEvent::recover,
                                LinkEvent::lose, LinkEvent::restore}) {
    link.on(event, 2 * kStart);
    EXPECT_EQ(link.state(), LinkState::down) << to_string(event);
  }
  link.on(LinkEvent::release, 3 * kStart);
  EXPECT_EQ(link.state(), LinkState::detect);
  link.on(LinkEvent::release, 4 * kStart);
  EXPECT_EQ(link.next_ps(), 3 * kStart + ps(2)) << "a second release changes nothing";
}

TEST(LinkState, SoftwareTurnsItOffAndOn) {
  LinkStateMachine link(times());
  link.on(LinkEvent::disable, kStart);
  link.on(LinkEvent::lose, 2 * kStart);
  EXPECT_EQ(link.state(), LinkState::disabled) << "nobody looks for a partner";
  link.on(LinkEvent::enable, 3 * kStart);
  EXPECT_EQ(link.state(), LinkState::down) << "which is gone meanwhile";
  link.on(LinkEvent::restore, 4 * kStart);
  EXPECT_EQ(link.state(), LinkState::detect);
}

TEST(LinkState, WithoutTimeEverythingHappensAtOnce) {
  LinkStateMachine link(times(0));
  link.on(LinkEvent::hot_reset, kStart);
  EXPECT_EQ(link.state(), LinkState::up);
  EXPECT_EQ(link.failures(), 1u) << "it was down, if only for no time";
}

TEST(LinkState, AnySequenceKeepsItsRules) {
  boost::random::mt19937 engine(1);
  const auto pick = [&](unsigned below) {
    return boost::random::uniform_int_distribution<unsigned>(0, below - 1)(engine);
  };
  for (unsigned round = 0; round < 200; ++round) {
    LinkStateMachine link(times());
    Picoseconds now = 0;
    bool partner = true, contained = false, disabled = false;
    for (unsigned step = 0; step < 100; ++step) {
      now += pick(2) == 0 ? pick(1000) : static_cast<Picoseconds>(pick(10)) * ps(1);
      if (pick(3) == 0) {
        link.poll(now);
      } else {
        const auto event = static_cast<LinkEvent>(pick(8));
        link.on(event, now);
        if (event == LinkEvent::lose) partner = false;
        if (event == LinkEvent::restore) partner = true;
        if (event == LinkEvent::contain) contained = true;
        if (event == LinkEvent::release) contained = false;
        if (event == LinkEvent::disable) disabled = true;
        if (event == LinkEvent::enable) disabled = false;
      }
      ASSERT_EQ(link.state() == LinkState::disabled, disabled);
      if (!disabled) ASSERT_EQ(link.state() == LinkState::down, !partner || contained);
      ASSERT_GT(link.next_ps(), now) << "what is due has been done";
      const bool ends = link.state() == LinkState::detect || link.state() == LinkState::train ||
                        link.state() == LinkState::recovery;
      ASSERT_EQ(link.next_ps() != kNever, ends);
    }
    link.on(LinkEvent::enable, now);
    link.on(LinkEvent::release, now);
    link.on(LinkEvent::restore, now);
    link.poll(now + ps(2) + ps(3) + ps(5));
    ASSERT_EQ(link.state(), LinkState::up) << "whatever happened, it can be used again";
  }
}

TEST(LinkState, EventsSayWhetherTheyMeantAnything) {
  LinkStateMachine link(times());
  for (const LinkEvent nothing : {LinkEvent::restore, LinkEvent::enable, LinkEvent::release})
    EXPECT_FALSE(link.on(nothing, kStart)) << to_string(nothing);
  EXPECT_TRUE(link.on(LinkEvent::recover, kStart));
  EXPECT_TRUE(link.on(LinkEvent::hot_reset, kStart));
  EXPECT_TRUE(link.on(LinkEvent::lose, kStart));
  for (const LinkEvent nothing : {LinkEvent::lose, LinkEvent::recover, LinkEvent::hot_reset})
    EXPECT_FALSE(link.on(nothing, kStart)) << to_string(nothing);
  // Each holds the link down for a reason of its own.
  EXPECT_TRUE(link.on(LinkEvent::contain, kStart));
  EXPECT_FALSE(link.on(LinkEvent::contain, kStart));
  EXPECT_TRUE(link.on(LinkEvent::disable, kStart));
  EXPECT_FALSE(link.on(LinkEvent::disable, kStart));
  EXPECT_TRUE(link.on(LinkEvent::restore, kStart));
  EXPECT_TRUE(link.on(LinkEvent::release, kStart));
  EXPECT_EQ(link.state(), LinkState::disabled);
  EXPECT_TRUE(link.on(LinkEvent::enable, kStart));
  EXPECT_EQ(link.state(), LinkState::detect);
}

}  // namespace
}  // namespace antares::protocols
