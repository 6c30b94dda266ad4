// SPDX-License-Identifier: Apache-2.0
// What an in-switch reduction may compute: the operators and element types of the PTX `multimem`
// instructions, as the PTX manual, section multimem, tables them (facts/ualink_nvlink.md B.5,
// [SPEC]). Where the manual's own example (max.f64) contradicts its table, the table holds. What
// Scorpio computes is not public. assumption: the same table. Vectors of the table (x2, v4, ...)
// are not types here: an operand is any number of elements. Pure; no time.
#pragma once
#include <cstdint>
#include <optional>

namespace antares::models {

enum class ReductionOp { add, min, max, bit_and, bit_or, bit_xor };

/// b32 and b64 are untyped bits, e4m3 and e5m2 the two fp8 formats.
enum class ElementType { u32, s32, u64, s64, b32, b64, f16, bf16, f32, f64, e4m3, e5m2 };

/// In what a sum is kept between two operands; it is rounded to the element type once, at the end.
enum class Accumulator { element_type, f16, f32 };

/// The sequence in which operands meet. arrival: as they came, so the last bits of a float sum may
/// differ from run to run of a real part; index: by rising contributor; tree: neighbours by index
/// meet first, then neighbouring results, and an odd one moves up unchanged. Which a real switch
/// uses is not public.
enum class ReductionOrder { arrival, index, tree };

/// pull: load-reduce (`multimem.ld_reduce`). push: store-reduce (`multimem.red`).
enum class ReductionPath { pull, push };

struct ReductionKind {
  ReductionOp op = ReductionOp::add;
  ElementType type = ElementType::f32;
  Accumulator accumulator = Accumulator::element_type;
  ReductionOrder order = ReductionOrder::index;
};

/// Why a reduction is not started.
enum class ReductionRefusal {
  operator_forbids_type,     ///< min on f32, xor on u32, add on s64, ...
  accumulator_forbids_type,  ///< f32 only for sums of f16 and bf16, f16 only for sums of fp8
  push_forbids_type,         ///< push has only add of floats, and no fp8
  empty_operand,             ///< no byte
  odd_operand_size,          ///< not a whole number of elements
  misaligned_operand,        ///< address is no multiple of the element
};

/// What becomes of a contribution, or of a load-reduce.
enum class ReductionStatus : std::uint8_t {
  ok,
  retry,               ///< no context free, and nowhere to wait: again later
  timed_out,           ///< another contributor has not come
  duplicate,           ///< the source has contributed already
  unequal_length,      ///< contributors do not agree on the bytes
  unequal_kind,        ///< ... on operator, type or accumulator
  group_changed,       ///< ... on who they are
  poisoned,            ///< the data of one is damaged
  contributor_failed,  ///< pull: a member answered with an error
  too_large,           ///< more than the engine could ever hold
  no_context,          ///< pull: an answer that nobody waits for any more
};
/// The name for reports and counters, such as "timed_out".
const char* name(ReductionStatus status);

/// 1, 2, 4 or 8.
unsigned element_bytes(ElementType type);

/// Nothing if the table has it.
std::optional<ReductionRefusal> refusal(const ReductionKind& kind, ReductionPath path);

/// Nothing if `bytes` at `address` are whole, naturally aligned elements (PTX operand rule, B.5).
std::optional<ReductionRefusal> operand_refusal(ElementType type, std::uint64_t address,
                                                std::uint64_t bytes);

/// The name for reports and counters, such as "operator_forbids_type".
const char* name(ReductionRefusal refusal);

}  // namespace antares::models
