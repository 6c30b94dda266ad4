// SPDX-License-Identifier: Apache-2.0
// What a generation of NVLink-class links is made of, and the rates that follow for a port of some
// of them. Follows facts/ualink_nvlink.md B.1 and B.2; generations 1 and 2 have other link widths
// and never met a switch of this kind, so they are left out. Lanes of generation 5 are from memory
// and generation 6 isn't confirmed: both are assumptions. Times in picoseconds.
#pragma once
#include <cstdint>

#include "antares/protocols/common/link_timing.h"

namespace antares::protocols {

struct NvlinkLinkConfig;

inline constexpr std::uint32_t kNvlinkFlitBytes = 16;  // public: facts/ualink_nvlink.md B.2, VEND
inline constexpr std::uint32_t kNvlinkOldest = 3;
inline constexpr std::uint32_t kNvlinkNewest = 6;

struct NvlinkGeneration {
  std::uint32_t lanes;      ///< of one link and direction
  std::uint32_t lane_Mbps;  ///< signalling rate of a lane without FEC overhead
  std::uint32_t fec_Mbps;   ///< and with it: 544/514 of the above, rounded as the drivers name it
  std::uint32_t link_GBps;  ///< one link, one direction, as the vendor states it
  bool fec;                 ///< what `fec: auto` means
};

/// Precondition: kNvlinkOldest <= generation <= kNvlinkNewest.
const NvlinkGeneration& nvlink_generation(std::uint32_t generation);

/// Does a link with this configuration carry FEC codewords?
bool nvlink_uses_fec(const NvlinkLinkConfig& config);

/// Packets that the receiver of one link holds for each VC: as configured, or for 0 in proportion
/// to the link's rate.
std::uint32_t nvlink_credits_per_vc(const NvlinkLinkConfig& config);

/// Rate of `links` links as one port: link_GBps x links x link_derate, exact in steps of 1e-6 of
/// the derate. raw_GBps is the stated rate before the derate.
LinkRate nvlink_rate(const NvlinkLinkConfig& config, std::uint32_t links);

/// Time in which one link delivers a codeword of RS(544,514): ganging doesn't shorten it, since
/// every link codes for itself (assumption).
Picoseconds nvlink_codeword_ps(std::uint32_t generation);

}  // namespace antares::protocols
