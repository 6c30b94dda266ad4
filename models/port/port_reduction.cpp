// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/port_reduction.h"

#include <algorithm>

#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {
/// Of what copies are made of: they get ids of their own, and nobody is told of this one.
constexpr std::uint64_t kNotAStandIn = 1;
}  // namespace
void PortReduction::say(tlm::tlm_generic_payload& payload, ReductionStatus status) {
  payload.set_response_status(status == ReductionStatus::ok ? tlm::TLM_OK_RESPONSE
                                                            : tlm::TLM_GENERIC_ERROR_RESPONSE);
  // plan() has said ok: the hint has long left the caches, and need not be fetched to say it again.
  if (status == ReductionStatus::ok) return;
  if (auto* hint = payload.get_extension<PacketHint>()) hint->reduction_status = status;
}

PortReduction::PortReduction(PortAdapter& port, FabricContext& context)
    : port_(port),
      context_(context),
      shared_(*context.reduction),
      engine_(shared_.config, port.policy().rate().raw_GBps, context.switch_index,
              port.id().value(), *context.scheduler, *this) {}

// --- what comes in
// ---------------------------------------------------------------------------------

RequestVerdict PortReduction::send(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                   Picoseconds at_ps) {
  payload.acquire();
  if (port_.partition_->moving != 0) return port_.hold(transaction, payload, at_ps);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  transaction.entered_ps = at_ps;
  ReductionPart& part = *shared_.get();
  const auto status = plan(transaction, payload, part);
  if (status != tlm::TLM_OK_RESPONSE) {
    shared_.put(&part);
    port_.answer_refused(transaction, status, at_ps);
    return RequestVerdict::accepted;
  }
  transaction.reduction = &part;
  transaction.ending |= Transaction::kReduces;
  transaction.local_address = transaction.global_address;
  if (part.role == ReductionPart::Role::load) {
    transaction.copies = context_.replications.get();
    transaction.completer = &port_;
    transaction.posted = false;
  } else {
    transaction.completer = part.span == nullptr ? &engine_of(part) : part.span->parts[0].engine;
    transaction.posted = !port_.completes(transaction);
    transaction.answer_bytes = 0;
  }
  transaction.destination = transaction.completer->endpoint();
  return port_.take_in(transaction, payload, at_ps);
}

bool PortReduction::ends_in_engine(const Transaction& transaction, bool response) {
  const ReductionPart::Role role = transaction.reduction->role;
  return response ? role == ReductionPart::Role::answer : role == ReductionPart::Role::contribution;
}

void PortReduction::to_engine(Packet& packet) {
  packet.crossing |= protocols::kForEngine;
  packet.egress_queue = context_.engine_queue;
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  if (transaction.reduction->span != nullptr) part_sent(transaction, packet.bytes);
}

// --- at the engine
// ---------------------------------------------------------------------------------

void PortReduction::take(Packet& packet, const Transfer& transfer) {
  if (packet.id != 0)
    port_.observe(PacketWhat::delivered, UnitKind::egress, transfer.tail_ps, packet);
  const ReductionSpan* const span = static_cast<Transaction*>(packet.owner)->reduction->span;
  if (span == nullptr)
    engine_.take(packet, transfer);
  else
    engine_.take_part(packet, transfer, part_here(*span, packet));
  context_.packets->put(&packet);
}

void PortReduction::result_left(const Packet& original, Picoseconds now_ps) {
  auto* const space = static_cast<ResultSpace*>(original.owner);
  if (space == nullptr) return;  // it took nothing: a load-reduce on its way to the members
  space->to_leave_bytes -= original.bytes;
  if (space->to_leave_bytes != 0) return;
  engine_.give_back(space->contexts, space->reserved_bytes, now_ps);
  shared_.free_spaces.push_back(space);
}

void PortReduction::part_over(Transaction& transaction, unsigned part, ReductionStatus status,
                              Picoseconds now_ps) {
  const ReductionSpan* const span = transaction.reduction->span;
  if (span == nullptr) return ended(transaction, status, now_ps);
  if (span_over(transaction, part, status, now_ps)) ended(transaction, span->status, now_ps);
}

