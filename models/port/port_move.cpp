// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what a port does while it, or one that requests go to, moves to another partition.
// Requests wait at the door: END_REQ is held back, so that a device keeps what the port has not
// taken, and its completion timer does not run yet. What is in already goes on to its end.
#include <algorithm>
#include <utility>

#include "antares/models/port/port_messages.h"

namespace antares::models {

RequestVerdict PortAdapter::not_open(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                     Picoseconds at_ps) {
  payload.acquire();
  if (moving_) return hold(transaction, payload, at_ps);
  answer_refused(transaction, tlm::TLM_GENERIC_ERROR_RESPONSE, at_ps);
  return RequestVerdict::accepted;
}

RequestVerdict PortAdapter::hold(Transaction& transaction, tlm::tlm_generic_payload& payload,
                                 Picoseconds at_ps) {
  // As if it had not been asked for yet: whom it concerns shows when it is put again.
  context_.transactions->put(&transaction);
  --counts_.at_transactions;
  ++counts_.held_requests;
  held_ = &payload;
  held_at_ps_ = at_ps;
  return RequestVerdict::wait;
}

bool PortAdapter::must_wait(const Transaction& transaction) const {
  // By the upstream port of its partition any request may have to go, and any answer.
  const PortAdapter* const upstream = partition_->upstream;
  return transaction.completer->moving_ || (upstream != nullptr && upstream->moving_);
}

void PortAdapter::ask_again() {
  if (held_ == nullptr) return;
  tlm::tlm_generic_payload& payload = *std::exchange(held_, nullptr);
  const auto held_before = counts_.held_requests;
  const RequestVerdict verdict = at_request(payload, std::max(held_at_ps_, now_ps()));
  counts_.held_requests = held_before;  // if it has to wait again, it is the same one
  payload.release();
  // Never refused: what a protocol cannot say was refused before it was held.
  if (verdict == RequestVerdict::accepted) edge.end_request();
}

bool PortAdapter::takes_part(const Transaction& transaction) const {
  const ReductionSpan* const span =
      transaction.reduction == nullptr ? nullptr : transaction.reduction->span;
  for (unsigned k = 0; span != nullptr && k < span->count; ++k)
    if (span->parts[k].engine == this) return true;
  return transaction.requester == this || transaction.completer == this ||
         transaction.via == this || transaction.answer_via == this;
}

void PortAdapter::reconsider() {
  closed_ = moving_ || !link_up();
  guarded_ = moves_ != 0 || !config_.access.empty();
}

void PortAdapter::close_for_move() {
  moving_ = true;
  ++partition_->moving;
  reconsider();
  invalidate_dmi();
}

void PortAdapter::open_after_move() {
  moving_ = false;
  --partition_->moving;
  reconsider();
}

void PortAdapter::set_partition(Partition& partition) {
  PortMessages(*this).left();
  --partition_->moving;
  partition_ = &partition;
  ++partition_->moving;
  latency_memo_ = LatencyMemo();  // the bridge's latency is the partition's
}

void PortAdapter::guard_requests(bool while_ports_move) {
  if (while_ports_move)
    ++moves_;
  else
    --moves_;
  reconsider();
}

}  // namespace antares::models
