// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "antares/protocols/common/credit_loss.h"

namespace antares::protocols {
namespace {

using Kind = CreditFault::Kind;

constexpr VcId kVc{1};
constexpr TrafficClass kClass = TrafficClass::non_posted;

void expect_amount(CreditAmount amount, std::uint32_t header, std::uint32_t data) {
  EXPECT_EQ(amount.header, header);
  EXPECT_EQ(amount.data, data);
}

TEST(CreditLoss, TakesTheNextFreedCreditsAndNoMore) {
  CreditLoss loss(2);
  expect_amount(loss.suffer({Kind::lose, kVc, kClass, {3, 10}}), 0, 0);
  expect_amount(loss.pass(kVc, kClass, {1, 8}), 0, 0);
  expect_amount(loss.pass(kVc, kClass, {4, 8}), 2, 6);
  expect_amount(loss.pass(kVc, kClass, {4, 8}), 4, 8);
  expect_amount(loss.missing(kVc, kClass), 3, 10);
}

TEST(CreditLoss, SaysWhatWouldChangeNothing) {
  CreditLoss loss(2);
  const CreditFault release{Kind::release, kVc, kClass, {}};
  const CreditFault stick{Kind::stick, kVc, kClass, {}};
  EXPECT_FALSE(loss.changes(release));
  EXPECT_TRUE(loss.changes(stick));
  loss.suffer(stick);
  EXPECT_FALSE(loss.changes(stick));
  EXPECT_TRUE(loss.changes(release));
  EXPECT_FALSE(loss.changes({Kind::release, VcId(0), kClass, {}})) << "of another pool";
  EXPECT_TRUE(loss.changes({Kind::lose, kVc, kClass, {1, 0}}));
}

TEST(CreditLoss, OtherPoolsAreUntouched) {
  CreditLoss loss(2);
  loss.suffer({Kind::lose, kVc, kClass, {3, 10}});
  loss.suffer({Kind::stick, kVc, TrafficClass::posted, {}});
  expect_amount(loss.pass(VcId(0), kClass, {1, 8}), 1, 8);
  expect_amount(loss.pass(kVc, TrafficClass::completion, {1, 8}), 1, 8);
  expect_amount(loss.missing(VcId(0), kClass), 0, 0);
}

TEST(CreditLoss, ReleaseBringsHomeWhatWasStuckAndNotWhatWasLost) {
  CreditLoss loss(2);
  loss.suffer({Kind::lose, kVc, kClass, {1, 0}});
  loss.suffer({Kind::stick, kVc, kClass, {}});
  expect_amount(loss.pass(kVc, kClass, {3, 8}), 0, 0);
  expect_amount(loss.missing(kVc, kClass), 3, 8);
  expect_amount(loss.suffer({Kind::release, kVc, kClass, {}}), 2, 8);
  expect_amount(loss.missing(kVc, kClass), 1, 0);
  expect_amount(loss.pass(kVc, kClass, {3, 8}), 3, 8);
}

TEST(CreditLoss, HealingEndsEveryFaultOfThePool) {
  CreditLoss loss(2);
  loss.suffer({Kind::lose, kVc, kClass, {5, 0}});
  loss.suffer({Kind::stick, kVc, kClass, {}});
  loss.pass(kVc, kClass, {2, 8});
  expect_amount(loss.heal(kVc, kClass), 2, 8);
  expect_amount(loss.missing(kVc, kClass), 0, 0);
  expect_amount(loss.pass(kVc, kClass, {5, 1}), 5, 1);
}

}  // namespace
}  // namespace antares::protocols