void PortReduction::ended(Transaction& transaction, ReductionStatus status, Picoseconds now_ps) {
  ReductionPart& part = *transaction.reduction;
  if (part.waits) return;
  if (part.role == ReductionPart::Role::partial) return partial_over(transaction, status, now_ps);
  if (part.role == ReductionPart::Role::answer) {
    auto& payload = payload_of(transaction.forwarded);
    port_.retire(transaction);
    payload.release();
    return;
  }
  if (transaction.copies != nullptr) {  // a load-reduce that never got a context
    ReplicationPool::put(transaction.copies);
    transaction.copies = nullptr;
  }
  if (part.role == ReductionPart::Role::load && part.tree != nullptr &&
      part.node != part.tree->root)
    return answer_above(transaction, nullptr, status, now_ps);
  if (transaction.failed) return port_.give_up(transaction);
  if (status != ReductionStatus::ok) {
    PortAdapter& requester = *transaction.requester;
    ++requester.counts_.reductions_failed;
    requester.last_refusal_ = std::string("the reduction ended with ") + name(status);
  }
  if (transaction.answered) return transaction.requester->finish(transaction);
  say(payload_of(transaction.forwarded), status);
  transaction.request_arrived = true;
  transaction.completes = false;
  if (transaction.posted)
    transaction.requester->answer(transaction, now_ps);
  else
    port_.answer_from_bridge(transaction, now_ps);
}

void PortReduction::abandon(const Partition& partition, Picoseconds now_ps) {
  // A partial result's requester is the link it left by, a load-reduce's that another switch asks
  // for the link it came by.
  engine_.abandon(
      [&](Transaction& transaction) {
        const PortAdapter& by = *transaction.requester;
        const bool its = &by.context_ == &context_ && by.partition_ == &partition;
        if (its) transaction.failed = true;
        return its;
      },
      now_ps);
}

bool PortReduction::gather(const ContextTable::Context& context) {
  shared_.operands.assign(context.contributors, nullptr);
  shared_.arrival.clear();
  for (const ContextTable::Slot* slot : context.slots) {
    const Transaction& transaction = transaction_by(slot->what.cookie);
    const unsigned char* data = payload_of(transaction.forwarded).get_data_ptr();
    // Of one that brings no data nobody can make a sum, and the others need not be fetched.
    if (data == nullptr) return false;
    if (transaction.reduction->span != nullptr)
      data += std::uint64_t{slot->what.span_part} * transaction.reduction->span->part_bytes;
    shared_.operands[slot->what.index] = data;
    shared_.arrival.push_back(slot->what.index);
  }
  return true;
}

void PortReduction::combine(const ReductionKind& kind, std::uint32_t bytes, unsigned char* to) {
  reduce(kind, shared_.operands, shared_.arrival, bytes, to, shared_.scratch);
}

void PortReduction::keep_order(Packet* copies, Picoseconds (&heads)[2]) const {
  for (Packet* copy = copies; copy != nullptr; copy = copy->next) {
    const bool bridged = port_.bridge_ps(*context_.ports[copy->output.value()]) != 0;
    Picoseconds& latest = heads[bridged ? 1 : 0];
    latest = copy->head_ps = std::max(latest, copy->head_ps);
    copy->tail_ps = std::max(copy->tail_ps, copy->head_ps);
  }
}

void PortReduction::make_result(ContextTable::Context& context, Picoseconds now_ps) {
  if (context.requester != nullptr)
    answer_load(context, now_ps);
  else
    store_result(context, now_ps);
}

// --- push
// ------------------------------------------------------------------------------------------

void PortReduction::store_result(ContextTable::Context& context, Picoseconds now_ps) {
  if (context.goes_on) return send_partial(context, now_ps);
  if (context.span_bytes != 0) return store_part(context, now_ps);
  const Transaction& first = transaction_by(context.slots.front()->what.cookie);
  Transaction& result = new_result(first, context.bytes, &context);
  Replication& set = *result.copies;
  ResultSpace* const space = shared_.get_space(context.taken, context.bytes);
  ++port_.counts_.reductions;
  SendJob job = port_.job_of(result, false, now_ps);
  Picoseconds heads[2] = {};
  do {
    Packet& packet = next_train(job, now_ps);
    const bool last = job.offset_bytes == job.bytes;
    set.all_sent = last;
    Packet* const copies = port_.make_copies(packet, now_ps);
    // Asked before the last ones go: they may end on the spot, and the result with them; who got
    // earlier ones only may have ended before.
    const bool nobody = last && set.open == 0;
    keep_order(copies, heads);
    send_copies(packet, copies, space, now_ps);
    if (nobody) port_.end_original(result);
    if (last) return;
  } while (true);
}

