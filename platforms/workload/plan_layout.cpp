// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_layout.h"

#include <algorithm>
#include <stdexcept>

namespace antares::platforms {

namespace {

using models::Buffer;
using models::Region;

constexpr std::uint64_t kControlBytes = 64;

bool writes_input(const CollectivePlan& plan) {
  for (const PlanBlock& block : plan.blocks)
    for (const PlanStep& step : block.steps)
      for (const PlanAction& action : step.actions)
        if (action.to.count > 0 && action.to.buffer == PlanBuffer::input) return true;
  return false;
}

}  // namespace

PlanLayout::PlanLayout(const CollectivePlan& plan, std::uint64_t bytes) : plan_(plan) {
  chunk_bytes_ = bytes / plan.chunks;
  share_bytes_ = plan.collective == "all_reduce" ? 0 : bytes / plan.ranks;
  in_scratch_ = plan.in_place ? plan.collective == "reduce_scatter" : writes_input(plan);
  work_bytes_ = in_scratch_ ? buffer_chunks(plan, PlanBuffer::input) * chunk_bytes_ : 0;
  landing_start_ = work_bytes_ + plan.scratch_chunks * chunk_bytes_;
  landing_chunks_.resize(plan.ranks);
}

std::uint64_t PlanLayout::reserve_landing(std::uint32_t rank, std::uint32_t chunks) {
  const std::uint64_t first = landing_chunks_[rank];
  landing_chunks_[rank] += chunks;
  return first;
}

Region PlanLayout::place(std::uint32_t rank, const PlanRegion& region) const {
  const std::uint64_t offset = region.chunk * chunk_bytes_;
  const bool gathers = plan_.collective == "all_gather";
  switch (region.buffer) {
    case PlanBuffer::input:
      if (in_scratch_) return {Buffer::scratch, offset};
      if (!plan_.in_place) return {Buffer::input, offset};
      return {Buffer::output, offset + (gathers ? rank * share_bytes_ : 0)};
    case PlanBuffer::output:
      if (result_in_work()) return {Buffer::scratch, offset + rank * share_bytes_};
      return {Buffer::output, offset};
    case PlanBuffer::scratch:
      return {Buffer::scratch, work_bytes_ + offset};
    case PlanBuffer::landing:
      break;
  }
  throw std::logic_error("a landing has no place of its own");
}

void PlanLayout::prepare(ProgramBuilder& builder) const {
  const std::uint64_t input = buffer_chunks(plan_, PlanBuffer::input) * chunk_bytes_;
  builder.set_buffers(input, buffer_chunks(plan_, PlanBuffer::output) * chunk_bytes_,
                      control_start() + kControlBytes);
  for (std::uint32_t rank = 0; rank < plan_.ranks; ++rank)
    if (in_scratch_ || plan_.in_place)
      builder.copy(rank, {Buffer::input, 0}, place(rank, {PlanBuffer::input, 0, 1}), input);
}

std::uint64_t PlanLayout::control_start() const {
  const std::uint64_t most = *std::max_element(landing_chunks_.begin(), landing_chunks_.end());
  return (landing_start_ + most * chunk_bytes_ + 63) / 64 * 64;
}

}  // namespace antares::platforms
