// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what is for several. The packet crosses its ingress link once and ends at the look-up;
// there it gets its members, and each gets a copy: a transaction of its own that is routed, bridged
// and delivered like any other, and whose end the original hears of. When all have ended the
// requester is answered once, with the worst of their statuses: at the last delivery where its
// protocol posts, else by a completion that its own port makes once all are in.
//
// A copy for members behind another switch is for several again at the other end of the link. It
// ends there in the same way, by an acknowledgement over that link where the requester waits for one.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {

tlm::tlm_generic_payload& payload_of(void* payload) {
  return *static_cast<tlm::tlm_generic_payload*>(payload);
}

/// A payload for bytes [from, from + bytes) of the original's data.
tlm::tlm_generic_payload& part_of(const tlm::tlm_generic_payload& original, std::uint32_t from,
                                  std::uint32_t bytes, bool own_data, PayloadPool& pool) {
  tlm::tlm_generic_payload& part = own_data ? copy_of(original) : pool.get();
  if (!own_data) {
    part.set_command(original.get_command());
    part.set_data_ptr(original.get_data_ptr());
    part.set_byte_enable_ptr(original.get_byte_enable_ptr());
    part.set_byte_enable_length(original.get_byte_enable_length());
    auto& hint = PayloadPool::hint(part);
    hint = PacketHint();
    if (const auto* said = original.get_extension<PacketHint>()) hint = *said;
    hint.group = nullptr;
  }
  if (part.get_data_ptr() != nullptr) part.set_data_ptr(part.get_data_ptr() + from);
  part.set_data_length(bytes);
  part.set_streaming_width(bytes);
  part.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  return part;
}

constexpr auto kFine = static_cast<int>(tlm::TLM_OK_RESPONSE);

}  // namespace

// --- whom it is for
// --------------------------------------------------------------------------------

bool PortAdapter::for_several(const tlm::tlm_generic_payload& payload) const {
  const auto* hint = payload.get_extension<PacketHint>();
  return (hint != nullptr && hint->group != nullptr) ||
         context_.hypercast->in_window(payload.get_address());
}

std::optional<HypercastRefusal> PortAdapter::members_of(const Transaction& transaction,
                                                        const tlm::tlm_generic_payload& payload,
                                                        std::vector<MemberCopy>& members) {
  const auto* hint = payload.get_extension<PacketHint>();
  const GroupNaming* const naming = hint == nullptr ? nullptr : hint->group.get();
  if (transaction.kind == PacketKind::read) return HypercastRefusal::read;
  const bool whole = transaction.kind == PacketKind::atomic ||
                     (transaction.flags & protocols::kByteEnables) != 0;
  if (whole && naming != nullptr && naming->scatter_unit_bytes != 0)
    return HypercastRefusal::cannot_scatter;
  return context_.hypercast->resolve(
      {transaction.global_address, transaction.bytes, endpoint_, naming}, partition_->routes,
      now_ps(), members);
}

tlm::tlm_response_status PortAdapter::refuse_group(const Transaction& transaction,
                                                   HypercastRefusal why) {
  ++counts_.multicast_refused;
  note(protocols::ErrorKind::unsupported_request, &transaction);
  last_refusal_ = std::string("refused by Hypercast: ") + models::name(why);
  return why == HypercastRefusal::read || why == HypercastRefusal::cannot_scatter
             ? tlm::TLM_COMMAND_ERROR_RESPONSE
             : tlm::TLM_ADDRESS_ERROR_RESPONSE;
}

RequestVerdict PortAdapter::send_to_several(Transaction& transaction,
                                            tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  payload.acquire();
  // Members may be anywhere: none gets a copy while a port of the partition moves.
  if (partition_->moving != 0) return hold(transaction, payload, at_ps);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  transaction.entered_ps = at_ps;
  Replication& set = *context_.replications.get();
  // What would be refused now is refused at the door, as an unmapped address is; the members are
  // those that the packet finds when it gets to the look-up.
  if (const auto why = members_of(transaction, payload, set.members)) {
    context_.replications.put(&set);
    answer_refused(transaction, refuse_group(transaction, *why), at_ps);
    return RequestVerdict::accepted;
  }
  set.members.clear();
  transaction.copies = &set;
  transaction.completer = this;
  transaction.destination = endpoint_;
  transaction.local_address = transaction.global_address;
  transaction.posted = !completes(transaction);
  transaction.answer_bytes = 0;  // of an atomic nobody's old value is the answer
  return take_in(transaction, payload, at_ps);
}

