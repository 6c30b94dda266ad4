// SPDX-License-Identifier: Apache-2.0
// How an endpoint with ports on several switches (planes) divides its requests among them. No unit
// of time.
#pragma once
#include <cstdint>

namespace antares::models {

/// Which plane a granule of addresses goes over.
enum class PlaneSpread : std::uint8_t { hash, in_turn, adaptive };

inline constexpr std::uint32_t kMostPlanes = 72;

struct PlaneConfig {
  std::uint32_t count = 2;
  std::uint64_t granule_bytes = 4096;
  PlaneSpread spread = PlaneSpread::hash;
  double retry_us = 100;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PlaneConfig;
    visit("count", &C::count,
          "Ports of each endpoint, every one on a plane of its own: the list of `attach` is cut "
          "into so many equal parts, and endpoint k has the k-th port of each")
        .range(2, kMostPlanes)
        .required();
    visit("granule_bytes", &C::granule_bytes,
          "Consecutive addresses that go over one plane; larger requests are cut at its multiples. "
          "A power of two")
        .range(256, 1 << 30)
        .assumption("a page: at which granularity accelerators interleave is not published");
    visit(
        "spread", &C::spread,
        "Which plane a granule takes: hash (each block of consecutive granules meets every plane "
        "in proportion to its bandwidth, beginning at a place drawn by address), in_turn, or "
        "adaptive (the plane with most free credit when a request is sent; a granule stays on its "
        "plane while anything of it is under way, groups and reductions go by address as with "
        "hash)")
        .names({{"hash", PlaneSpread::hash},
                {"in_turn", PlaneSpread::in_turn},
                {"adaptive", PlaneSpread::adaptive}})
        .assumption("which hash accelerators use is not published");
    visit("retry_us", &C::retry_us,
          "With adaptive: a plane that has answered with an error is passed by for so long on the "
          "way to the same memory, where another leads there; one whose link is down here, as long "
          "as it is")
        .range(0, 1e9)
        .assumption("no public figure; some round trips and far less than a link's training");
  }
};

}  // namespace antares::models
