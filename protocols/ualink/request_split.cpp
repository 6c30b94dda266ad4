// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/request_split.h"

#include <algorithm>

#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {
namespace {

RequestPiece piece_of(std::uint32_t address, std::uint32_t bytes) {
  const std::uint32_t end = address + bytes;
  RequestPiece piece;
  piece.bytes = bytes;
  piece.beats = bytes == 0 ? 0 : (end + kBeatBytes - 1) / kBeatBytes - address / kBeatBytes;
  piece.whole_beats = address % kBeatBytes == 0 && end % kBeatBytes == 0;
  return piece;
}

/// Adds the pieces of one span inside a 256 B region, `times` over.
void add_span(RequestSplit& split, std::uint32_t address, std::uint32_t bytes, std::uint32_t limit,
              std::uint32_t times) {
  for (std::uint32_t done = 0; done < bytes;) {
    const RequestPiece piece = piece_of(address + done, std::min(limit, bytes - done));
    if (split.count() == 0) split.first = piece;
    split.last = piece;
    (piece.whole_beats ? split.whole : split.partial) += times;
    split.beats += piece.beats * times;
    done += piece.bytes;
  }
}

}  // namespace

RequestSplit split_requests(std::uint32_t address_low, std::uint32_t bytes,
                            std::uint32_t limit_bytes) {
  RequestSplit split;
  if (bytes == 0) {
    split.whole = 1;
    return split;
  }
  const std::uint32_t offset = address_low % kRequestBytes;
  const std::uint32_t front = std::min(bytes, kRequestBytes - offset);
  const std::uint32_t regions = (bytes - front) / kRequestBytes;
  const std::uint32_t back = bytes - front - regions * kRequestBytes;
  add_span(split, offset, front, limit_bytes, 1);
  if (regions != 0) add_span(split, 0, kRequestBytes, limit_bytes, regions);
  add_span(split, 0, back, limit_bytes, 1);
  return split;
}

std::uint32_t request_train_bytes(std::uint32_t address_low, std::uint32_t rest_bytes,
                                  std::uint32_t limit_bytes, std::uint32_t wanted_bytes) {
  if (wanted_bytes >= rest_bytes) return rest_bytes;
  const std::uint32_t to_boundary = kRequestBytes - address_low % kRequestBytes;
  // Inside a region pieces follow in steps of the limit, from its start or from the train's.
  const std::uint32_t into_last =
      wanted_bytes < to_boundary ? wanted_bytes : (wanted_bytes - to_boundary) % kRequestBytes;
  const std::uint32_t cut = wanted_bytes - into_last % limit_bytes;
  return cut != 0 ? cut : std::min({limit_bytes, to_boundary, rest_bytes});
}

}  // namespace antares::protocols
