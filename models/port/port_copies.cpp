// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what is for several. The packet crosses its ingress link once and ends at the
// look-up; there it gets its members, and each gets a copy: a transaction of its own that is
// routed, bridged and delivered like any other, and whose end the original hears of. When all have
// ended the requester is answered once, with the worst of their statuses: at the last delivery
// where its protocol posts, else by a completion that its own port makes once all are in.
//
// A copy for members behind another switch is for several again at the other end of the link. It
// ends there in the same way, by an acknowledgement over that link where the requester waits for
// one.
#include <algorithm>

#include "antares/models/observe/packet_origin.h"
#include "antares/models/port/group_changes.h"
#include "antares/models/port/port_reduction.h"

namespace antares::models {
namespace {

constexpr auto kFine = static_cast<int>(tlm::TLM_OK_RESPONSE);

}  // namespace

// --- trains
// ---------------------------------------------------------------------------------------

void PortAdapter::copies_ready(Packet& packet, Picoseconds now_ps) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  if (original.reduction != nullptr) return reduction_->load_arrived(packet, now_ps);
  Replication& set = *original.copies;
  if (packet.id != 0) observe(PacketWhat::delivered, UnitKind::ingress, now_ps, packet);
  if (!set.made && !original.failed) {
    look_up(original);
    if (context_.member_timer != nullptr) watch_members(set);
  }
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  if (set.to_table) set.wire_bytes += ingress_link_.cost(packet).wire.bytes;
  if (set.to_table && last && !original.failed) write_table(original);
  Packet* const first = original.failed && !last ? nullptr : make_copies(packet, now_ps);
  set.all_sent = last;
  // Asked before the copies go: the last of them may end on the spot, and all of it with it.
  const bool nobody_left = last && set.open == 0;
  if (first == nullptr) {
    free_ingress(packet, std::max(now_ps, packet.tail_ps) + credit_update_ps_);
    set.last_ps = std::max(set.last_ps, packet.tail_ps);
    context_.packets->put(&packet);
  } else {
    packet.head_ps = now_ps;
    packet.owner = nullptr;  // it stays as long as a copy waits, which may be given up before
    context_.crossbar->push_copies(packet, first);
  }
  if (nobody_left) end_original(original);
  if (far_ == nullptr) pump_device(now_ps);
}

// All of the write is here. It is answered when its change is in force: who has the answer knows
// that packets find the new set.
void PortAdapter::write_table(Transaction& original) {
  Replication& set = *original.copies;
  const auto& payload = payload_of(original.forwarded);
  if (original.poisoned) return set.add_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  GroupId group;
  MemberList members;
  auto why = context_.hypercast->read_entry(original.global_address, payload.get_data_ptr(),
                                            original.bytes, partition_->routes, group, members);
  if (why) {
    refuse_change(original, *why, set.wire_bytes);
  } else {
    const GroupUpdate update = context_.group_changes->change(
        group, members, {original.source, original.entered_ps, original.bytes, set.wire_bytes});
    why = update.refusal;
    if (!why) set.last_ps = std::max(set.last_ps, update.in_force_at_ps);
  }
  if (why) set.add_status(refuse_group(original, *why));
}

Packet* PortAdapter::make_copies(const Packet& packet, Picoseconds now_ps) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  Replication& set = *original.copies;
  const std::uint32_t offset = set.sent_bytes;
  set.sent_bytes += packet.bytes;
  const TrainCost in = ingress_link_.cost(packet);
  const Picoseconds replication =
      context_.hypercast == nullptr ? 0 : context_.hypercast->replication_ps();
  // What had to wait behind a train that was sent again may be all there before it is looked at.
  CopyHeads heads(now_ps + replication, in, std::max(now_ps, packet.tail_ps) + replication);
  std::vector<Packet*>& made = context_.copies_made;
  made.clear();
  Packet* stand_ins = nullptr;
  for (Replication::Copy& copy : set.copies) {
    Packet* const one = make_copy(packet, copy, offset);
    if (one == nullptr) continue;
    if (one->id == 0) {
      one->next = stand_ins;
      stand_ins = one;
      continue;
    }
    made.push_back(one);
    one->head_ps = bridge_ps(*copy.exit);
    if (one->bytes == packet.bytes) heads.add(copy.exit->egress_.cost(*one), one->head_ps);
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
    set.last_head_ps = std::max(set.last_head_ps, one.head_ps);
    one.next = first;
    first = &one;
  }
  // They share no read, and must not overtake what has been copied and is still to be queued.
  for (Packet* one = stand_ins; one != nullptr; one = one->next) {
    one->head_ps = one->tail_ps = std::max(now_ps, set.last_head_ps + 1);
    context_.scheduler->post(one->head_ps, Phase::arrival, origin_, *this, pack(kArrival, one));
  }
  for (Packet* one = first; one != nullptr; one = one->next) {
    // An origin of their own: a packet behind the original may have been numbered before them.
    one->id = copy_id(packet);
    observe(PacketWhat::injected, UnitKind::endpoint, now_ps, *one);
  }
  return first;
}

