// SPDX-License-Identifier: Apache-2.0
// PortReduction: members behind several switches. By push, what a switch's contributions add up to
// leaves it as one store that ends in an engine of the next switch (reduction_tree.h); its end,
// told over that link, is theirs. By pull, a load-reduce becomes a read of each member here and a
// load-reduce at each switch behind, whose answer is one operand.
#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {
/// At the other end of the link it goes into an engine: nothing else has both.
constexpr std::uint8_t kIntoEngineThere = protocols::kEndsThere | protocols::kHasCopiesThere;
}  // namespace

Transaction& PortReduction::new_partial(const Transaction& like, PortAdapter& exit,
                                        const ReductionPart& said) {
  tlm::tlm_generic_payload& payload = copy_of(payload_of(like.forwarded));
  if (auto* const hint = payload.get_extension<PacketHint>()) hint->forget_names();
  PortAdapter& far = exit.far_->adapter();
  Transaction& partial = *context_.transactions->get();
  partial.payload = partial.forwarded = &payload;
  partial.ending = Transaction::kOwnsCopy | Transaction::kReduces | Transaction::kPartial;
  partial.answered = true;  // no device waits for it
  partial.requester = &exit;
  partial.completer = &far;
  partial.source = (*said.members)[said.tree->nodes[said.node].first].endpoint;
  partial.destination = far.endpoint();
  partial.kind = like.kind;
  partial.global_address = partial.local_address = like.global_address;
  partial.bytes = like.bytes;
  partial.vc = like.vc;
  partial.request_bytes = like.request_bytes;
  partial.flags = like.flags & (protocols::kRelaxedOrdering | protocols::kIdBasedOrdering);
  ReductionPart& part = *shared_.get();
  part.role = ReductionPart::Role::partial;
  part.members = said.members;
  part.tree = said.tree;
  part.node = said.tree->nodes[said.node].above;
  part.offset_bytes = said.offset_bytes;
  part.owner = said.owner;
  part.scatter_unit_bytes = said.scatter_unit_bytes;
  partial.reduction = &part;
  ++port_.counts_.partial_results;
  return partial;
}

// --- push
// ------------------------------------------------------------------------------------------

void PortReduction::send_partial(ContextTable::Context& context, Picoseconds now_ps) {
  const Transaction& first = transaction_by(context.slots.front()->what.cookie);
  const ReductionPart& said = *first.reduction;
  const ReductionTree& tree = *said.tree;
  const ReductionTree::Node& here = tree.nodes[said.node];
  Transaction& partial = new_partial(first, *here.exit, said);
  partial.bytes = context.bytes;  // of unequal contributions, the first to be whole may be another
  ReductionPart& part = *partial.reduction;
  const ReductionTree::Node& above = tree.nodes[part.node];
  part.what = said.what;
  part.what.source = (*said.members)[here.first].endpoint;
  part.what.index = here.index;
  part.what.contributors = static_cast<std::uint32_t>(above.contributors.size());
  part.what.goes_on = part.node != tree.root;
  part.what.bytes = context.bytes;
  part.what.defect = context.spoilt;
  part.what.kind.order = above.fabric->reduction->config.order;
  if (context.spoilt == ReductionStatus::ok && gather(context))
    combine(context.kind, context.bytes, payload_of(partial.forwarded).get_data_ptr());
  for (const ContextTable::Slot* slot : context.slots) {
    auto* const contributor = static_cast<Transaction*>(slot->what.cookie);
    contributor->reduction->waits = true;
    part.waiting.push_back(contributor);
  }
  partial.posted = !here.exit->completes(partial);
  send_from_engine(partial, false, *here.exit, kIntoEngineThere,
                   shared_.get_space(context.taken, context.bytes), now_ps);
}

