// SPDX-License-Identifier: Apache-2.0
// One direction of the link between a card and the memory it works for: a server with a rate, first
// come first served. Work is moved in chunks, and only one chunk of a message is not hidden behind
// the wire: reading, the wire starts after the first; writing, the last comes after the wire. A
// channel that is slower than the wire shows in throughput, not in the latency of a single message
// of several chunks. Pure; time is an argument, in picoseconds (femtoseconds inside, so that rates
// need no rounding to whole picoseconds).
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::Picoseconds;

class DmaChannel {
 public:
  DmaChannel(double rate_GBps, std::uint32_t chunk_bytes)
      : fs_per_byte_(static_cast<std::int64_t>(1e6 / rate_GBps + 0.5)), chunk_bytes_(chunk_bytes) {}

  /// What a message adds when the channel is idle.
  Picoseconds unloaded_ps(std::uint32_t bytes) const { return to_ps(chunk_fs(bytes)); }
  /// A read begins at now_ps at the earliest; returns when its first chunk has been moved.
  Picoseconds read(Picoseconds now_ps, std::uint32_t bytes) {
    const std::int64_t start = std::max(to_fs(now_ps), busy_until_fs_);
    busy_until_fs_ = start + fs_per_byte_ * bytes;
    return to_ps(start + chunk_fs(bytes));
  }
  /// The last byte to write has come at now_ps; returns when it has been moved.
  Picoseconds write(Picoseconds now_ps, std::uint32_t bytes) {
    busy_until_fs_ =
        std::max(to_fs(now_ps) + chunk_fs(bytes), busy_until_fs_ + fs_per_byte_ * bytes);
    return to_ps(busy_until_fs_);
  }

 private:
  std::int64_t chunk_fs(std::uint32_t bytes) const {
    return fs_per_byte_ * std::min(bytes, chunk_bytes_);
  }
  static std::int64_t to_fs(Picoseconds ps) { return static_cast<std::int64_t>(ps) * 1000; }
  static Picoseconds to_ps(std::int64_t fs) { return static_cast<Picoseconds>((fs + 999) / 1000); }

  std::int64_t fs_per_byte_;
  std::uint32_t chunk_bytes_;
  /// Never used is idle since ever: the first message may have been long on the wire.
  std::int64_t busy_until_fs_ = std::numeric_limits<std::int64_t>::min() / 2;
};

}  // namespace antares::models
