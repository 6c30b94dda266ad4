// SPDX-License-Identifier: Apache-2.0
// Latencies of many packets in fixed memory (60 KB): count, minimum, maximum and mean are exact,
// percentiles are off by at most LatencyHistogram::kRelativeError (1/256, below 0.4 %), and exact
// below 256 ps. Percentile q is the nearest-rank one: the smallest latency that at least the share
// q of all packets do not exceed. Picoseconds go in, nanoseconds come out.
#pragma once
#include <boost/histogram/histogram.hpp>
#include <boost/histogram/storage_adaptor.hpp>
#include <cstdint>
#include <limits>
#include <tuple>

#include "antares/models/observe/log_linear_axis.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

class LatencyHistogram {
 public:
  static constexpr double kRelativeError = LogLinearAxis::kRelativeError;

  LatencyHistogram() : bins_(std::make_tuple(LogLinearAxis{})) {}

  void record(protocols::Picoseconds latency_ps) {
    bins_(latency_ps);
    ++count_;
    sum_low_ps_ += latency_ps;
    sum_high_ += sum_low_ps_ < latency_ps;
    if (latency_ps < min_ps_) min_ps_ = latency_ps;
    if (latency_ps > max_ps_) max_ps_ = latency_ps;
  }
  /// As if the other's packets had been recorded here.
  void merge(const LatencyHistogram& other);
  void clear() { *this = LatencyHistogram(); }

  /// All answers are 0 while nothing is recorded: check count().
  std::uint64_t count() const { return count_; }
  double min_ns() const;
  double max_ns() const;
  double mean_ns() const;
  /// share: 0.5 for the median, 0.999 for p99.9; 0 gives the minimum, 1 the maximum.
  double percentile_ns(double share) const;

 private:
  boost::histogram::histogram<std::tuple<LogLinearAxis>,
                              boost::histogram::dense_storage<std::uint64_t>>
      bins_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_low_ps_ = 0;  ///< low 64 bits of the sum
  std::uint64_t sum_high_ = 0;    ///< carries out of them
  protocols::Picoseconds min_ps_ = std::numeric_limits<protocols::Picoseconds>::max();
  protocols::Picoseconds max_ps_ = 0;
};

}  // namespace antares::models
