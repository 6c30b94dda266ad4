// SPDX-License-Identifier: Apache-2.0
// The slow, obvious splitter that the closed form is held against: walks a train byte by byte and
// collects packets as lists of addresses. Shares no code with protocols/nvlink.
#pragma once
#include <cstdint>
#include <vector>

namespace antares::protocols::oracle {

struct NvlinkPacket {
  std::uint32_t from = 0;  ///< first address
  std::uint32_t to = 0;    ///< one past the last
  bool enables = false;
  std::uint32_t data_flits() const;
};

/// Packets of a transfer with data. `writes`: byte enables where a flit is partial, or, `masked`,
/// everywhere.
std::vector<NvlinkPacket> cut_nvlink(std::uint32_t address, std::uint32_t bytes,
                                     std::uint32_t limit, bool writes, bool masked);

}  // namespace antares::protocols::oracle
