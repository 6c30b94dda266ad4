// SPDX-License-Identifier: Apache-2.0
// PortReduction: loosely timed calls. A contribution takes the way into the switch and returns at
// once; the last one delivers the result to all, each at the time at which AT has it there if all
// others came long before, and lasts until the latest has it. A load-reduce is as many reads, each
// at AT's time, and their way through the engines. No context is taken: nothing is ever short.
// Of members behind several switches all contributions meet at the root; the sum is made as the
// engines of the tree would, and at their times.
#include <algorithm>
#include <functional>

#include "antares/models/port/port_reduction.h"
#include "antares/models/port/zero_load_engine.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {

Sent over_link(const Packet& packet, const protocols::LinkPolicy& link, Picoseconds from_ps,
               Picoseconds crossing_ps) {
  protocols::LinkTiming timing(link.rate());
  return place_train(timing, train_cost(link, packet), Supply{}, from_ps, crossing_ps);
}

/// What an engine sends into the crossbar at granted_ps, classified for its port; hop.out: where it
/// leaves the switch.
Sent from_engine(const Packet& packet, const ZeroLoadHop& hop, Picoseconds granted_ps) {
  ZeroLoadWay way;
  way.add(hop);
  return zero_load_granted(packet, way, train_cost(*hop.in, packet), granted_ps, granted_ps);
}

ZeroLoadEngine idle(const ReductionEngine& engine, const FabricContext& fabric) {
  return {engine.alu(), to_picoseconds(fabric.reduction->config.latency_ns)};
}

}  // namespace

void PortReduction::lt(Transaction& transaction, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& delay) {
  if (!port_.link_up()) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    delay += context_.scheduler->to_time(port_.refusal_ps());
    return;
  }
  ReductionPart& part = *shared_.get();
  const auto status = plan(transaction, payload, part);
  if (status != tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(status);
    delay += context_.scheduler->to_time(port_.refusal_ps());
  } else if (transaction.poisoned) {
    say(payload, ReductionStatus::poisoned);
  } else if (part.role == ReductionPart::Role::load) {
    lt_pull(transaction, payload, part, delay);
  } else if (part.span != nullptr) {
    lt_span(transaction, payload, part, delay);
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
    context.partition = port_.partition_;
    context.members = what.members;
    context.bytes = what.bytes;
    context.kind = what.kind;
    const std::size_t places = tree == nullptr ? contributors : tree->places.size();
    context.operands.resize(places);
    context.joined.resize(places);
  }
  const sc_core::sc_time start = delay;
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
  sc_core::sc_time all_have_it = start;
  lt_deliver(transaction, payload, part, done, all_have_it);
  delay = std::max(delay, all_have_it);
}

