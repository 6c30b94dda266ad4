// SPDX-License-Identifier: Apache-2.0
// Units used in every room. Time is an integer count of picoseconds: SystemC's default resolution,
// and fine enough that a carried remainder (LinkTiming) keeps long runs exact.
#pragma once
#include <cstdint>
#include <limits>

namespace antares::protocols {

using Picoseconds = std::uint64_t;
using Bytes = std::uint64_t;

/// "Not at any time that is known now": sorts after every real time.
inline constexpr Picoseconds kNever = std::numeric_limits<Picoseconds>::max();
inline constexpr Picoseconds kPicosecondsPerNanosecond = 1000;

}  // namespace antares::protocols