// What the port's engine sends enters the crossbar by an input of its own, in no order with what
// the port's device sends: another origin again.
std::uint64_t PortAdapter::copy_id(const Packet& original) {
  return port_origin(context_.switch_index, id_.value(), original.input != id_) | next_packet_++;
}

Packet* PortAdapter::make_copy(const Packet& packet, Replication::Copy& copy,
                               std::uint32_t offset_bytes) {
  auto& original = *static_cast<Transaction*>(packet.owner);
  Transaction& transaction = *copy.transaction;
  const std::uint32_t end = copy.from_bytes + copy.bytes;
  // One that was given up sends nothing more, but for what ends it.
  const bool given_up = transaction.then == nullptr;
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  const bool stand_in_only = original.failed || given_up;
  if (given_up && !last) return nullptr;
  const std::uint32_t from = std::max(offset_bytes, copy.from_bytes);
  const std::uint32_t to = std::min(offset_bytes + packet.bytes, end);
  // Without data there is still a packet (a message); a slice without data makes none.
  const bool empty = from >= to && packet.bytes != 0;
  if (copy.all_sent || (!stand_in_only && empty)) return nullptr;
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
    if (transaction.copies != nullptr) made.crossing |= protocols::kHasCopiesThere;
    return &made;
  }
  const std::uint64_t address = transaction.global_address + (from - copy.from_bytes);
  if ((packet.flags & protocols::kPoisoned) != 0) transaction.poisoned = true;
  made.bytes = to - from;
  made.address_low = static_cast<std::uint16_t>(address % 4096);
  made.flags &= ~(protocols::kLongAddress | protocols::kLastTrain);
  if (address >> 32 != 0) made.flags |= protocols::kLongAddress;
  if (copy.all_sent) made.flags |= protocols::kLastTrain;
  made.crossing = 0;
  set_crossing(made, *copy.exit);
  made.crossing |= protocols::kIsCopy;
  if (copy.exit->policy().marks_copies() && (made.crossing & protocols::kReclassify) == 0)
    copy.exit->policy().classify(made);
  if (transaction.copies != nullptr) made.crossing |= protocols::kHasCopiesThere;
  return &made;
}

void PortAdapter::free_ingress(const Packet& packet, Picoseconds home_ps) {
  if ((packet.crossing & protocols::kMadeByBridge) != 0) return;  // it came over no link
  if ((packet.crossing & protocols::kHasCopies) != 0) device_.several_left(packet.bytes, now_ps());
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
  Transaction* const original = copy.then;
  auto& payload = payload_of(copy.forwarded);
  int status = payload.get_response_status();
  if (status == tlm::TLM_INCOMPLETE_RESPONSE) status = tlm::TLM_GENERIC_ERROR_RESPONSE;
  if (copy.copies != nullptr) ReplicationPool::put(copy.copies);  // the next switch never had it
  if (copy.watched != 0) context_.member_timer->forget(copy);
  retire(copy);
  payload.release();
  if (original == nullptr) return;  // given up before
  Replication& set = *original->copies;
  if (status != kFine) ++counts_.copies_failed;
  set.add_status(status);
  set.last_ps = std::max({set.last_ps, at_ps, now_ps()});
  if (--set.open == 0 && set.all_sent) end_original(*original);
}

void PortAdapter::end_original(Transaction& original) {
  const int status = original.copies->status;
  const Picoseconds at = std::max(original.copies->last_ps, now_ps());
  ReplicationPool::put(original.copies);
  original.copies = nullptr;
  payload_of(original.forwarded).set_response_status(static_cast<tlm::tlm_response_status>(status));
  if (original.failed) return give_up(original);
  if (original.is_copy()) {  // it came from another switch
    if (original.then->posted) return original.requester->end_copy(original, at);
    return answer_from_bridge(original, at);
  }
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
    if (copy.transaction->copies != nullptr)
      copy.exit->far_->adapter().forget_copies(*copy.transaction);
    auto& payload = payload_of(copy.transaction->forwarded);
    if (copy.transaction->watched != 0) context_.member_timer->forget(*copy.transaction);
    retire(*copy.transaction);
    payload.release();
  }
  ReplicationPool::put(original.copies);
  original.copies = nullptr;
}

}  // namespace antares::models
