// SPDX-License-Identifier: Apache-2.0
// Three verbs: *probe* (available_at: ask, change nothing), *issue* (consume), and *earliest
// tight*: not available a picosecond before the time that available_at names, available at it.
// Expected times follow from the linear rule: credit k of n (from 0) of a return from..to is home
// at from + k (to - from) / (n - 1), rounded up; a single one at `to`. Tolerance 0 throughout.
#include <gtest/gtest.h>

#include <stdexcept>

#include "antares/protocols/common/credit_ledger.h"

namespace antares::protocols {
namespace {

constexpr TrafficClass kPosted = TrafficClass::posted;
constexpr TrafficClass kNonPosted = TrafficClass::non_posted;
const VcId kVc0{0};
const VcId kVc1{1};

CreditLedgerConfig one_pool(CreditAmount amount) {
  CreditLedgerConfig config;
  config.grants.assign(kTrafficClasses, {amount});
  return config;
}

/// Two VCs with `own` each and `shared` between them, posted only.
CreditLedgerConfig two_vcs(CreditAmount own, CreditAmount shared) {
  CreditLedgerConfig config;
  config.virtual_channels = 2;
  config.grants.resize(2 * kTrafficClasses);
  config.grants[0].dedicated = config.grants[kTrafficClasses].dedicated = own;
  config.shared[0] = shared;
  return config;
}

void assert_earliest_tight(const CreditLedger& ledger, VcId vc, CreditAmount need,
                           Picoseconds from_ps, Picoseconds expected_ps) {
  ASSERT_EQ(ledger.available_at(vc, kPosted, need, from_ps), expected_ps);
  ASSERT_EQ(ledger.available_at(vc, kPosted, need, expected_ps), expected_ps);
  const CreditAmount then = ledger.available(vc, kPosted, expected_ps);
  EXPECT_TRUE(then.header >= need.header && then.data >= need.data);
  if (expected_ps > from_ps) {
    const CreditAmount before = ledger.available(vc, kPosted, expected_ps - 1);
    EXPECT_TRUE(before.header < need.header || before.data < need.data)
        << "already available at " << expected_ps - 1 << " ps";
  }
}

TEST(CreditLedger, CreditsAtHomeAreAvailableAtOnce) {
  CreditLedger ledger(one_pool({4, 64}));
  assert_earliest_tight(ledger, kVc0, {4, 64}, 1000, 1000);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {5, 0}, 1000), kNever);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {0, 65}, 1000), kNever);
}

TEST(CreditLedger, ProbingChangesNothing) {
  CreditLedger ledger(one_pool({4, 64}));
  ledger.consume(kVc0, kPosted, {4, 64}, 0);
  ledger.give_back(kVc0, kPosted, {4, 64}, 100, 100);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {4, 64}, 5000), 5000u);
  // Asked about the future first, the past is still the past.
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {1, 16}, 0), 100u);
  EXPECT_EQ(ledger.outstanding(99), 68u);
  EXPECT_EQ(ledger.outstanding(100), 0u);
}

TEST(CreditLedger, EachCreditOfALinearReturnIsTight) {
  CreditLedger ledger(one_pool({8, 100}));
  ledger.consume(kVc0, kPosted, {8, 100}, 0);
  ledger.give_back(kVc0, kPosted, {8, 100}, 1000, 8000);
  for (std::uint32_t k = 1; k <= 8; ++k) {
    assert_earliest_tight(ledger, kVc0, {k, 0}, 0, 1000 + (k - 1) * 1000);
  }
  for (std::uint32_t k = 1; k <= 100; ++k) {
    assert_earliest_tight(ledger, kVc0, {0, k}, 0, 1000 + ((k - 1) * 7000 + 98) / 99);
  }
  // Both quantities: the later of the two decides.
  assert_earliest_tight(ledger, kVc0, {2, 100}, 0, 8000);
  assert_earliest_tight(ledger, kVc0, {8, 1}, 0, 8000);
}

TEST(CreditLedger, ASingleCreditComesHomeAtTheEndOfItsReturn) {
  CreditLedger ledger(one_pool({1, 1}));
  ledger.consume(kVc0, kPosted, {1, 1}, 0);
  ledger.give_back(kVc0, kPosted, {1, 1}, 1000, 8000);
  assert_earliest_tight(ledger, kVc0, {1, 1}, 0, 8000);
}

