// SPDX-License-Identifier: Apache-2.0
// A collective plan on real data, in several random orders of arrivals.
#pragma once
#include "antares/platforms/workload/plan_compiler.h"
#include "tb/unit/workload/interpreter.h"

namespace antares::platforms::testing {

/// Wrong elements, of 8 bytes, over all orders and ranks.
inline std::uint64_t wrong(const CollectivePlan& plan, std::uint64_t bytes) {
  CollectiveRequest request;
  request.collective = plan.collective;
  request.ranks = plan.ranks;
  request.bytes = bytes;
  request.element_bytes = 8;
  const models::Program program = compile_plan(plan, bytes, 8);
  std::uint64_t sum = 0;
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937_64 random(seed);
    sum += wrong_elements<std::int64_t>(request, program, 64, random);
  }
  return sum;
}

}  // namespace antares::platforms::testing
