// SPDX-License-Identifier: Apache-2.0
// Percentiles against sorted latencies, within the stated relative error; the rest exactly.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "antares/models/observe/latency_histogram.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::models {
namespace {

TEST(LogLinearAxis, BinsTileAllValuesWithinTheStatedError) {
  const LogLinearAxis axis;
  std::uint64_t expected = 0;
  for (int bin = 0; bin < axis.size(); ++bin) {
    ASSERT_EQ(axis.value(bin), expected) << "bin " << bin << " does not join the one before";
    const std::uint64_t last = axis.value(bin) + axis.width(bin) - 1;
    ASSERT_EQ(axis.index(axis.value(bin)), bin);
    ASSERT_EQ(axis.index(last), bin);
    const double furthest =
        static_cast<double>(std::max(axis.middle(bin) - axis.value(bin), last - axis.middle(bin)));
    ASSERT_LE(furthest, LogLinearAxis::kRelativeError * static_cast<double>(axis.value(bin)));
    expected = last + 1;
  }
  EXPECT_EQ(expected, 0u) << "the last bin ends at 2^64";
}

/// The nearest-rank percentile of sorted latencies, in ns.
double exact_percentile_ns(const std::vector<std::uint64_t>& sorted_ps, double share) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted_ps.size())));
  return static_cast<double>(sorted_ps[std::max<std::size_t>(rank, 1) - 1]) / 1000;
}

TEST(LatencyHistogram, PercentilesAreWithinTheStatedError) {
  protocols::RandomStream stream(1, "latencies");
  LatencyHistogram histogram;
  std::vector<std::uint64_t> all_ps;
  double sum_ns = 0;
  for (int k = 0; k < 100000; ++k) {
    const auto latency_ps = static_cast<std::uint64_t>(std::exp(stream.uniform01() * 25));
    histogram.record(latency_ps);
    all_ps.push_back(latency_ps);
    sum_ns += static_cast<double>(latency_ps) / 1000;
  }
  std::sort(all_ps.begin(), all_ps.end());
  for (const double share : {0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999, 0.99999}) {
    const double exact = exact_percentile_ns(all_ps, share);
    EXPECT_NEAR(histogram.percentile_ns(share), exact, exact * LatencyHistogram::kRelativeError)
        << "share " << share;
  }
  EXPECT_EQ(histogram.count(), all_ps.size());
  EXPECT_EQ(histogram.min_ns(), static_cast<double>(all_ps.front()) / 1000);
  EXPECT_EQ(histogram.max_ns(), static_cast<double>(all_ps.back()) / 1000);
  EXPECT_EQ(histogram.percentile_ns(0), histogram.min_ns());
  EXPECT_EQ(histogram.percentile_ns(1), histogram.max_ns());
  // The reference sums doubles: 1e5 roundings.
  EXPECT_NEAR(histogram.mean_ns() / (sum_ns / static_cast<double>(all_ps.size())), 1, 1e-10);
}

TEST(LatencyHistogram, IsExactForSmallLatenciesAndWholeRanks) {
  LatencyHistogram histogram;
  for (std::uint64_t latency_ps = 1; latency_ps <= 100; ++latency_ps) histogram.record(latency_ps);
  // Rank k of 1..100 is k; shares like 0.07 * 100 are a hair above a whole number in binary.
  for (int percent = 1; percent <= 100; ++percent) {
    EXPECT_DOUBLE_EQ(histogram.percentile_ns(percent / 100.0), percent / 1000.0);
  }
  EXPECT_DOUBLE_EQ(histogram.mean_ns(), 0.0505);
}

TEST(LatencyHistogram, TheSumDoesNotOverflow) {
  LatencyHistogram histogram;
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  for (int k = 0; k < 10; ++k) histogram.record(kHuge);
  EXPECT_DOUBLE_EQ(histogram.mean_ns(), static_cast<double>(kHuge) / 1000);
  EXPECT_DOUBLE_EQ(histogram.percentile_ns(0.5), static_cast<double>(kHuge) / 1000);
  LatencyHistogram more = histogram;
  more.merge(histogram);
  EXPECT_DOUBLE_EQ(more.mean_ns(), histogram.mean_ns());
}

TEST(LatencyHistogram, MergingIsRecordingEverything) {
  protocols::RandomStream stream(2, "latencies");
  LatencyHistogram one, other, all;
  for (int k = 0; k < 10000; ++k) {
    const std::uint64_t latency_ps = stream.uniform_below(1u << (k % 30 + 1));
    (k % 3 == 0 ? one : other).record(latency_ps);
    all.record(latency_ps);
  }
  one.merge(other);
  one.merge(LatencyHistogram());
  EXPECT_EQ(one.count(), all.count());
  EXPECT_EQ(one.min_ns(), all.min_ns());
  EXPECT_EQ(one.max_ns(), all.max_ns());
  EXPECT_EQ(one.mean_ns(), all.mean_ns());
  for (const double share : {0.1, 0.5, 0.99}) {
    EXPECT_EQ(one.percentile_ns(share), all.percentile_ns(share));
  }
}

TEST(LatencyHistogram, EmptyAnswersZero) {
  LatencyHistogram histogram;
  histogram.record(5);
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), 0);
  EXPECT_EQ(histogram.mean_ns(), 0);
  EXPECT_EQ(histogram.percentile_ns(0.5), 0);
}

}  // namespace
}  // namespace antares::models