TEST(CreditLedger, SeparateReturnsAddUp) {
  CreditLedger ledger(one_pool({10, 10}));
  for (int i = 0; i < 10; ++i) ledger.consume(kVc0, kPosted, {1, 1}, 0);
  for (Picoseconds i = 1; i <= 10; ++i) {
    ledger.give_back(kVc0, kPosted, {1, 1}, 100 * i, 100 * i);
  }
  for (std::uint32_t k = 1; k <= 10; ++k) {
    assert_earliest_tight(ledger, kVc0, {k, k}, 0, 100 * k);
  }
}

TEST(CreditLedger, OverlappingReturnsEnteredInAnyOrderAddUp) {
  CreditLedger ledger(one_pool({21, 21}));
  ledger.consume(kVc0, kPosted, {21, 21}, 0);
  ledger.give_back(kVc0, kPosted, {11, 11}, 0, 1000);   // one each 100 ps from 0
  ledger.give_back(kVc0, kPosted, {10, 10}, 550, 550);  // ten at once in the middle
  // Before 550 only the first counts; at 500 it has brought 6, at 550 ten more.
  assert_earliest_tight(ledger, kVc0, {6, 0}, 0, 500);
  assert_earliest_tight(ledger, kVc0, {7, 0}, 0, 550);
  assert_earliest_tight(ledger, kVc0, {16, 0}, 0, 550);
  assert_earliest_tight(ledger, kVc0, {17, 0}, 0, 600);
  assert_earliest_tight(ledger, kVc0, {21, 21}, 0, 1000);
}

TEST(CreditLedger, PartOfAReturnCanBeConsumedBeforeTheRestIsHome) {
  CreditLedger ledger(one_pool({11, 0}));
  ledger.consume(kVc0, kPosted, {11, 0}, 0);
  ledger.give_back(kVc0, kPosted, {11, 0}, 0, 1000);
  ledger.consume(kVc0, kPosted, {5, 0}, 400);
  assert_earliest_tight(ledger, kVc0, {1, 0}, 400, 500);
  assert_earliest_tight(ledger, kVc0, {6, 0}, 400, 1000);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {7, 0}, 400), kNever);
  EXPECT_EQ(ledger.outstanding(1000), 5u);
  EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
}

TEST(CreditLedger, ClassesDoNotShareDedicatedCredits) {
  CreditLedger ledger(one_pool({2, 2}));
  ledger.consume(kVc0, kPosted, {2, 2}, 0);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {1, 0}, 0), kNever);
  EXPECT_EQ(ledger.available_at(kVc0, kNonPosted, {2, 2}, 0), 0u);
  EXPECT_EQ(ledger.available_at(kVc0, TrafficClass::completion, {2, 2}, 0), 0u);
}

TEST(CreditLedger, AVcThatAteTheSharedPoolCannotStarveAnother) {
  CreditLedger ledger(two_vcs({1, 16}, {8, 128}));
  ledger.consume(kVc0, kPosted, {9, 144}, 0);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {1, 1}, 0), kNever);
  EXPECT_EQ(ledger.available_at(kVc1, kPosted, {1, 16}, 0), 0u);
  ledger.consume(kVc1, kPosted, {1, 16}, 0);
  EXPECT_EQ(ledger.available_at(kVc1, kPosted, {1, 1}, 0), kNever);
  // Its own return is enough to go on, however long the other keeps the shared pool.
  ledger.give_back(kVc1, kPosted, {1, 16}, 300, 300);
  assert_earliest_tight(ledger, kVc1, {1, 16}, 0, 300);
  EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
}

TEST(CreditLedger, ALoanIsRepaidToTheSharedPoolFirst) {
  CreditLedger ledger(two_vcs({1, 1}, {8, 8}));
  ledger.consume(kVc0, kPosted, {9, 9}, 0);
  ledger.give_back(kVc0, kPosted, {9, 9}, 0, 800);  // one each 100 ps
  // VC1 has one of its own and gets each of the eight that VC0 borrowed, as they come.
  for (std::uint32_t k = 1; k <= 8; ++k) {
    assert_earliest_tight(ledger, kVc1, {1 + k, 0}, 0, 100 * (k - 1));
  }
  EXPECT_EQ(ledger.available_at(kVc1, kPosted, {10, 0}, 0), kNever);
  ledger.consume(kVc1, kPosted, {9, 9}, 700);
  // VC0's own share is the last to come home, and nobody can have lent it.
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {1, 1}, 700), 800u);
  EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
}

