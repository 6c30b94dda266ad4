// SPDX-License-Identifier: Apache-2.0
// The address cache by which a transmitter and its receiver shorten requests: four ways, each with
// address bits 56:20, a region of 1 MB (facts/ualink_nvlink.md A.4, VEND). A request inside a
// region that is held names the way instead of the address; one that isn't is sent whole and fills
// a way. assumption: one cache a link direction for all sources and virtual channels; the way that
// was used longest ago is replaced (the policy of replacement is not public). No unit of time:
// order is that of the calls.
#pragma once
#include <array>
#include <cstdint>

namespace antares::protocols {

class AddressCache {
 public:
  static constexpr unsigned kWays = 4;
  static constexpr unsigned kRegionBits = 20;

  static constexpr std::uint64_t region_of(std::uint64_t address) { return address >> kRegionBits; }
  /// True: the region is held. False: it takes the way that was used longest ago. Either way it is
  /// the last one used now.
  bool use(std::uint64_t region);
  bool holds(std::uint64_t region) const;

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  /// The last one used first. Which of the four wires an entry sits on makes no difference here.
  std::array<std::uint64_t, kWays> recent_ = {kEmpty, kEmpty, kEmpty, kEmpty};
};

}  // namespace antares::protocols
