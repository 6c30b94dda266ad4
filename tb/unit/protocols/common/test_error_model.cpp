// SPDX-License-Identifier: Apache-2.0
// Means against the configured probabilities. Bounds are five standard deviations of the estimate:
// with fixed seeds a pass stays a pass, and a wrong factor is tens of deviations off.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "antares/protocols/common/error_model.h"

namespace antares::protocols {
namespace {

ErrorModel model(double p, double burst = 1, double repaired = 0) {
  return ErrorModel({p, repaired, burst}, RandomStream(7, "link"));
}

TEST(ErrorModel, GapsHaveTheMeanOfTheProbability) {
  for (const double p : {5e-6, 3e-5, 0.01, 0.5}) {
    ErrorModel errors = model(p);
    constexpr int kFailures = 20000;
    double units = 0;
    for (int i = 0; i < kFailures; ++i) units += static_cast<double>(errors.units_until_failure());
    // A gap's deviation is sqrt(1-p)/p.
    EXPECT_NEAR(units / kFailures * p, 1, 5 * std::sqrt((1 - p) / kFailures)) << p;
  }
}

TEST(ErrorModel, BurstsKeepTheShareAndHaveTheirLength) {
  const double p = 0.01;
  const double burst = 4;
  ErrorModel errors = model(p, burst);
  double units = 0;
  double runs = 0;
  constexpr int kFailures = 40000;
  for (int i = 0; i < kFailures; ++i) {
    const std::uint64_t gap = errors.units_until_failure();
    units += static_cast<double>(gap);
    runs += gap > 1;
  }
  const double length = burst / (1 - p);
  // A cycle is one run and one stretch of good units, both geometric: (b/(1-p))^2 + (b/p)^2.
  const double cycles = kFailures / length;
  EXPECT_NEAR(kFailures / units / p, 1, 5 * std::sqrt(2 / cycles));
  EXPECT_NEAR(kFailures / runs / length, 1, 5 / std::sqrt(cycles));
}

TEST(ErrorModel, UnitByUnitIsTheSameProcess) {
  const double p = 0.1;
  ErrorModel errors = model(p, 3);
  constexpr int kUnits = 200000;
  double failed = 0;
  for (int i = 0; i < kUnits; ++i) failed += errors.next_fails();
  // Variance of the mean of a chain: p(1-p)/n * (1+r)/(1-r), r = after_failed - after_good = 1-1/b.
  EXPECT_NEAR(failed / kUnits, p, 5 * std::sqrt(p * (1 - p) / kUnits * 5));
}

TEST(ErrorModel, RepairedUnitsAreBinomial) {
  const double share = 2.05e-3;
  ErrorModel errors = model(0, 1, share);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += static_cast<double>(errors.repaired_among(100000));
  EXPECT_NEAR(sum, 1e8 * share, 5 * std::sqrt(1e8 * share));
  // So many that a draw a unit would never end.
  const std::uint64_t many = std::uint64_t{1} << 50;
  const double mean = static_cast<double>(many) * share;
  EXPECT_NEAR(static_cast<double>(errors.repaired_among(many)), mean, 5 * std::sqrt(mean));
  EXPECT_EQ(errors.repaired_among(0), 0u);
}

TEST(ErrorModel, NeverAndAlways) {
  EXPECT_EQ(model(0).units_until_failure(), GeometricGap::kForever);
  EXPECT_FALSE(model(0).next_fails());
  ErrorModel always = model(1, 1, 1);
  EXPECT_EQ(always.units_until_failure(), 1u);
  EXPECT_TRUE(always.next_fails());
  EXPECT_EQ(always.units_until_failure(), 1u);
  EXPECT_EQ(always.repaired_among(9), 9u);
}

TEST(ErrorModel, PlannedFailuresComeInARowAndThenTheProbabilitiesHold) {
  ErrorModel errors = model(0);
  errors.fail_next(4);
  EXPECT_EQ(errors.units_until_failure(), 1u);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(errors.next_fails()) << i;
  EXPECT_FALSE(errors.next_fails());
  EXPECT_EQ(errors.units_until_failure(), GeometricGap::kForever);
}

TEST(ErrorModel, RefusesWhatIsNoProbability) {
  const double nan = std::nan("");
  for (const double p : {-0.1, 1.5, nan}) {
    EXPECT_THROW(model(p), std::invalid_argument);
    EXPECT_THROW(model(0, 1, p), std::invalid_argument);
  }
  EXPECT_THROW(model(0, 0.5), std::invalid_argument);
}

}  // namespace
}  // namespace antares::protocols