void PortReduction::send_copies(Packet& original, Packet* copies, ResultSpace* space,
                                Picoseconds now_ps) {
  original.owner = space;
  if (copies != nullptr) return context_.crossbar->push_copies(original, copies);
  result_left(original, now_ps);
  context_.packets->put(&original);
}

Transaction& PortReduction::new_result(const Transaction& first, std::uint32_t bytes,
                                       const ContextTable::Context* sum) {
  const ReductionPart& said = *first.reduction;
  tlm::tlm_generic_payload& payload = copy_of(payload_of(first.forwarded));
  if (auto* const hint = payload.get_extension<PacketHint>()) hint->forget_names();
  // Before there are copies, which may take the data with them.
  if (sum != nullptr && gather(*sum)) combine(sum->kind, sum->bytes, payload.get_data_ptr());
  Transaction& result = *context_.transactions->get();
  result.payload = result.forwarded = &payload;
  result.ending = Transaction::kOwnsCopy | Transaction::kReduces | Transaction::kIsSum;
  result.answered = true;  // nobody waits for it
  result.requester = result.completer = &port_;
  result.source = result.destination = port_.endpoint();
  // Of those that one switch sends to several, the next ones are spread by it.
  if (said.tree != nullptr) result.source = (*said.members)[home_of(said)].endpoint;
  result.global_address = first.global_address;
  result.bytes = bytes;
  result.vc = first.vc;
  result.request_bytes = first.request_bytes;
  result.flags = first.flags & (protocols::kRelaxedOrdering | protocols::kIdBasedOrdering);
  ReductionPart& part = *shared_.get();
  part.role = ReductionPart::Role::result;
  result.reduction = &part;
  Replication& set = *context_.replications.get();
  set.made = true;
  result.copies = &set;
  std::vector<PortAdapter::Beyond> beyond;
  for (std::size_t m = 0; m < said.members->size(); ++m) {
    const MemberCopy copy = copy_for(said, m, bytes);
    const bool gets_it = !said.owner || copy.endpoint == *said.owner;
    if (gets_it && copy.bytes != 0) port_.add_member(result, copy, beyond);
  }
  if (beyond.size() > 1) port_.gather(result, beyond);
  for (const PortAdapter::Beyond& next : beyond)
    if (!next.members.empty()) port_.add_beyond(result, next, beyond.size());
  return result;
}

// --- pull
// ------------------------------------------------------------------------------------------

ReductionEngine& PortReduction::loads_engine(const Transaction& load) {
  const bool elsewhere = context_.service_ports != 0;
  return elsewhere ? engine_of(*load.reduction).reduction_->engine_ : engine_;
}

void PortReduction::load_arrived(Packet& packet, Picoseconds now_ps) {
  auto& load = *static_cast<Transaction*>(packet.owner);
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  if (packet.id != 0) port_.observe(PacketWhat::delivered, UnitKind::ingress, now_ps, packet);
  // It waits for its context outside of the ingress buffer: what comes behind it goes on.
  port_.free_ingress(packet, std::max(now_ps, packet.tail_ps) + port_.credit_update_ps_);
  context_.packets->put(&packet);
  if (last && load.failed) {
    ReplicationPool::put(load.copies);
    load.copies = nullptr;
    port_.give_up(load);
  } else if (last) {
    loads_engine(load).load(load, now_ps);
  }
  if (port_.far_ == nullptr) port_.pump_device(now_ps);
}

