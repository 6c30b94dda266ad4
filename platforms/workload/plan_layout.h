// SPDX-License-Identifier: Apache-2.0
// Where a collective plan's buffers are in those of a program: ours keep the input untouched, so a
// plan in place works on the output, or on a copy in scratch where the result is a part of it. No
// time here.
#pragma once
#include "antares/platforms/workload/collective_plan.h"
#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

class PlanLayout {
 public:
  PlanLayout(const CollectivePlan& plan, std::uint64_t bytes);

  std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  bool result_in_work() const { return plan_.in_place && in_scratch_; }
  /// Of a reduce_scatter, in the copy that it works on.
  models::Region result(std::uint32_t rank) const {
    return {models::Buffer::scratch, rank * share_bytes_};
  }
  std::uint64_t share_bytes() const { return share_bytes_; }

  /// First chunk of a step's landing.
  std::uint64_t reserve_landing(std::uint32_t rank, std::uint32_t chunks);
  models::Region landing(std::uint64_t chunk) const {
    return {models::Buffer::scratch, landing_start_ + chunk * chunk_bytes_};
  }
  /// Room for what signals and requests carry.
  models::Region control() const { return {models::Buffer::scratch, control_start()}; }
  models::Region place(std::uint32_t rank, const PlanRegion& region) const;
  void prepare(ProgramBuilder& builder) const;

 private:
  std::uint64_t control_start() const;

  const CollectivePlan& plan_;
  std::uint64_t chunk_bytes_ = 0, share_bytes_ = 0, work_bytes_ = 0, landing_start_ = 0;
  bool in_scratch_ = false;
  std::vector<std::uint64_t> landing_chunks_;  ///< by rank
};

}  // namespace antares::platforms
