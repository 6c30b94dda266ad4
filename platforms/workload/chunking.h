// SPDX-License-Identifier: Apache-2.0
// How a buffer is cut into one chunk a rank: chunk k of n holds
// floor((k+1)*count/n) - floor(k*count/n) elements, so chunks differ by at most one element and
// none is longer than ceil(count/n). Pure arithmetic; sizes in bytes.
#pragma once
#include <cstdint>

namespace antares::platforms {

class Chunking {
 public:
  Chunking(std::uint64_t bytes, std::uint32_t element_bytes, std::uint32_t chunks)
      : whole_(bytes / element_bytes / chunks),
        rest_(bytes / element_bytes % chunks),
        element_bytes_(element_bytes),
        chunks_(chunks) {}

  /// Where chunk k starts; k = number of chunks gives the end.
  std::uint64_t offset_bytes(std::uint64_t k) const {
    // floor(k*count/n) without the product k*count, which can exceed 64 bits.
    return (k * whole_ + k * rest_ / chunks_) * element_bytes_;
  }
  std::uint64_t bytes(std::uint64_t k) const { return offset_bytes(k + 1) - offset_bytes(k); }
  std::uint64_t largest_bytes() const { return (whole_ + (rest_ ? 1 : 0)) * element_bytes_; }

 private:
  std::uint64_t whole_;
  std::uint64_t rest_;
  std::uint64_t element_bytes_;
  std::uint64_t chunks_;
};

/// Chunks of what only the algorithm cuts, no definition of the collective does: large ones begin
/// at pages, so that no request of a page or more is two at each chunk of every rank. assumption:
/// from 64 pages on, where no chunk is as much as 1/64 longer or shorter than an equal share.
class PageChunking {
 public:
  PageChunking(std::uint64_t bytes, std::uint32_t element_bytes, std::uint32_t chunks)
      : chunks_(bytes, element_bytes, chunks),
        end_bytes_(chunks_.offset_bytes(chunks)),
        unit_bytes_(bytes / chunks >= 64 * kPageBytes ? kPageBytes : 1),
        count_(chunks) {}

  /// Where chunk k starts; k = number of chunks gives the end.
  std::uint64_t offset_bytes(std::uint64_t k) const {
    return k == count_ ? end_bytes_ : chunks_.offset_bytes(k) / unit_bytes_ * unit_bytes_;
  }
  std::uint64_t bytes(std::uint64_t k) const { return offset_bytes(k + 1) - offset_bytes(k); }

 private:
  static constexpr std::uint64_t kPageBytes = 4096;
  Chunking chunks_;
  std::uint64_t end_bytes_;
  std::uint64_t unit_bytes_;
  std::uint64_t count_;
};

}  // namespace antares::platforms
