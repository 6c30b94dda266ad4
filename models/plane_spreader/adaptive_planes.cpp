// SPDX-License-Identifier: Apache-2.0
#include "antares/models/plane_spreader/adaptive_planes.h"

namespace antares::models {

std::uint32_t AdaptivePlanes::choose(std::uint64_t granule,
                                     const std::vector<std::uint32_t>& weights,
                                     std::uint32_t home) const {
  if (const auto held = granules_.find(granule); held != granules_.end()) return held->second.plane;
  std::uint32_t best = home;
  for (std::uint32_t plane = 0; plane < weights.size(); ++plane) {
    if (weights[plane] == 0) continue;
    // bytes / weight, without dividing
    if (under_way_bytes_[plane] * weights[best] < under_way_bytes_[best] * weights[plane])
      best = plane;
  }
  return best;
}

void AdaptivePlanes::sent(std::uint64_t granule, std::uint32_t plane, std::uint64_t bytes) {
  Granule& held = granules_[granule];
  held.plane = plane;
  ++held.requests;
  under_way_bytes_[plane] += bytes;
}

void AdaptivePlanes::answered(std::uint64_t granule, std::uint64_t bytes) {
  const auto held = granules_.find(granule);
  under_way_bytes_[held->second.plane] -= bytes;
  if (--held->second.requests == 0) granules_.erase(held);
}

}  // namespace antares::models
