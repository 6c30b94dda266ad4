// SPDX-License-Identifier: Apache-2.0
// PortAdapter: to and from the device's target, and back to the requester. What the egress has sent
// is delivered at its tail; the device's answer becomes a train of its own, or ends here.
#include <algorithm>

#include "antares/models/port/adaptive_exit.h"
#include "antares/models/port/port_reduction.h"

namespace antares::models {

void PortAdapter::train_sent(Packet& packet, const Sent& sent) {
  if ((packet.crossing & protocols::kIsCopy) != 0) PortReduction::copy_sent(packet);
  // Told in link order, with the times at which they will be true: nothing can overtake any more.
  observe(PacketWhat::departed, UnitKind::egress, sent.free_ps, packet);
  if (faults_ != nullptr) look_after(egress_.link(), packet, sent.tail_ps);
  if (adaptive_ != nullptr) adaptive_->unbind(packet);
  if (far_ != nullptr) return pass_on(packet, sent);
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  // Where the link may fail, whether it arrives shows only then.
  if (faults_ == nullptr) {
    observe(PacketWhat::delivered, UnitKind::endpoint, sent.tail_ps, packet);
  } else if (!last) {
    const Picoseconds freed = freed_ps(egress_.link(), packet, sent.tail_ps);
    const Picoseconds from_ps = freed == sent.tail_ps ? sent.head_ps : freed;
    egress_.give_back(packet, from_ps + credit_update_ps_,
                      std::max(from_ps, sent.tail_ps) + credit_update_ps_);
  }
  if (last || faults_ != nullptr) {
    // In the link's order: small trains that share a flit may count as there before those ahead.
    last_delivery_ps_ = std::max(last_delivery_ps_, sent.tail_ps);
    context_.scheduler->post(faults_ == nullptr ? sent.tail_ps : last_delivery_ps_,
                             Phase::departure, origin_, *this, pack(kDeliver, &packet));
    return;
  }
  // Only the transaction's last train concerns the device; the others make room as they arrive.
  egress_.give_back(packet, sent.head_ps + credit_update_ps_, sent.tail_ps + credit_update_ps_);
  context_.packets->put(&packet);
}

void PortAdapter::request_delivered(Packet& packet) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  if (transaction.detours() && turn_round(packet, false)) return;
  transaction.held_train = &packet;
  if (transaction.failed) {
    release_held(transaction, now_ps());
    return give_up(transaction);
  }
  transaction.request_arrived = true;
  if (transaction.poisoned) {
    refuse_poisoned(transaction);
    ++counts_.error_responses;
    release_held(transaction, now_ps());
    return respond(transaction, now_ps());
  }
  edge.deliver_request(transaction);
}

void PortAdapter::release_held(Transaction& transaction, Picoseconds at_ps) {
  Packet* packet = transaction.held_train;
  if (packet == nullptr) return;
  transaction.held_train = nullptr;
  const Picoseconds told = at_ps + credit_update_ps_;
  const Picoseconds home = egress_.give_back(*packet, told, told).to_ps;
  context_.packets->put(packet);
  if (egress_.queue().anything_waits()) pump_egress_at(std::max(home, now_ps() + 1));
}

void PortAdapter::at_request_taken(Transaction& transaction, Picoseconds at_ps) {
  release_held(transaction, at_ps);
}

void PortAdapter::at_response(Transaction& transaction, Picoseconds at_ps) {
  auto& forwarded = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  judge(transaction, forwarded);
  if (forwarded.is_response_error()) {
    ++counts_.error_responses;
    note(protocols::ErrorKind::completer_abort, &transaction);
  } else {
    marked_as_damaged(transaction);
  }
  respond(transaction, at_ps);
}

void PortAdapter::at_stray_response() {
  ++counts_.stray_responses;
  note(protocols::ErrorKind::unexpected_completion, nullptr);
}

void PortAdapter::respond(Transaction& transaction, Picoseconds at_ps) {
  if (transaction.answered) return respond_to_nobody(transaction, at_ps);
  if (transaction.posted) {
    if (transaction.completes) end_in_bridge(transaction, at_ps, nullptr);
    transaction.requester->answer(transaction, at_ps);
    return;
  }
  if (!transaction.completes) {
    answer_from_bridge(transaction, at_ps);
    return;
  }
  if (answered_twice(transaction.kind, *transaction.requester)) {
    end_in_bridge(transaction, at_ps, &transaction);
    return;
  }
  control_answer(transaction);
  const SendJob job = job_of(transaction, true, at_ps);
  if (at_ps > now_ps()) {
    context_.scheduler->post(at_ps, Phase::arrival, origin_, *this, pack(kEnqueue, &transaction));
  } else {
    enqueue(job);
  }
}

