// SPDX-License-Identifier: Apache-2.0
#include "antares/models/reduction/float_format.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace antares::models {
namespace {

constexpr int kDoubleMantissaBits = 52;
constexpr int kDoubleBias = 1023;

int bias(const FloatFormat& format) { return (1 << (format.exponent_bits - 1)) - 1; }

}  // namespace

double decode(const FloatFormat& format, std::uint32_t code) {
  const unsigned magnitude_bits = format.exponent_bits + format.mantissa_bits;
  const std::uint32_t magnitude = code & made_nan(format);
  const double sign = (code >> magnitude_bits & 1) != 0 ? -1 : 1;
  if (magnitude > format.largest_finite) {
    const bool infinite = format.has_infinity && magnitude == format.largest_finite + 1;
    return infinite ? sign * std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::quiet_NaN();
  }
  const auto exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  std::uint32_t mantissa = magnitude & ((1u << format.mantissa_bits) - 1);
  if (exponent != 0) mantissa |= 1u << format.mantissa_bits;
  const int scale = std::max(exponent, 1) - bias(format) - static_cast<int>(format.mantissa_bits);
  return sign * std::ldexp(static_cast<double>(mantissa), scale);
}

std::uint32_t encode(const FloatFormat& format, double value) {
  if (std::isnan(value)) return made_nan(format);
  const std::uint32_t sign =
      std::signbit(value) ? 1u << (format.exponent_bits + format.mantissa_bits) : 0u;
  const std::uint32_t overflow = format.largest_finite + (format.saturates ? 0 : 1);
  if (std::isinf(value)) return sign | overflow;

  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint64_t hidden = std::uint64_t{1} << kDoubleMantissaBits;
  const auto biased = static_cast<int>(bits >> kDoubleMantissaBits & 0x7ff);
  if (biased == 0) return sign;  // zero; a subnormal double is far below half the smallest code
  const std::uint64_t mantissa = (bits & (hidden - 1)) | hidden;
  const int smallest = 1 - bias(format);  // exponent of the smallest normal number
  const int exponent = std::max(biased - kDoubleBias, smallest);
  const int shift = kDoubleMantissaBits - static_cast<int>(format.mantissa_bits) + exponent -
                    (biased - kDoubleBias);
  if (shift > kDoubleMantissaBits + 1) return sign;  // less than half of the smallest code
  std::uint64_t kept = mantissa >> shift;
  const std::uint64_t rest = mantissa & ((std::uint64_t{1} << shift) - 1);
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  // The hidden bit in `kept` adds one to the exponent field, and so does a carry out of the
  // mantissa.
  const std::uint64_t code =
      (static_cast<std::uint64_t>(exponent - smallest) << format.mantissa_bits) + kept;
  return sign | (code > format.largest_finite ? overflow : static_cast<std::uint32_t>(code));
}

}  // namespace antares::models
