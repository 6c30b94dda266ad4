// SPDX-License-Identifier: Apache-2.0
// PortAdapter: where a transaction's two links disagree. Some protocols answer a write on the wire
// (UALink, Ethernet), some post it (PCIe, NVLink). The completer's answer that the requester's link
// does not carry ends in the switch; one that the requester waits for and the completer does not
// send is made there, once the completer has the write.
#include <algorithm>

#include "antares/models/port/adaptive_exit.h"
#include "antares/models/port/zero_load_walk.h"

namespace antares::models {

void PortAdapter::set_foreign_crossing(Packet& packet, const PortAdapter& to) {
  Packet leaving = packet;
  leaving.vc = static_cast<const Transaction*>(packet.owner)->vc;  // as EgressSide::accept() does
  to.policy().classify(leaving);
  packet.crossing = protocols::kReclassify;
  packet.egress_queue =
      static_cast<std::uint8_t>(protocols::queue_index(leaving.vc, leaving.traffic_class));
}

std::uint64_t PortAdapter::address_of(const Packet& packet) {
  // Trains of one transaction leave in order: their classes are queues.
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  std::uint32_t& left = transaction.left_switch_bytes[packet.hops];
  const std::uint64_t address = transaction.global_address + left;
  left += packet.bytes;
  if ((packet.flags & protocols::kLastTrain) != 0) left = 0;
  return address;
}

void PortAdapter::end_in_bridge(Transaction& transaction, Picoseconds at_ps, Transaction* then) {
  Transaction& answer = *context_.transactions->get();
  answer.requester = transaction.requester;
  answer.completer = this;
  answer.source = transaction.source;
  answer.destination = transaction.destination;
  answer.global_address = transaction.global_address;
  const auto& forwarded = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  answer.bytes = forwarded.is_response_error() ? 0 : transaction.bytes;
  answer.request_bytes = transaction.request_bytes;
  answer.vc = transaction.vc;
  answer.kind = transaction.kind;
  answer.answer_bytes = transaction.answer_bytes;
  answer.completes = true;
  answer.request_arrived = true;
  answer.ends_in_bridge = true;
  answer.then = then;
  if (at_ps > now_ps()) {
    context_.scheduler->post(at_ps, Phase::arrival, origin_, *this, pack(kEnqueue, &answer));
  } else {
    enqueue(job_of(answer, true, at_ps));
  }
}

void PortAdapter::absorb(Packet& packet, Picoseconds now_ps) {
  observe(PacketWhat::delivered, UnitKind::ingress, now_ps, packet);
  free_ingress(packet, now_ps + credit_update_ps_);
  // One acknowledge each link packet may make several trains: the others still point at it.
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  auto* answer = static_cast<Transaction*>(packet.owner);
  context_.packets->put(&packet);
  if (last) {
    if (answer->is_copy()) {  // of members behind another switch: all of theirs are in
      if (answer->failed)
        give_up(*answer);
      else
        answer->requester->end_copy(*answer, now_ps);
      return pump_device(now_ps);
    }
    if (answer->is_partial()) {
      answer->requester->finish(*answer);
      return pump_device(now_ps);
    }
    Transaction* const then = answer->then;
    const bool failed = answer->failed;
    retire(*answer);
    if (then != nullptr && failed)
      give_up(*then);
    else if (then != nullptr && then->is_copy())
      then->requester->end_copy(*then, now_ps);
    else if (then != nullptr)
      answer_from_bridge(*then, now_ps);
  }
  pump_device(now_ps);
}

void PortAdapter::answer_from_bridge(Transaction& transaction, Picoseconds at_ps) {
  PortAdapter& to = *transaction.requester;
  transaction.completes = false;  // from here on the requester's protocol says how it is answered
  SendJob job = job_of(transaction, true, at_ps);
  do {
    Packet& packet = *context_.packets->get();
    device_.shape(job, to.acknowledged_at_once(job, device_), packet);
    job.offset_bytes += packet.bytes;
    packet.id = next_id();
    packet.input = id_;
    // What came over a link for several goes back over that link, and ends at its other end.
    const bool back = far_ != nullptr && (transaction.is_copy() || transaction.is_partial());
    PortAdapter& way = back ? *this : exit_to(to, packet);
    packet.output = way.id_;
    set_crossing(packet, way);
    packet.crossing |= protocols::kMadeByBridge;
    if (back) packet.crossing |= protocols::kEndsThere;
    if (way.adaptive_ != nullptr) way.adaptive_->bind(packet);
    packet.head_ps = packet.tail_ps = at_ps + bridge_ps(way);
    // A target that answers from a process of its own: never in the current instant.
    if (!context_.scheduler->running() && packet.head_ps == now_ps())
      packet.head_ps = packet.tail_ps = now_ps() + 1;
    observe(PacketWhat::injected, UnitKind::endpoint, at_ps, packet);
    context_.scheduler->post(packet.head_ps, Phase::arrival, origin_, *this,
                             pack(kArrival, &packet));
  } while (job.offset_bytes < job.bytes);
}

std::uint32_t PortAdapter::acknowledged_at_once(const SendJob& job, const DeviceQueue& completer) {
  Packet rest;
  completer.shape(job, job.bytes - job.offset_bytes, rest);
  policy().classify(rest);
  return models::acknowledged_at_once(policy(), rest,
                                      egress_.link().ledger().initial(rest.vc, rest.traffic_class));
}

void PortAdapter::answer_refused(Transaction& transaction, tlm::tlm_response_status status,
                                 Picoseconds at_ps) {
  // The request reaches the lookup and an answer without data comes back on the same port; its link
  // time is not reserved (assumption: refused requests are rare).
  static_cast<tlm::tlm_generic_payload*>(transaction.payload)->set_response_status(status);
  context_.scheduler->post(at_ps + refusal_ps(), Phase::departure, origin_, *this,
                           pack(kAnswer, &transaction));
}

Picoseconds PortAdapter::refusal_ps() const {
  Packet packet;
  packet.kind = PacketKind::read;
  config_.policy->classify(packet);
  return zero_load(packet, *this).tail_ps;
}

}  // namespace antares::models
