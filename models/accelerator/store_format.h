// SPDX-License-Identifier: Apache-2.0
// How a collective library lays data out in what it stores to a peer. A low-latency protocol sends
// a flag beside the data, so that the receiver polls the data itself and no second store has to
// follow: it pays in bytes on the wire for what it saves in time. Pure; bytes. Left out: the value
// that flags have in hardware (a step number); a receiver here counts bytes.
//
// Public: NCCL's LL (4 B of data and a 4 B flag in each 8 B store) and LL128 (120 B of data and an
// 8 B flag in a line of 128 B, facts/ualink_nvlink.md E.1).
#pragma once
#include <cstdint>
#include <vector>

namespace antares::models {

enum class StoreFlags : std::uint8_t {
  none,       ///< data alone; a flag follows in a store of its own, whose bytes are neglected
  each_word,  ///< 4 B of data and a flag of 4 B in each 8 B
  each_line,  ///< 120 B of data and a flag of 8 B in each 128 B
};

/// Units of one format; without flags a unit is a byte.
struct StoreUnit {
  std::uint32_t bytes = 1;  ///< stored; a power of two, at most 128
  std::uint32_t data = 1;   ///< ... of which data, in front
};
StoreUnit store_unit(StoreFlags flags);

/// Bytes that are stored for so much data: whole units.
std::uint64_t stored_bytes(StoreFlags flags, std::uint64_t data_bytes);

/// Data in so many stored bytes (whole units), the last unit's padding counted as data.
std::uint64_t data_bytes(StoreFlags flags, std::uint64_t stored_bytes);

/// Puts `bytes` of data into `stored`, which is resized; flags and padding are 0xFF.
void pack(StoreFlags flags, const unsigned char* data, std::uint64_t bytes,
          std::vector<unsigned char>& stored);

/// The inverse: the first `bytes` of data in `stored`.
void unpack(StoreFlags flags, const unsigned char* stored, std::uint64_t bytes,
            std::vector<unsigned char>& data);

}  // namespace antares::models
