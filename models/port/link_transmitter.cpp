// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/link_transmitter.h"

#include <algorithm>
#include <cassert>

namespace antares::models {

LinkTransmitter::LinkTransmitter(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                                 const protocols::CreditLedgerConfig& far_receiver,
                                 std::shared_ptr<CostCache> costs)
    : policy_(&policy),
      costs_(costs != nullptr ? std::move(costs) : std::make_shared<CostCache>(policy)),
      encoder_(policy.make_encoder()),
      timing_(policy.rate()),
      ledger_(far_receiver),
      credit_return_(policy.make_credit_return()),
      propagation_ps_(propagation_ps) {}

TrainCost train_cost(const protocols::LinkPolicy& policy, const Packet& packet) {
  const auto& rate = policy.rate();
  TrainCost cost;
  cost.wire = policy.wire_cost(packet);
  cost.demand = policy.demand(packet);
  cost.occupancy = protocols::occupancy_of(rate, cost.wire.bytes);
  cost.but_last_occupancy = protocols::occupancy_of(rate, cost.wire.bytes - cost.wire.last_bytes);
  cost.rest_occupancy_ps = rate.occupancy_ps(cost.wire.bytes - cost.wire.first_bytes);
  cost.last_occupancy_ps = rate.occupancy_ps(cost.wire.last_bytes);
  cost.first_occupancy_ps = rate.occupancy_ps(cost.wire.first_bytes);
  cost.head_collect_ps = rate.head_collect_ps(cost.wire.first_bytes);
  cost.first_collect_ps = rate.collect_ps(cost.wire.first_bytes);
  cost.last_collect_ps = rate.collect_ps(cost.wire.last_bytes);
  return cost;
}

const TrainCost& CostCache::remember(Entry& memo, std::uint64_t shape, const Packet& packet) {
  assert(packet.bytes < 1u << 22);
  memo.shape = shape;
  memo.cost = train_cost(policy_, packet);
  return memo.cost;
}

Sent place_train(protocols::LinkTiming& timing, const TrainCost& cost, const Supply& supply,
                 Picoseconds earliest_ps, Picoseconds propagation_ps) {
  Sent sent;
  sent.start_ps = std::max(earliest_ps, timing.free_ps());
  Picoseconds reserve_from = earliest_ps;
  Picoseconds source_tail = 0;
  if (supply.tail_ps != 0) {
    if (supply.tail_ps > cost.occupancy.whole_ps)
      reserve_from = std::max(reserve_from, supply.tail_ps - cost.occupancy.whole_ps);
    source_tail = supply.tail_ps + cost.last_collect_ps - cost.last_occupancy_ps;
  }
  const auto reserved =
      timing.reserve(reserve_from, cost.occupancy, cost.but_last_occupancy, cost.last_collect_ps);
  sent.free_ps = timing.free_ps();
  sent.head_ps = sent.start_ps + cost.head_collect_ps + propagation_ps;
  sent.first_tail_ps = sent.start_ps + cost.first_collect_ps + propagation_ps;
  sent.tail_ps = std::max(reserved.tail_ps, source_tail) + propagation_ps;
  return sent;
}

Sent LinkTransmitter::send(const Packet& packet, const TrainCost& cost, const Supply& supply,
                           Picoseconds earliest_ps) {
  assert(earliest_ps >= supply.head_ps);
  ledger_.consume(packet.vc, packet.traffic_class, cost.demand,
                  std::max(earliest_ps, timing_.free_ps()));
  const Sent sent = place_train(timing_, cost, supply, earliest_ps, propagation_ps_);
  return errors_ == nullptr ? sent : errors_->suffer(cost, sent, timing_);
}

}  // namespace antares::models
