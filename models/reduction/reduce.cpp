// SPDX-License-Identifier: Apache-2.0
#include "antares/models/reduction/reduce.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>

#include "antares/models/reduction/float_format.h"

namespace antares::models {
namespace {

using Code = std::uint64_t;
using Combine = Code (*)(Code, Code);

template <class T>
T value_of(Code code) {
  T value;
  std::memcpy(&value, &code, sizeof value);
  return value;
}

template <class T>
Code code_of(T value) {
  Code code = 0;
  std::memcpy(&code, &value, sizeof value);
  return code;
}

template <class T>
Code smaller(Code a, Code b) {
  return value_of<T>(b) < value_of<T>(a) ? b : a;
}

template <class T>
Code larger(Code a, Code b) {
  return value_of<T>(a) < value_of<T>(b) ? b : a;
}

template <class T>
Code integer_sum(Code a, Code b) {
  return code_of(static_cast<T>(value_of<T>(a) + value_of<T>(b)));
}

template <class T>
Code host_sum(Code a, Code b) {
  const T sum = value_of<T>(a) + value_of<T>(b);
  if (!std::isnan(sum)) return code_of(sum);
  return sizeof(T) == 4 ? Code{0x7fffffff} : Code{0x7fffffffffffffff};
}

// The double sum of two codes of at most 11 significant bits may itself be rounded; with 53 >= 2 x
// 11 + 2 bits rounding twice gives what rounding once gives (Figueroa 1995), and a sum that is
// subnormal in the format is a multiple of its smallest code, thus exact.
template <const FloatFormat& format>
Code short_sum(Code a, Code b) {
  return encode(format, decode(format, static_cast<std::uint32_t>(a)) +
                            decode(format, static_cast<std::uint32_t>(b)));
}

template <const FloatFormat& format, bool wants_larger>
Code short_choice(Code a, Code b) {
  const double left = decode(format, static_cast<std::uint32_t>(a));
  const double right = decode(format, static_cast<std::uint32_t>(b));
  if (std::isnan(left)) return std::isnan(right) ? made_nan(format) : b;
  if (std::isnan(right)) return a;
  const bool right_is_below =
      right < left || (right == left && std::signbit(right) && !std::signbit(left));
  return right_is_below == wants_larger ? a : b;
}

Code bit_and(Code a, Code b) { return a & b; }
Code bit_or(Code a, Code b) { return a | b; }
Code bit_xor(Code a, Code b) { return a ^ b; }

Combine pick(ReductionOp op, Combine add, Combine min, Combine max) {
  return op == ReductionOp::add ? add : op == ReductionOp::min ? min : max;
}

template <class T>
Combine integer_combine(ReductionOp op) {
  return pick(op, integer_sum<std::make_unsigned_t<T>>, smaller<T>, larger<T>);
}

template <const FloatFormat& format>
Combine short_combine(ReductionOp op) {
  return pick(op, short_sum<format>, short_choice<format, false>, short_choice<format, true>);
}

Combine combine_for(ReductionOp op, ElementType type) {
  switch (type) {
    case ElementType::u32:
      return integer_combine<std::uint32_t>(op);
    case ElementType::s32:
      return integer_combine<std::int32_t>(op);
    case ElementType::u64:
      return integer_combine<std::uint64_t>(op);
    case ElementType::s64:
      return integer_combine<std::int64_t>(op);
    case ElementType::b32:
    case ElementType::b64:
      return op == ReductionOp::bit_and ? bit_and : op == ReductionOp::bit_or ? bit_or : bit_xor;
    case ElementType::f16:
      return short_combine<kF16>(op);
    case ElementType::bf16:
      return short_combine<kBf16>(op);
    case ElementType::f32:
      return host_sum<float>;
    case ElementType::f64:
      return host_sum<double>;
    case ElementType::e4m3:
      return short_combine<kE4m3>(op);
    case ElementType::e5m2:
      return short_combine<kE5m2>(op);
  }
  throw std::invalid_argument("unknown element type");
}

const FloatFormat& short_format(ElementType type) {
  switch (type) {
    case ElementType::f16:
      return kF16;
    case ElementType::bf16:
      return kBf16;
    case ElementType::e4m3:
      return kE4m3;
    default:
      return kE5m2;
  }
}

Code widen(const ReductionKind& kind, Code code) {
  if (kind.accumulator == Accumulator::element_type) return code;
  const double value = decode(short_format(kind.type), static_cast<std::uint32_t>(code));
  if (kind.accumulator == Accumulator::f16) return encode(kF16, value);
  return code_of(static_cast<float>(value));
}

Code narrow(const ReductionKind& kind, Code code) {
  if (kind.accumulator == Accumulator::element_type) return code;
  const double value = kind.accumulator == Accumulator::f16
                           ? decode(kF16, static_cast<std::uint32_t>(code))
                           : static_cast<double>(value_of<float>(code));
  return encode(short_format(kind.type), value);
}

Code fold(std::vector<Code>& codes, Combine combine) {
  return std::accumulate(codes.begin() + 1, codes.end(), codes.front(), combine);
}

Code fold_tree(std::vector<Code>& codes, Combine combine) {
  for (std::size_t count = codes.size(); count > 1; count = (count + 1) / 2) {
    for (std::size_t i = 0; i + 1 < count; i += 2) codes[i / 2] = combine(codes[i], codes[i + 1]);
    if (count % 2 != 0) codes[count / 2] = codes[count - 1];
  }
  return codes.front();
}

void find_sequence(ReductionOrder order, std::size_t operands,
                   const std::vector<std::uint32_t>& arrival, ReduceScratch& scratch) {
  scratch.order.resize(operands);
  std::iota(scratch.order.begin(), scratch.order.end(), 0u);
  if (order != ReductionOrder::arrival) return;
  scratch.seen.assign(operands, false);
  bool valid = arrival.size() == operands;
  for (const std::uint32_t operand : arrival) {
    valid = valid && operand < operands && !scratch.seen[operand];
    if (valid) scratch.seen[operand] = true;
  }
  if (!valid) throw std::invalid_argument("arrival does not name each operand once");
  scratch.order = arrival;
}

}  // namespace

void reduce(const ReductionKind& kind, const std::vector<const unsigned char*>& operands,
            const std::vector<std::uint32_t>& arrival, std::size_t bytes, unsigned char* result,
            ReduceScratch& scratch) {
  auto refused = refusal(kind, ReductionPath::pull);
  if (!refused) refused = operand_refusal(kind.type, 0, bytes);
  if (refused) throw std::invalid_argument(name(*refused));
  if (operands.empty()) throw std::invalid_argument("a reduction needs at least one operand");

  find_sequence(kind.order, operands.size(), arrival, scratch);
  const std::vector<std::uint32_t>& order = scratch.order;
  const ElementType held = kind.accumulator == Accumulator::f16   ? ElementType::f16
                           : kind.accumulator == Accumulator::f32 ? ElementType::f32
                                                                  : kind.type;
  const Combine combine = combine_for(kind.op, held);
  const unsigned element = element_bytes(kind.type);
  std::vector<Code>& codes = scratch.codes;
  codes.resize(operands.size());
  for (std::size_t at = 0; at < bytes; at += element) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      Code code = 0;
      std::memcpy(&code, operands[order[i]] + at, element);
      codes[i] = widen(kind, code);
    }
    const Code folded =
        kind.order == ReductionOrder::tree ? fold_tree(codes, combine) : fold(codes, combine);
    const Code narrowed = narrow(kind, folded);
    std::memcpy(result + at, &narrowed, element);
  }
}

}  // namespace antares::models
