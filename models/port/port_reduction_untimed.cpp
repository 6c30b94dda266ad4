// SPDX-License-Identifier: Apache-2.0
// PortReduction: loosely timed calls. A contribution takes the way into the switch and returns at
// once; the last one delivers the result to all, and lasts until the latest has it. A load-reduce
// is as many reads, and lasts as long as the slowest. No context is taken: nothing is ever short.
// Of members behind several switches all contributions meet at the root; the sum is made as the
// engines of the tree would.
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
  const ReductionTree* const tree = part.tree.get();
  auto& meeting =
      tree == nullptr ? shared_.untimed : tree->nodes[tree->root].fabric->reduction->untimed;
  const auto [entry, is_new] = meeting.try_emplace(key);
  UntimedContext& context = entry->second;
  std::size_t contributors = what.contributors;
  std::uint32_t index = what.index;
  if (tree != nullptr) {  // by member: of all switches
    index = tree->nodes[part.node].contributors[index].number;
    contributors = tree->places.size() - (part.owner ? 1 : 0);
  }
  if (is_new) {
    context.members = what.members;
    context.bytes = what.bytes;
    context.kind = what.kind;
    const std::size_t places = tree == nullptr ? contributors : tree->places.size();
    context.operands.resize(places);
    context.joined.resize(places);
  }
  delay += context_.scheduler->to_time(port_.in_switch_ps(port_.packet_of(transaction)));
  const bool same_kind = context.kind.op == what.kind.op && context.kind.type == what.kind.type &&
                         context.kind.accumulator == what.kind.accumulator;
  if (context.members != what.members) return say(payload, ReductionStatus::group_changed);
  if (context.bytes != what.bytes) return say(payload, ReductionStatus::unequal_length);
  if (!same_kind) return say(payload, ReductionStatus::unequal_kind);
  if (context.joined[index]) return say(payload, ReductionStatus::duplicate);
  context.joined[index] = true;
  context.arrival.push_back(index);
  if (const unsigned char* data = payload.get_data_ptr())
    context.operands[index].assign(data, data + what.bytes);
  say(payload, ReductionStatus::ok);
  if (context.arrival.size() < contributors) return;
  UntimedContext done = std::move(context);
  meeting.erase(entry);  // first: delivery may bring the next contribution
  lt_deliver(transaction, payload, part, done, delay);
}

void PortReduction::lt_deliver(const Transaction& transaction,
                               const tlm::tlm_generic_payload& payload, const ReductionPart& part,
                               UntimedContext& done, sc_core::sc_time& delay) {
  tlm::tlm_generic_payload& result = copy_of(payload);
  PacketHint& hint = *result.get_extension<PacketHint>();
  hint.group = nullptr;
  hint.reduction = nullptr;
  lt_combine(part, done, result.get_data_ptr());
  const Packet packet = port_.packet_of(transaction);
  const PortAdapter* home = &engine_of(part);
  Picoseconds up_ps = 0;  // partial results from switch to switch, each once it is all in
  if (part.tree != nullptr) {
    for (std::uint32_t n = part.node; n != part.tree->root; n = part.tree->nodes[n].above) {
      const PortAdapter& exit = *part.tree->nodes[n].exit;
      ZeroLoadWay way;
      way.add(exit.hop_to(exit));
      up_ps += zero_load_from_bridge(packet, way).tail_ps;
      up_ps += exit.far_->adapter().context_.delays.rx_ps;
    }
    home = part.tree->nodes[part.tree->root].engine;
  }
  const sc_core::sc_time start = delay + context_.scheduler->to_time(up_ps);
  unsigned char* const data = result.get_data_ptr();
  for (std::size_t m = 0; m < part.members->size(); ++m) {
    if (part.owner && (*part.members)[m].endpoint != *part.owner) continue;
    const MemberCopy copy = copy_for(part, m, done.bytes);
    if (copy.bytes == 0) continue;
    const PortAdapter::Target target = port_.find_target(copy.address, copy.bytes);
    Packet leaving = packet;
    leaving.bytes = copy.bytes;
    leaving.crossing |= protocols::kIsCopy;
    sc_core::sc_time end =
        start + context_.scheduler->to_time(
                    zero_load_from_bridge(leaving, home->way_to(*target.port)).tail_ps);
    result.set_address(target.window->to_local(copy.address));
    if (data != nullptr) result.set_data_ptr(data + copy.from_bytes);
    result.set_data_length(copy.bytes);
    result.set_streaming_width(copy.bytes);
    target.port->edge.initiator->b_transport(result, end);
    if (result.is_response_error()) ++port_.counts_.copies_failed;
    delay = std::max(delay, end);
  }
  ++port_.counts_.reductions;
  result.release();
}

void PortReduction::lt_combine(const ReductionPart& part, const UntimedContext& done,
                               unsigned char* to) {
  const auto missing = [&](std::size_t m) { return done.joined[m] && done.operands[m].empty(); };
  for (std::size_t m = 0; m < done.operands.size(); ++m)
    if (to == nullptr || missing(m)) return;
  if (part.tree != nullptr) {
    lt_combine_at(*part.tree, part.tree->root, done, to);
    return;
  }
  shared_.operands.clear();
  for (const auto& operand : done.operands) shared_.operands.push_back(operand.data());
  shared_.arrival = done.arrival;
  combine(done.kind, done.bytes, to);
}

// Returns when the last of them came, by the how-manyth.
std::size_t PortReduction::lt_combine_at(const ReductionTree& tree, std::uint32_t node,
                                         const UntimedContext& done, unsigned char* to) {
  const auto& contributors = tree.nodes[node].contributors;
  std::vector<std::vector<unsigned char>> partials(contributors.size());
  std::vector<const unsigned char*> operands;
  std::vector<std::pair<std::size_t, std::uint32_t>> came;
  for (std::uint32_t i = 0; i < contributors.size(); ++i) {
    const std::uint32_t number = contributors[i].number;
    std::size_t at = 0;
    if (contributors[i].is_switch) {
      partials[i].resize(done.bytes);
      at = lt_combine_at(tree, number, done, partials[i].data());
      operands.push_back(partials[i].data());
    } else {
      const auto found = std::find(done.arrival.begin(), done.arrival.end(), number);
      at = static_cast<std::size_t>(found - done.arrival.begin());
      operands.push_back(done.operands[number].data());
    }
    came.emplace_back(at, i);
  }
  std::sort(came.begin(), came.end());
  shared_.operands = operands;
  shared_.arrival.clear();
  for (const auto& one : came) shared_.arrival.push_back(one.second);
  ReductionKind kind = done.kind;
  kind.order = tree.nodes[node].fabric->reduction->config.order;
  combine(kind, done.bytes, to);
  return came.back().first;
}

void PortReduction::lt_pull(Transaction& transaction, tlm::tlm_generic_payload& payload,
                            const ReductionPart& part, sc_core::sc_time& delay) {
  const std::size_t count = part.members->size();
  UntimedContext done;
  done.bytes = transaction.bytes;
  done.kind = part.what.kind;
  done.operands.resize(count);
  done.joined.assign(count, true);
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
      done.operands[m].assign(data, data + transaction.bytes);
    done.arrival.push_back(static_cast<std::uint32_t>(m));
    read.release();
    delay = std::max(delay, end);
  }
  if (fine) lt_combine(part, done, payload.get_data_ptr());
  ++port_.counts_.reductions;
  say(payload, fine ? ReductionStatus::ok : ReductionStatus::contributor_failed);
}

}  // namespace antares::models
