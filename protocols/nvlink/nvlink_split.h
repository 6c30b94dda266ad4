// SPDX-License-Identifier: Apache-2.0
// Cuts a train into NVLink packets and counts their flits. Follows facts/ualink_nvlink.md B.2: a
// header flit, an optional address extension, an optional flit of byte enables, 0 to 16 data flits,
// 18 in all. Where packets are cut is not public; taken here (assumption):
//  - on a fixed grid of addresses, every `limit` bytes from each multiple of 256 B, so that no
//    packet crosses 256 B and every cut depends on the address alone;
//  - a flit of byte enables has 128 bits, one a byte: a write that needs one ends at 128 B.
//    A full packet (header, extension, 16 data) and one with enables then both fit 18 flits.
// Data flits hold 16 B aligned in the address, so that a write of 16 B at 8 takes two.
#pragma once
#include <cstdint>

namespace antares::protocols {

inline constexpr std::uint32_t kNvlinkRegionBytes = 256;
inline constexpr std::uint32_t kNvlinkMostFlits = 18;

/// What follows the header of each packet of a train.
enum class NvlinkContent : std::uint8_t {
  nothing,           ///< a read request
  data,              ///< a response
  data_or_enables,   ///< a write: byte enables where it starts or ends within a flit
  data_and_enables,  ///< a write whose requester masks bytes
};

struct NvlinkSplit {
  std::uint32_t packets = 0;
  std::uint32_t flits = 0;
  std::uint32_t first_flits = 0;
  std::uint32_t last_flits = 0;
  std::uint32_t most_flits = 0;  ///< of the longest packet
};

/// head_flits: header and extension. 0 bytes are one packet without data. 1 <= limit <= 256.
NvlinkSplit split_nvlink(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit,
                         std::uint32_t head_flits, NvlinkContent content);

/// Length of a train that starts at `address` and ends where a packet ends: train_bytes at most,
/// if a packet fits, and never more than `rest`.
std::uint32_t nvlink_train_bytes(std::uint32_t address, std::uint32_t rest, std::uint32_t limit,
                                 std::uint32_t train_bytes);

}  // namespace antares::protocols
