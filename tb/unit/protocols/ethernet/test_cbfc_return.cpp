// SPDX-License-Identifier: Apache-2.0
// Credits that come home with CF_Updates only: at once after a pause, else at the least spacing,
// channels one after the other; what the counters say follows. Times are exact.
#include <gtest/gtest.h>

#include "antares/protocols/ethernet/cbfc_return.h"
#include "antares/protocols/ethernet/ethernet_policy.h"

namespace antares::protocols {
namespace {

constexpr TrafficClass kRequests = TrafficClass::posted;
constexpr TrafficClass kAnswers = TrafficClass::completion;
constexpr Picoseconds kSpacingPs = 64'000;  // 6400 B at 10 ps

struct CbfcReturns : testing::Test {
  CbfcReturns() : returns(CbfcConfig{}, rate(), 1, 1000) {}
  static LinkRate rate() {
    LinkRate rate;
    rate.per_byte = {10, 1};
    return rate;
  }
  Picoseconds at(Picoseconds freed_ps, TrafficClass traffic_class = kRequests) {
    return returns.home(VcId(0), traffic_class, {1, 10}, {freed_ps, freed_ps}).to_ps;
  }
  std::uint64_t count(const std::string& name) {
    for (const NamedCount& each : returns.counters())
      if (each.name == name) return each.value;
    ADD_FAILURE() << "no counter " << name;
    return 0;
  }
  CbfcReturn returns;
};

TEST_F(CbfcReturns, AfterAPauseAtOnceElseAtTheSpacing) {
  EXPECT_EQ(at(100'000), 100'000u);
  EXPECT_EQ(at(101'000), 100'000 + kSpacingPs);
  EXPECT_EQ(at(150'000), 100'000 + kSpacingPs) << "shares the update that is due";
  EXPECT_EQ(at(900'000), 900'000u);
  EXPECT_EQ(count("cf_updates_sent"), 3u);
  EXPECT_EQ(returns.settled().receiver().freed(0), 40u);
  EXPECT_EQ(returns.settled().sender().freed(0), 40u);
  EXPECT_EQ(returns.settled().sender().in_use(0), 0u);
}

TEST_F(CbfcReturns, ChannelsTakeTurns) {
  EXPECT_EQ(at(0), 0u);
  EXPECT_EQ(at(1'000, kAnswers), kSpacingPs);
  EXPECT_EQ(at(2'000), 2 * kSpacingPs);
  EXPECT_EQ(at(3'000, kAnswers), kSpacingPs);
  EXPECT_EQ(at(kSpacingPs + 1, kAnswers), 3 * kSpacingPs);
}

TEST_F(CbfcReturns, SpansInAnyOrder) {
  EXPECT_EQ(at(1'000'000), 1'000'000u);
  EXPECT_EQ(at(10'000), 10'000u);
  // Too near to the one that is planned: joins it.
  EXPECT_EQ(at(990'000), 1'000'000u);
}

TEST_F(CbfcReturns, ATrainThatLeavesOverSeveralSpacingsIsToldInParts) {
  const CreditSpan span = returns.home(VcId(0), kRequests, {8, 800}, {0, 4 * kSpacingPs});
  EXPECT_EQ(span.from_ps, 0u);
  EXPECT_GE(span.to_ps, 4 * kSpacingPs);
  EXPECT_LE(span.to_ps, 5 * kSpacingPs);
  EXPECT_GE(count("cf_updates_sent"), 5u);
  EXPECT_EQ(returns.settled().sender().freed(0), 800u);
}

TEST_F(CbfcReturns, CountersGoRoundAndNothingLeaks) {
  constexpr std::uint64_t kTimes = (1u << kCbfcCounterBits) / 10 * 2;  // 20 bits, twice
  for (std::uint64_t i = 0; i < kTimes; ++i) ASSERT_EQ(at(i * kSpacingPs), i * kSpacingPs);
  EXPECT_EQ(count("cf_updates_sent"), kTimes);
  EXPECT_EQ(count("bad_cf_updates") + count("refused_credits") + count("repaired_credits"), 0u);
  EXPECT_GT(count("cc_updates_sent"), 0u);
  EXPECT_EQ(returns.settled().sender().consumed(0), kTimes * 10 % (1u << kCbfcCounterBits));
  EXPECT_EQ(returns.settled().sender().freed(0), returns.settled().sender().consumed(0));
}

TEST_F(CbfcReturns, AnUnchangedCountIsRepeatedAtTheGreatestSpacing) {
  at(0);
  at(26'214'400);  // 10 x 262144 B at 10 ps: nine lie in between
  EXPECT_EQ(count("cf_updates_repeated"), 9u);
}

TEST_F(CbfcReturns, MoreThanAChannelHasIsRefusedAndCounted) {
  returns.home(VcId(0), kRequests, {1, 1001}, {0, 0});
  returns.home(VcId(9), kRequests, {1, 1}, {0, 0});
  EXPECT_EQ(count("refused_credits"), 2u);
  EXPECT_EQ(at(10), 10u);
}

TEST_F(CbfcReturns, ALostUpdateIsMadeGoodByTheNextOfItsChannel) {
  constexpr Picoseconds kLongestPs = 2'621'440;  // 262144 B at 10 ps
  EXPECT_EQ(returns.lose(VcId(0), kRequests, {1, 10}, {100'000, 100'000}), 100'000u);
  EXPECT_EQ(returns.settled().sender().in_use(0), 10u);
  EXPECT_EQ(returns.settled().receiver().held(0), 0u);
  // Nothing else: repeated in turn, the other channel first.
  EXPECT_EQ(returns.told_again_ps(VcId(0), kRequests, 100'000), 100'000 + 2 * kLongestPs);
  // The other channel's update begins the turns anew.
  EXPECT_EQ(at(1'000'000, kAnswers), 1'000'000u);
  EXPECT_EQ(returns.told_again_ps(VcId(0), kRequests, 100'000), 1'000'000 + kLongestPs);
  EXPECT_EQ(at(1'500'000), 1'500'000u);
  EXPECT_EQ(returns.told_again_ps(VcId(0), kRequests, 100'000), 1'500'000u);
  EXPECT_EQ(returns.settled().sender().in_use(0), 0u) << "counts are absolute";
  EXPECT_EQ(count("cf_updates_lost"), 1u);
  EXPECT_EQ(count("bad_cf_updates") + count("refused_credits"), 0u);
}

TEST_F(CbfcReturns, NothingJoinsAnUpdateThatGetsLost) {
  at(0);
  EXPECT_EQ(returns.lose(VcId(0), kRequests, {1, 10}, {1000, 1000}), kSpacingPs);
  EXPECT_EQ(at(2000), 2 * kSpacingPs);
  EXPECT_EQ(returns.told_again_ps(VcId(0), kRequests, kSpacingPs), 2 * kSpacingPs);
}

TEST_F(CbfcReturns, FramesThatNeverCameAreFreedAtTheNextRepair) {
  constexpr Picoseconds kTimerPs = 256'000'000;
  EXPECT_EQ(returns.repaired_ps({1, 10}, 1), kTimerPs);
  EXPECT_EQ(returns.repaired_ps({1, 10}, kTimerPs), kTimerPs);
  EXPECT_EQ(returns.repaired_ps({1, 10}, kTimerPs + 1), 2 * kTimerPs);
  EXPECT_EQ(count("repaired_credits"), 30u);
}

TEST(CbfcReturnPolicy, WithPfcThereIsNone) {
  EthernetLinkConfig config;
  EXPECT_NE(EthernetPolicy(config).make_credit_return(), nullptr);
  config.flow_control = EthernetFlowControl::pfc;
  EXPECT_EQ(EthernetPolicy(config).make_credit_return(), nullptr);
}

}  // namespace
}  // namespace antares::protocols
