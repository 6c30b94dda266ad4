// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/region_order.h"

#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {

std::uint16_t regions_touched(const Packet& request) {
  constexpr std::uint32_t kRegions = 4096 / kRequestBytes;
  constexpr std::uint32_t kAll = (1u << kRegions) - 1;
  const std::uint32_t first = request.address_low / kRequestBytes % kRegions;
  const std::uint64_t into = request.address_low % kRequestBytes + std::uint64_t{request.bytes};
  const std::uint64_t count = into == 0 ? 1 : (into + kRequestBytes - 1) / kRequestBytes;
  if (count >= kRegions) return kAll;
  const std::uint32_t run = ((1u << count) - 1) << first;  // wraps into the next page
  return static_cast<std::uint16_t>((run | run >> kRegions) & kAll);
}

bool is_write_response(const Packet& completion) {
  return completion.bytes == 0 || (completion.flags & kWantsAnswer) != 0;
}

bool ualink_may_pass(const Packet& later, const Packet& earlier, bool strict) {
  const bool response = later.kind == PacketKind::completion;
  if (response != (earlier.kind == PacketKind::completion)) return true;
  if (later.vc != earlier.vc || later.source != earlier.source ||
      later.destination != earlier.destination) {
    return true;
  }
  // Trains of one transaction: beats of a tag travel in ascending order.
  if (later.owner != nullptr && later.owner == earlier.owner) return false;
  if (response) return !strict || is_write_response(later) != is_write_response(earlier);
  if (strict) return false;
  // assumption: a message has no region and keeps its place among the pair's requests.
  if (later.kind == PacketKind::message || earlier.kind == PacketKind::message) return false;
  return (regions_touched(later) & regions_touched(earlier)) == 0;
}

}  // namespace antares::protocols
