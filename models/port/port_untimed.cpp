// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what needs no events - loosely timed calls, DMI, debug access, checks of a payload -
// and what a port can say about itself. LT adds the zero-load latency and touches no link, queue or
// credit.
#include <algorithm>

#include "antares/models/port/port_messages.h"
#include "antares/models/port/port_reduction.h"
#include "antares/models/port/zero_load_walk.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::AddressRange;

ZeroLoadHop PortAdapter::hop_to(const PortAdapter& to) const {
  ZeroLoadHop hop;
  hop.in = trained_;
  hop.out = to.trained_;
  hop.out_propagation_ps = crossing_ps(to.config_);
  hop.bridge_ps = bridge_ps(to);
  hop.delays = context_.delays;
  hop.input_speedup = context_.input_speedup;
  hop.output_speedup = context_.output_speedup;
  hop.in_credit_update_ps = credit_update_ps_;
  hop.egress_queue_bytes = context_.egress_queue_bytes;
  return hop;
}

Sent PortAdapter::zero_load(const Packet& packet, const PortAdapter& to) const {
  const ZeroLoadWay way = way_to(to);
  if (ZeroLoadWalk::wanted(packet, *trained_, way))
    if (const auto sent =
            ZeroLoadWalk(*trained_, crossing_ps(config_), way, to.credit_update_ps_).pass(packet))
      return *sent;
  return zero_load_path(packet, *trained_, crossing_ps(config_), way);
}

namespace {

/// One more, as long as it lives.
class Counted {
 public:
  explicit Counted(unsigned& count) : count_(++count) {}
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  unsigned& count_;
};

Packet answer_by(const protocols::LinkPolicy& answers, const Packet& request,
                 std::uint32_t answer_bytes) {
  Packet answer = request;
  answer.kind = PacketKind::completion;
  answer.bytes = answer_bytes;
  answer.flags &= static_cast<std::uint8_t>(~(protocols::kByteEnables | protocols::kWantsAnswer));
  if (request.kind == PacketKind::write && answers.acknowledges_each_packet()) {
    answer.bytes = request.bytes;
    answer.flags |= protocols::kAcknowledges;
  }
  return answer;
}
}  // namespace

Packet PortAdapter::answer_to(const Packet& request, std::uint32_t answer_bytes,
                              const PortAdapter& requester) const {
  const bool own = policy().completes(request);
  Packet answer = answer_by(own ? policy() : requester.policy(), request, answer_bytes);
  policy().classify(answer);
  return answer;
}

Picoseconds PortAdapter::in_switch_ps(const Packet& packet) const {
  const ZeroLoadWay nowhere;
  const Picoseconds freed = context_.delays.rx_ps + credit_update_ps_;
  if (ZeroLoadWalk::wanted(packet, *trained_, nowhere))
    if (const auto sent =
            ZeroLoadWalk(*trained_, crossing_ps(config_), nowhere, freed).pass(packet))
      return sent->tail_ps + context_.delays.rx_ps;
  protocols::LinkTiming timing(trained_->rate());
  const Sent sent =
      place_train(timing, train_cost(*trained_, packet), Supply{}, 0, crossing_ps(config_));
  return sent.tail_ps + context_.delays.rx_ps;
}

Picoseconds PortAdapter::zero_load_answer_ps(const Packet& request, std::uint32_t answer_bytes,
                                             const PortAdapter& requester,
                                             const PortAdapter* via) const {
  if (!requester.policy().completes(request)) return 0;
  const Packet answer = answer_to(request, answer_bytes, requester);
  const ZeroLoadWay way = way_to(requester);
  const Picoseconds freed_ps = requester.credit_update_ps_;
  if (!policy().completes(request)) return ZeroLoadWalk::from_bridge(answer, way, freed_ps).tail_ps;
  if (!answered_twice(request.kind, requester)) return path_ps(answer, requester, via);
  return in_switch_ps(answer) +
         ZeroLoadWalk::from_bridge(answer_by(requester.policy(), request, 0), way, freed_ps)
             .tail_ps;
}

