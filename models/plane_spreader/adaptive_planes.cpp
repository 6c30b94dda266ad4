// SPDX-License-Identifier: Apache-2.0
#include "antares/models/plane_spreader/adaptive_planes.h"

namespace antares::models {

std::uint32_t AdaptivePlanes::choose(std::uint64_t granule, const Weights& weights,
                                     std::uint32_t home, Picoseconds now_ps) const {
  if (const auto held = granules_.find(granule); held != granules_.end()) return held->second.plane;
  std::uint32_t best = home;
  bool best_passed_by = passed_by(weights, home, now_ps);
  for (std::uint32_t plane = 0; plane < weights.size(); ++plane) {
    if (weights[plane] == 0 || plane == home) continue;
    const bool passed = passed_by(weights, plane, now_ps);
    if (passed && !best_passed_by) continue;
    // bytes / weight, without dividing
    if (passed == best_passed_by &&
        under_way_bytes_[plane] * weights[best] >= under_way_bytes_[best] * weights[plane])
      continue;
    best = plane;
    best_passed_by = passed;
  }
  return best;
}

bool AdaptivePlanes::passed_by(const Weights& weights, std::uint32_t plane,
                               Picoseconds now_ps) const {
  if (link_up_ && !link_up_(plane)) return true;
  if (failed_until_ps_.empty()) return false;
  const auto known = failed_until_ps_.find(&weights);
  return known != failed_until_ps_.end() && known->second[plane] > now_ps;
}

void AdaptivePlanes::failed(const Weights& weights, std::uint32_t plane, Picoseconds until_ps) {
  auto& until = failed_until_ps_[&weights];
  until.resize(weights.size(), 0);
  until[plane] = until_ps;
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
