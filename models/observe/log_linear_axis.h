// SPDX-License-Identifier: Apache-2.0
// A Boost.Histogram axis for 64-bit counts of any size: bins of width 1 up to 256, then 128 equal
// bins in each doubling. The bin of a value follows from its leading bits, with no logarithm.
// The middle of a bin is off any value in it by at most 1/256 of that value.
#pragma once
#include <cassert>
#include <cstdint>

namespace antares::models {

class LogLinearAxis {
 public:
  using value_type = std::uint64_t;
  static constexpr double kRelativeError = 1.0 / 256;

  int size() const noexcept { return kBins; }
  int index(std::uint64_t value) const noexcept {
    if (value < 2 * kBinsPerDoubling) return static_cast<int>(value);
    const unsigned shift = leading_bit(value) - kLogBins;
    return static_cast<int>((shift << kLogBins) + (value >> shift));
  }
  /// Smallest value of a bin (the name that Boost.Histogram asks for).
  std::uint64_t value(int bin) const {
    assert(bin >= 0 && bin < kBins);
    const auto position = static_cast<std::uint64_t>(bin);
    if (position < 2 * kBinsPerDoubling) return position;
    const std::uint64_t shift = (position >> kLogBins) - 1;
    return ((position & (kBinsPerDoubling - 1)) + kBinsPerDoubling) << shift;
  }
  std::uint64_t width(int bin) const {
    const auto position = static_cast<std::uint64_t>(bin);
    return position < 2 * kBinsPerDoubling ? 1 : std::uint64_t{1} << ((position >> kLogBins) - 1);
  }
  std::uint64_t middle(int bin) const { return value(bin) + (width(bin) - 1) / 2; }

  /// Every value has a bin: spares Boost.Histogram the under- and overflow bins.
  static constexpr bool inclusive() { return true; }
  friend bool operator==(const LogLinearAxis&, const LogLinearAxis&) { return true; }

 private:
  static constexpr unsigned kLogBins = 7;
  static constexpr std::uint64_t kBinsPerDoubling = 1u << kLogBins;
  static constexpr int kBins = static_cast<int>((64 - kLogBins + 1) * kBinsPerDoubling);
  static unsigned leading_bit(std::uint64_t value) {
    return 63u - static_cast<unsigned>(__builtin_clzll(value));
  }
};

}  // namespace antares::models
