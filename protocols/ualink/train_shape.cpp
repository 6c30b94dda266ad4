// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/train_shape.h"

#include <algorithm>

#include "antares/protocols/ualink/region_order.h"

namespace antares::protocols {

std::uint32_t ualink_request_limit(const Packet& packet) {
  if (packet.request_bytes == 0) return kRequestBytes;
  return std::min<std::uint32_t>(packet.request_bytes, kRequestBytes);
}

RequestSplit ualink_pieces(const Packet& packet) {
  if (packet.kind == PacketKind::message) {
    // A message's data isn't at an address: beats of it, a message each.
    return split_requests(0, packet.bytes, kBeatBytes);
  }
  return split_requests(packet.address_low, packet.bytes, ualink_request_limit(packet));
}

bool ualink_compressible(const Packet& packet, bool address_cache) {
  if (packet.kind == PacketKind::read) return address_cache && (packet.flags & kByteEnables) == 0;
  return address_cache && packet.kind == PacketKind::write;
}

UalinkShape ualink_shape(const Packet& packet, bool address_cache) {
  UalinkShape shape;
  shape.pieces = ualink_pieces(packet);
  shape.compressible = ualink_compressible(packet, address_cache);
  switch (packet.kind) {
    case PacketKind::read:
      break;
    case PacketKind::write:
      shape.data = true;
      shape.byte_enables = (packet.flags & kByteEnables) != 0;
      break;
    case PacketKind::completion:
      shape.data = !is_write_response(packet);
      break;
    case PacketKind::atomic: {
      // One beat, whatever its operands: both forms fill two operand halves and one of enables.
      RequestPiece beat;
      beat.bytes = packet.bytes;
      beat.beats = 1;
      beat.whole_beats = false;
      shape.pieces = {0, 1, 1, beat, beat};
      shape.data = shape.byte_enables = true;
      break;
    }
    case PacketKind::message:
      shape.data = true;
      // Cmd[5] of the write message is set: a beat travels even where there is nothing to say.
      if (packet.bytes == 0) shape.pieces.beats = shape.pieces.first.beats = 1;
      shape.pieces.last.beats = 1;
      break;
  }
  return shape;
}

std::uint32_t ualink_loads(const Packet& packet) {
  using namespace ualink_form;
  return ((packet.form & kFirstLoads) != 0 ? 1u : 0u) +
         ((packet.form & kLastLoads) != 0 ? 1u : 0u) +
         ((packet.form & kMiddleMask) >> kMiddleShift);
}

TlLoad ualink_load(const Packet& packet, const UalinkShape& shape, const UalinkLinkConfig& config) {
  const RequestSplit& pieces = shape.pieces;
  TlLoad load;
  load.items = pieces.count();
  if (packet.kind == PacketKind::completion) {
    load.sectors = load.items * tl_item_sectors(TlItemType::compressed_response);
    if (const std::uint32_t group = config.responses_per_flow_control; group != 0) {
      const bool extra = (packet.form & ualink_form::kFlowControl) != 0;
      load.sectors +=
          (load.items / group + (extra ? 1 : 0)) * tl_item_sectors(TlItemType::flow_control);
    }
  } else {
    const std::uint32_t full = tl_item_sectors(TlItemType::request);
    load.sectors = load.items * full;
    if (shape.compressible) {
      const std::uint32_t compressed = pieces.whole - ualink_loads(packet);
      load.sectors -=
          std::uint64_t{compressed} * (full - tl_item_sectors(TlItemType::compressed_request));
    }
  }
  if (!shape.data) return load;
  load.halves = std::uint64_t{pieces.beats} * kHalvesPerBeat;
  if (shape.byte_enables)
    load.halves += pieces.count();
  else if (packet.kind == PacketKind::write)
    load.halves += pieces.partial;
  return load;
}

}  // namespace antares::protocols
