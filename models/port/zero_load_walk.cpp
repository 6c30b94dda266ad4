// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/zero_load_walk.h"

#include <algorithm>

namespace antares::models {
namespace {

using protocols::LinkPolicy;

/// Link packets of one are link packets of the other, and take as long.
bool alike(const LinkPolicy& a, const LinkPolicy& b) {
  if (&a == &b) return true;
  const auto& rate = a.rate();
  const auto& other = b.rate();
  return a.protocol() == b.protocol() &&
         rate.per_byte.numerator * other.per_byte.denominator ==
             other.per_byte.numerator * rate.per_byte.denominator &&
         rate.flit_usable_bytes == other.flit_usable_bytes &&
         a.max_link_payload_bytes(protocols::PacketKind::write) ==
             b.max_link_payload_bytes(protocols::PacketKind::write);
}

/// More than a receiver grants, so that some have to come home on the way.
bool waits_for_credits(const LinkPolicy& link, const Packet& packet) {
  const protocols::CreditLedger ledger(link.receiver_credits());
  return !ledger.can_ever(packet.vc, packet.traffic_class, link.demand(packet));
}

constexpr std::uint32_t kMostAcknowledgedBytes = 1u << 20;

}  // namespace

std::uint32_t acknowledged_at_once(const LinkPolicy& policy, const Packet& rest,
                                   protocols::CreditAmount pool) {
  // CostCache bounds what a train may count.
  Packet train = rest;
  train.bytes = std::min(rest.bytes, kMostAcknowledgedBytes);
  for (; train.bytes > 1; train.bytes /= 2) {
    const auto demand = policy.demand(train);
    if (demand.header <= pool.header / 4 && demand.data <= pool.data / 4) break;
  }
  if (train.bytes == rest.bytes) return rest.bytes;
  return policy.train_bytes(rest, 0, train.bytes);
}

bool ZeroLoadWalk::wanted(const Packet& packet, const LinkPolicy& first_link,
                          const ZeroLoadWay& way) {
  bool several = first_link.wire_cost(packet).link_packets > 1;
  bool unlike = false;
  Packet leaving = packet;
  for (const ZeroLoadHop& hop : way) {
    unlike = unlike || !alike(*hop.in, *hop.out);
    hop.out->classify(leaving);
    several = several || hop.out->wire_cost(leaving).link_packets > 1;
  }
  if (!several) return false;
  if (unlike || waits_for_credits(first_link, packet)) return true;
  leaving = packet;
  for (const ZeroLoadHop& hop : way) {
    hop.out->classify(leaving);
    if (waits_for_credits(*hop.out, leaving)) return true;
  }
  return first_link.make_encoder() != nullptr;
}

ZeroLoadWalk::ZeroLoadWalk(const LinkPolicy& first_link, Picoseconds first_propagation_ps,
                           const ZeroLoadWay& way, Picoseconds freed_ps)
    : first_(first_link, first_propagation_ps, first_link.receiver_credits()), freed_ps_(freed_ps) {
  stations_.reserve(protocols::kMostHops);  // steps point at links
  for (const ZeroLoadHop& hop : way) {
    const auto credits = hop.out->receiver_credits();
    stations_.push_back({hop, LinkTransmitter(*hop.out, hop.out_propagation_ps, credits),
                         EgressQueue(hop.egress_queue_bytes, credits.virtual_channels)});
  }
}

std::optional<Sent> ZeroLoadWalk::pass(const Packet& whole) {
  Sent all;
  // As a device does it where a train is one link packet.
  std::uint32_t train_bytes = first_.policy().max_link_payload_bytes(whole.kind);
  if (whole.request_bytes != 0)
    train_bytes = std::min<std::uint32_t>(train_bytes, whole.request_bytes);
  for (std::uint32_t offset = 0; offset < whole.bytes || offset == 0;) {
    Step step{whole, {}, {}};
    step.packet.bytes = first_.policy().train_bytes(whole, offset, train_bytes);
    step.packet.address_low = static_cast<std::uint16_t>((whole.address_low + offset) % 4096);
    const std::uint64_t address = std::uint64_t{whole.address_low} + offset;
    const bool last = offset + step.packet.bytes == whole.bytes;
    if (!first(step, address)) return std::nullopt;
    LinkTransmitter* in = &first_;
    if (!through(step, in, address)) return std::nullopt;
    if (offset == 0) all = step.sent;
    all.free_ps = step.sent.free_ps;
    all.tail_ps = step.sent.tail_ps;
    if (last) break;
    // Who is at the end takes the others out of its buffer as they come.
    in->give_back(step.packet.vc, step.packet.traffic_class, step.cost.demand,
                  step.sent.head_ps + freed_ps_, step.sent.tail_ps + freed_ps_);
    offset += step.packet.bytes;
  }
  return all;
}

bool ZeroLoadWalk::first(Step& step, std::uint64_t address) {
  const Picoseconds free = first_.free_ps();
  const Picoseconds start = first_.credits_at(step.packet, first_.cost(step.packet), free);
  if (start == kNever) return false;
  if (first_.encodes()) first_.encode(step.packet, address, start);
  step.cost = first_.cost(step.packet);
  step.sent = first_.send(step.packet, step.cost, Supply{start, 0}, start);
  return true;
}

bool ZeroLoadWalk::through(Step& step, LinkTransmitter*& in, std::uint64_t address) {
  for (Station& station : stations_) {
    if (!next(station, in, step, address)) return false;
    in = &station.link;
  }
  return true;
}

std::optional<Sent> ZeroLoadWalk::pass_made_here(const Packet& answer) {
  LinkTransmitter& link = stations_.front().link;
  const auto pool = link.ledger().initial(answer.vc, answer.traffic_class);
  Sent all;
  Packet rest = answer;
  while (rest.bytes != 0) {
    Step step{rest, {}, {}};
    step.packet.bytes = acknowledged_at_once(link.policy(), rest, pool);
    // It crosses in the protocol of the link it leaves by.
    step.cost = link.cost(step.packet);
    LinkTransmitter* in = nullptr;
    const std::uint64_t address = std::uint64_t{answer.address_low} + answer.bytes - rest.bytes;
    if (!through(step, in, address)) return std::nullopt;
    if (rest.bytes == answer.bytes) all = step.sent;
    all.free_ps = step.sent.free_ps;
    all.tail_ps = step.sent.tail_ps;
    in->give_back(step.packet.vc, step.packet.traffic_class, step.cost.demand,
                  step.sent.head_ps + freed_ps_, step.sent.tail_ps + freed_ps_);
    rest.address_low = static_cast<std::uint16_t>((rest.address_low + step.packet.bytes) % 4096);
    rest.bytes -= step.packet.bytes;
  }
  return all;
}

Sent ZeroLoadWalk::from_bridge(const Packet& answer, const ZeroLoadWay& way, Picoseconds freed_ps) {
  const ZeroLoadHop& hop = *way.begin();
  Packet whole = answer;
  hop.out->classify(whole);
  if (hop.out->wire_cost(whole).link_packets > 1)
    if (const auto sent = ZeroLoadWalk(*hop.out, 0, way, freed_ps).pass_made_here(whole))
      return *sent;
  return zero_load_from_bridge(answer, way);
}

bool ZeroLoadWalk::next(Station& station, LinkTransmitter* in, Step& step, std::uint64_t address) {
  const ZeroLoadHop& hop = station.hop;
  LinkTransmitter& out = station.link;
  Packet packet = step.packet;
  if (in == nullptr || hop.in != hop.out || in->encodes()) hop.out->classify(packet);
  const TrainCost cost = out.cost(packet);
  const Picoseconds entry = in == nullptr ? hop.bridge_ps : hop.delays.rx_ps + hop.bridge_ps;
  const Picoseconds tail = step.sent.tail_ps + entry;
  const unsigned queue = protocols::queue_index(packet.vc, packet.traffic_class);

  Picoseconds granted = std::max(
      {cut_through_ps(step.sent, cost) + entry, station.input_free_ps, station.output_free_ps});
  granted = station.queue.room_at(queue, cost.wire.bytes, granted);
  const Picoseconds read = at_speed(step.cost.bytes_ps, hop.input_speedup);
  station.input_free_ps = granted + read;
  station.output_free_ps = granted + at_speed(cost.bytes_ps, hop.output_speedup);
  const Picoseconds left = std::max(granted + read, tail);
  const Picoseconds first_left = std::min(left, granted + read / step.cost.wire.link_packets);
  if (in != nullptr)
    in->give_back(step.packet.vc, step.packet.traffic_class, step.cost.demand,
                  first_left + hop.in_credit_update_ps, left + hop.in_credit_update_ps);

  station.queue.take_room(queue, cost.wire.bytes);
  const Supply supply{
      granted + hop.delays.fixed_ps,
      crossbar_tail_ps(granted, tail, step.cost, hop.input_speedup, cost, hop.output_speedup) +
          hop.delays.fixed_ps};
  const Picoseconds at = std::max(supply.head_ps, out.free_ps());
  const Picoseconds start = out.credits_at(packet, cost, at);
  if (start == kNever) return false;
  if (out.encodes()) out.encode(packet, address, start);
  step.packet = packet;
  step.cost = out.cost(packet);
  step.sent = out.send(packet, step.cost, supply, start);
  station.queue.leaves(queue, cost.wire.bytes, step.sent.free_ps);
  return true;
}

}  // namespace antares::models
