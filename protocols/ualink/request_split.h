// SPDX-License-Identifier: Apache-2.0
// How a train falls into requests: none crosses a 256 B boundary (facts/ualink_nvlink.md A.3), and
// a requester may use smaller ones. A response answers one request, so responses of a train are the
// pieces of its requests. Closed form: a train of 1 MiB costs no more to split than one of 1 KiB.
// Data travels in beats of 64 B that lie on multiples of 64; a piece that touches part of a beat
// carries all of it (assumption: with byte enables that say which part).
#pragma once
#include <cstdint>

namespace antares::protocols {

/// One request (link packet).
struct RequestPiece {
  std::uint32_t bytes = 0;
  std::uint32_t beats = 0;
  bool whole_beats = true;  ///< starts and ends on beats: may be compressed, needs no byte enables
};

struct RequestSplit {
  std::uint32_t whole = 0;    ///< pieces of whole beats
  std::uint32_t partial = 0;  ///< the others
  std::uint32_t beats = 0;
  RequestPiece first;
  RequestPiece last;
  std::uint32_t count() const { return whole + partial; }
};

/// Pieces of [address_low, address_low + bytes), each of limit_bytes at most (1..256) and cut at
/// multiples of 256. bytes = 0 is one piece without data.
RequestSplit split_requests(std::uint32_t address_low, std::uint32_t bytes,
                            std::uint32_t limit_bytes);

/// Bytes of the longest run of whole pieces that starts at address_low and is no longer than
/// wanted_bytes; the first piece where not even that one fits. rest_bytes: what is left.
std::uint32_t request_train_bytes(std::uint32_t address_low, std::uint32_t rest_bytes,
                                  std::uint32_t limit_bytes, std::uint32_t wanted_bytes);

}  // namespace antares::protocols