void PortReduction::partial_arrived(Packet& packet, const Sent& sent) {
  auto& partial = *static_cast<Transaction*>(packet.owner);
  PortAdapter& engine = engine_of(*partial.reduction);
  const std::uint8_t made = packet.crossing & protocols::kMadeByBridge;
  packet.output = engine.id();
  packet.crossing = 0;
  port_.set_crossing(packet, engine);
  packet.crossing |= made;
  const Picoseconds entry = context_.delays.rx_ps + port_.bridge_ps(engine);
  packet.head_ps = cut_through_ps(sent, engine.egress_.cost(packet)) + entry;
  packet.tail_ps = sent.tail_ps + entry;
  to_engine(packet);
  port_.post_arrival(packet);
}

void PortReduction::partial_over(Transaction& partial, ReductionStatus status, Picoseconds now_ps) {
  partial.reduction->status = status;
  partial.request_arrived = true;
  // An operand of a load-reduce nobody waits for; a store is answered as its protocol has it.
  if (partial.kind == PacketKind::read || partial.posted || partial.failed)
    return partial.requester->finish(partial);
  partial.completer->answer_from_bridge(partial, now_ps);
}

void PortReduction::end_partial(Transaction& partial) {
  const ReductionStatus status =
      partial.failed ? ReductionStatus::contributor_failed : partial.reduction->status;
  std::vector<Transaction*> waiting = std::move(partial.reduction->waiting);
  auto& payload = payload_of(partial.forwarded);
  port_.retire(partial);
  payload.release();
  for (Transaction* contributor : waiting) {
    contributor->reduction->waits = false;
    ended(*contributor, status, port_.now_ps());
  }
}

// --- pull
// ------------------------------------------------------------------------------------------

void PortReduction::ask_switch(Transaction& load, const ReductionPart& part, std::uint32_t node,
                               const Contribution& operand) {
  const ReductionTree::Node& below = part.tree->nodes[node];
  PortAdapter& far = *below.exit;
  PortAdapter& exit = far.far_->adapter();
  const EndpointId first = (*part.members)[below.first].endpoint;
  Transaction& sent_on = port_.add_copy(load, exit, {first, load.global_address, 0, load.bytes});
  sent_on.ending = Transaction::kOwnsCopy | Transaction::kReduces;
  sent_on.completer = &far;
  sent_on.local_address = sent_on.global_address;
  sent_on.answer_bytes = load.bytes;
  sent_on.copies = far.context_.replications.get();
  ReductionPart& its = *shared_.get();
  sent_on.reduction = &its;
  its.role = ReductionPart::Role::load;
  its.members = part.members;
  its.offset_bytes = part.offset_bytes;
  its.tree = part.tree;
  its.node = node;
  its.above = operand;
  its.above.source = first;
  its.what = operand;
  its.what.is_request = true;
  its.what.index = 0;
  its.what.contributors = static_cast<std::uint32_t>(below.contributors.size());
  its.what.kind.order = below.fabric->reduction->config.order;
  its.what.beyond = below.fabric->service_ports != 0 ? below.beyond : 0;
  its.what.serves = true;
  its.what.key = {ContextKey::kByTag, below.fabric->reduction->next_tag++};
}

void PortReduction::answer_above(Transaction& load, ContextTable::Context* context,
                                 ReductionStatus status, Picoseconds now_ps) {
  const ReductionPart& said = *load.reduction;
  PortAdapter& exit = *said.tree->nodes[said.node].exit;
  Transaction& partial = new_partial(load, exit, said);
  partial.reduction->what = said.above;
  partial.reduction->what.defect = status;
  partial.posted = false;
  partial.request_arrived = true;
  partial.answer_bytes = load.bytes;
  auto& payload = payload_of(partial.forwarded);
  say(payload, status);
  ResultSpace* space = nullptr;
  if (context != nullptr) {
    space = shared_.get_space(context->taken, context->bytes);
    if (gather(*context) && payload.get_data_ptr() != nullptr)
      combine(context->kind, context->bytes, payload.get_data_ptr());
  }
  send_from_engine(partial, true, exit, kIntoEngineThere, space, now_ps);
  load.requester->finish(load);
}

}  // namespace antares::models
