// SPDX-License-Identifier: Apache-2.0
// PortAdapter: transactions that nobody will answer any more, and the timer of their requester. The
// fabric works on a copy of what is guarded, so that the requester may be answered at any time.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {

using protocols::ErrorKind;

void PortAdapter::give_up(Transaction& transaction) {
  PortAdapter& requester = *transaction.requester;
  if (transaction.is_copy()) set_error(transaction.forwarded);
  if (transaction.answered) return requester.finish(transaction);
  if (transaction.watched != 0) {
    transaction.dead = true;  // the requester's timer answers it
    return;
  }
  set_error(transaction.forwarded);
  requester.answer(transaction, now_ps());
}

void PortAdapter::timed_out(Transaction& transaction, Picoseconds now_ps) {
  ++counts_.completion_timeouts;
  note(ErrorKind::completion_timeout, &transaction);
  set_error(transaction.payload);
  if (waiting_ == &transaction) {  // nobody has it yet: END_REQ comes before its answer
    waiting_ = nullptr;
    transaction.dead = true;
    edge.end_request();
  }
  if (transaction.dead) {
    set_error(transaction.forwarded);
    return answer(transaction, now_ps);
  }
  // It is still under way, and works on its own copy of the data: the requester is answered by a
  // transaction that stands for it, and what comes back later is nobody's.
  Transaction& early = *context_.transactions->get();
  early.payload = early.forwarded = transaction.payload;
  early.requester = this;
  early.global_address = transaction.global_address;
  transaction.answered = true;
  answer(early, now_ps);
}

void PortAdapter::guard(Transaction& transaction, Picoseconds at_ps) {
  if (transaction.answered) return;  // at_accept: it has its copy and its answer
  auto& payload = *static_cast<tlm::tlm_generic_payload*>(transaction.payload);
  transaction.forwarded = &copy_of(payload);
  transaction.ending |= Transaction::kOwnsCopy;
  faults_->watch(transaction, at_ps);
}

void PortAdapter::take_home(Transaction& transaction) {
  // The fabric carried a copy (guard): its results are the requester's now.
  auto& original = *static_cast<tlm::tlm_generic_payload*>(transaction.payload);
  auto& copy = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  original.set_response_status(copy.get_response_status());
  const unsigned char* from = copy.get_data_ptr();
  if (transaction.kind != PacketKind::write && from != nullptr && copy.is_response_ok())
    std::copy(from, from + copy.get_data_length(), original.get_data_ptr());
  auto* hint = original.get_extension<PacketHint>();
  const auto* result = copy.get_extension<PacketHint>();
  if (hint != nullptr && result != nullptr) *hint = *result;
}

}  // namespace antares::models
