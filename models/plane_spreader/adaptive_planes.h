// SPDX-License-Identifier: Apache-2.0
// Choice by load among planes that lead to a granule equally well: most free credit first, where
// the credit is the endpoint's own. Each plane is good for as many bytes under way as its bandwidth
// is to the others'; what has been sent and not been answered is taken. Links' credits are not
// asked: an answer says as well that nothing was held up behind the link. Pure, no unit of time.
//
// A granule stays on its plane while anything of it is under way, so that what one endpoint does to
// one address is seen in the order in which it was asked, as with planes by address. assumption:
// whether accelerators spread by load is not published.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace antares::models {

class AdaptivePlanes {
 public:
  explicit AdaptivePlanes(std::size_t planes) : under_way_bytes_(planes, 0) {}

  /// `weights`: by plane, 0: it does not lead there. `home`: the plane of the address, which equal
  /// planes give way to.
  std::uint32_t choose(std::uint64_t granule, const std::vector<std::uint32_t>& weights,
                       std::uint32_t home) const;
  void sent(std::uint64_t granule, std::uint32_t plane, std::uint64_t bytes);
  void answered(std::uint64_t granule, std::uint64_t bytes);
  std::size_t granules_under_way() const { return granules_.size(); }

 private:
  struct Granule {
    std::uint32_t plane = 0;
    std::uint32_t requests = 0;
  };
  std::unordered_map<std::uint64_t, Granule> granules_;
  std::vector<std::uint64_t> under_way_bytes_;  ///< by plane
};

}  // namespace antares::models
