// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_loops.h"

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/workload/plan_order.h"

namespace antares::platforms {

namespace {

constexpr std::uint64_t kMostSteps = 1'000'000;

std::uint64_t passes_of(const PlanLoop& loop, std::uint64_t chunk_bytes) {
  const std::uint64_t bytes = loop.chunks * chunk_bytes;
  return (bytes + loop.unit_bytes - 1) / loop.unit_bytes;
}

std::uint64_t steps_of(const CollectivePlan& plan, std::uint64_t chunk_bytes) {
  std::uint64_t steps = 0;
  for (const PlanBlock& block : plan.blocks) {
    steps += block.steps.size();
    for (const PlanLoop& loop : block.loops) {
      const std::uint64_t passes = passes_of(loop, chunk_bytes);
      if (passes > kMostSteps) return passes;
      steps += (passes - 1) * loop.steps;
    }
  }
  return steps;
}

PlanBlock without_loops(const PlanBlock& block, std::uint64_t chunk_bytes) {
  PlanBlock flat;
  flat.rank = block.rank;
  flat.id = block.id;
  std::uint32_t next = 0;
  const auto copy_up_to = [&](std::uint32_t end) {
    for (; next < end; ++next) flat.steps.push_back(block.steps[next]);
  };
  for (const PlanLoop& loop : block.loops) {
    copy_up_to(loop.first_step);
    const std::uint64_t passes = passes_of(loop, chunk_bytes);
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      for (std::uint32_t k = 0; k < loop.steps; ++k) {
        PlanStep step = block.steps[loop.first_step + k];
        step.begin_bytes = pass * loop.unit_bytes;
        step.most_bytes = loop.unit_bytes;
        step.passed_steps = static_cast<std::uint32_t>(pass) * loop.steps;
        flat.steps.push_back(std::move(step));
      }
    }
    next = loop.first_step + loop.steps;
  }
  copy_up_to(static_cast<std::uint32_t>(block.steps.size()));
  return flat;
}

}  // namespace

bool has_loops(const CollectivePlan& plan) {
  return std::any_of(plan.blocks.begin(), plan.blocks.end(),
                     [](const PlanBlock& block) { return !block.loops.empty(); });
}

CollectivePlan unrolled(const CollectivePlan& plan, std::uint64_t chunk_bytes,
                        std::uint32_t element_bytes) {
  for (const PlanBlock& block : plan.blocks)
    for (const PlanLoop& loop : block.loops)
      if (loop.unit_bytes % element_bytes != 0)
        throw std::invalid_argument(plan.file + ": unit_size " + std::to_string(loop.unit_bytes) +
                                    " of a pipeline is not a whole number of elements of " +
                                    std::to_string(element_bytes) + " bytes: take another type");
  if (const std::uint64_t steps = steps_of(plan, chunk_bytes); steps > kMostSteps)
    throw std::invalid_argument(plan.file + ": with chunks of " + std::to_string(chunk_bytes) +
                                " bytes the pipelines take more than " +
                                std::to_string(kMostSteps) + " steps: take a smaller size");
  CollectivePlan flat = plan;
  flat.blocks.clear();
  for (const PlanBlock& block : plan.blocks)
    flat.blocks.push_back(without_loops(block, chunk_bytes));
  try {
    plan_order(flat);
  } catch (const TraceError& deadlock) {  // passes that their semaphores do not let through
    throw std::invalid_argument(deadlock.what());
  }
  return flat;
}

}  // namespace antares::platforms
