// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what is for several, where it needs no events. A loosely timed write is as many
// calls, each at the time at which AT delivers that copy at zero load, and lasts until the latest
// has come back. Debug access writes to all members; nothing can be read.
#include <algorithm>

#include "antares/models/port/group_changes.h"
#include "antares/models/port/port.h"
#include "antares/models/port/zero_load_walk.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::AddressRange;

namespace {

Picoseconds read_ps(const TrainCost& cost, double speedup) {
  return static_cast<Picoseconds>(static_cast<double>(cost.bytes_ps) / speedup);
}

}  // namespace

Packet PortAdapter::packet_of(const Transaction& transaction) const {
  Packet packet;
  packet.kind = transaction.kind;
  packet.bytes = transaction.bytes;
  packet.address_low = static_cast<std::uint16_t>(transaction.global_address % 4096);
  packet.request_bytes = transaction.request_bytes;
  packet.flags = transaction.flags;
  packet.vc = transaction.vc;
  if (transaction.global_address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  policy().classify(packet);
  return packet;
}

// From the start of the original on: when the last copy of what comes in here has ended.
Picoseconds PortAdapter::untimed_copies(Transaction& original, const Packet& packet,
                                        const Sent& sent, const DeliverCopy& deliver) {
  Replication& set = *original.copies;
  look_up(original);
  const std::vector<Replication::Copy>& copies = set.copies;
  const TrainCost in = train_cost(policy(), packet);
  const Picoseconds entry =
      context_.delays.rx_ps +
      (context_.hypercast == nullptr || set.to_table ? 0 : context_.hypercast->replication_ps());
  CopyHeads heads(sent.head_ps + entry, in, sent.tail_ps + entry);
  bool any_direct = false;
  for (const Replication::Copy& copy : copies) {
    if (copy.bytes != original.bytes) continue;
    Packet leaving = packet_of(*copy.transaction);
    leaving.crossing |= protocols::kIsCopy;
    copy.exit->policy().classify(leaving);
    const Picoseconds bridge = bridge_ps(*copy.exit);
    heads.add(train_cost(copy.exit->policy(), leaving), bridge);
    any_direct = any_direct || bridge == 0;
  }
  // Slices are read one after the other, by rising output.
  std::vector<const Replication::Copy*> order;
  for (const Replication::Copy& copy : copies) order.push_back(&copy);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->exit->id() < b->exit->id(); });
  Picoseconds input_free = 0;
  Picoseconds last = sent.tail_ps + entry;
  for (const Replication::Copy* copy : order) {
    Packet one = packet_of(*copy->transaction);
    one.crossing |= protocols::kIsCopy;
    const Picoseconds bridge = bridge_ps(*copy->exit);
    const Picoseconds tail = heads.tail_ps() + bridge;
    TrainCost read = in;
    Picoseconds granted = heads.of(bridge);
    if (copy->bytes != original.bytes) {
      read = train_cost(policy(), one);
      granted = std::max(tail, input_free);
      input_free = granted + read_ps(read, context_.input_speedup);
    } else if (bridge != 0 && any_direct) {
      granted = std::max(granted, heads.of(0) + read_ps(in, context_.input_speedup));
    }
    ZeroLoadWay hop;
    hop.add(hop_to(*copy->exit));
    const Sent out = zero_load_granted(one, hop, read, tail, granted);
    Transaction& transaction = *copy->transaction;
    Picoseconds end = 0;
    if (copy->exit->far_ == nullptr) {
      end = deliver(transaction, out.tail_ps);
    } else {
      copy->exit->policy().classify(one);
      end = copy->exit->far_->adapter().untimed_copies(transaction, one, out, deliver);
      set.add_status(transaction.copies->status);
    }
    last = std::max(last, end + acknowledgement_ps(transaction));
  }
  return last;
}

// What comes back from a member, into the switch, and from there to the requester.
Picoseconds PortAdapter::acknowledgement_ps(const Transaction& copy) const {
  if (copy.then->posted || !copy.completes) return 0;
  const PortAdapter& to = *copy.completer;
  if (to.far_ == nullptr)
    return to.in_switch_ps(to.answer_to(packet_of(copy), copy.answer_bytes, *this));
  ZeroLoadWay back;
  back.add(to.hop_to(to));
  return ZeroLoadWalk::from_bridge(to.answer_to(packet_of(copy), 0, to), back, to.credit_update_ps_)
             .tail_ps +
         context_.delays.rx_ps;
}

Picoseconds PortAdapter::group_answer_ps(const Transaction& original) const {
  if (original.posted) return 0;
  ZeroLoadWay back;
  back.add(hop_to(*this));
  return ZeroLoadWalk::from_bridge(answer_to(packet_of(original), 0, *this), back,
                                   credit_update_ps_)
      .tail_ps;
}

