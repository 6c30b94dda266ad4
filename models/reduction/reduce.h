// SPDX-License-Identifier: Apache-2.0
// The arithmetic of an in-switch reduction on real data, little endian. Rules:
// - Integers wrap. Sums of floats round to nearest even after each addition, in the accumulator's
//   format; a wider accumulator is rounded to the element type once, at the end.
// - A sum with a NaN, or of both infinities, is the NaN of made_nan(). fp8 sums saturate, also an
//   infinite e5m2 one; with an f16 accumulator that happens at the end.
// - assumption: min and max prefer a number to a NaN (IEEE 754-2008 minNum) and -0 is below +0.
// - A single operand is returned as it is, but for what a wider accumulator's rounding makes of it.
// f32 and f64 sums are the host's: the library sets no rounding mode and nobody else may. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "antares/models/reduction/reduction_types.h"

namespace antares::models {

/// What reduce() works in; kept from one call to the next it allocates nothing.
struct ReduceScratch {
  std::vector<std::uint64_t> codes;
  std::vector<std::uint32_t> order;
  std::vector<bool> seen;
};

/// Reduces the `bytes` at each of `operands` (by contributor, at least one) into `result`, which
/// may be one of them. `arrival` holds each contributor's position in `operands` once, in the
/// sequence in which they came; other orders do not look at it. Throws std::invalid_argument with
/// the refusal's name where refusal(kind, pull) or operand_refusal() has one, and for an `arrival`
/// that is no permutation or no operand at all.
void reduce(const ReductionKind& kind, const std::vector<const unsigned char*>& operands,
            const std::vector<std::uint32_t>& arrival, std::size_t bytes, unsigned char* result,
            ReduceScratch& scratch);

}  // namespace antares::models
