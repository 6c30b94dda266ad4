// SPDX-License-Identifier: Apache-2.0
// How a train divides into TLPs, in closed form: counts, payload and data credits without a loop
// over the TLPs. Follows facts/pcie6.md 2.5. A payload is whole double words (DW), so a train that
// starts or ends inside one is priced with its pad bytes.
//   requests: a TLP ends after `limit` bytes (MPS, or MRRS for reads), and at each 4 KiB boundary;
//   completions: each read is answered for itself (reads end as requests do, after MRRS and at 4
//   KiB); off a read completion boundary its first TLP ends at the next one (RCB), the rest follow
//   in steps of `limit`.
// The boundary is 4 KiB; 256 B (kUioRegionBytes) for unordered I/O that keeps its 256 B rule.
#pragma once
#include <cstdint>

#include "antares/protocols/pcie/framing.h"

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
template <std::uint32_t kBoundaryBytes = kPageBytes>
TlpSplit split_request(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit);
/// How reads are cut and answered. All at least 4; cut to whole DW.
struct CompletionLimits {
  std::uint32_t payload_bytes = 256;  ///< a completion: MPS
  std::uint32_t read_bytes = 512;     ///< a read request: MRRS
  std::uint32_t rcb_bytes = 128;
};
/// Zero bytes is a completion without data.
template <std::uint32_t kBoundaryBytes = kPageBytes>
TlpSplit split_completion(std::uint32_t address_low, std::uint32_t bytes,
                          const CompletionLimits& limits);

/// Payload of the next train of a transaction that starts at address_low, `offset` bytes into it
/// and with `rest` bytes left: about train_bytes at most, and it ends where a TLP ends, so that
/// trains of any size make the same TLPs. At least one TLP, whatever train_bytes says.
template <std::uint32_t kBoundaryBytes = kPageBytes>
std::uint32_t request_train_bytes(std::uint32_t address_low, std::uint32_t offset,
                                  std::uint32_t rest, std::uint32_t limit,
                                  std::uint32_t train_bytes);
template <std::uint32_t kBoundaryBytes = kPageBytes>
std::uint32_t completion_train_bytes(std::uint32_t address_low, std::uint32_t offset,
                                     std::uint32_t rest, const CompletionLimits& limits,
                                     std::uint32_t train_bytes);

}  // namespace antares::protocols
