// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/models/observe/watchdog.h"

namespace antares::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

WaitFact wait(std::string who, std::string waits_for, Picoseconds since_ps = 0) {
  WaitFact fact;
  fact.who = std::move(who);
  fact.waits_for = std::move(waits_for);
  fact.since_ps = since_ps;
  return fact;
}

TEST(Watchdog, BarksAtTheLimitAndNotBefore) {
  Watchdog watchdog(100);
  EXPECT_FALSE(watchdog.stalled(1000, 0)) << "the first look starts the clock";
  EXPECT_FALSE(watchdog.stalled(1099, 0));
  EXPECT_TRUE(watchdog.stalled(1100, 0));
  EXPECT_FALSE(watchdog.stalled(1200, 1));
  EXPECT_EQ(watchdog.last_progress_ps(), 1200u);
  EXPECT_FALSE(watchdog.stalled(1299, 1));
  EXPECT_TRUE(watchdog.stalled(1300, 1));
}

TEST(Watchdog, LimitZeroIsOff) {
  Watchdog watchdog(0);
  EXPECT_FALSE(watchdog.stalled(0, 0));
  EXPECT_FALSE(watchdog.stalled(~Picoseconds{0}, 0));
}

TEST(Watchdog, TellsWhoWaitsForWhatLongestFirst) {
  Watchdog watchdog(100);
  watchdog.stalled(2500, 42);
  watchdog.stalled(9000, 42);
  WaitFact young = wait("sw0.gpu1 egress posted", "gpu1 ingress posted", 3000);
  WaitFact old = wait("sw0.gpu0 ingress posted", "sw0.gpu1 egress posted", 2001);
  old.what = "credit: 1 header and 16 data, 0 and 3 available";
  old.oldest_packet_id = std::uint64_t{5} << 40 | 77;
  old.packets = 9;
  EXPECT_EQ(watchdog.diagnose({young, old}),
            "last progress seen at 2.500 ns (now 9.000 ns, 42 packets granted so far)\n"
            "waited for, and itself not waiting: gpu1 ingress posted\n"
            "  sw0.gpu0 ingress posted waits for sw0.gpu1 egress posted (credit: 1 header and 16 "
            "data, 0 and 3 available) since 2.001 ns, oldest packet 77 of endpoint 4, 9 packets\n"
            "  sw0.gpu1 egress posted waits for gpu1 ingress posted since 3.000 ns\n");
}

TEST(Watchdog, NamesACircleAsAChain) {
  const std::vector<WaitFact> facts = {wait("outside", "a"), wait("a", "b"), wait("b", "leaf"),
                                       wait("b", "c"), wait("c", "a")};
  EXPECT_THAT(circular_waits(facts), ElementsAre(ElementsAre(1, 3, 4)));
  EXPECT_THAT(Watchdog(1).diagnose(facts), HasSubstr("circular wait: a -> b -> c -> a\n"));
}

TEST(Watchdog, FindsEveryCircleOnceAndTheShortest) {
  EXPECT_THAT(circular_waits({wait("a", "b"), wait("b", "c"), wait("c", "d")}), IsEmpty());
  EXPECT_THAT(circular_waits({wait("self", "self")}), ElementsAre(ElementsAre(0)));
  // Two circles apart, one of them with a longer way round.
  const std::vector<WaitFact> facts = {wait("a", "b"), wait("b", "a"), wait("x", "y"),
                                       wait("y", "z"), wait("z", "x"), wait("y", "x")};
  EXPECT_THAT(circular_waits(facts), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 5)));
}

TEST(Watchdog, SaysSoWhenNobodyWaits) {
  EXPECT_THAT(Watchdog(1).diagnose({}), HasSubstr("nobody reports a wait"));
}

TEST(Watchdog, LongListsAreCut) {
  std::vector<WaitFact> facts;
  for (int k = 0; k < 500; ++k) {
    facts.push_back(wait("q" + std::to_string(k), "p" + std::to_string(k)));
  }
  const std::string text = Watchdog(1).diagnose(facts);
  EXPECT_THAT(text, HasSubstr("and 480 more waits"));
  EXPECT_THAT(text, HasSubstr("and 480 more\n"));
  EXPECT_THAT(text, Not(HasSubstr("circular")));
}

}  // namespace
}  // namespace antares::models
