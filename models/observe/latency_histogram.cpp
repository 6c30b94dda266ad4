// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/latency_histogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace antares::models {
namespace {

double to_ns(std::uint64_t ps) {
  return static_cast<double>(ps) / static_cast<double>(protocols::kPicosecondsPerNanosecond);
}

}  // namespace

void LatencyHistogram::merge(const LatencyHistogram& other) {
  bins_ += other.bins_;
  count_ += other.count_;
  const std::uint64_t added = other.sum_low_ps_;
  sum_low_ps_ += added;
  sum_high_ += other.sum_high_ + (sum_low_ps_ < added);
  min_ps_ = std::min(min_ps_, other.min_ps_);
  max_ps_ = std::max(max_ps_, other.max_ps_);
}

double LatencyHistogram::min_ns() const { return count_ == 0 ? 0 : to_ns(min_ps_); }

double LatencyHistogram::max_ns() const { return to_ns(max_ps_); }

double LatencyHistogram::mean_ns() const {
  if (count_ == 0) return 0;
  const double sum_ps =
      std::ldexp(static_cast<double>(sum_high_), 64) + static_cast<double>(sum_low_ps_);
  return sum_ps / static_cast<double>(count_) /
         static_cast<double>(protocols::kPicosecondsPerNanosecond);
}

double LatencyHistogram::percentile_ns(double share) const {
  assert(share >= 0 && share <= 1);
  if (count_ == 0) return 0;
  if (share <= 0) return min_ns();
  if (share >= 1) return max_ns();
  // A product that is a hair above a whole rank (0.07 * 100) must not ask for the next one.
  const double wanted = share * static_cast<double>(count_);
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(wanted * (1 - 1e-15) - 1e-12)));
  std::uint64_t seen = 0;
  const LogLinearAxis& axis = bins_.axis();
  for (int bin = axis.index(min_ps_); bin < axis.size(); ++bin) {
    seen += bins_.at(bin);
    if (seen >= rank) return to_ns(std::clamp(axis.middle(bin), min_ps_, max_ps_));
  }
  return max_ns();
}

}  // namespace antares::models