TEST(CreditLedger, ManyReturnsOnTheWayAreEachBookedInTime) {
  constexpr std::uint32_t kMany = 100;  // several times the places for returns that it starts with
  CreditLedger ledger(one_pool({kMany, kMany}));
  Picoseconds now = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t k = 0; k < kMany; ++k) ledger.consume(kVc0, kPosted, {1, 1}, now);
    // Entered backwards: the last to come home first.
    for (std::uint32_t k = kMany; k > 0; --k) {
      ledger.give_back(kVc0, kPosted, {1, 1}, now + 10 * k, now + 10 * k);
    }
    for (std::uint32_t k = 1; k <= kMany; ++k) {
      assert_earliest_tight(ledger, kVc0, {k, k}, now, now + 10 * k);
    }
    now += 10 * kMany;
    EXPECT_TRUE(ledger.all_home(now));
    EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
  }
}

TEST(CreditLedger, InfiniteCreditsNeverRunOut) {
  CreditLedgerConfig config = one_pool({2, 0});
  config.grants[0].infinite_data = true;
  CreditLedger ledger(config);
  ledger.consume(kVc0, kPosted, {1, 4000000000u}, 0);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {1, 4000000000u}, 0), 0u);
  EXPECT_EQ(ledger.available_at(kVc0, kPosted, {2, 0}, 0), kNever) << "headers are finite here";
  EXPECT_TRUE(ledger.can_ever(kVc0, kPosted, {2, 4000000000u}));
  EXPECT_FALSE(ledger.can_ever(kVc0, kPosted, {3, 0}));
  ledger.give_back(kVc0, kPosted, {1, 4000000000u}, 10, 10);
  EXPECT_TRUE(ledger.all_home(10));
  EXPECT_TRUE(ledger.balanced()) << ledger.imbalance();
}

TEST(CreditLedger, CanEverCountsDedicatedAndShared) {
  const CreditLedger ledger(two_vcs({1, 16}, {8, 128}));
  EXPECT_TRUE(ledger.can_ever(kVc1, kPosted, {9, 144}));
  EXPECT_FALSE(ledger.can_ever(kVc1, kPosted, {10, 144}));
  EXPECT_FALSE(ledger.can_ever(kVc1, kPosted, {9, 145}));
  EXPECT_FALSE(ledger.can_ever(kVc1, kNonPosted, {1, 0})) << "missing grants grant nothing";
}

TEST(CreditLedger, ADoubleReturnIsNamed) {
  CreditLedger ledger(one_pool({4, 64}));
  ledger.consume(kVc0, kNonPosted, {1, 16}, 0);
  ledger.give_back(kVc0, kNonPosted, {1, 16}, 100, 100);
  EXPECT_TRUE(ledger.balanced());
  ledger.give_back(kVc0, kNonPosted, {1, 16}, 200, 200);
  EXPECT_FALSE(ledger.balanced());
  EXPECT_NE(ledger.imbalance().find("VC0 non-posted"), std::string::npos) << ledger.imbalance();
  EXPECT_NE(ledger.imbalance().find("returned twice"), std::string::npos) << ledger.imbalance();
  // The surplus was not credited, but counted: 1 header and 16 data credits.
  EXPECT_EQ(ledger.available(kVc0, kNonPosted, 200).header, 4u);
  EXPECT_EQ(ledger.surplus(), 1u + 16u);
}

TEST(CreditLedger, BadConfigurationsAreRefused) {
  CreditLedgerConfig config;
  config.virtual_channels = 0;
  EXPECT_THROW(CreditLedger{config}, std::invalid_argument);
  config.virtual_channels = 1;
  config.grants.resize(kTrafficClasses + 1);
  EXPECT_THROW(CreditLedger{config}, std::invalid_argument);
}

}  // namespace
}  // namespace antares::protocols
