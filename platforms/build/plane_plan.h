// SPDX-License-Identifier: Apache-2.0
// Which planes lead from each endpoint to each other, and in which proportion requests are dealt to
// them: by the bandwidth of the requester's links. Pure. No unit of time.
#pragma once
#include "antares/models/plane_spreader/plane_table.h"
#include "antares/platforms/config/expansion.h"

namespace antares::platforms {

class PlanePlan {
 public:
  /// `config` must have passed check_platform().
  explicit PlanePlan(const PlatformConfig& config);

  /// Of an endpoint with planes: the memory of each other endpoint as a region.
  models::PlaneTable table_of(std::size_t endpoint) const;

 private:
  const PlatformConfig& config_;
  std::vector<ExpandedEndpoint> endpoints_;
  std::vector<std::size_t> planes_;            ///< by switch
  std::vector<std::vector<double>> raw_GBps_;  ///< by endpoint and port; empty: it has no planes
};

}  // namespace antares::platforms
