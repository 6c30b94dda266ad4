// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/protocols/nvlink/packet_oracle.h"

#include <set>

namespace antares::protocols::oracle {
namespace {

bool partial(const NvlinkPacket& packet) { return packet.from % 16 != 0 || packet.to % 16 != 0; }

}  // namespace

std::uint32_t NvlinkPacket::data_flits() const {
  std::set<std::uint32_t> flits;
  for (std::uint32_t at = from; at < to; ++at) flits.insert(at / 16);
  return static_cast<std::uint32_t>(flits.size());
}

std::vector<NvlinkPacket> cut_nvlink(std::uint32_t address, std::uint32_t bytes,
                                     std::uint32_t limit, bool writes, bool masked) {
  std::vector<NvlinkPacket> whole;
  for (std::uint32_t at = address; at < address + bytes; ++at) {
    if (at == address || at % 256 % limit == 0) whole.push_back({at, at, false});
    whole.back().to = at + 1;
  }
  if (!writes) return whole;
  std::vector<NvlinkPacket> packets;
  for (NvlinkPacket packet : whole) {
    const bool enables = masked || partial(packet);
    const std::uint32_t middle = packet.from / 256 * 256 + 128;
    if (enables && packet.from < middle && packet.to > middle) {
      NvlinkPacket front{packet.from, middle, false};
      front.enables = masked || partial(front);
      packets.push_back(front);
      packet.from = middle;
    }
    packet.enables = masked || partial(packet);
    packets.push_back(packet);
  }
  return packets;
}

}  // namespace antares::protocols::oracle
