// SPDX-License-Identifier: Apache-2.0
// How a train divides into TLPs, in closed form: counts, payload and data credits without a loop
// over the TLPs. Follows facts/pcie6.md 2.5. A payload is whole double words (DW), so a train that
// starts or ends inside one is priced with its pad bytes.
//   requests: a TLP ends after `limit` bytes (MPS, or MRRS for reads), and at each 4 KiB boundary;
//   completions: off a read completion boundary, the first TLP ends at the next one (RCB); the rest
//   follow in steps of `limit`. A completion train is split as the answer to one read of its size.
#pragma once
#include <cstdint>

namespace antares::protocols {

struct TlpSplit {
  std::uint32_t count = 1;          ///< TLPs, >= 1
  std::uint32_t first_payload = 0;  ///< bytes in whole DW
  std::uint32_t last_payload = 0;
  std::uint64_t payload = 0;       ///< all TLPs together
  std::uint32_t data_credits = 0;  ///< units of 16 B, rounded up in each TLP
  std::uint8_t pad_front = 0;      ///< pad bytes before the first and after the last byte asked for
  std::uint8_t pad_back = 0;
};

/// Zero bytes is a legal request: one DW with no byte enabled. `limit` is at least 4 and is cut to
/// whole DW, `bytes` is below 2 GiB.
TlpSplit split_request(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit);
/// Zero bytes is a completion without data.
TlpSplit split_completion(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit,
                          std::uint32_t rcb_bytes);

}  // namespace antares::protocols
