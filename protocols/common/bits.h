// SPDX-License-Identifier: Apache-2.0
// Bit sets in words, where a set is looked through millions of times a second. No time.
#pragma once
#include <cstdint>

namespace antares::protocols {

/// Number of the lowest bit that is set; precondition: one is.
inline unsigned lowest_bit(std::uint64_t word) {
  return static_cast<unsigned>(__builtin_ctzll(word));
}

constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

}  // namespace antares::protocols
