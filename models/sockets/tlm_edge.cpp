// SPDX-License-Identifier: Apache-2.0
#include "antares/models/sockets/tlm_edge.h"

#include <algorithm>

#include "antares/models/report_ids.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {
tlm::tlm_generic_payload& forwarded_of(Transaction& transaction) {
  return *static_cast<tlm::tlm_generic_payload*>(transaction.forwarded);
}
}  // namespace

TlmEdge::TlmEdge(EdgeClient& client, const Scheduler& scheduler)
    : target("target"), initiator("initiator"), client_(client), scheduler_(scheduler) {
  target.register_nb_transport_fw(this, &TlmEdge::nb_fw);
  target.register_b_transport(this, &TlmEdge::b_transport);
  target.register_transport_dbg(this, &TlmEdge::transport_dbg);
  target.register_get_direct_mem_ptr(this, &TlmEdge::get_direct_mem_ptr);
  initiator.register_nb_transport_bw(this, &TlmEdge::nb_bw);
  initiator.register_invalidate_direct_mem_ptr(this, &TlmEdge::invalidate_direct_mem_ptr);
}

TlmEdge::~TlmEdge() {
  // Payloads that are still held outlive the switch: they must not point into it.
  for (const auto& ticket : tickets_) {
    if (ticket->payload == nullptr) continue;
    tlm::tlm_generic_payload* const payload = ticket->payload;
    payload->clear_extension(ticket.get());
    if (ticket->transaction == nullptr) payload->release();  // abandoned, and never answered
  }
}

tlm::tlm_sync_enum TlmEdge::nb_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    if (!payload.has_mm()) {
      SC_REPORT_ERROR(kReportNoMemoryManager,
                      (std::string(target.name()) +
                       ": nb_transport_fw with a payload that has no memory manager; set one with "
                       "set_mm() (IEEE 1666-2011 14.5), or use b_transport")
                          .c_str());
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return tlm::TLM_COMPLETED;
    }
    if (waiting_request_ != nullptr) {
      SC_REPORT_ERROR(
          kReportProtocolError,
          (std::string(target.name()) +
           ": BEGIN_REQ before the END_REQ of the previous request (IEEE 1666-2011 15.2.6)")
              .c_str());
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return tlm::TLM_COMPLETED;
    }
    const Picoseconds at = after(delay);
    switch (client_.at_request(payload, at)) {
      case RequestVerdict::accepted:
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
      case RequestVerdict::wait:
        waiting_request_ = &payload;
        return tlm::TLM_ACCEPTED;
      case RequestVerdict::refused:
        return tlm::TLM_COMPLETED;
    }
  }
  if (phase == tlm::END_RESP) {
    if (response_ == nullptr || response_->payload != &payload) {
      SC_REPORT_ERROR(
          kReportProtocolError,
          (std::string(target.name()) + ": END_RESP for a response that was not sent").c_str());
      return tlm::TLM_COMPLETED;
    }
    response_over(after(delay));
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;  // an ignorable phase
}

void TlmEdge::end_request() {
  tlm::tlm_generic_payload* payload = waiting_request_;
  waiting_request_ = nullptr;
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  target->nb_transport_bw(*payload, phase, delay);
}

TlmEdge::Ticket* TlmEdge::get_ticket() {
  if (free_tickets_.empty()) {
    tickets_.push_back(std::make_unique<Ticket>());
    return tickets_.back().get();
  }
  Ticket* ticket = free_tickets_.back();
  free_tickets_.pop_back();
  return ticket;
}

Transaction* TlmEdge::take_ticket(tlm::tlm_generic_payload& payload) {
  auto* ticket = payload.get_extension<Ticket>();
  Transaction* transaction = ticket->transaction;
  if (ticket->previous != nullptr)
    payload.set_extension(ticket->previous);
  else
    payload.clear_extension(ticket);
  ticket->payload = nullptr;
  free_tickets_.push_back(ticket);
  return transaction;
}

void TlmEdge::deliver_request(Transaction& transaction) {
  if (request_out_ == nullptr && requests_out_.empty() && request_free_ps_ <= now_ps()) {
    send_request(transaction);
  } else {
    requests_out_.push_back(&transaction);
    // The target holds its channel until a known time: nobody else would wake the first to wait.
    if (request_out_ == nullptr && requests_out_.size() == 1) client_.retry_at(request_free_ps_);
  }
}

void TlmEdge::send_request(Transaction& transaction) {
  tlm::tlm_generic_payload& payload = forwarded_of(transaction);
  payload.set_address(transaction.local_address);
  request_out_ = calling_ = &transaction;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto status = initiator->nb_transport_fw(payload, phase, delay);
  if (calling_ == nullptr) return;  // answered by nb_transport_bw within the call
  calling_ = nullptr;
  const bool updated = status == tlm::TLM_UPDATED;
  if (status == tlm::TLM_ACCEPTED ||
      (updated && phase != tlm::END_REQ && phase != tlm::BEGIN_RESP)) {
    attach_ticket(transaction, payload);  // a phase of the target's own changes nothing
    return;
  }
  const Picoseconds at = after(delay);
  if (updated && phase == tlm::END_REQ) {
    attach_ticket(transaction, payload);
    request_out_ = nullptr;
    request_free_ps_ = at;
    client_.at_request_taken(transaction, at);
    if (at > now_ps() && !requests_out_.empty()) client_.retry_at(at);
    return;
  }
  // TLM_COMPLETED or BEGIN_RESP: both imply END_REQ.
  request_out_ = nullptr;
  request_free_ps_ = now_ps();
  const auto* hint = delay == sc_core::SC_ZERO_TIME ? nullptr : payload.get_extension<PacketHint>();
  const bool said = hint != nullptr && hint->taken_in_ps != PacketHint::kNotSaid;
  client_.at_request_taken(transaction, said ? now_ps() + hint->taken_in_ps : at);
  if (updated) {
    phase = tlm::END_RESP;
    sc_core::sc_time end_delay = delay;
    initiator->nb_transport_fw(payload, phase, end_delay);
  }
  client_.at_response(transaction, at);
}

