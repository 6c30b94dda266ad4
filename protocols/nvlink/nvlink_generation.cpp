// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/nvlink/nvlink_generation.h"

#include <cassert>
#include <cmath>
#include <numeric>

#include "antares/protocols/nvlink/nvlink_link_config.h"

namespace antares::protocols {
namespace {

constexpr NvlinkGeneration kGenerations[] = {
    // public: facts/ualink_nvlink.md B.1, VEND and DRV (53.125 among LR10's line rates).
    // assumption: no FEC at generation 3, whose stated 25 GB/s are 4 lanes of 50 Gb/s.
    {4, 50000, 53125, 25, false},
    // public: facts/ualink_nvlink.md B.1, VEND and DRV; B.2: 2 x 106.25 / 8 x 514/544 = 25.1 GB/s.
    // assumption: RS(544,514), inferred from the two line rates.
    {2, 100000, 106250, 25, true},
    // public: facts/ualink_nvlink.md B.1, VEND for 50 GB/s. assumption: 2 lanes (MEM), FEC.
    {2, 200000, 212500, 50, true},
    // assumption: not confirmed by anyone. B.1 has 3.6 TB/s a GPU both ways; with 18 links, as
    // before, that is 100 GB/s a link and direction, in lanes of the rate of generation 5.
    {4, 200000, 212500, 100, true},
};

}  // namespace

const NvlinkGeneration& nvlink_generation(std::uint32_t generation) {
  assert(generation >= kNvlinkOldest && generation <= kNvlinkNewest);
  return kGenerations[generation - kNvlinkOldest];
}

bool nvlink_uses_fec(const NvlinkLinkConfig& config) {
  return config.fec == NvlinkFec::on ||
         (config.fec == NvlinkFec::automatic && nvlink_generation(config.generation).fec);
}

std::uint32_t nvlink_credits_per_vc(const NvlinkLinkConfig& config) {
  if (config.credits_per_vc != 0) return config.credits_per_vc;
  // assumption: see NvlinkLinkConfig::credits_per_vc.
  constexpr std::uint32_t kPackets = 128;
  constexpr std::uint32_t kOfGBps = 25;
  return kPackets * nvlink_generation(config.generation).link_GBps / kOfGBps;
}

LinkRate nvlink_rate(const NvlinkLinkConfig& config, std::uint32_t links) {
  // One GB/s is a byte in 1000 ps. Six decimals of the derate keep numerator x bytes of a train of
  // 4 MiB below 2^53.
  constexpr std::uint64_t kParts = 1000000;
  const std::uint64_t stated_GBps =
      std::uint64_t{nvlink_generation(config.generation).link_GBps} * links;
  const auto kept = static_cast<std::uint64_t>(std::llround(config.link_derate * kParts));
  const std::uint64_t picoseconds = 1000 * kParts;
  const std::uint64_t bytes = stated_GBps * kept;
  const std::uint64_t divisor = std::gcd(picoseconds, bytes);

  LinkRate rate;
  rate.per_byte = {picoseconds / divisor, bytes / divisor};
  rate.flit_usable_bytes = kNvlinkFlitBytes;
  rate.raw_GBps = static_cast<double>(stated_GBps);
  return rate;
}

Picoseconds nvlink_codeword_ps(std::uint32_t generation) {
  // public: facts/ualink_nvlink.md A.6: 544 symbols of 10 bits. At Mb/s a bit takes 1e6 ps / rate.
  constexpr std::uint64_t kCodewordBits = 544 * 10;
  const NvlinkGeneration& link = nvlink_generation(generation);
  return kCodewordBits * 1000000 / (std::uint64_t{link.lanes} * link.fec_Mbps);
}

}  // namespace antares::protocols