void PortReduction::lt_deliver(const Transaction& transaction,
                               const tlm::tlm_generic_payload& payload, const ReductionPart& part,
                               UntimedContext& done, sc_core::sc_time& delay) {
  tlm::tlm_generic_payload& result = copy_of(payload);
  result.get_extension<PacketHint>()->forget_names();
  lt_combine(part, done, result.get_data_ptr());
  // From engine to engine, up to the root's.
  Packet packet = port_.packet_of(transaction);
  Sent sent = over_link(packet, port_.policy(), 0, crossing_ps(port_.config_));
  const std::uint64_t elements = done.bytes / element_bytes(done.kind.type);
  ReductionPart at = part;
  const PortAdapter* in = &port_;
  PortAdapter* home = &engine_of(part);
  Picoseconds sum_ps = 0;
  for (;;) {
    ZeroLoadEngine engine = idle(home->reduction_->engine_, home->context_);
    engine.add(packet, in->hop_to(*home), sent, elements);
    sum_ps = engine.sum_ps();
    if (at.tree == nullptr || at.node == at.tree->root) break;
    const ReductionTree::Node& here = at.tree->nodes[at.node];
    if (here.exit == home) sum_ps = std::max(sum_ps, engine.output_free_ps());
    packet.crossing |= protocols::kIsCopy;
    home->policy().classify(packet);
    sent = from_engine(packet, home->hop_to(*here.exit), sum_ps);
    here.exit->policy().classify(packet);
    at.node = here.above;
    in = &here.exit->far_->adapter();
    home = &in->reduction_->engine_of(at);
  }
  // The result is the home engine's for several, as any such packet at its look-up.
  Transaction original;
  original.payload = original.forwarded = &result;
  original.requester = original.completer = home;
  original.ending = Transaction::kIsSum;
  original.source = original.destination = home->endpoint();
  if (part.tree != nullptr) original.source = (*part.members)[home_of(part)].endpoint;
  original.global_address = transaction.global_address;
  original.bytes = done.bytes;
  original.request_bytes = transaction.request_bytes;
  original.flags = transaction.flags & (protocols::kRelaxedOrdering | protocols::kIdBasedOrdering);
  original.copies = home->context_.replications.get();
  original.copies->known = true;
  for (std::size_t m = 0; m < part.members->size(); ++m) {
    if (part.owner && (*part.members)[m].endpoint != *part.owner) continue;
    const MemberCopy copy = copy_for(part, m, done.bytes);
    if (copy.bytes != 0) original.copies->members.push_back(copy);
  }
  const sc_core::sc_time start = delay;
  const auto deliver = [&](Transaction& copy, Picoseconds at_ps) {
    return port_.deliver_untimed(copy, home->way_up_to(*copy.completer), start, at_ps);
  };
  Sent made;
  made.head_ps = made.tail_ps = sum_ps - home->context_.delays.rx_ps;
  delay = start + context_.scheduler->to_time(
                      home->untimed_copies(original, home->packet_of(original), made, deliver));
  --home->counts_.multicast_packets;  // which are those of devices
  home->forget_copies(original);
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
  std::vector<std::pair<Picoseconds, std::uint32_t>> came;  // members, by when they answer
  const std::uint64_t elements = done.bytes / element_bytes(done.kind.type);
  // A member's device is asked at asked_ps; returns when it has its answer.
  const auto ask = [&](std::size_t m, const MemberCopy& copy, Picoseconds asked_ps) {
    tlm::tlm_generic_payload& read = copy_of(payload);
    read.get_extension<PacketHint>()->forget_names();
    read.set_address(copy.address);
    // All checks of a read are this one's; its own way is not the engine's: less that.
    const PortAdapter::Target target = port_.find_target(copy.address, copy.bytes);
    Packet packet = port_.packet_of(transaction);
    packet.address_low = static_cast<std::uint16_t>(copy.address % 4096);
    const Picoseconds own_ps =
        target.port == nullptr ? 0 : port_.path_ps(packet, *target.port, nullptr);
    sc_core::sc_time end = start + context_.scheduler->to_time(std::max(asked_ps, own_ps) - own_ps);
    port_.lt_request(read, end);
    fine = fine && read.is_response_ok();
    if (const unsigned char* data = read.get_data_ptr())
      done.operands[m].assign(data, data + transaction.bytes);
    const Picoseconds back_ps = read.is_response_ok() ? port_.latency_memo_.answer_ps : 0;
    read.release();
    const Picoseconds has_it_ps = context_.scheduler->to_ps(end - start) - back_ps;
    came.emplace_back(has_it_ps, static_cast<std::uint32_t>(m));
    return has_it_ps;
  };
  // `load` is at the look-up of by's switch at opened_ps; `by` has the engine.
  std::function<Picoseconds(const ReductionPart&, PortAdapter&, Packet, Picoseconds)> sum_at =
      [&](const ReductionPart& here, PortAdapter& by, Packet load, Picoseconds opened_ps) {
        struct Read {
          PortAdapter* exit;
          std::size_t number;
          bool is_switch;
          MemberCopy copy;
          Packet packet;
        };
        std::vector<Read> reads;
        by.policy().classify(load);
        const TrainCost in = train_cost(by.policy(), load);
        const Picoseconds ready_ps = opened_ps + by.context_.hypercast->replication_ps();
        CopyHeads heads(ready_ps, in, ready_ps);
        bool any_direct = false;
        const auto add = [&](PortAdapter& exit, std::size_t number, bool is_switch,
                             MemberCopy copy) {
          Packet packet = load;
          packet.address_low = static_cast<std::uint16_t>(copy.address % 4096);
          packet.flags &= static_cast<std::uint8_t>(~protocols::kLongAddress);
          if (copy.address >> 32 != 0) packet.flags |= protocols::kLongAddress;
          packet.crossing |= protocols::kIsCopy;
          Packet leaving = packet;
          exit.policy().classify(leaving);
          const Picoseconds bridge = by.bridge_ps(exit);
          heads.add(train_cost(exit.policy(), leaving), bridge);
          any_direct = any_direct || bridge == 0;
          reads.push_back({&exit, number, is_switch, copy, packet});
        };
        for (std::size_t i = 0; i < here.what.contributors; ++i) {
          std::size_t number = i;
          if (here.tree != nullptr) {
            const auto& contributor = here.tree->nodes[here.node].contributors[i];
            number = contributor.number;
            if (contributor.is_switch) {
              add(here.tree->nodes[number].exit->far_->adapter(), number, true,
                  {EndpointId(0), transaction.global_address, 0, transaction.bytes});
              continue;
            }
          }
          const MemberCopy copy = copy_for(here, number, transaction.bytes);
          PortAdapter* const port = by.find_target(copy.address, copy.bytes).port;
          if (port != nullptr)
            add(*port, number, false, copy);
          else
            ask(number, copy, ready_ps);  // to be told why not
        }
        ZeroLoadEngine engine = idle(by.reduction_->engine_, by.context_);
        for (const Read& read : reads) {
          PortAdapter& exit = *read.exit;
          const Picoseconds bridge = by.bridge_ps(exit);
          Picoseconds granted = heads.of(bridge);
          if (bridge != 0 && any_direct)
            granted =
                std::max(granted, heads.of(0) + at_speed(in.bytes_ps, by.context_.input_speedup));
          ZeroLoadWay way;
          way.add(by.hop_to(exit));
          const Sent sent =
              zero_load_granted(read.packet, way, in, heads.tail_ps() + bridge, granted);
          Packet answer;
          Sent answered;
          const PortAdapter* into = &exit;
          if (read.is_switch) {
            PortAdapter& far = exit.far_->adapter();
            ReductionPart below = here;
            below.node = static_cast<std::uint32_t>(read.number);
            below.what.contributors =
                static_cast<std::uint32_t>(here.tree->nodes[read.number].contributors.size());
            PortAdapter& its =
                far.context_.service_ports == 0 ? far : far.reduction_->engine_of(below);
            const Picoseconds sum =
                sum_at(below, its, load, sent.head_ps + far.context_.delays.rx_ps);
            answer = its.answer_to(load, transaction.bytes, its);
            answer.crossing |= protocols::kIsCopy;
            answered = from_engine(answer, its.hop_to(far), sum);
            far.policy().classify(answer);
          } else {
            const Picoseconds has_it = ask(read.number, read.copy, sent.tail_ps);
            answer = exit.answer_to(read.packet, transaction.bytes, port_);
            answered = over_link(answer, exit.policy(), has_it, crossing_ps(exit.config_));
          }
          engine.add(answer, into->hop_to(by), answered, elements);
        }
        const Picoseconds sum = engine.sum_ps();
        const PortAdapter& leaves = here.tree == nullptr || here.node == here.tree->root
                                        ? port_
                                        : *here.tree->nodes[here.node].exit;
        return &leaves == &by ? std::max(sum, engine.output_free_ps()) : sum;
      };
  const Packet load = port_.packet_of(transaction);
  const Sent sent = over_link(load, port_.policy(), 0, crossing_ps(port_.config_));
  PortAdapter& by = context_.service_ports == 0 ? port_ : engine_of(part);
  const Picoseconds sum = sum_at(part, by, load, sent.head_ps + context_.delays.rx_ps);
  Packet answer = port_.answer_to(load, fine ? transaction.bytes : 0, port_);
  by.policy().classify(answer);
  answer.crossing |= protocols::kIsCopy;
  delay = start + context_.scheduler->to_time(from_engine(answer, by.hop_to(port_), sum).tail_ps);
  std::sort(came.begin(), came.end());
  for (const auto& one : came) done.arrival.push_back(one.second);
  if (fine) lt_combine(part, done, payload.get_data_ptr());
  ++port_.counts_.reductions;
  say(payload, fine ? ReductionStatus::ok : ReductionStatus::contributor_failed);
}

}  // namespace antares::models
