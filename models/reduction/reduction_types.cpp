// SPDX-License-Identifier: Apache-2.0
#include "antares/models/reduction/reduction_types.h"

namespace antares::models {
namespace {

bool is_fp8(ElementType type) { return type == ElementType::e4m3 || type == ElementType::e5m2; }

bool is_half(ElementType type) { return type == ElementType::f16 || type == ElementType::bf16; }

bool is_wide_float(ElementType type) {
  return type == ElementType::f32 || type == ElementType::f64;
}

bool is_bits(ElementType type) { return type == ElementType::b32 || type == ElementType::b64; }

bool operator_has(ReductionOp op, ElementType type) {
  switch (op) {
    case ReductionOp::add:
      return !is_bits(type) && type != ElementType::s64;
    case ReductionOp::min:
    case ReductionOp::max:
      return !is_bits(type) && !is_wide_float(type);
    case ReductionOp::bit_and:
    case ReductionOp::bit_or:
    case ReductionOp::bit_xor:
      return is_bits(type);
  }
  return false;
}

bool accumulator_fits(const ReductionKind& kind) {
  if (kind.accumulator == Accumulator::element_type) return true;
  if (kind.op != ReductionOp::add) return false;
  return kind.accumulator == Accumulator::f32 ? is_half(kind.type) : is_fp8(kind.type);
}

}  // namespace

unsigned element_bytes(ElementType type) {
  switch (type) {
    case ElementType::e4m3:
    case ElementType::e5m2:
      return 1;
    case ElementType::f16:
    case ElementType::bf16:
      return 2;
    case ElementType::u32:
    case ElementType::s32:
    case ElementType::b32:
    case ElementType::f32:
      return 4;
    case ElementType::u64:
    case ElementType::s64:
    case ElementType::b64:
    case ElementType::f64:
      return 8;
  }
  return 0;
}

std::optional<ReductionRefusal> refusal(const ReductionKind& kind, ReductionPath path) {
  if (!operator_has(kind.op, kind.type)) return ReductionRefusal::operator_forbids_type;
  if (!accumulator_fits(kind)) return ReductionRefusal::accumulator_forbids_type;
  const bool half_comparison = is_half(kind.type) && kind.op != ReductionOp::add;
  if (path == ReductionPath::push && (is_fp8(kind.type) || half_comparison))
    return ReductionRefusal::push_forbids_type;
  return std::nullopt;
}

std::optional<ReductionRefusal> operand_refusal(ElementType type, std::uint64_t address,
                                                std::uint64_t bytes) {
  const unsigned element = element_bytes(type);
  if (bytes == 0) return ReductionRefusal::empty_operand;
  if (bytes % element != 0) return ReductionRefusal::odd_operand_size;
  if (address % element != 0) return ReductionRefusal::misaligned_operand;
  return std::nullopt;
}

const char* name(ReductionRefusal refusal) {
  switch (refusal) {
    case ReductionRefusal::operator_forbids_type:
      return "operator_forbids_type";
    case ReductionRefusal::accumulator_forbids_type:
      return "accumulator_forbids_type";
    case ReductionRefusal::push_forbids_type:
      return "push_forbids_type";
    case ReductionRefusal::empty_operand:
      return "empty_operand";
    case ReductionRefusal::odd_operand_size:
      return "odd_operand_size";
    case ReductionRefusal::misaligned_operand:
      return "misaligned_operand";
  }
  return "unknown";
}

const char* name(ReductionStatus status) {
  switch (status) {
    case ReductionStatus::ok:
      return "ok";
    case ReductionStatus::retry:
      return "retry";
    case ReductionStatus::timed_out:
      return "timed_out";
    case ReductionStatus::duplicate:
      return "duplicate";
    case ReductionStatus::unequal_length:
      return "unequal_length";
    case ReductionStatus::unequal_kind:
      return "unequal_kind";
    case ReductionStatus::group_changed:
      return "group_changed";
    case ReductionStatus::poisoned:
      return "poisoned";
    case ReductionStatus::contributor_failed:
      return "contributor_failed";
    case ReductionStatus::too_large:
      return "too_large";
    case ReductionStatus::no_context:
      return "no_context";
  }
  return "unknown";
}

}  // namespace antares::models
