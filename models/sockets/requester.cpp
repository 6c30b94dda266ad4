// SPDX-License-Identifier: Apache-2.0
#include "antares/models/sockets/requester.h"

namespace antares::models {

Requester::Requester(Scheduler& scheduler, RequesterClient& client)
    : initiator("initiator"), scheduler_(scheduler), client_(client) {
  initiator.register_nb_transport_bw(this, &Requester::nb_transport_bw);
}

void Requester::issue(const Request& request) {
  tlm::tlm_generic_payload& payload = pool_.get();
  PacketHint& hint = PayloadPool::hint(payload);
  hint.kind = request.read ? protocols::PacketKind::read : protocols::PacketKind::write;
  hint.flags = request.flags;
  hint.request_bytes = request.request_bytes;
  hint.user = request.user;
  hint.cookie = request.cookie;
  payload.set_command(request.data == nullptr ? tlm::TLM_IGNORE_COMMAND
                      : request.read          ? tlm::TLM_READ_COMMAND
                                              : tlm::TLM_WRITE_COMMAND);
  payload.set_address(request.address);
  payload.set_data_ptr(request.data);
  payload.set_data_length(request.bytes);
  payload.set_streaming_width(request.bytes);
  ++issued_;
  pending_ = &payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto status = initiator->nb_transport_fw(payload, phase, delay);
  if (status == tlm::TLM_ACCEPTED) return;
  if (pending_ == &payload) pending_ = nullptr;
  if (status == tlm::TLM_COMPLETED) done(payload);  // refused: the status says why
}

tlm::tlm_sync_enum Requester::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                              tlm::tlm_phase& phase, sc_core::sc_time&) {
  const bool was_pending = pending_ == &payload;
  if (was_pending) pending_ = nullptr;
  if (phase == tlm::END_REQ) {
    client_.may_issue(scheduler_.now_ps());
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  done(payload);
  if (was_pending) client_.may_issue(scheduler_.now_ps());
  return tlm::TLM_COMPLETED;
}

void Requester::done(tlm::tlm_generic_payload& payload) {
  const PacketHint& hint = PayloadPool::hint(payload);
  Request request;
  request.address = payload.get_address();
  request.bytes = payload.get_data_length();
  request.read = hint.kind == protocols::PacketKind::read;
  request.data = payload.get_data_ptr();
  request.user = hint.user;
  request.cookie = hint.cookie;
  const bool ok = payload.is_response_ok();
  ++answered_;
  if (!ok) ++failed_;
  payload.release();
  client_.request_done(request, ok, scheduler_.now_ps());
}

}  // namespace antares::models