void PortReduction::load_opened(Transaction& load, Picoseconds now_ps) {
  Replication& set = *load.copies;
  set.made = true;
  const ReductionPart part = *load.reduction;  // by value: the load-reduce may end below
  for (std::uint32_t index = 0; index < part.what.contributors; ++index) {
    Contribution operand = part.what;
    operand.is_request = false;
    operand.index = index;
    std::uint32_t m = index;
    if (part.tree != nullptr) {
      const auto& contributor = part.tree->nodes[part.node].contributors[index];
      m = contributor.number;
      if (contributor.is_switch) {
        ask_switch(load, part, m, operand);
        continue;
      }
    }
    operand.source = (*part.members)[m].endpoint;
    const std::size_t before = set.copies.size();
    beyond_.clear();
    port_.add_member(load, copy_for(part, m, load.bytes), beyond_);
    if (set.copies.size() == before) {
      engine_.missing(operand, now_ps);
      continue;
    }
    Transaction& read = *set.copies.back().transaction;
    read.ending = Transaction::kOwnsCopy | Transaction::kReduces;
    if (read.watched != 0) context_.member_timer->forget(read);
    read.answer_bytes = load.bytes;
    read.reduction = shared_.get();
    read.reduction->role = ReductionPart::Role::answer;
    read.reduction->what = operand;
  }
  if (set.copies.empty()) return;  // all were missing: the load-reduce is over
  SendJob job = port_.job_of(load, false, now_ps);
  Picoseconds heads[2] = {};
  do {
    Packet& packet = next_train(job, now_ps);
    Packet* const copies = port_.make_copies(packet, now_ps);
    keep_order(copies, heads);
    packet.owner = nullptr;
    context_.crossbar->push_copies(packet, copies);
  } while (job.offset_bytes < job.bytes);
  for (const Replication::Copy& copy : set.copies) copy.transaction->then = nullptr;
  load.copies = nullptr;
  ReplicationPool::put(&set);
}

void PortReduction::send_operand(Transaction& transaction, Picoseconds at_ps) {
  if (payload_of(transaction.forwarded).is_response_error())
    transaction.reduction->what.defect = ReductionStatus::contributor_failed;
  transaction.request_arrived = true;
  if (at_ps > port_.now_ps()) {
    context_.scheduler->post(at_ps, Phase::arrival, port_.origin_, port_,
                             PortAdapter::pack(PortAdapter::kEnqueue, &transaction));
  } else {
    port_.enqueue(port_.job_of(transaction, true, at_ps));
  }
}

void PortReduction::answer_load(ContextTable::Context& context, Picoseconds now_ps) {
  auto& load = *static_cast<Transaction*>(context.requester);
  const ReductionPart& part = *load.reduction;
  if (part.tree != nullptr && part.node != part.tree->root)
    return answer_above(load, &context, ReductionStatus::ok, now_ps);
  ++port_.counts_.reductions;
  if (load.answered) {  // its timer has
    engine_.give_back(context.taken, context.bytes, now_ps);
    return port_.finish(load);
  }
  auto& payload = payload_of(load.forwarded);
  if (gather(context) && payload.get_data_ptr() != nullptr)
    combine(context.kind, context.bytes, payload.get_data_ptr());
  say(payload, ReductionStatus::ok);
  load.request_arrived = true;
  load.completes = false;
  send_from_engine(load, true, *load.requester, 0, shared_.get_space(context.taken, context.bytes),
                   now_ps);
}

void PortReduction::send_from_engine(Transaction& transaction, bool response, PortAdapter& exit,
                                     std::uint8_t crossing, ResultSpace* space,
                                     Picoseconds now_ps) {
  SendJob job = port_.job_of(transaction, response, now_ps);
  do {
    Packet& packet = next_train(job, now_ps);
    packet.output = exit.id();
    port_.set_crossing(packet, exit);
    Packet& copy = *context_.packets->get();
    copy = packet;
    copy.id = port_.copy_id(packet);
    copy.crossing |= protocols::kIsCopy | crossing;
    packet.owner = space;
    port_.observe(PacketWhat::injected, UnitKind::endpoint, now_ps, copy);
    context_.crossbar->push_copies(packet, &copy);
  } while (job.offset_bytes < job.bytes);
}

Packet& PortReduction::next_train(SendJob& job, Picoseconds now_ps) {
  Packet& packet = *context_.packets->get();
  port_.device_.shape(job, port_.device_.next_train_bytes(job), packet);
  job.offset_bytes += packet.bytes;
  packet.id = kNotAStandIn;
  packet.input = engine_input();
  packet.output = port_.id();
  packet.head_ps = packet.tail_ps = now_ps;
  return packet;
}

}  // namespace antares::models
