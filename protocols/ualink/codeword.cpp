// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/codeword.h"

#include <numeric>

namespace antares::protocols {

Picoseconds codeword_ps(const UalinkLinkConfig& config) {
  // 1 MT/s carries a bit a microsecond = 1e6 ps. 5440e6 divides by 106250 and 212500 (51200 and
  // 25600) and those by 4, so nothing is lost.
  constexpr std::uint64_t kBits = std::uint64_t{kCodewordBytes} * 8;
  return kBits * 1000000 / config.lane_rate_mtps / config.lanes;
}

LinkRate ualink_rate(const UalinkLinkConfig& config) {
  const Picoseconds whole_ps = codeword_ps(config);
  const std::uint64_t divisor = std::gcd<std::uint64_t>(whole_ps, kDlPayloadBytes);
  LinkRate rate;
  rate.per_byte = {whole_ps / divisor, kDlPayloadBytes / divisor};
  rate.flit_usable_bytes = kDlPayloadBytes;
  rate.raw_GBps = 1000.0 * kDlFlitBytes / static_cast<double>(whole_ps);
  return rate;
}

Picoseconds fec_delay_ps(const UalinkLinkConfig& config) {
  return (config.fec_interleave - 1) * codeword_ps(config) +
         config.fec_correct_ns * kPicosecondsPerNanosecond;
}

}  // namespace antares::protocols
