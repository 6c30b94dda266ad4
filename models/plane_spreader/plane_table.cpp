// SPDX-License-Identifier: Apache-2.0
#include "antares/models/plane_spreader/plane_table.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

namespace antares::models {
namespace {

std::uint64_t mixed(std::uint64_t value) {  // splitmix64's finish: every bit counts for every bit
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

/// Each plane as often as its weight says, as evenly as can be (smooth weighted round robin).
std::vector<std::uint8_t> deal(std::vector<std::uint32_t> weights) {
  std::uint32_t common = 0;
  for (const std::uint32_t weight : weights) common = std::gcd(common, weight);
  std::int64_t sum = 0;
  for (std::uint32_t& weight : weights) sum += weight /= common;
  std::vector<std::int64_t> owed(weights.size(), 0);
  std::vector<std::uint8_t> turns;
  for (std::int64_t turn = 0; turn < sum; ++turn) {
    for (std::size_t p = 0; p < weights.size(); ++p) owed[p] += weights[p];
    const auto most = std::max_element(owed.begin(), owed.end());
    *most -= sum;
    turns.push_back(static_cast<std::uint8_t>(most - owed.begin()));
  }
  return turns;
}

}  // namespace

PlaneTable::PlaneTable(const PlaneConfig& config, std::vector<PlaneRegion> regions)
    : config_(config) {
  const std::uint64_t granule = config.granule_bytes;
  if (granule == 0 || (granule & (granule - 1)) != 0)
    throw std::invalid_argument("granule_bytes is " + std::to_string(granule) +
                                ": a power of two is needed");
  while (std::uint64_t{1} << shift_ != granule) ++shift_;
  std::sort(regions.begin(), regions.end(),
            [](const PlaneRegion& a, const PlaneRegion& b) { return a.base < b.base; });
  std::map<std::vector<std::uint32_t>, std::size_t> known;
  for (const PlaneRegion& region : regions) {
    if (region.size_bytes == 0 || region.weights.size() > kMostPlanes ||
        std::all_of(region.weights.begin(), region.weights.end(), [](auto w) { return w == 0; }))
      throw std::invalid_argument("no plane leads to the region at " + std::to_string(region.base));
    if (!regions_.empty() && region.base <= regions_.back().last)
      throw std::invalid_argument("two regions overlap at " + std::to_string(region.base));
    const auto [found, is_new] = known.emplace(region.weights, turns_.size());
    if (is_new) turns_.push_back(deal(region.weights));
    regions_.push_back({region.base, region.base + (region.size_bytes - 1), found->second,
                        region.by_address, region.weights});
  }
}

const PlaneTable::Region* PlaneTable::region_of(std::uint64_t address) const {
  auto region = std::upper_bound(regions_.begin(), regions_.end(), address,
                                 [](std::uint64_t at, const Region& r) { return at < r.base; });
  if (region == regions_.begin()) return nullptr;
  --region;
  return address <= region->last ? &*region : nullptr;
}

const PlaneTable::Turns* PlaneTable::turns_of(std::uint64_t address) const {
  const Region* const region = region_of(address);
  return region == nullptr ? nullptr : &turns_[region->turns];
}

const std::vector<std::uint32_t>* PlaneTable::any_plane_to(std::uint64_t address) const {
  if (config_.spread != PlaneSpread::adaptive) return nullptr;
  const Region* const region = region_of(address);
  return region == nullptr || region->by_address ? nullptr : &region->weights;
}

std::uint32_t PlaneTable::plane_in(const Turns& turns, std::uint64_t granule) const {
  const std::uint64_t block = granule / turns.size();
  const std::uint64_t start =
      config_.spread == PlaneSpread::in_turn ? 0 : mixed(block) % turns.size();
  return turns[(granule % turns.size() + start) % turns.size()];
}

std::uint32_t PlaneTable::plane_of(std::uint64_t address) const {
  const Turns* const turns = turns_of(address);
  return turns == nullptr ? 0 : plane_in(*turns, address >> shift_);
}

PlanePiece PlaneTable::first_piece(std::uint64_t address, std::uint64_t bytes) const {
  const Turns* const turns = turns_of(address);
  if (turns == nullptr) return {0, bytes};
  std::uint64_t granule = address >> shift_;
  const PlanePiece first{plane_in(*turns, granule), bytes};
  // A plane that leads there alone takes everything: there is nothing to look through.
  if (turns->size() == 1) return first;
  std::uint64_t held = granule_bytes() - (address & (granule_bytes() - 1));
  while (held < bytes && plane_in(*turns, ++granule) == first.plane) held += granule_bytes();
  return {first.plane, std::min(held, bytes)};
}

std::size_t PlaneTable::turns_at(std::uint64_t address) const {
  const Turns* const turns = turns_of(address);
  return turns == nullptr ? 1 : turns->size();
}

}  // namespace antares::models