void PortAdapter::measure(const Transaction& transaction, LatencyMemo& memo) const {
  const auto address_low = static_cast<std::uint16_t>(transaction.global_address % 4096);
  std::uint8_t flags = transaction.flags;
  if (transaction.global_address >> 32 != 0) flags |= protocols::kLongAddress;
  if (memo.to == transaction.completer && memo.bytes == transaction.bytes &&
      memo.answer_bytes == transaction.answer_bytes && memo.address_low == address_low &&
      memo.kind == transaction.kind && memo.request_bytes == transaction.request_bytes &&
      memo.flags == flags && memo.vc == transaction.vc && memo.via == transaction.via) {
    return;
  }
  const Packet packet = packet_of(transaction);
  const PortAdapter& to = *transaction.completer;
  memo = LatencyMemo{
      &to,
      transaction.bytes,
      transaction.answer_bytes,
      address_low,
      transaction.request_bytes,
      transaction.kind,
      flags,
      transaction.vc,
      transaction.via,
      path_ps(packet, to, transaction.via),
      to.zero_load_answer_ps(packet, transaction.answer_bytes, *this, transaction.answer_via)};
}

void PortAdapter::lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++counts_.lt_transactions;
  last_refusal_.clear();
  if (!legal(payload)) return;
  Transaction transaction;
  begin(transaction, payload);
  if (refused_here(transaction, payload)) return;
  if (transaction.kind == PacketKind::message)
    return PortMessages(*this).lt(transaction, payload, delay);
  if (reduction_ != nullptr && PortReduction::asked_for(payload))
    return reduction_->lt(transaction, payload, delay);
  if (context_.hypercast != nullptr && for_several(payload))
    return lt_to_several(transaction, payload, delay);
  const Target target = decode(transaction, payload);
  auto status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (target.window != nullptr) {
    direct(transaction, target);
    // What is hidden looks like nothing, its link down or not.
    status = hides(transaction)          ? tlm::TLM_ADDRESS_ERROR_RESPONSE
             : links_up_to(*target.port) ? refused_there(transaction)
                                         : tlm::TLM_GENERIC_ERROR_RESPONSE;
    if (status == tlm::TLM_OK_RESPONSE) status = controlled(transaction);
  }
  if (status != tlm::TLM_OK_RESPONSE) {
    delay += context_.scheduler->to_time(refusal_ps());
    payload.set_response_status(status);
    return;
  }
  lt_deliver(transaction, payload, delay);
}

void PortAdapter::lt_deliver(Transaction& transaction, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& delay) {
  PortAdapter& to = *transaction.completer;
  if (transaction.completes && !transaction.posted) to.control_answer(transaction);
  measure(transaction, latency_memo_);
  delay += context_.scheduler->to_time(latency_memo_.request_ps);
  payload.set_address(transaction.local_address);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  if (transaction.poisoned) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else {
    const Counted here(blocking_calls_);
    const Counted there(to.blocking_calls_);
    to.edge.initiator->b_transport(payload, delay);
  }
  if (moving_ || to.moving_)
    for (DrainListener* listener : context_.draining) listener->drained_one(now_ps());
  payload.set_address(transaction.global_address);
  to.judge(transaction, payload);
  const bool damaged = to.marked_as_damaged(transaction);
  if (payload.is_response_error()) {
    ++to.counts_.error_responses;
    to.note(transaction.poisoned ? protocols::ErrorKind::poisoned
                                 : protocols::ErrorKind::completer_abort,
            &transaction);
  }
  if (payload.is_response_error() && latency_memo_.answer_ps != 0) {
    // An error is answered by one completion without data, however much was asked for.
    transaction.answer_bytes = 0;
    Transaction failed = transaction;
    failed.bytes = 0;
    LatencyMemo memo;
    measure(failed, memo);
    delay += context_.scheduler->to_time(memo.answer_ps);
  } else {
    delay += context_.scheduler->to_time(latency_memo_.answer_ps);
  }
  if (damaged) refuse_poisoned(transaction);
}

