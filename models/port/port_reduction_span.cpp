// SPDX-License-Identifier: Apache-2.0
// PortReduction: contributions of more than an engine holds. Their trains go to engines in turn, as
// those of so many smaller requests would; each part has a context there, and ends as one would
// alone. What they share is the transaction: it is answered when all parts are over, with the first
// status that is not fine. A part that finds no place is sent again: the requester, who would be
// told to retry, has its data in flight anyway.
//
// The sums reach each member as one transaction, too. Its trains come from as many engines, in any
// order: which is the last shows on the member's link (copy_sent()). If a part has no sum the
// members get nothing of the others either.
//
// So there is no such contribution where trains may get lost, where a link's encoding needs their
// order, or over several switches (FabricSwitch::set_reduction_spans()). Picoseconds.
#include <algorithm>

#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

static_assert(alignof(Transaction) >= ReductionSpan::kMostParts,
              "a cookie's lowest bits say which part it is");

bool PortReduction::may_span(const Transaction& transaction) const {
  constexpr std::uint64_t kPage = 4096;  // links cut there
  const std::uint64_t part_bytes = context_.reduction_request_bytes;
  if (transaction.bytes > context_.reduction_span_bytes ||
      transaction.bytes > ReductionSpan::kMostParts * part_bytes ||
      transaction.global_address % kPage != 0)
    return false;
  Transaction like = transaction;
  const SendJob job = port_.job_of(like, false, 0);
  return part_bytes % port_.device_.next_train_bytes(job) == 0;
}

void PortReduction::make_span(ReductionPart& part) const {
  ReductionSpan& span = *(part.span = shared_.get_span());
  const std::uint32_t bytes = part.what.bytes;
  span.part_bytes = static_cast<std::uint32_t>(context_.reduction_request_bytes);
  span.count = span.open = (bytes + span.part_bytes - 1) / span.part_bytes;
  for (std::uint32_t k = 0; k < span.count; ++k) {
    const std::uint32_t offset = k * span.part_bytes;
    ReductionSpan::Part& one = span.parts[k];
    one.bytes = one.to_come_bytes = std::min(span.part_bytes, bytes - offset);
    const auto turn = turn_of(part, offset, span.part_bytes);
    one.engine = &port_of((*part.members)[turn % part.members->size()]);
    span.to_send.push_back(static_cast<std::uint8_t>(k));
  }
}

// --- contributions
// ---------------------------------------------------------------------------------

void PortReduction::part_sent(Transaction& transaction, std::uint32_t bytes) {
  ReductionSpan& span = *transaction.reduction->span;
  span.sent_bytes += bytes;
  if (span.sent_bytes < span.parts[span.to_send[span.sending]].bytes) return;
  span.sent_bytes = 0;
  if (++span.sending == span.to_send.size()) return;
  transaction.completer = span.parts[span.to_send[span.sending]].engine;
  transaction.destination = transaction.completer->endpoint();
}

unsigned PortReduction::part_here(const ReductionSpan& span, const Packet& packet) const {
  // Where one engine has several parts, their trains come in the order in which they were sent.
  for (const std::uint8_t k : span.to_send) {
    const ReductionSpan::Part& part = span.parts[k];
    if (part.engine->id() == packet.output && part.to_come_bytes != 0) return k;
  }
  throw std::logic_error(std::string(port_.name()) +
                         ": a train of a contribution has come to an engine that has its part");
}

void PortReduction::send_again(Transaction& transaction, unsigned part, Picoseconds now_ps) {
  ReductionSpan& span = *transaction.reduction->span;
  ReductionSpan::Part& one = span.parts[part];
  one.slot = nullptr;
  one.to_come_bytes = one.bytes;
  // Its first way is over: other parts for this engine may come before the second.
  span.to_send.erase(std::find(span.to_send.begin(), span.to_send.end(), part));
  --span.sending;
  const bool all_sent = span.sending == span.to_send.size();
  span.to_send.push_back(static_cast<std::uint8_t>(part));
  if (all_sent) {
    transaction.completer = one.engine;
    transaction.destination = one.engine->endpoint();
  }
  PortAdapter& requester = *transaction.requester;
  SendJob job = requester.job_of(transaction, false, now_ps);
  job.offset_bytes = part * span.part_bytes;
  job.bytes = job.offset_bytes + one.bytes;
  requester.enqueue(job);
}

bool PortReduction::span_over(Transaction& transaction, unsigned part, ReductionStatus status,
                              Picoseconds now_ps) {
  ReductionSpan& span = *transaction.reduction->span;
  // Nobody waits for one that has failed, or whose requester's time is over.
  if (status == ReductionStatus::retry && !transaction.failed && !transaction.answered) {
    send_again(transaction, part, now_ps);
    return false;
  }
  if (span.status == ReductionStatus::ok) span.status = status;
  if (--span.open != 0) return false;
  if (span.result != nullptr && --span.result->contributions == 0)
    close(*span.result, span.part_bytes, now_ps);
  return true;
}

// --- results
// ------------------------------------------------------------------------------------------

