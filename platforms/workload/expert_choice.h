// SPDX-License-Identifier: Apache-2.0
// Which k of E experts a token goes to: drawn without putting back, the i-th in proportion to
// i^-popularity. What routers of real models do beyond that (groups of nodes, balancing losses) is
// left out. Pure; no time.
#pragma once
#include <vector>

#include "antares/platforms/workload/group_cache.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::platforms {

class ExpertChoice {
 public:
  /// 1 <= top_k <= experts.
  ExpertChoice(std::uint32_t experts, std::uint32_t top_k, double popularity);
  ExpertSet draw(protocols::RandomStream& random) const;

 private:
  std::uint32_t top_k_;
  std::vector<double> weights_;
};

}  // namespace antares::platforms
