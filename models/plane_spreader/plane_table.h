// SPDX-License-Identifier: Apache-2.0
// Which plane leads to an address: granules of addresses are dealt to the planes in proportion to
// weights. A region of the address map (an endpoint's memory) may be reached by some planes only.
// Pure, no unit of time.
//
// A block of W granules, W the sum of the weights, meets plane p exactly weight(p) times, its turns
// spread evenly; `hash` begins each block at a place drawn from the block's number, so that strides
// of W granules do not meet one plane for ever. `adaptive` has these planes as its first choice.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "antares/models/plane_spreader/plane_config.h"

namespace antares::models {

/// A part of the address map and who leads there.
struct PlaneRegion {
  std::uint64_t base = 0;
  std::uint64_t size_bytes = 0;
  std::vector<std::uint32_t> weights;  ///< by plane; 0: this plane does not lead there
  /// What is sent there meets what others send, in a switch: only the address may say which.
  bool by_address = false;
};

/// The first part of a request that goes over one plane.
struct PlanePiece {
  std::uint32_t plane = 0;
  std::uint64_t bytes = 0;
};

class PlaneTable {
 public:
  /// Regions in any order. Throws std::invalid_argument for a granule that is no power of two, for
  /// regions that overlap, or that no plane leads to.
  PlaneTable(const PlaneConfig& config, std::vector<PlaneRegion> regions);

  /// Addresses outside of all regions: plane 0, whose switch says that nobody lives there.
  std::uint32_t plane_of(std::uint64_t address) const;
  /// What of [address, address + bytes) goes over the first plane: neighbouring granules of one
  /// plane stay together. The region is that of `address`.
  PlanePiece first_piece(std::uint64_t address, std::uint64_t bytes) const;
  /// Where any plane that leads to `address` would do: weights by plane, 0: it does not lead there.
  /// nullptr: the address alone says which.
  const std::vector<std::uint32_t>* any_plane_to(std::uint64_t address) const;
  std::uint64_t granule_of(std::uint64_t address) const { return address >> shift_; }
  /// Of `bytes` from there on.
  std::uint64_t left_in_granule(std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t left = granule_bytes() - (address & (granule_bytes() - 1));
    return left < bytes ? left : bytes;
  }
  /// Granules after which the turns of the planes come again (but for where blocks begin).
  std::size_t turns_at(std::uint64_t address) const;
  /// Lowest address of all regions.
  std::uint64_t first_base() const { return regions_.empty() ? 0 : regions_.front().base; }
  const PlaneConfig& config() const { return config_; }
  std::uint64_t granule_bytes() const { return std::uint64_t{1} << shift_; }

 private:
  using Turns = std::vector<std::uint8_t>;  ///< planes of one block of granules
  struct Region {
    std::uint64_t base;
    std::uint64_t last;
    std::size_t turns;
    bool by_address;
    std::vector<std::uint32_t> weights;
  };
  const Region* region_of(std::uint64_t address) const;
  const Turns* turns_of(std::uint64_t address) const;
  std::uint32_t plane_in(const Turns& turns, std::uint64_t granule) const;

  PlaneConfig config_;
  unsigned shift_ = 0;
  std::vector<Region> regions_;  ///< by base
  std::vector<Turns> turns_;     ///< few: endpoints on the same planes share one
};

}  // namespace antares::models