SpanResult& PortReduction::result_of(const ContextTable::Context& context, unsigned part) {
  const auto span_of = [](const ContextTable::Slot* slot) -> ReductionSpan& {
    return *transaction_by(slot->what.cookie).reduction->span;
  };
  SpanResult* found = nullptr;
  for (const ContextTable::Slot* slot : context.slots) {
    SpanResult* const one = span_of(slot).result;
    if (one != nullptr && (one->done & 1u << part) == 0) found = one;
    if (found != nullptr) break;
  }
  if (found == nullptr) {
    const Transaction& first = transaction_by(context.slots.front()->what.cookie);
    found = shared_.get_result();
    found->result = &new_result(first, context.span_bytes, nullptr);
    found->parts = first.reduction->span->count;
    for (const Replication::Copy& copy : found->result->copies->copies)
      copy.transaction->ending |= Transaction::kInParts;
  }
  for (const ContextTable::Slot* slot : context.slots) {
    ReductionSpan& span = span_of(slot);
    if (span.result != nullptr) continue;
    span.result = found;
    ++found->contributions;
  }
  found->done |= 1u << part;
  return *found;
}

void PortReduction::store_part(ContextTable::Context& context, Picoseconds now_ps) {
  void* const cookie = context.slots.front()->what.cookie;
  const unsigned part = part_by(cookie);
  const std::uint32_t part_bytes = transaction_by(cookie).reduction->span->part_bytes;
  const SpanResult& sums = result_of(context, part);
  Transaction& result = *sums.result;
  const bool all_done = sums.all_done();
  const std::uint32_t offset = part * part_bytes;
  if (gather(context))
    combine(context.kind, context.bytes, payload_of(result.forwarded).get_data_ptr() + offset);
  ++port_.counts_.reductions;
  ResultSpace* const space = shared_.get_space(context.taken, context.bytes);
  Replication& set = *result.copies;
  SendJob job = port_.job_of(result, false, now_ps);
  job.offset_bytes = set.sent_bytes = offset;
  job.bytes = offset + context.bytes;
  const bool nobody = all_done && set.open == 0;
  Picoseconds heads[2] = {};
  do {
    Packet& packet = next_train(job, now_ps);
    const bool last = job.offset_bytes == job.bytes;
    set.all_sent = all_done && last;
    Packet* const copies = port_.make_copies(packet, now_ps);
    // Others may follow what makes a copy's end.
    if (job.offset_bytes == result.bytes)
      for (Replication::Copy& copy : set.copies) copy.all_sent = false;
    for (Packet* copy = copies; copy != nullptr; copy = copy->next)
      copy->flags &= static_cast<std::uint8_t>(~protocols::kLastTrain);
    keep_order(copies, heads);
    send_copies(packet, copies, space, now_ps);
    if (last) break;  // the result may have ended
  } while (true);
  if (nobody) port_.end_original(result);
}

void PortReduction::close(SpanResult& sums, std::uint32_t part_bytes, Picoseconds now_ps) {
  shared_.free_results.push_back(&sums);
  if (sums.all_done()) return;  // its copies end it, or have
  Transaction& result = *sums.result;
  std::uint32_t missing = 0;
  for (std::uint32_t k = 0; k < sums.parts; ++k)
    if ((sums.done & 1u << k) == 0) missing += std::min(part_bytes, result.bytes - k * part_bytes);
  Replication& set = *result.copies;
  set.all_sent = true;
  if (set.open == 0) return port_.end_original(result);
  // The last of them takes the list with it.
  std::vector<Transaction*> copies;
  for (const Replication::Copy& copy : set.copies) copies.push_back(copy.transaction);
  for (Transaction* copy : copies) {
    copy->failed = true;
    copy->left_switch_bytes[0] += missing;
    if (copy->left_switch_bytes[0] == copy->bytes) copy->requester->end_copy(*copy, now_ps);
  }
}

// --- loosely timed
// ----------------------------------------------------------------------------------

// As many calls, each at the time at which the link has carried what comes before.
void PortReduction::lt_span(const Transaction& transaction, tlm::tlm_generic_payload& payload,
                            const ReductionPart& part, sc_core::sc_time& delay) {
  const sc_core::sc_time start = delay;
  const auto into_switch = [&](std::uint32_t bytes) {
    Transaction one = transaction;
    one.bytes = bytes;
    return port_.in_switch_ps(port_.packet_of(one));
  };
  const ReductionSpan& span = *part.span;
  const Picoseconds alone = into_switch(span.parts[0].bytes);
  auto status = tlm::TLM_OK_RESPONSE;
  auto* const hint = payload.get_extension<PacketHint>();
  ReductionStatus said = ReductionStatus::ok;
  tlm::tlm_generic_payload piece;
  piece.set_extension(hint);
  piece.set_command(payload.get_command());
  for (std::uint32_t k = 0; k < span.count; ++k) {
    const std::uint32_t offset = k * span.part_bytes;
    Transaction one = transaction;
    one.global_address = one.local_address = transaction.global_address + offset;
    one.bytes = span.parts[k].bytes;
    one.payload = one.forwarded = &piece;
    unsigned char* const data = payload.get_data_ptr();
    piece.set_address(one.global_address);
    piece.set_data_ptr(data == nullptr ? nullptr : data + offset);
    piece.set_data_length(one.bytes);
    piece.set_streaming_width(one.bytes);
    ReductionPart its = part;
    its.span = nullptr;
    its.what = contribution_of(part, k);
    its.offset_bytes += offset;
    sc_core::sc_time end = start;
    if (k != 0) end += context_.scheduler->to_time(into_switch(offset + span.part_bytes) - alone);
    lt_push(one, piece, its, end);
    delay = std::max(delay, end);
    if (piece.get_response_status() != tlm::TLM_OK_RESPONSE && status == tlm::TLM_OK_RESPONSE) {
      status = piece.get_response_status();
      said = hint->reduction_status;
    }
  }
  piece.clear_extension(hint);
  hint->reduction_status = said;
  payload.set_response_status(status);
}

}  // namespace antares::models
