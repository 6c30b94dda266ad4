// SPDX-License-Identifier: Apache-2.0
// What a collective's type and operator are to the engines of a switch.
#include <stdexcept>

#include "antares/platforms/build/switch_requests.h"
#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms {

using models::ElementType;
using models::ReductionOp;

models::ReductionKind reduction_kind(DataType type, ReductionOperator op,
                                     models::ReductionPath path) {
  models::ReductionKind kind;
  bool known = op != ReductionOperator::prod;
  kind.op = op == ReductionOperator::sum   ? ReductionOp::add
            : op == ReductionOperator::min ? ReductionOp::min
                                           : ReductionOp::max;
  switch (type) {
    case DataType::float32:
      kind.type = ElementType::f32;
      break;
    case DataType::float64:
      kind.type = ElementType::f64;
      break;
    case DataType::float16:
      kind.type = ElementType::f16;
      break;
    case DataType::bfloat16:
      kind.type = ElementType::bf16;
      break;
    case DataType::int32:
      kind.type = ElementType::s32;
      break;
    case DataType::int64:
      // The table adds u64 only; in two's complement that is the same sum.
      kind.type = op == ReductionOperator::sum ? ElementType::u64 : ElementType::s64;
      break;
    case DataType::uint8:
      known = false;
      break;
  }
  if (known && !refusal(kind, path)) return kind;
  throw std::invalid_argument(
      std::string(to_string(op)) + " of " + to_string(type) +
      " is nothing that a switch's engines compute by " +
      (path == models::ReductionPath::push ? "push" : "pull") +
      "; there are sum (all types but uint8) and, by pull, min and max of half, bfloat16, "
      "int32 and int64: take another type, operator or algorithm");
}

}  // namespace antares::platforms
