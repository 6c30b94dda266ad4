// SPDX-License-Identifier: Apache-2.0
#include "antares/models/sockets/requester.h"

#include <algorithm>
#include <utility>

namespace antares::models {

Requester::Requester(Scheduler& scheduler, std::uint16_t endpoint, const RequesterLimits& limits)
    : initiator("initiator"),
      scheduler_(scheduler),
      origin_(Origin::kEndpoints, endpoint),
      limits_(limits) {
  initiator.register_nb_transport_bw(this, &Requester::nb_transport_bw);
}

bool Requester::try_issue(const Request& request) {
  const Picoseconds now = scheduler_.now_ps();
  if (next_issue_ps_ > now) {
    wanted_ = true;
    if (!gap_posted_) {
      gap_posted_ = true;
      scheduler_.post(next_issue_ps_, Phase::arrival, origin_, *this);
    }
    return false;
  }
  // One request always fits: a limit below a single request must not stop everything.
  const bool full = tagged(request) ? reads_out_ >= limits_.outstanding_reads ||
                                          (reads_out_ != 0 && tags_out_ + tags_of(request) > tags_)
                                    : writes_out_ >= limits_.outstanding_writes ||
                                          (writes_out_ != 0 && write_bytes_out_ + request.bytes >
                                                                   limits_.outstanding_write_bytes);
  if (pending_ != nullptr || full) {
    wanted_ = true;
    return false;
  }
  next_issue_ps_ = now + limits_.issue_gap_ps;
  issue(request);
  return true;
}

void Requester::fire(std::uint64_t, Picoseconds now_ps) {
  gap_posted_ = false;
  offer(now_ps);
}

void Requester::issue_aside(const Request& request, Done done) {
  asides_.emplace_back(request, std::move(done));
  issue_asides();
}

void Requester::issue_asides() {
  while (pending_ == nullptr && !asides_.empty()) {
    auto [request, done] = std::move(asides_.front());
    asides_.pop_front();
    next_issue_ps_ = std::max(next_issue_ps_, scheduler_.now_ps()) + limits_.issue_gap_ps;
    // It may be answered within the call, by whatever payload comes next.
    next_done_ = std::move(done);
    issue(request);
  }
}

void Requester::offer(Picoseconds now_ps) {
  issue_asides();
  if (!wanted_) return;
  wanted_ = false;
  client_->may_issue(now_ps);
}

void Requester::issue(const Request& request) {
  tlm::tlm_generic_payload& payload = pool_.get();
  if (next_done_) aside_.emplace(&payload, std::exchange(next_done_, nullptr));
  PacketHint& hint = PayloadPool::hint(payload);
  const bool atomic = request.operand_bytes != 0;
  hint.kind = atomic         ? protocols::PacketKind::atomic
              : request.read ? protocols::PacketKind::read
                             : protocols::PacketKind::write;
  hint.atomic = request.atomic;
  hint.operand_bytes = request.operand_bytes;
  hint.flags = static_cast<std::uint8_t>(request.flags | (atomic ? 0 : flags_));
  hint.virtual_channel = virtual_channel_;
  hint.request_bytes = request.request_bytes;
  hint.user = request.user;
  hint.cookie = request.cookie;
  // Hardly any has them, and done() leaves none behind.
  if (request.group != nullptr) hint.group = request.group;
  if (request.reduction != nullptr) hint.reduction = request.reduction;
  hint.reduction_status = ReductionStatus::ok;
  payload.set_command(request.data == nullptr || atomic ? tlm::TLM_IGNORE_COMMAND
                      : request.read                    ? tlm::TLM_READ_COMMAND
                                                        : tlm::TLM_WRITE_COMMAND);
  payload.set_address(request.address);
  payload.set_data_ptr(request.data);
  payload.set_data_length(request.bytes);
  payload.set_streaming_width(request.bytes);
  if (tagged(request)) {
    ++reads_out_;
    tags_out_ += tags_of(request);
  } else {
    ++writes_out_;
    write_bytes_out_ += request.bytes;
  }
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
  if (pending_ == &payload) pending_ = nullptr;
  if (phase == tlm::END_REQ) {
    offer(scheduler_.now_ps());
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  done(payload);
  return tlm::TLM_COMPLETED;
}

void Requester::done(tlm::tlm_generic_payload& payload) {
  PacketHint& hint = PayloadPool::hint(payload);
  Request request;
  request.address = payload.get_address();
  request.bytes = payload.get_data_length();
  request.read = hint.kind == protocols::PacketKind::read;
  request.data = payload.get_data_ptr();
  request.flags = hint.flags;
  request.atomic = hint.atomic;
  request.operand_bytes = hint.kind == protocols::PacketKind::atomic ? hint.operand_bytes : 0;
  request.user = hint.user;
  request.request_bytes = hint.request_bytes;
  request.cookie = hint.cookie;
  request.group = std::move(hint.group);
  request.reduction = std::move(hint.reduction);
  request.reduction_status = hint.reduction_status;
  const bool ok = payload.is_response_ok();
  if (!ok) ++failed_;
  if (tagged(request)) {
    --reads_out_;
    tags_out_ -= tags_of(request);
  } else {
    --writes_out_;
    write_bytes_out_ -= request.bytes;
  }
  Done aside;
  if (!aside_.empty()) {  // which is rare
    if (const auto found = aside_.find(&payload); found != aside_.end()) {
      aside = std::move(found->second);
      aside_.erase(found);
    }
  }
  payload.release();
  const Picoseconds now = scheduler_.now_ps();
  if (aside) {
    aside(ok, now);
    return offer(now);
  }
  client_->request_done(request, ok, now);
  offer(now);
}

}  // namespace antares::models
