// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

const char* to_string(AtomicOp op) {
  switch (op) {
    case AtomicOp::fetch_add:
      return "fetch_add";
    case AtomicOp::swap:
      return "swap";
    case AtomicOp::compare_and_swap:
      return "compare_and_swap";
  }
  return "?";
}

double LinkPolicy::efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  Packet packet;
  packet.kind = kind;
  packet.bytes = payload_bytes;
  const WireCost request = wire_cost(packet);
  std::uint64_t bytes = request.bytes;
  if (completes(packet)) {
    const bool data = kind == PacketKind::read || kind == PacketKind::atomic;
    packet.kind = PacketKind::completion;
    if (!data) packet.bytes = 0;
    // Where nothing but a header comes back, one for each link packet.
    bytes += wire_cost(packet).bytes * (data ? 1 : request.link_packets);
  }
  return payload_bytes / static_cast<double>(bytes) * rate().usable_GBps() / rate().raw_GBps;
}

}  // namespace antares::protocols
