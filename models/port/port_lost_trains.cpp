// SPDX-License-Identifier: Apache-2.0
// PortAdapter: trains that a link loses or does not take, and what is sent in place of the last
// one. A transaction lives until its last train has ended, delivered or not: packets point at it.
// So the last train must not end before the others have, wherever they are:
//   one that can never be sent, or is lost on its way, is replaced by a stand-in of minimal size,
//   which goes the way of the others behind them. Behind: not before those arrive that are on the
//   wire, at the port and not yet looked at, or on their way into the crossbar;
//   one that is dropped at a device's link ends when those on that link have;
//   one that is all there is of its transaction has none to wait for.
#include <algorithm>

#include "antares/models/port/adaptive_exit.h"
#include "antares/models/port/port_reduction.h"

namespace antares::models {

using protocols::ErrorKind;

namespace {

/// Damaged data that this port keeps from going out. A link that is reset in no time is up again
/// when its queue is emptied: then that is not why it goes.
bool keeps_back(const PortConfig& config, const Packet& packet) {
  return config.faults && config.faults->block_poisoned &&
         (packet.flags & protocols::kPoisoned) != 0;
}

}  // namespace

// When the receiver frees a train that has come, or is found to be lost, at at_ps: of one that is
// lost though the link stays up, when the sender's repair message has crossed it. That is counted:
// ask once.
Picoseconds PortAdapter::freed_ps(LinkTransmitter& sender, const Packet& packet,
                                  Picoseconds at_ps) const {
  if (!faults_->condemned(packet.id)) return at_ps;
  const Picoseconds repaired_ps = sender.repaired_ps(packet, at_ps);
  return repaired_ps == at_ps ? at_ps : repaired_ps + sender.propagation_ps();
}

void PortAdapter::send_stand_in(const SendJob& job, Picoseconds now_ps) {
  Transaction& transaction = *job.transaction;
  transaction.failed = true;
  Packet& packet = *context_.packets->get();
  device_.shape(job, 0, packet);
  packet.flags |= protocols::kLastTrain;
  if (transaction.copies != nullptr && !job.response) packet.crossing = protocols::kHasCopies;
  stand_in(packet, exit_to(next_stop(transaction, job.response), packet));
  if (transaction.reduction != nullptr && PortReduction::ends_in_engine(transaction, job.response))
    reduction_->to_engine(packet);
  if (transaction.ends_in_bridge)
    packet.crossing = protocols::kEndsInBridge | protocols::kMadeByBridge;
  PortAdapter& out = *context_.ports[packet.output.value()];
  if (out.adaptive_ != nullptr) out.adaptive_->bind(packet);
  // Behind those on the wire, of which some are at the port and not yet looked at.
  packet.head_ps = packet.tail_ps = std::max(now_ps, last_arrival_ps_);
  post_arrival(packet);
}

void PortAdapter::minimize(Packet& packet) {
  static_cast<Transaction*>(packet.owner)->failed = true;
  packet.id = 0;  // nothing that observers should hear of
  // A link packet has to have something in it; a completion need not.
  packet.bytes = packet.kind == PacketKind::completion ? 0 : 1;
  packet.flags &= ~(protocols::kByteEnables | protocols::kPoisoned);
}

void PortAdapter::stand_in(Packet& packet, PortAdapter& to) {
  const std::uint8_t copies = packet.crossing & protocols::kHasCopies;
  const bool for_engine = (packet.crossing & protocols::kForEngine) != 0;
  minimize(packet);
  packet.input = id_;
  packet.output = to.id_;
  packet.crossing = 0;
  set_crossing(packet, to);
  packet.crossing |= protocols::kMadeByBridge | copies;
  if (for_engine) reduction_->to_engine(packet);
}

bool PortAdapter::lost_on_arrival(Packet& packet, Picoseconds now_ps) {
  if ((packet.crossing & protocols::kMadeByBridge) != 0) return false;  // came over no link
  LinkTransmitter& sender = far_ == nullptr ? ingress_link_ : far_->adapter().egress_.link();
  const Picoseconds freed = freed_ps(sender, packet, now_ps);
  if (!faults_->lost(packet.id)) return false;
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  free_ingress(packet, freed + credit_update_ps_);
  PortAdapter& out = *context_.ports[packet.output.value()];
  if (out.adaptive_ != nullptr) out.adaptive_->unbind(packet);
  ++counts_.trains_lost;
  drop(packet, UnitKind::ingress, now_ps);
  transaction.failed = true;
  if ((packet.flags & protocols::kLastTrain) == 0) {
    context_.packets->put(&packet);
    return true;
  }
  if ((packet.crossing & protocols::kEndsInBridge) != 0) {
    Transaction* const then = transaction.then;
    context_.packets->put(&packet);
    if (transaction.is_copy() || transaction.is_partial()) {
      give_up(transaction);
      return true;
    }
    retire(transaction);
    if (then != nullptr) give_up(*then);
    return true;
  }
  stand_in(packet, out);
  if (out.adaptive_ != nullptr) out.adaptive_->bind(packet);
  packet.tail_ps = packet.head_ps;
  return false;  // it goes on, behind the trains before it
}

bool PortAdapter::lost_on_delivery(Packet& packet, Picoseconds now_ps) {
  if (packet.tail_ps == kNever) {  // it was dropped, and has waited for those on the wire
    end_dropped(packet);
    return true;
  }
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  // Of a train before the last train_sent() has asked.
  const Picoseconds freed = last ? freed_ps(egress_.link(), packet, now_ps) : now_ps;
  const bool lost = faults_->lost(packet.id);
  if (lost) {
    ++counts_.trains_lost;
    drop(packet, UnitKind::egress, now_ps);
    transaction.failed = true;
  } else {
    observe(PacketWhat::delivered, UnitKind::endpoint, now_ps, packet);
  }
  if (!last) {  // train_sent() has given its credits back
    context_.packets->put(&packet);
    return true;
  }
  if (lost) {
    transaction.held_train = &packet;
    release_held(transaction, freed);
    give_up(transaction);
  }
  return lost;
}

bool PortAdapter::is_whole(const Packet& packet) {
  const auto& transaction = *static_cast<const Transaction*>(packet.owner);
  const bool answers =
      packet.kind == PacketKind::completion && (packet.flags & protocols::kAcknowledges) == 0;
  return packet.id != 0 && packet.bytes == (answers ? transaction.answer_bytes : transaction.bytes);
}

bool PortAdapter::train_dropped(Packet& packet) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  const bool whole = is_whole(packet);
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  // Not that the link is down: what is damaged is kept from it (PCIe: poisoned TLP egress
  // blocking).
  const bool blocked = keeps_back(config_, packet) && link_up();
  ++counts_.trains_dropped;
  if (blocked) note(ErrorKind::poison_blocked, &transaction);
  drop(packet, UnitKind::egress, now_ps(), blocked ? DropReason::poisoned : DropReason::link_down);
  if (blocked && last && !whole) {  // those before it may wait for the link
    minimize(packet);
    return false;
  }
  if (adaptive_ != nullptr) adaptive_->unbind(packet);
  if (!last) {
    transaction.failed = true;
    context_.packets->put(&packet);
  } else if (whole && !transaction.is_partial()) {
    end_dropped(packet);
  } else if (whole || far_ == nullptr) {
    end_behind_others(packet);
  } else {
    far_->adapter().end_what_came(packet);
    context_.packets->put(&packet);
  }
  return true;
}