void PortAdapter::correct_status(const Transaction& transaction,
                                 tlm::tlm_generic_payload& payload) {
  // A target that forgets the status must not pass for one that succeeded, nor one that ignores an
  // atomic it has never heard of.
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE)
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (transaction.kind != PacketKind::atomic || payload.is_response_error()) return;
  if (payload.get_extension<PacketHint>()->executed) return;
  payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  last_refusal_ = "the target does not execute atomics";
}

bool PortAdapter::reaches(const PortAdapter& to) const {
  return to.edge.has_device_target() && may_bridge_to(to) && links_up_to(to);
}

bool PortAdapter::dmi_request(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = payload.get_address();
  const Target target = find_target(address, 1);
  const AddressWindow* window = target.window;
  dmi.init();
  AddressRange seen;
  const bool several = context_.hypercast != nullptr && for_several(payload);
  const bool reachable = window != nullptr && !several && !moving_ && !target.port->moving_ &&
                         pointer_passes(target, payload, seen) && reaches(*target.port);
  if (!reachable) {
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  PortAdapter& to = *target.port;
  payload.set_address(window->to_local(address));
  const bool granted = to.edge.initiator->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  // What the target offers is clipped to the window it is seen through, then translated back.
  const std::uint64_t local_first = window->to_local(std::max(seen.first, window->base));
  const std::uint64_t local_last =
      window->to_local(std::min(seen.last, window->base + (window->size_bytes - 1)));
  const std::uint64_t first = std::max<std::uint64_t>(dmi.get_start_address(), local_first);
  const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), local_last);
  if (granted && first > last) {  // all of it lies outside of the window
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  if (granted) dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
  dmi.set_start_address(window->to_global(std::min(first, local_last)));
  dmi.set_end_address(window->to_global(std::max(last, local_first)));
  if (!granted) return false;
  ++counts_.dmi_grants;
  Transaction access;
  access.completer = &to;
  access.bytes = 64;
  access.global_address = address;
  access.kind = PacketKind::write;
  LatencyMemo write;
  measure(access, write);
  access.kind = PacketKind::read;
  access.answer_bytes = access.bytes;
  LatencyMemo read;
  measure(access, read);
  dmi.set_write_latency(dmi.get_write_latency() +
                        context_.scheduler->to_time(write.request_ps + write.answer_ps));
  dmi.set_read_latency(dmi.get_read_latency() +
                       context_.scheduler->to_time(read.request_ps + read.answer_ps));
  return true;
}

void PortAdapter::dmi_invalidated(std::uint64_t start, std::uint64_t end) {
  for (const AddressWindow& window : partition_->routes.windows()) {
    if (window.port != id_) continue;
    const std::uint64_t local_last = window.local_base + (window.size_bytes - 1);
    if (end < window.local_base || start > local_last) continue;
    const std::uint64_t first = window.to_global(std::max(start, window.local_base));
    const std::uint64_t last = window.to_global(std::min(end, local_last));
    for (const FabricContext* fabric : context_.linked) {
      for (PortAdapter* port : fabric->ports) {
        if (port->edge.has_device_initiator())
          port->edge.target->invalidate_direct_mem_ptr(first, last);
      }
    }
  }
}

unsigned PortAdapter::debug_request(tlm::tlm_generic_payload& payload) {
  if (context_.hypercast != nullptr && for_several(payload)) return debug_to_several(payload);
  const std::uint64_t address = payload.get_address();
  const Target target = find_target(address, 1);
  const AddressWindow* window = target.window;
  AddressRange seen;
  if (window == nullptr || !visible(target, payload, seen) || !reaches(*target.port)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 0;
  }
  const std::uint64_t last = std::min(seen.last, window->base + (window->size_bytes - 1));
  const std::uint64_t room = last - address + 1;
  const unsigned length = payload.get_data_length();
  if (length > room) payload.set_data_length(static_cast<unsigned>(room));
  payload.set_address(window->to_local(address));
  const unsigned done = target.port->edge.initiator->transport_dbg(payload);
  payload.set_address(address);
  payload.set_data_length(length);
  return done;
}

}  // namespace antares::models