void PortAdapter::look_up(Transaction& original) {
  Replication& set = *original.copies;
  set.made = true;
  const auto& payload = payload_of(original.forwarded);
  if (!set.known) {
    if (const auto why = members_of(original, payload, set.members)) {
      set.add_status(refuse_group(original, *why));
      return;
    }
  }
  ++counts_.multicast_packets;
  for (const MemberCopy& member : set.members) add_member(original, member);
}

void PortAdapter::add_member(Transaction& original, const MemberCopy& member) {
  Replication& set = *original.copies;
  const Target target = find_target(member.address, member.bytes);
  if (target.window == nullptr || !target.port->edge.has_device_target() || target.port->moving_) {
    ++counts_.copies_refused;
    note(protocols::ErrorKind::unsupported_request, &original);
    last_refusal_ = "a member of the group cannot be reached";
    return set.add_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  PortAdapter& exit = exit_to(*target.port);
  Transaction& copy = add_copy(original, exit, member);
  direct(copy, target);
  auto status = hides(copy) ? tlm::TLM_ADDRESS_ERROR_RESPONSE : refused_there(copy);
  if (status == tlm::TLM_OK_RESPONSE) return;
  ++counts_.copies_refused;
  set.copies.pop_back();
  payload_of(copy.forwarded).set_response_status(status);
  end_copy(copy, 0);
}

Transaction& PortAdapter::add_copy(Transaction& original, PortAdapter& exit,
                                   const MemberCopy& member) {
  Replication& set = *original.copies;
  Transaction& copy = *context_.transactions->get();
  const auto& payload = payload_of(original.forwarded);
  // A device whose link fails may still look at what it has not answered; an atomic writes there.
  const bool own_data = exit.faults_ != nullptr || original.kind == PacketKind::atomic;
  copy.forwarded = &part_of(payload, member.from_bytes, member.bytes, own_data,
                            *context_.payloads);
  copy.payload = copy.forwarded;
  copy.ending = Transaction::kIsCopy | Transaction::kOwnsCopy;
  copy.answered = true;  // no requester waits at an edge for this one
  copy.then = &original;
  copy.requester = this;
  copy.global_address = member.address;
  copy.bytes = member.bytes;
  copy.request_bytes = original.request_bytes;
  copy.source = original.source;
  copy.destination = member.endpoint;
  copy.kind = original.kind;
  copy.atomic = original.atomic;
  copy.flags = original.flags;
  copy.byte_enable_holes = original.byte_enable_holes;
  copy.poisoned = original.poisoned;
  copy.posted = original.posted;
  if (original.kind == PacketKind::atomic)
    copy.answer_bytes = payload.get_extension<PacketHint>()->operand_bytes;
  set.copies.push_back({&copy, &exit, member.from_bytes, member.bytes});
  ++set.open;
  ++counts_.multicast_copies;
  return copy;
}

// --- trains
// ---------------------------------------------------------------------------------------

void PortAdapter::copies_ready(Packet& packet, Picoseconds now_ps) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  Replication& set = *original.copies;
  if (packet.id != 0) observe(PacketWhat::delivered, UnitKind::ingress, now_ps, packet);
  if (!set.made && !original.failed) look_up(original);
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  Packet* const first = original.failed && !last ? nullptr : make_copies(packet, now_ps);
  set.all_sent = last;
  if (first == nullptr) {
    free_ingress(packet, std::max(now_ps, packet.tail_ps) + credit_update_ps_);
    set.last_ps = std::max(set.last_ps, packet.tail_ps);
    context_.packets->put(&packet);
  } else if ((packet.crossing & protocols::kMadeByBridge) == 0) {
    packet.head_ps = now_ps;
    context_.crossbar->push_copies(packet, first);
  } else {  // stand-ins hold nothing that they could share
    context_.packets->put(&packet);
    for (Packet* copy = first; copy != nullptr;) {
      Packet& next = *copy;
      copy = copy->next;
      next.head_ps = next.tail_ps = now_ps;
      context_.crossbar->push(next);
    }
  }
  if (last && set.open == 0) end_original(original);
  if (far_ == nullptr) pump_device(now_ps);
}

