// SPDX-License-Identifier: Apache-2.0
// The slow, obvious version of what request_split.h answers in closed form: the requests of a train
// as a list, walked byte range by byte range. Also makes packets for the tests beside it.
#pragma once
#include <vector>

#include "antares/protocols/common/packet.h"
#include "antares/protocols/ualink/request_split.h"

namespace antares::protocols {

struct PlacedPiece {
  std::uint32_t address;
  std::uint32_t bytes;
};

std::vector<PlacedPiece> list_pieces(std::uint32_t address, std::uint32_t bytes,
                                     std::uint32_t limit_bytes);

Packet ualink_packet(PacketKind kind, std::uint32_t bytes, std::uint32_t address = 0,
                     std::uint8_t flags = 0);

}  // namespace antares::protocols
