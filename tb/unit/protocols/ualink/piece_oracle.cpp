// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {

std::vector<PlacedPiece> list_pieces(std::uint32_t address, std::uint32_t bytes,
                                     std::uint32_t limit_bytes) {
  std::vector<PlacedPiece> pieces;
  while (bytes != 0) {
    PlacedPiece piece{address, 0};
    do {
      ++piece.bytes;
      ++address;
      --bytes;
    } while (bytes != 0 && piece.bytes < limit_bytes && address % 256 != 0);
    pieces.push_back(piece);
  }
  return pieces;
}

Packet ualink_packet(PacketKind kind, std::uint32_t bytes, std::uint32_t address,
                     std::uint8_t flags) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.address_low = static_cast<std::uint16_t>(address % 4096);
  packet.flags = flags;
  return packet;
}

}  // namespace antares::protocols