Packet* PortAdapter::make_copies(const Packet& packet, Picoseconds now_ps) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  Replication& set = *original.copies;
  const std::uint32_t offset = set.sent_bytes;
  set.sent_bytes += packet.bytes;
  const TrainCost in = ingress_link_.cost(packet);
  const Picoseconds replication = context_.hypercast == nullptr
                                      ? 0
                                      : context_.hypercast->replication_ps();
  CopyHeads heads(now_ps + replication, in, packet.tail_ps + replication);
  std::vector<Packet*>& made = context_.copies_made;
  made.clear();
  for (Replication::Copy& copy : set.copies) {
    Packet* const one = make_copy(packet, copy, offset);
    if (one == nullptr) continue;
    made.push_back(one);
    one->head_ps = bridge_ps(*copy.exit);
    if (one->bytes == packet.bytes)
      heads.add(copy.exit->egress_.cost(*one), one->head_ps);
  }
  // Those that change their protocol come later, and do not hold up the others: what follows on the
  // link must not overtake them.
  std::stable_sort(made.begin(), made.end(),
                   [](const Packet* a, const Packet* b) { return a->head_ps < b->head_ps; });
  Packet* first = nullptr;
  for (auto it = made.rbegin(); it != made.rend(); ++it) {
    Packet& one = **it;
    const Picoseconds bridge = one.head_ps;
    one.head_ps = one.bytes == packet.bytes ? heads.of(bridge) : heads.tail_ps() + bridge;
    one.tail_ps = std::max(one.head_ps, heads.tail_ps() + bridge);
    one.next = first;
    first = &one;
    if (one.id != 0) observe(PacketWhat::injected, UnitKind::endpoint, now_ps, one);
  }
  return first;
}

Packet* PortAdapter::make_copy(const Packet& packet, Replication::Copy& copy,
                               std::uint32_t offset_bytes) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  Transaction& transaction = *copy.transaction;
  const std::uint32_t end = copy.from_bytes + copy.bytes;
  const bool stand_in_only = original.failed;
  const std::uint32_t from = std::max(offset_bytes, copy.from_bytes);
  const std::uint32_t to = std::min(offset_bytes + packet.bytes, end);
  if (copy.all_sent || (!stand_in_only && from >= to)) return nullptr;
  Packet& made = *context_.packets->get();
  made = packet;
  made.owner = &transaction;
  made.output = copy.exit->id_;
  made.destination = transaction.destination;
  copy.all_sent = stand_in_only || to == end;
  if (stand_in_only) {
    transaction.failed = true;
    made.crossing = 0;
    stand_in(made, *copy.exit);
    return &made;
  }
  const std::uint64_t address = transaction.global_address + (from - copy.from_bytes);
  made.id = next_id();
  made.bytes = to - from;
  made.address_low = static_cast<std::uint16_t>(address % 4096);
  made.flags &= ~(protocols::kLongAddress | protocols::kLastTrain);
  if (address >> 32 != 0) made.flags |= protocols::kLongAddress;
  if (copy.all_sent) made.flags |= protocols::kLastTrain;
  made.crossing = 0;
  set_crossing(made, *copy.exit);
  made.crossing |= protocols::kIsCopy;
  return &made;
}

void PortAdapter::free_ingress(const Packet& packet, Picoseconds home_ps) {
  if ((packet.crossing & protocols::kMadeByBridge) != 0) return;  // it came over no link
  const auto demand = ingress_link_.cost(packet).demand;
  if (far_ != nullptr) {
    far_->credits_home(packet.vc, packet.traffic_class, demand, home_ps, home_ps);
  } else {
    ingress_link_.give_back(packet.vc, packet.traffic_class, demand, home_ps, home_ps);
  }
}

// --- ends
// -----------------------------------------------------------------------------------------

void PortAdapter::end_copy(Transaction& copy, Picoseconds at_ps) {
  Transaction& original = *copy.then;
  Replication& set = *original.copies;
  auto& payload = payload_of(copy.forwarded);
  int status = payload.get_response_status();
  if (status == tlm::TLM_INCOMPLETE_RESPONSE) status = tlm::TLM_GENERIC_ERROR_RESPONSE;
  if (status != kFine) ++counts_.copies_failed;
  set.add_status(status);
  set.last_ps = std::max({set.last_ps, at_ps, now_ps()});
  retire(copy);
  payload.release();
  if (--set.open == 0 && set.all_sent) end_original(original);
}

void PortAdapter::end_original(Transaction& original) {
  const int status = original.copies->status;
  const Picoseconds at = std::max(original.copies->last_ps, now_ps());
  context_.replications.put(original.copies);
  original.copies = nullptr;
  payload_of(original.forwarded)
      .set_response_status(static_cast<tlm::tlm_response_status>(status));
  if (original.failed) return give_up(original);
  if (original.answered) {
    if (status != kFine) ++counts_.lost_posted_errors;
    return finish(original);
  }
  if (original.posted) return answer(original, at);
  original.request_arrived = true;
  answer_from_bridge(original, at);
}

void PortAdapter::forget_copies(Transaction& original) {
  for (const Replication::Copy& copy : original.copies->copies) {
    auto& payload = payload_of(copy.transaction->forwarded);
    retire(*copy.transaction);
    payload.release();
  }
  context_.replications.put(original.copies);
  original.copies = nullptr;
}

}  // namespace antares::models
