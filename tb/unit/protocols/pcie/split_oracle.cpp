// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/protocols/pcie/split_oracle.h"

#include <algorithm>

namespace antares::protocols::oracle {

std::uint64_t Tlp::dwords() const {
  return std::max<std::uint64_t>(1, (to + 3) / 4 - first_dword());
}

std::vector<Tlp> split_request(std::uint64_t address, std::uint64_t bytes, std::uint32_t limit,
                               std::uint32_t boundary_bytes) {
  std::vector<Tlp> tlps;
  std::uint64_t at = address;
  const std::uint64_t end = address + bytes;
  do {
    // At most `limit` bytes of whole DW from the one the TLP starts in, and not across a boundary.
    const std::uint64_t by_size = at / 4 * 4 + limit / 4 * 4;
    const std::uint64_t by_boundary = (at / boundary_bytes + 1) * boundary_bytes;
    const std::uint64_t to = std::min({end, by_size, by_boundary});
    tlps.push_back({at, to});
    at = to;
  } while (at < end);
  return tlps;
}

std::vector<Tlp> split_completion(std::uint64_t address, std::uint64_t bytes,
                                  const CompletionLimits& limits, std::uint32_t boundary_bytes) {
  std::vector<Tlp> tlps;
  for (const Tlp& read : split_request(address, bytes, limits.read_bytes, boundary_bytes)) {
    std::uint64_t at = read.from;
    bool before_boundary = at / 4 * 4 % limits.rcb_bytes != 0;
    const std::uint64_t boundary = (at / limits.rcb_bytes + 1) * limits.rcb_bytes;
    do {
      std::uint64_t to = std::min(read.to, at / 4 * 4 + limits.payload_bytes / 4 * 4);
      if (before_boundary) to = std::min(to, boundary);
      tlps.push_back({at, to});
      at = to;
      before_boundary = before_boundary && at < boundary;
    } while (at < read.to);
  }
  return tlps;
}

std::uint64_t data_credits(const std::vector<Tlp>& tlps) {
  std::uint64_t credits = 0;
  for (const Tlp& tlp : tlps) credits += (tlp.dwords() * 4 + 15) / 16;
  return credits;
}

}  // namespace antares::protocols::oracle