// A partial result's end is that of others, which are in the middle of something.
void PortAdapter::end_behind_others(Packet& packet) {
  const auto& transaction = *static_cast<const Transaction*>(packet.owner);
  if (last_delivery_ps_ <= now_ps() && !transaction.is_partial()) return end_dropped(packet);
  packet.tail_ps = kNever;
  context_.scheduler->post(std::max(now_ps(), last_delivery_ps_), Phase::departure, origin_, *this,
                           pack(kDeliver, &packet));
}

void PortAdapter::end_dropped(Packet& packet) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  const bool completion = packet.kind == PacketKind::completion;
  const bool blocked = keeps_back(config_, packet) && link_up();
  context_.packets->put(&packet);
  if (completion || transaction.failed || transaction.answered) return give_up(transaction);
  set_error(transaction.forwarded);
  ++counts_.error_responses;
  if (!blocked) note(ErrorKind::unsupported_request, &transaction);
  if (transaction.posted) {
    transaction.requester->answer(transaction, now_ps());
  } else {
    transaction.request_arrived = true;
    answer_from_bridge(transaction, now_ps());
  }
}

void PortAdapter::drop(const Packet& packet, UnitKind unit, Picoseconds now_ps, DropReason reason) {
  if (packet.id == 0 || !context_.observe->active(PacketWhat::dropped)) return;
  auto event = packet_event(now_ps, PacketWhat::dropped,
                            PacketWhere{unit, context_.switch_index, id_.value()}, packet);
  event.reason = reason;
  context_.observe->emit(event);
}

}  // namespace antares::models
