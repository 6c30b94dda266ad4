// SPDX-License-Identifier: Apache-2.0
// Choice by load among planes that lead to a granule equally well: most free credit first, where
// the credit is the endpoint's own. Each plane is good for as many bytes under way as its bandwidth
// is to the others'; what has been sent and not been answered is taken. Links' credits are not
// asked: an answer says as well that nothing was held up behind the link. Pure, no unit of time.
//
// A granule stays on its plane while anything of it is under way, so that what one endpoint does to
// one address is seen in the order in which it was asked, as with planes by address. assumption:
// whether accelerators spread by load is not published.
//
// A plane that is down answers at once, with errors, and so would look the emptiest: one that has
// answered with an error is passed by for a while on the way to that memory, one whose link is down
// here altogether, as long as any other leads there.
#pragma once
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "antares/protocols/common/packet.h"

namespace antares::models {

using protocols::Picoseconds;

class AdaptivePlanes {
 public:
  explicit AdaptivePlanes(std::size_t planes) : under_way_bytes_(planes, 0) {}

  using Weights = std::vector<std::uint32_t>;
  /// Whether the endpoint's own link to a plane is up.
  using LinkUp = std::function<bool(std::uint32_t plane)>;
  /// Without a call all links are up.
  void watch(LinkUp link_up) { link_up_ = std::move(link_up); }

  /// `weights`: by plane, 0: it does not lead there. `home`: the plane of the address, which equal
  /// planes give way to.
  std::uint32_t choose(std::uint64_t granule, const Weights& weights, std::uint32_t home,
                       Picoseconds now_ps) const;
  /// The plane has answered with an error on the way to where these weights hold.
  void failed(const Weights& weights, std::uint32_t plane, Picoseconds until_ps);
  void sent(std::uint64_t granule, std::uint32_t plane, std::uint64_t bytes);
  void answered(std::uint64_t granule, std::uint64_t bytes);
  std::size_t granules_under_way() const { return granules_.size(); }

 private:
  struct Granule {
    std::uint32_t plane = 0;
    std::uint32_t requests = 0;
  };
  bool passed_by(const Weights& weights, std::uint32_t plane, Picoseconds now_ps) const;

  std::unordered_map<std::uint64_t, Granule> granules_;
  /// By memory (its weights stay where they are) and plane: until when.
  std::unordered_map<const Weights*, std::vector<Picoseconds>> failed_until_ps_;
  LinkUp link_up_;
  std::vector<std::uint64_t> under_way_bytes_;  ///< by plane
};

}  // namespace antares::models
