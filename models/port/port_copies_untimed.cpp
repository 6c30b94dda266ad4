// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what is for several, where it needs no events. A loosely timed write is as many calls,
// each at the time at which AT delivers that copy at zero load, and lasts until the latest has come
// back. Debug access writes to all members; nothing can be read.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::AddressRange;

namespace {

Picoseconds read_ps(const TrainCost& cost, double speedup) {
  return static_cast<Picoseconds>(static_cast<double>(cost.bytes_ps) / speedup);
}

tlm::tlm_generic_payload& payload_of(Transaction& transaction) {
  return *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
}

}  // namespace

Packet PortAdapter::packet_of(const Transaction& transaction) const {
  Packet packet;
  packet.kind = transaction.kind;
  packet.bytes = transaction.bytes;
  packet.address_low = static_cast<std::uint16_t>(transaction.global_address % 4096);
  packet.request_bytes = transaction.request_bytes;
  packet.flags = transaction.flags;
  if (transaction.global_address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  policy().classify(packet);
  return packet;
}

std::vector<Picoseconds> PortAdapter::zero_load_copies(const Transaction& original) const {
  const std::vector<Replication::Copy>& copies = original.copies->copies;
  const Packet packet = packet_of(original);
  const TrainCost in = train_cost(policy(), packet);
  protocols::LinkTiming timing(policy().rate());
  const Sent sent = place_train(timing, in, Supply{}, 0, crossing_ps(config_));
  const Picoseconds entry =
      context_.delays.rx_ps +
      (context_.hypercast == nullptr ? 0 : context_.hypercast->replication_ps());
  CopyHeads heads(sent.head_ps + entry, in, sent.tail_ps + entry);
  bool any_direct = false;
  for (const Replication::Copy& copy : copies) {
    if (copy.bytes != original.bytes) continue;
    Packet leaving = packet_of(*copy.transaction);
    copy.exit->policy().classify(leaving);
    const Picoseconds bridge = bridge_ps(*copy.exit);
    heads.add(train_cost(copy.exit->policy(), leaving), bridge);
    any_direct = any_direct || bridge == 0;
  }
  // Slices are read one after the other, by rising output.
  std::vector<std::size_t> order(copies.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return copies[a].exit->id() < copies[b].exit->id();
  });
  std::vector<Picoseconds> arrive_ps(copies.size());
  Picoseconds input_free = 0;
  for (const std::size_t i : order) {
    const Replication::Copy& copy = copies[i];
    const Packet one = packet_of(*copy.transaction);
    const Picoseconds bridge = bridge_ps(*copy.exit);
    const Picoseconds tail = heads.tail_ps() + bridge;
    TrainCost read = in;
    Picoseconds granted = heads.of(bridge);
    if (copy.bytes != original.bytes) {
      read = train_cost(policy(), one);
      granted = std::max(tail, input_free);
      input_free = granted + read_ps(read, context_.input_speedup);
    } else if (bridge != 0 && any_direct) {
      granted = std::max(granted, heads.of(0) + read_ps(in, context_.input_speedup));
    }
    arrive_ps[i] =
        zero_load_granted(one, way_to(*copy.transaction->completer), read, tail, granted).tail_ps;
  }
  return arrive_ps;
}

void PortAdapter::lt_to_several(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                sc_core::sc_time& delay) {
  Replication& set = *context_.replications.get();
  if (const auto why = members_of(transaction, payload, set.members)) {
    context_.replications.put(&set);
    payload.set_response_status(refuse_group(transaction, *why));
    delay += context_.scheduler->to_time(refusal_ps());
    return;
  }
  set.known = true;
  transaction.copies = &set;
  transaction.completer = this;
  transaction.posted = !completes(transaction);
  look_up(transaction);
  const std::vector<Picoseconds> arrive_ps = zero_load_copies(transaction);
  const sc_core::sc_time start = delay;
  for (std::size_t i = 0; i < set.copies.size(); ++i) {
    Transaction& copy = *set.copies[i].transaction;
    PortAdapter& to = *copy.completer;
    auto& part = payload_of(copy);
    sc_core::sc_time end = start + context_.scheduler->to_time(arrive_ps[i]);
    part.set_address(copy.local_address);
    if (!links_up_to(to) || copy.poisoned)
      part.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    else
      to.edge.initiator->b_transport(part, end);
    to.judge(copy, part);
    if (part.is_response_error()) {
      ++counts_.copies_failed;
      set.add_status(part.get_response_status());
    }
    if (!transaction.posted && copy.completes) {
      end += context_.scheduler->to_time(
          to.in_switch_ps(to.answer_to(packet_of(copy), copy.answer_bytes, *this)));
    }
    delay = std::max(delay, end);
  }
  if (!transaction.posted) {
    ZeroLoadWay back;
    back.add(hop_to(*this));
    const Packet answer = answer_to(packet_of(transaction), 0, *this);
    delay += context_.scheduler->to_time(zero_load_from_bridge(answer, back).tail_ps);
  }
  payload.set_response_status(static_cast<tlm::tlm_response_status>(set.status));
  forget_copies(transaction);
}

unsigned PortAdapter::debug_to_several(tlm::tlm_generic_payload& payload) {
  Transaction transaction;
  begin(transaction, payload);
  Replication& set = *context_.replications.get();
  unsigned done = 0;
  if (!members_of(transaction, payload, set.members)) {
    done = payload.get_data_length();
    unsigned char* const data = payload.get_data_ptr();
    const std::uint64_t address = payload.get_address();
    for (const MemberCopy& member : set.members) {
      const Target target = find_target(member.address, member.bytes);
      AddressRange seen;
      payload.set_address(member.address);
      if (target.window == nullptr || !visible(target, payload, seen) || !reaches(*target.port)) {
        done = 0;
        continue;
      }
      payload.set_address(target.window->to_local(member.address));
      payload.set_data_ptr(data + member.from_bytes);
      payload.set_data_length(member.bytes);
      if (target.port->edge.initiator->transport_dbg(payload) != member.bytes) done = 0;
    }
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(transaction.bytes);
  }
  if (done == 0) payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  context_.replications.put(&set);
  return done;
}

}  // namespace antares::models
