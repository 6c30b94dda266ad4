// SPDX-License-Identifier: Apache-2.0
// Floating-point formats of at most 16 bits, as codes: to a double (always exact) and back, rounded
// to nearest even by integers, so that the host's rounding mode does not matter. One routine for
// all four formats: Eigen 3.4 has f16 and bf16 but no fp8, so that a second way would be needed
// beside it. Pure.
#pragma once
#include <cstdint>

namespace antares::models {

/// A format with sign, exponent, mantissa from the top bit down; bias 2^(exponent_bits-1) - 1.
struct FloatFormat {
  unsigned exponent_bits;
  unsigned mantissa_bits;
  std::uint32_t largest_finite;  ///< code of the largest finite number
  bool has_infinity;             ///< e4m3 has none, and one NaN a sign
  bool saturates;                ///< overflow and infinite sums become the largest finite number
};

inline constexpr FloatFormat kF16{5, 10, 0x7bff, true, false};
inline constexpr FloatFormat kBf16{8, 7, 0x7f7f, true, false};
// assumption: both fp8 formats saturate, as conversions with `.satfinite` do.
inline constexpr FloatFormat kE4m3{4, 3, 0x7e, false, true};
inline constexpr FloatFormat kE5m2{5, 2, 0x7b, true, true};

/// assumption: the NaN an operation makes has every bit set but the sign; it is a NaN in each
/// format.
constexpr std::uint32_t made_nan(const FloatFormat& format) {
  return (1u << (format.exponent_bits + format.mantissa_bits)) - 1;
}

/// The exact value of the low bits of `code`.
double decode(const FloatFormat& format, std::uint32_t code);

/// The nearest code, of two equally near ones the even one.
std::uint32_t encode(const FloatFormat& format, double value);

}  // namespace antares::models