void PortAdapter::respond_to_nobody(Transaction& transaction, Picoseconds at_ps) {
  if (transaction.reduction != nullptr && PortReduction::ends_in_engine(transaction, true))
    return reduction_->send_operand(transaction, at_ps);
  if (transaction.is_copy()) {
    // The completer's acknowledgement ends in the switch; where the requester waits for it, so does
    // the copy's end.
    const bool waits =
        transaction.completes && transaction.then != nullptr && !transaction.then->posted;
    if (transaction.completes) end_in_bridge(transaction, at_ps, waits ? &transaction : nullptr);
    if (!waits) transaction.requester->end_copy(transaction, at_ps);
    return;
  }
  const auto& forwarded = *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
  if (transaction.posted && transaction.completes) end_in_bridge(transaction, at_ps, nullptr);
  if (forwarded.is_response_error()) ++counts_.lost_posted_errors;
  transaction.requester->finish(transaction);
}

void PortAdapter::response_delivered(Packet& packet) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  if (transaction.detours() && turn_round(packet, true)) return;
  transaction.held_train = &packet;
  if (transaction.failed || transaction.answered) {
    if (transaction.answered) {
      ++counts_.unexpected_completions;
      note(protocols::ErrorKind::unexpected_completion, &transaction);
    }
    release_held(transaction, now_ps());
    return give_up(transaction);
  }
  if (transaction.poisoned) refuse_poisoned(transaction);
  answer(transaction, now_ps());
}

void PortAdapter::answer(Transaction& transaction, Picoseconds at_ps) {
  if (at_ps > now_ps()) {
    context_.scheduler->post(at_ps, Phase::departure, origin_, *this, pack(kAnswer, &transaction));
    return;
  }
  if (faults_ != nullptr) {
    faults_->forget(transaction);
    if (transaction.owns_copy() && !transaction.answered) take_home(transaction);
  }
  static_cast<tlm::tlm_generic_payload*>(transaction.payload)
      ->set_address(transaction.global_address);
  edge.deliver_response(transaction);
}

void PortAdapter::at_response_taken(Transaction& transaction, Picoseconds at_ps) {
  release_held(transaction, at_ps);
  finish(transaction);
}

void PortAdapter::finish(Transaction& transaction) {
  if (transaction.ending == 0) {
    auto* payload = static_cast<tlm::tlm_generic_payload*>(transaction.payload);
    context_.transactions->put(&transaction);
    payload->release();
  } else {
    finish_specially(transaction);
  }
}

void PortAdapter::finish_specially(Transaction& transaction) {
  if (transaction.is_copy()) return end_copy(transaction, now_ps());
  if (transaction.is_partial()) return reduction_->end_partial(transaction);
  if (transaction.copies != nullptr) {  // a load-reduce that another switch never had
    ReplicationPool::put(transaction.copies);
    transaction.copies = nullptr;
  }
  auto* payload = static_cast<tlm::tlm_generic_payload*>(transaction.payload);
  // Of its own copy and its requester's payload: the latter is another's once it is answered early.
  auto* copy = transaction.owns_copy()
                   ? static_cast<tlm::tlm_generic_payload*>(transaction.forwarded)
                   : nullptr;
  const bool both = copy == nullptr || !transaction.answered;
  retire(transaction);
  if (copy != nullptr) copy->release();
  if (both) payload->release();
}

void PortAdapter::retire(Transaction& transaction) {
  const bool drains = (transaction.ending & Transaction::kDrains) != 0;
  if (transaction.reduction != nullptr) context_.reduction->put(transaction.reduction);
  if ((transaction.ending & Transaction::kKeepsWay) != 0) AdaptiveExit::end(transaction, now_ps());
  context_.transactions->put(&transaction);
  if (!drains) return;
  for (DrainListener* listener : context_.draining) listener->drained_one(now_ps());
}

}  // namespace antares::models