Picoseconds PortAdapter::untimed_write(Transaction& original, const DeliverCopy& deliver) {
  original.copies->known = true;
  original.completer = this;
  original.posted = !completes(original);
  const Packet packet = packet_of(original);
  protocols::LinkTiming timing(policy().rate());
  const Sent sent =
      place_train(timing, train_cost(policy(), packet), Supply{}, 0, crossing_ps(config_));
  return untimed_copies(original, packet, sent, deliver) + group_answer_ps(original);
}

Picoseconds PortAdapter::zero_load_group_ps(std::uint64_t address, std::uint32_t bytes,
                                            std::uint16_t request_bytes) {
  // Nothing of this happens, here or at the switches behind.
  std::vector<PortCounts> before;
  for (const FabricContext* fabric : context_.linked)
    for (const PortAdapter* port : fabric->ports) before.push_back(port->counts_);
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(address);
  payload.set_data_length(bytes);
  Transaction transaction;
  begin(transaction, payload);
  transaction.request_bytes = request_bytes;
  transaction.copies = context_.replications.get();
  Picoseconds last_ps = 0;
  if (!members_of(transaction, payload, transaction.copies->members))
    last_ps = untimed_write(transaction, [](Transaction&, Picoseconds at_ps) { return at_ps; });
  forget_copies(transaction);
  auto count = before.begin();
  for (const FabricContext* fabric : context_.linked)
    for (PortAdapter* port : fabric->ports) port->counts_ = *count++;
  return last_ps;
}

Picoseconds PortAdapter::deliver_untimed(Transaction& copy, bool up, const sc_core::sc_time& start,
                                         Picoseconds at_ps) {
  PortAdapter& to = *copy.completer;
  auto& part = payload_of(copy.forwarded);
  sc_core::sc_time end = start + context_.scheduler->to_time(at_ps);
  part.set_address(copy.local_address);
  ++blocking_calls_;  // ports do not move meanwhile
  ++to.blocking_calls_;
  if (!up || copy.poisoned)
    part.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  else
    to.edge.initiator->b_transport(part, end);
  --blocking_calls_;
  --to.blocking_calls_;
  to.judge(copy, part);
  if (part.is_response_error()) {
    ++counts_.copies_failed;
    copy.then->copies->add_status(part.get_response_status());
  }
  return context_.scheduler->to_ps(end - start);
}

void PortAdapter::lt_to_several(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                sc_core::sc_time& delay) {
  Replication& set = *context_.replications.get();
  if (const auto why = members_of(transaction, payload, set.members)) {
    ReplicationPool::put(&set);
    transaction.entered_ps = now_ps() + context_.scheduler->to_ps(delay);
    if (to_table(payload)) refuse_change(transaction, *why, 0);
    payload.set_response_status(refuse_group(transaction, *why));
    delay += context_.scheduler->to_time(refusal_ps());
    return;
  }
  transaction.copies = &set;
  if (to_table(payload)) return lt_to_table(transaction, payload, delay);
  const sc_core::sc_time start = delay;
  const auto deliver = [&](Transaction& copy, Picoseconds at_ps) {
    return deliver_untimed(copy, links_up_to(*copy.completer), start, at_ps);
  };
  delay = start + context_.scheduler->to_time(untimed_write(transaction, deliver));
  payload.set_response_status(static_cast<tlm::tlm_response_status>(set.status));
  forget_copies(transaction);
}

// The change is asked for when AT at zero load would; if the bank is full then, nobody hears of it
// but who reads group_changes().
void PortAdapter::lt_to_table(Transaction& transaction, tlm::tlm_generic_payload& payload,
                              sc_core::sc_time& delay) {
  Replication& set = *transaction.copies;
  set.to_table = true;
  if (transaction.poisoned) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    delay += context_.scheduler->to_time(refusal_ps());
    return forget_copies(transaction);
  }
  GroupId group;
  MemberList members;
  context_.hypercast->read_entry(transaction.global_address, payload.get_data_ptr(),
                                 transaction.bytes, partition_->routes, group, members);
  const Picoseconds begin = now_ps() + context_.scheduler->to_ps(delay);
  const Picoseconds answered =
      untimed_write(transaction, [](Transaction&, Picoseconds at_ps) { return at_ps; });
  const Picoseconds asked = answered - group_answer_ps(transaction);
  context_.group_changes->schedule(group, members, begin + asked,
                                   {endpoint_, begin, transaction.bytes, 0});
  delay += context_.scheduler->to_time(answered + context_.hypercast->update_latency_ps());
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  forget_copies(transaction);
}

unsigned PortAdapter::debug_to_several(tlm::tlm_generic_payload& payload) {
  Transaction transaction;
  begin(transaction, payload);
  Replication& set = *context_.replications.get();
  unsigned done = 0;
  if (!to_table(payload) && !members_of(transaction, payload, set.members)) {
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
  ReplicationPool::put(&set);
  return done;
}

}  // namespace antares::models
