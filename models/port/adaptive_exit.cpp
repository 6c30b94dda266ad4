// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/adaptive_exit.h"

#include <algorithm>

namespace antares::models {
namespace {

std::uint64_t shuffled(
    std::uint64_t value) {  // splitmix64's finish: every bit counts for every bit
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

std::int64_t credits_left(std::uint32_t available, std::int64_t bound) {
  // What a receiver grants without limit reads as the largest number (CreditLedger::available).
  return available == ~std::uint32_t{0} ? ExitState::kUnlimited
                                        : static_cast<std::int64_t>(available) - bound;
}

std::uintptr_t whole_of(const Packet& packet) {
  // Transactions are aligned to more than a byte.
  return reinterpret_cast<std::uintptr_t>(packet.owner) |
         (packet.kind == PacketKind::completion ? 1u : 0u);
}

/// Trains that leave by a link as they came in; copies, and what an engine makes, are not chosen.
constexpr std::uint8_t kNotBound =
    protocols::kIsCopy | protocols::kHasCopies | protocols::kEndsInBridge | protocols::kForEngine;

}  // namespace

void AdaptiveExit::count(const Packet& packet, int sign) {
  if (port_.far_ == nullptr || (packet.crossing & kNotBound) != 0) return;
  const FabricContext& fabric = port_.context_;
  if (fabric.reduction != nullptr && packet.input.value() >= fabric.first_engine) return;
  const protocols::CreditAmount demand = port_.egress_.cost(packet).demand;
  data_ += sign * static_cast<std::int64_t>(demand.data);
  header_ += sign * static_cast<std::int64_t>(demand.header);
  bytes_ += sign * (static_cast<std::int64_t>(protocols::payload_bytes(packet)) + 1);
}

ExitState AdaptiveExit::state(const Packet& packet, Picoseconds now_ps) const {
  LinkTransmitter& link = port_.egress_.link();
  const auto free = link.ledger().available(packet.vc, packet.traffic_class, now_ps);
  ExitState state;
  state.data_credits = credits_left(free.data, data_);
  state.header_credits = credits_left(free.header, header_);
  state.drained_ps = std::max(now_ps, link.free_ps()) +
                     link.rate().occupancy_ps(static_cast<std::uint64_t>(bytes_));
  state.up = port_.link_up();
  return state;
}

bool AdaptiveExit::keeps_order(const Packet& packet) const {
  // Free is who may pass, and may be passed by, both its like and a plain write.
  const protocols::LinkPolicy& policy = port_.policy();
  Packet own = packet;
  own.owner = nullptr;
  Packet write;
  write.kind = PacketKind::write;
  write.bytes = packet.bytes;
  write.source = packet.source;
  write.destination = packet.destination;
  policy.classify(own);
  policy.classify(write);
  return !policy.may_pass(own, own) || !policy.may_pass(own, write) || !policy.may_pass(write, own);
}

std::uint64_t AdaptiveExit::hash_of(const Packet& packet) const {
  return shuffled(port_.context_.seed * 1'000'003 + packet.source.value() * 65'537ull +
                  packet.destination.value() * 4099ull + port_.context_.switch_index);
}

PortId AdaptiveExit::pick(const std::vector<PortId>& ways, const Packet& packet) {
  exits_.clear();
  const Picoseconds now = port_.now_ps();
  for (const PortId way : ways) {
    Packet there = packet;
    PortAdapter& exit = *port_.context_.ports[way.value()];
    exit.policy().classify(there);
    exits_.push_back(exit.adaptive_->state(there, now));
  }
  return ways[best_exit(exits_, protocols::payload_bytes(packet) != 0, hash_of(packet))];
}

PortAdapter& AdaptiveExit::choose(EndpointId destination, const Packet& packet) {
  const RouteTable& table = port_.partition_->routes;
  const std::vector<PortId>& ways = table.ways_to(destination);
  const auto& transaction = *static_cast<const Transaction*>(packet.owner);
  if (ways.empty() || (transaction.ending & Transaction::kKeepsWay) == 0)
    return *port_.context_.ports[table.port_of(destination).value()];
  AdaptiveRoutes& routes = *port_.context_.adaptive;
  if (routes.by_hash()) return *port_.context_.ports[ways[hash_of(packet) % ways.size()].value()];
  std::optional<PortId> way;
  if (keeps_order(packet)) {
    const std::uint32_t epoch = keeper_of(transaction)->epoch(packet.source, packet.destination);
    way = routes.flow_way(packet.source, destination, epoch);
    if (!way) routes.set_flow_way(packet.source, destination, epoch, *(way = pick(ways, packet)));
  } else {
    const bool last = (packet.flags & protocols::kLastTrain) != 0;
    way = routes.whole_way(whole_of(packet));
    if (last && way) routes.forget_whole(whole_of(packet));
    // A train that got lost may have left an entry of an earlier transaction behind.
    if (way && std::find(ways.begin(), ways.end(), *way) == ways.end()) way.reset();
    if (!way) {
      way = pick(ways, packet);
      if (!last) routes.set_whole_way(whole_of(packet), *way);
    }
  }
  return *port_.context_.ports[way->value()];
}

AdaptiveRoutes* AdaptiveExit::keeper_of(const Transaction& transaction) {
  const PortAdapter* const a = transaction.requester;
  const PortAdapter* const b = transaction.completer;
  return (a->endpoint_.value() < b->endpoint_.value() ? a : b)->context_.adaptive.get();
}

void AdaptiveExit::begin(Transaction& transaction, Picoseconds now_ps) {
  const bool plain = transaction.copies == nullptr && transaction.reduction == nullptr;
  if (!plain || &transaction.completer->context_ == &transaction.requester->context_) return;
  AdaptiveRoutes* const keeper = keeper_of(transaction);
  keeper->begin(transaction.requester->endpoint_, transaction.completer->endpoint_, now_ps);
  transaction.ending |= Transaction::kKeepsWay;
}

void AdaptiveExit::end(const Transaction& transaction, Picoseconds now_ps) {
  keeper_of(transaction)
      ->end(transaction.requester->endpoint_, transaction.completer->endpoint_, now_ps);
}

void PortAdapter::route_by_load() { adaptive_ = std::make_unique<AdaptiveExit>(*this); }

}  // namespace antares::models
