// SPDX-License-Identifier: Apache-2.0
// Spacings of control ordered sets are in bytes of the line, idle included: between a time and a
// position on a line that runs since time 0. Picoseconds.
#pragma once
#include <limits>

#include "antares/protocols/common/link_timing.h"

namespace antares::protocols {

// In parts, so that no product overflows in a run of hours.
inline std::uint64_t line_bytes_at(const PicosecondsPerByte& per_byte, Picoseconds at_ps) {
  return at_ps / per_byte.numerator * per_byte.denominator +
         at_ps % per_byte.numerator * per_byte.denominator / per_byte.numerator;
}

/// The first picosecond at which the line has carried so many bytes.
inline Picoseconds line_time_ps(const PicosecondsPerByte& per_byte, std::uint64_t bytes) {
  if (bytes == std::numeric_limits<std::uint64_t>::max()) return kNever;
  const std::uint64_t rest = bytes % per_byte.denominator * per_byte.numerator;
  return bytes / per_byte.denominator * per_byte.numerator +
         (rest + per_byte.denominator - 1) / per_byte.denominator;
}

}  // namespace antares::protocols
