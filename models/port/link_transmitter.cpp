// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/link_transmitter.h"

#include <algorithm>
#include <cassert>

namespace antares::models {

LinkTransmitter::LinkTransmitter(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                                 const protocols::CreditLedgerConfig& far_receiver)
    : policy_(policy),
      timing_(policy.rate()),
      ledger_(far_receiver),
      propagation_ps_(propagation_ps) {}

const TrainCost& LinkTransmitter::cost(const Packet& packet) {
  constexpr std::uint8_t kShapeFlags = protocols::kLongAddress;
  const std::uint8_t flags = packet.flags & kShapeFlags;
  Memo& memo = memo_[static_cast<unsigned>(packet.kind) & 7u];
  if (memo.valid && memo.bytes == packet.bytes && memo.address_low == packet.address_low &&
      memo.request_bytes == packet.request_bytes && memo.flags == flags) {
    return memo.cost;
  }
  memo = Memo{packet.bytes,
              packet.address_low,
              packet.request_bytes,
              flags,
              true,
              TrainCost{policy_.wire_cost(packet), policy_.demand(packet)}};
  return memo.cost;
}

Sent place_train(protocols::LinkTiming& timing, const protocols::WireCost& wire,
                 const Supply& supply, Picoseconds earliest_ps, Picoseconds propagation_ps) {
  const auto& rate = timing.rate();
  Sent sent;
  sent.start_ps = std::max(earliest_ps, timing.free_ps());
  Picoseconds reserve_from = earliest_ps;
  Picoseconds source_tail = 0;
  if (supply.tail_ps != 0) {
    const Picoseconds occupancy = rate.occupancy_ps(wire.bytes);
    if (supply.tail_ps > occupancy)
      reserve_from = std::max(reserve_from, supply.tail_ps - occupancy);
    source_tail =
        supply.tail_ps + rate.collect_ps(wire.last_bytes) - rate.occupancy_ps(wire.last_bytes);
  }
  const auto reserved = timing.reserve(reserve_from, wire.bytes, wire.last_bytes);
  sent.free_ps = timing.free_ps();
  sent.head_ps = sent.start_ps + rate.head_collect_ps(wire.first_bytes) + propagation_ps;
  sent.first_tail_ps = sent.start_ps + rate.collect_ps(wire.first_bytes) + propagation_ps;
  sent.tail_ps = std::max(reserved.tail_ps, source_tail) + propagation_ps;
  return sent;
}

Sent LinkTransmitter::send(const Packet& packet, const TrainCost& cost, const Supply& supply,
                           Picoseconds earliest_ps) {
  assert(earliest_ps >= supply.head_ps);
  ledger_.consume(packet.vc, packet.traffic_class, cost.demand,
                  std::max(earliest_ps, timing_.free_ps()));
  return place_train(timing_, cost.wire, supply, earliest_ps, propagation_ps_);
}

}  // namespace antares::models
