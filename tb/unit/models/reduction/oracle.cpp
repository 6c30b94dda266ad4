// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/models/reduction/oracle.h"

#include <boost/multiprecision/cpp_int.hpp>

namespace antares::tb {
namespace {

using boost::multiprecision::cpp_int;
using models::Accumulator;
using models::ElementType;
using models::ReductionOp;
using models::ReductionOrder;
using u64 = std::uint64_t;

struct Format {
  int exponent, mantissa;
  bool e4m3, fp8;
  u64 sign() const { return u64{1} << (exponent + mantissa); }
  u64 nan() const { return sign() - 1; }
  u64 infinity() const { return ((u64{1} << exponent) - 1) << mantissa; }  // not for e4m3
  u64 largest() const { return e4m3 ? nan() - 1 : infinity() - 1; }
  bool is_nan(u64 code) const { return (code & nan()) > (e4m3 ? largest() : infinity()); }
  bool is_infinite(u64 code) const { return !e4m3 && (code & nan()) == infinity(); }
};

bool is_float(ElementType type) { return type >= ElementType::f16; }

Format format_of(ElementType type) {
  switch (type) {
    case ElementType::f16:
      return {5, 10, false, false};
    case ElementType::bf16:
      return {8, 7, false, false};
    case ElementType::f32:
      return {8, 23, false, false};
    case ElementType::f64:
      return {11, 52, false, false};
    case ElementType::e4m3:
      return {4, 3, true, true};
    default:
      return {5, 2, false, true};
  }
}

// In multiples of the smallest positive code, without sign; also one past the largest code.
cpp_int magnitude(const Format& f, u64 code) {
  const u64 field = code >> f.mantissa;
  const u64 fraction = code & ((u64{1} << f.mantissa) - 1);
  if (field == 0) return fraction;
  return cpp_int(fraction + (u64{1} << f.mantissa)) << static_cast<unsigned>(field - 1);
}

cpp_int exact(const Format& f, u64 code) {
  const cpp_int value = magnitude(f, code & f.nan());
  return (code & f.sign()) != 0 ? cpp_int(-value) : value;
}

// `value` > 0 in multiples of 2^-extra of the smallest code.
u64 nearest(const Format& f, const cpp_int& value, unsigned extra) {
  u64 low = 0, high = f.largest() + 1;
  while (high - low > 1) {
    const u64 middle = low + (high - low) / 2;
    ((magnitude(f, middle) << extra) <= value ? low : high) = middle;
  }
  const cpp_int twice = value * 2;
  const cpp_int midpoint = (magnitude(f, low) + magnitude(f, high)) << extra;
  const u64 code = twice > midpoint || (twice == midpoint && low % 2 != 0) ? high : low;
  if (code <= f.largest()) return code;
  return f.fp8 ? f.largest() : f.infinity();
}

u64 infinite(const Format& f, u64 sign) { return sign | (f.fp8 ? f.largest() : f.infinity()); }

u64 add(const Format& f, u64 a, u64 b) {
  if (f.is_nan(a) || f.is_nan(b)) return f.nan();
  if (f.is_infinite(a) && f.is_infinite(b) && a != b) return f.nan();
  if (f.is_infinite(a)) return infinite(f, a & f.sign());
  if (f.is_infinite(b)) return infinite(f, b & f.sign());
  const cpp_int sum = exact(f, a) + exact(f, b);
  if (sum == 0) return a & b & f.sign();
  return (sum < 0 ? f.sign() : 0) | nearest(f, abs(sum), 0);
}

// Sorts codes of a format as numbers, -0 below +0.
std::int64_t rank(const Format& f, u64 code) {
  const auto size = static_cast<std::int64_t>(code & f.nan());
  return (code & f.sign()) != 0 ? -1 - size : size;
}

u64 convert(const Format& from, const Format& to, u64 code) {
  const u64 sign = (code & from.sign()) != 0 ? to.sign() : 0;
  if (from.is_nan(code)) return to.nan();
  if (from.is_infinite(code)) return infinite(to, sign);
  // Align the two smallest codes; a format's is 2^(2 - 2^(exponent-1) - mantissa).
  const int from_power = 2 - (1 << (from.exponent - 1)) - from.mantissa;
  const int to_power = 2 - (1 << (to.exponent - 1)) - to.mantissa;
  const cpp_int value = magnitude(from, code & from.nan());
  if (value == 0) return sign;
  if (from_power >= to_power)
    return sign | nearest(to, value << static_cast<unsigned>(from_power - to_power), 0);
  return sign | nearest(to, value, static_cast<unsigned>(to_power - from_power));
}

u64 combine(ReductionOp op, ElementType type, u64 a, u64 b) {
  if (op == ReductionOp::bit_and) return ~(~a | ~b);
  if (op == ReductionOp::bit_or) return (a ^ b) ^ (a & b);
  if (op == ReductionOp::bit_xor) return (a | b) - (a & b);
  if (is_float(type)) {
    const Format f = format_of(type);
    if (op == ReductionOp::add) return add(f, a, b);
    if (f.is_nan(a) && f.is_nan(b)) return f.nan();
    if (f.is_nan(a) || f.is_nan(b)) return f.is_nan(a) ? b : a;
    return (rank(f, a) < rank(f, b)) == (op == ReductionOp::min) ? a : b;
  }
  const unsigned bits = 8 * models::element_bytes(type);
  const cpp_int modulus = cpp_int(1) << bits;
  if (op == ReductionOp::add) return static_cast<u64>((cpp_int(a) + b) % modulus);
  const bool has_sign = type == ElementType::s32 || type == ElementType::s64;
  const auto value = [&](u64 x) {
    return has_sign && (x >> (bits - 1)) != 0 ? cpp_int(cpp_int(x) - modulus) : cpp_int(x);
  };
  return (value(a) < value(b)) == (op == ReductionOp::min) ? a : b;
}

u64 fold(ReductionOp op, ElementType type, bool tree, const u64* x, std::size_t n) {
  if (n == 1) return x[0];
  std::size_t left = n - 1;
  if (tree)
    for (left = 1; left * 2 < n;) left *= 2;
  return combine(op, type, fold(op, type, tree, x, left), fold(op, type, tree, x + left, n - left));
}

}  // namespace

u64 oracle_reduce(const models::ReductionKind& kind, const std::vector<u64>& elements,
                  const std::vector<std::uint32_t>& arrival) {
  std::vector<u64> x = elements;
  if (kind.order == ReductionOrder::arrival)
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = elements[arrival[i]];
  const bool tree = kind.order == ReductionOrder::tree;
  if (kind.accumulator == Accumulator::element_type)
    return fold(kind.op, kind.type, tree, x.data(), x.size());
  const ElementType held =
      kind.accumulator == Accumulator::f16 ? ElementType::f16 : ElementType::f32;
  for (u64& code : x) code = convert(format_of(kind.type), format_of(held), code);
  const u64 sum = fold(kind.op, held, tree, x.data(), x.size());
  return convert(format_of(held), format_of(kind.type), sum);
}

}  // namespace antares::tb
