// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/egress_side.h"

#include <algorithm>

#include "antares/models/port/transaction.h"
#include "antares/protocols/common/bits.h"

namespace antares::models {

using protocols::lowest_bit;

namespace {

/// assumption: nobody publishes how far a queue looks past what cannot go.
constexpr std::size_t kLooksAhead = 8;

bool lets_requests_pass(const protocols::LinkPolicy& policy) {
  Packet earlier;
  Packet later;
  later.address_low = 2048;
  earlier.bytes = later.bytes = 64;
  policy.classify(earlier);
  policy.classify(later);
  return policy.may_pass(later, earlier);
}

}  // namespace

EgressSide::EgressSide(const protocols::LinkPolicy& policy, Picoseconds propagation_ps,
                       std::uint64_t queue_bytes, Picoseconds fixed_ps, EgressClient& client,
                       std::shared_ptr<CostCache> costs)
    : link_(policy, propagation_ps, policy.receiver_credits(), std::move(costs)),
      queue_(queue_bytes, policy.receiver_credits().virtual_channels),
      fixed_ps_(fixed_ps),
      client_(client),
      overtakes_(lets_requests_pass(policy)) {}

Picoseconds EgressSide::room_at(const Packet& packet, Picoseconds now_ps) {
  if (dropping_) return now_ps;
  const Picoseconds at = queue_.room_at(packet.egress_queue, cost(packet).wire.bytes, now_ps);
  if (at == kNever) room_wanted_ = true;
  return at;
}

const TrainCost& EgressSide::foreign_cost(const Packet& packet) {
  if (foreign_policy_ != &link_.policy()) {  // the first, or the width has changed
    foreign_policy_ = &link_.policy();
    foreign_costs_ = std::make_unique<CostCache>(link_.policy());
  }
  Packet native = packet;
  link_.policy().classify(native);
  return foreign_costs_->cost(native);
}

void EgressSide::set_dropping(bool dropping, Picoseconds now_ps) {
  dropping_ = dropping;
  may_drop_ = dropping || blocks_poisoned_;
  if (!dropping || !room_wanted_) return;
  room_wanted_ = false;
  client_.egress_room_again(now_ps);
}

void EgressSide::drop_waiting() {
  for (unsigned index = 0; index < queue_.queues(); ++index) {
    while (!queue_.waiting(index).empty()) {
      const WaitingTrain train = queue_.waiting(index).front();
      queue_.pop_waiting(index);
      queue_.forget_room(index, train.wire_bytes);
      client_.train_dropped(*train.packet);
    }
  }
}

void EgressSide::drop_waiting_of(const void* owner, Picoseconds now_ps) {
  std::vector<Packet*> dropped;
  for (unsigned index = 0; index < queue_.queues(); ++index) {
    const auto& waiting = queue_.waiting(index);
    for (std::size_t place = 0; place < waiting.size();) {
      const WaitingTrain train = waiting[place];
      if (train.packet->owner != owner) {
        ++place;
        continue;
      }
      queue_.remove_waiting(index, place);
      queue_.forget_room(index, train.wire_bytes);
      dropped.push_back(train.packet);
    }
  }
  if (dropped.empty()) return;
  if (room_wanted_) {
    room_wanted_ = false;
    client_.egress_room_again(now_ps);
  }
  for (Packet* packet : dropped) client_.copy_dropped(*packet);
}

void EgressSide::accept(Packet& packet, const Transfer& transfer) {
  bool replaced = false;
  if (may_drop_ && (dropping_ || (packet.flags & protocols::kPoisoned) != 0)) {
    replaced = !client_.train_dropped(packet);
    if (!replaced) return;
  }
  if ((packet.crossing & protocols::kReclassify) != 0) {
    // The channel that the requester asked for, also where a link before had it not.
    packet.vc = static_cast<const Transaction*>(packet.owner)->vc;
    link_.policy().classify(packet);
  }
  const TrainCost& cost = replaced ? link_.cost(packet) : *transfer.cost;
  const unsigned index = protocols::queue_index(packet.vc, packet.traffic_class);
  queue_.take_room(index, cost.wire.bytes);
  const Supply supply{transfer.granted_ps + fixed_ps_,
                      std::max(packet.tail_ps, transfer.tail_ps) + fixed_ps_};
  if (queue_.waiting(index).empty() &&
      !(queue_.anything_waits() && held_up_by(packet, kNever) >= 0)) {
    const Picoseconds at = std::max(supply.head_ps, link_.free_ps());
    const Picoseconds start = link_.credits_at(packet, cost, at);
    if (start == at) {
      transmit(packet, cost, cost.wire.bytes, supply, start, transfer.granted_ps);
      return;
    }
    if (start != kNever) client_.pump_egress_at(start);
  }
  queue_.push_waiting(index, WaitingTrain{&packet, supply.head_ps, supply.tail_ps, cost.wire.bytes,
                                          queue_.next_sequence()});
  if (!overtakes_ || queue_.waiting(index).size() == 1) return;
  const WaitingTrain& first = queue_.waiting(index).front();
  const Picoseconds at = std::max(first.head_ps, link_.free_ps());
  if (link_.credits_at(*first.packet, link_.cost(*first.packet), at) == kNever)
    client_.pump_egress_at(supply.head_ps);
}

std::size_t EgressSide::overtaker(unsigned queue, Picoseconds now_ps) {
  const auto& waiting = queue_.waiting(queue);
  const std::size_t end = std::min(waiting.size(), 1 + kLooksAhead);
  for (std::size_t place = 1; place < end; ++place) {
    const WaitingTrain& train = waiting[place];
    if (train.head_ps > now_ps) {
      client_.pump_egress_at(train.head_ps);
      break;
    }
    if (held_up_by(*train.packet, train.sequence) >= 0) continue;
    const Picoseconds at = std::max(train.head_ps, link_.free_ps());
    if (link_.credits_at(*train.packet, link_.cost(*train.packet), at) != at) continue;
    const auto passes = [&](const WaitingTrain& earlier) {
      return link_.policy().may_pass(*train.packet, *earlier.packet);
    };
    if (std::all_of(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(place), passes))
      return place;
  }
  return 0;
}

int EgressSide::held_up_by(const Packet& packet, std::uint64_t sequence) {
  const unsigned own = protocols::queue_index(packet.vc, packet.traffic_class);
  for (std::uint64_t left = queue_.waiting_queues() & ~protocols::bit(own); left != 0;
       left &= left - 1) {
    // Flows of different sources are not ordered, but one output's queue does not tell them apart
    // cheaply: the rule is applied to all, as hardware does.
    for (const WaitingTrain& train : queue_.waiting(lowest_bit(left))) {
      if (train.sequence > sequence) break;
      if (!link_.policy().may_pass(packet, *train.packet))
        return static_cast<int>(lowest_bit(left));
    }
  }
  return -1;
}

void EgressSide::pump(Picoseconds now_ps) {
  while (queue_.anything_waits()) {
    Picoseconds best_start = kNever;
    unsigned best = 0;
    for (std::uint64_t left = queue_.waiting_queues(); left != 0; left &= left - 1) {
      const unsigned index = lowest_bit(left);
      const WaitingTrain& train = queue_.waiting(index).front();
      if (held_up_by(*train.packet, train.sequence) >= 0) continue;
      const Picoseconds at = std::max(train.head_ps, link_.free_ps());
      const Picoseconds start = link_.credits_at(*train.packet, link_.cost(*train.packet), at);
      const bool older = best_start != kNever && start == best_start &&
                         train.sequence < queue_.waiting(best).front().sequence;
      if (start < best_start || older) {
        best_start = start;
        best = index;
      }
    }
    if (best_start == kNever && overtakes_ && send_overtaker(now_ps)) continue;
    if (best_start == kNever) break;
    const WaitingTrain train = queue_.waiting(best).front();
    // A start that only credits hold back may still be overtaken from another queue: wait for it.
    if (best_start > std::max({now_ps, train.head_ps, link_.free_ps()})) {
      client_.pump_egress_at(best_start);
      break;
    }
    queue_.pop_waiting(best);
    transmit(*train.packet, link_.cost(*train.packet), train.wire_bytes,
             Supply{train.head_ps, train.tail_ps}, best_start, now_ps);
  }
}

bool EgressSide::send_overtaker(Picoseconds now_ps) {
  for (std::uint64_t left = queue_.waiting_queues(); left != 0; left &= left - 1) {
    const unsigned queue = lowest_bit(left);
    const std::size_t place = overtaker(queue, now_ps);
    if (place == 0) continue;
    const WaitingTrain train = queue_.waiting(queue)[place];
    queue_.remove_waiting(queue, place);
    transmit(*train.packet, link_.cost(*train.packet), train.wire_bytes,
             Supply{train.head_ps, train.tail_ps}, std::max(train.head_ps, link_.free_ps()),
             now_ps);
    return true;
  }
  return false;
}

void EgressSide::transmit(Packet& packet, const TrainCost& before, std::uint64_t room_bytes,
                          const Supply& supply, Picoseconds start_ps, Picoseconds now_ps) {
  if (link_.encodes()) link_.encode(packet, client_.address_of(packet), start_ps);
  const TrainCost& cost = link_.encodes() ? link_.cost(packet) : before;
  const Picoseconds ungranted = packet.head_ps + fixed_ps_;  // had the arbiter said yes at once
  const Sent sent = link_.send(packet, cost, supply, start_ps);
  counters_.spent(LinkUse::blocked_arbiter, ungranted, supply.head_ps, now_ps);
  counters_.spent(LinkUse::blocked_credit, supply.head_ps, start_ps, now_ps);
  counters_.carried(sent.free_ps - cost.occupancy.whole_ps, sent.free_ps,
                    protocols::payload_bytes(packet), cost.wire.bytes, cost.wire.link_packets,
                    now_ps);
  queue_.leaves(protocols::queue_index(packet.vc, packet.traffic_class), room_bytes, sent.free_ps);
  if (room_wanted_) {
    room_wanted_ = false;
    client_.egress_room_again(start_ps);
  }
  client_.train_sent(packet, sent);
}

protocols::CreditSpan EgressSide::give_back(const Packet& packet, Picoseconds from_ps,
                                            Picoseconds at_ps) {
  return link_.give_back(packet.vc, packet.traffic_class, link_.cost(packet).demand, from_ps,
                         at_ps);
}

}  // namespace antares::models
