// SPDX-License-Identifier: Apache-2.0
// PortReduction: loosely timed calls. A contribution takes the way into the switch and returns at
// once; the last one delivers the result to all, and lasts until the latest has it. A load-reduce
// is as many reads, and lasts as long as the slowest. No context is taken: nothing is ever short.
#include <algorithm>

#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
void PortReduction::lt(Transaction& transaction, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& delay) {
  ReductionPart& part = *shared_.get();
  const auto status = plan(transaction, payload, part);
  if (status != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(status);
    delay += context_.scheduler->to_time(port_.refusal_ps());
  } else if (transaction.poisoned) {
    say(payload, ReductionStatus::poisoned);
  } else if (part.role == ReductionPart::Role::load) {
    lt_pull(transaction, payload, part, delay);
  } else {
    lt_push(transaction, payload, part, delay);
  }
  shared_.put(&part);
}

void PortReduction::lt_push(Transaction& transaction, tlm::tlm_generic_payload& payload,
                            const ReductionPart& part, sc_core::sc_time& delay) {
  const Contribution& what = part.what;
  const auto key = std::make_pair(what.key.group, what.key.address);
  const auto [entry, is_new] = shared_.untimed.try_emplace(key);
  UntimedContext& context = entry->second;
  if (is_new) {
    context.members = what.members;
    context.bytes = what.bytes;
    context.kind = what.kind;
    context.operands.resize(what.contributors);
    context.joined.resize(what.contributors);
  }
  delay += context_.scheduler->to_time(port_.in_switch_ps(port_.packet_of(transaction)));
  const bool same_kind = context.kind.op == what.kind.op && context.kind.type == what.kind.type &&
                         context.kind.accumulator == what.kind.accumulator;
  if (context.members != what.members) return say(payload, ReductionStatus::group_changed);
  if (context.bytes != what.bytes) return say(payload, ReductionStatus::unequal_length);
  if (!same_kind) return say(payload, ReductionStatus::unequal_kind);
  if (context.joined[what.index]) return say(payload, ReductionStatus::duplicate);
  context.joined[what.index] = true;
  context.arrival.push_back(what.index);
  if (const unsigned char* data = payload.get_data_ptr())
    context.operands[what.index].assign(data, data + what.bytes);
  say(payload, ReductionStatus::ok);
  if (context.arrival.size() < what.contributors) return;
  UntimedContext done = std::move(context);
  shared_.untimed.erase(entry);  // first: delivery may bring the next contribution
  lt_deliver(transaction, payload, part, done, delay);
}

void PortReduction::lt_deliver(const Transaction& transaction,
                               const tlm::tlm_generic_payload& payload, const ReductionPart& part,
                               UntimedContext& done, sc_core::sc_time& delay) {
  tlm::tlm_generic_payload& result = copy_of(payload);
  PacketHint& hint = *result.get_extension<PacketHint>();
  hint.group = nullptr;
  hint.reduction = nullptr;
  shared_.operands.clear();
  bool all = result.get_data_ptr() != nullptr;
  for (const auto& operand : done.operands) {
    all = all && !operand.empty();
    shared_.operands.push_back(operand.data());
  }
  shared_.arrival = done.arrival;
  if (all) combine(done.kind, done.bytes, result.get_data_ptr());
  const PortAdapter& home = home_of(part);
  const sc_core::sc_time start = delay;
  for (std::size_t m = 0; m < part.members->size(); ++m) {
    if (part.owner && (*part.members)[m].endpoint != *part.owner) continue;
    const MemberCopy copy = copy_for(part, m, done.bytes);
    const PortAdapter::Target target = port_.find_target(copy.address, copy.bytes);
    Packet packet = port_.packet_of(transaction);
    packet.crossing |= protocols::kIsCopy;
    ZeroLoadWay way;
    way.add(home.hop_to(*target.port));
    sc_core::sc_time end =
        start + context_.scheduler->to_time(zero_load_from_bridge(packet, way).tail_ps);
    result.set_address(target.window->to_local(copy.address));
    target.port->edge.initiator->b_transport(result, end);
    if (result.is_response_error()) ++port_.counts_.copies_failed;
    delay = std::max(delay, end);
  }
  ++port_.counts_.reductions;
  result.release();
}

void PortReduction::lt_pull(Transaction& transaction, tlm::tlm_generic_payload& payload,
                            const ReductionPart& part, sc_core::sc_time& delay) {
  const std::size_t count = part.members->size();
  std::vector<std::vector<unsigned char>> operands(count);
  const sc_core::sc_time start = delay;
  bool fine = true;
  for (std::size_t m = 0; m < count; ++m) {
    const MemberCopy copy = copy_for(part, m, transaction.bytes);
    tlm::tlm_generic_payload& read = copy_of(payload);
    PacketHint& hint = *read.get_extension<PacketHint>();
    hint.group = nullptr;
    hint.reduction = nullptr;
    read.set_address(copy.address);
    sc_core::sc_time end = start;
    port_.lt_request(read, end);
    fine = fine && read.is_response_ok();
    if (const unsigned char* data = read.get_data_ptr())
      operands[m].assign(data, data + transaction.bytes);
    read.release();
    delay = std::max(delay, end);
  }
  shared_.operands.clear();
  shared_.arrival.clear();
  for (std::size_t m = 0; m < count; ++m) {
    shared_.operands.push_back(operands[m].data());
    shared_.arrival.push_back(static_cast<std::uint32_t>(m));
  }
  if (fine && payload.get_data_ptr() != nullptr)
    combine(part.what.kind, transaction.bytes, payload.get_data_ptr());
  ++port_.counts_.reductions;
  say(payload, fine ? ReductionStatus::ok : ReductionStatus::contributor_failed);
}

}  // namespace antares::models