void TlmEdge::attach_ticket(Transaction& transaction, tlm::tlm_generic_payload& payload) {
  Ticket* ticket = get_ticket();
  ticket->transaction = &transaction;
  ticket->edge = this;
  ticket->payload = &payload;
  ticket->previous = payload.set_extension(ticket);
}

void TlmEdge::abandon(const std::function<void(Transaction&)>& give_up) {
  request_out_ = nullptr;
  std::vector<Transaction*> gone(requests_out_.begin(), requests_out_.end());
  requests_out_.clear();
  for (const auto& ticket : tickets_) {
    if (ticket->payload == nullptr || ticket->transaction == nullptr) continue;
    gone.push_back(ticket->transaction);
    ticket->transaction = nullptr;
    ticket->payload->acquire();  // the device may still write to it
    ++abandoned_;
  }
  for (Transaction* transaction : gone) give_up(*transaction);
}

bool TlmEdge::withdraw(const Transaction& transaction) {
  const auto found = std::find(requests_out_.begin(), requests_out_.end(), &transaction);
  if (found == requests_out_.end()) return false;
  requests_out_.erase(found);
  return true;
}

void TlmEdge::send_next_request() {
  while (request_out_ == nullptr && !requests_out_.empty()) {
    if (request_free_ps_ > now_ps()) {
      client_.retry_at(request_free_ps_);
      return;
    }
    Transaction* next = requests_out_.front();
    requests_out_.pop_front();
    send_request(*next);
  }
}

tlm::tlm_sync_enum TlmEdge::nb_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay) {
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  // Within the call that hands the request over it has no ticket yet.
  const bool within_call = calling_ != nullptr && &forwarded_of(*calling_) == &payload;
  auto* ticket = within_call ? nullptr : payload.get_extension<Ticket>();
  if (!within_call && (ticket == nullptr || ticket->edge != this)) {
    client_.at_stray_response();  // before the report, which may throw
    SC_REPORT_ERROR(kReportProtocolError, (std::string(initiator.name()) +
                                           ": the device's target calls back for a payload "
                                           "that it does not hold")
                                              .c_str());
    return tlm::TLM_COMPLETED;
  }
  if (!within_call && ticket->transaction == nullptr) {
    if (phase == tlm::END_REQ) return tlm::TLM_ACCEPTED;
    client_.at_stray_response();
    --abandoned_;
    take_ticket(payload);
    payload.release();
    return tlm::TLM_COMPLETED;
  }
  const Picoseconds at = after(delay);
  Transaction& transaction = within_call ? *calling_ : *ticket->transaction;
  if (request_out_ == &transaction) {
    request_out_ = nullptr;
    request_free_ps_ = phase == tlm::END_REQ ? at : now_ps();
    client_.at_request_taken(transaction, at);
    if (phase == tlm::END_REQ) {
      if (!within_call) send_next_request();  // else whoever called goes on with the queue
      return tlm::TLM_ACCEPTED;
    }
  }
  if (phase == tlm::END_REQ) {
    SC_REPORT_ERROR(kReportProtocolError,
                    (std::string(initiator.name()) + ": a second END_REQ for one request").c_str());
    return tlm::TLM_ACCEPTED;
  }
  if (within_call)
    calling_ = nullptr;
  else
    take_ticket(payload);
  client_.at_response(transaction, at);
  if (!within_call) send_next_request();
  return tlm::TLM_COMPLETED;  // the response is taken at once
}

void TlmEdge::deliver_response(Transaction& transaction) {
  if (response_ == nullptr && responses_.empty() && response_free_ps_ <= now_ps()) {
    send_response(transaction);
  } else {
    responses_.push_back(&transaction);
    if (response_ == nullptr && response_free_ps_ > now_ps()) client_.retry_at(response_free_ps_);
  }
}

void TlmEdge::send_response(Transaction& transaction) {
  auto& payload = *static_cast<tlm::tlm_generic_payload*>(transaction.payload);
  response_ = &transaction;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto status = target->nb_transport_bw(payload, phase, delay);
  if (status == tlm::TLM_ACCEPTED) return;
  if (response_ != &transaction) {
    SC_REPORT_ERROR(kReportProtocolError,
                    (std::string(target.name()) +
                     ": the initiator ended a response twice: END_RESP and a return value")
                        .c_str());
    return;
  }
  response_over(after(delay));
}

void TlmEdge::response_over(Picoseconds at_ps) {
  Transaction* over = response_;
  response_ = nullptr;
  response_free_ps_ = at_ps;
  client_.at_response_taken(*over, at_ps);
  // Within retry() its own loop goes on: no recursion over a long queue.
  if (!responses_.empty() && !retrying_) retry();
}

void TlmEdge::retry() {
  send_next_request();
  retrying_ = true;
  while (response_ == nullptr && !responses_.empty()) {
    if (response_free_ps_ > now_ps()) {
      client_.retry_at(response_free_ps_);
      break;
    }
    Transaction* next = responses_.front();
    responses_.pop_front();
    send_response(*next);
  }
  retrying_ = false;
}

void TlmEdge::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  client_.lt_request(payload, delay);
}

unsigned TlmEdge::transport_dbg(tlm::tlm_generic_payload& payload) {
  return client_.debug_request(payload);
}

bool TlmEdge::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  return client_.dmi_request(payload, dmi);
}

void TlmEdge::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
  client_.dmi_invalidated(start, end);
}

}  // namespace antares::models
