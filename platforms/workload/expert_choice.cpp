// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/expert_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace antares::platforms {

ExpertChoice::ExpertChoice(std::uint32_t experts, std::uint32_t top_k, double popularity)
    : top_k_(top_k) {
  for (std::uint32_t i = 1; i <= experts; ++i) weights_.push_back(std::pow(i, -popularity));
}

ExpertSet ExpertChoice::draw(protocols::RandomStream& random) const {
  std::vector<double> left = weights_;
  ExpertSet set;
  while (set.size() < top_k_) {
    double point = random.uniform01() * std::accumulate(left.begin(), left.end(), 0.0);
    std::size_t chosen = left.size();
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] == 0) continue;
      chosen = i;  // the last one left takes what rounding leaves over
      if (point < left[i]) break;
      point -= left[i];
    }
    left[chosen] = 0;
    set.push_back(static_cast<std::uint16_t>(chosen));
  }
  std::sort(set.begin(), set.end());
  return set;
}

}  // namespace antares::platforms
