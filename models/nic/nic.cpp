// SPDX-License-Identifier: Apache-2.0
#include "antares/models/nic/nic.h"

#include "antares/models/nic/nic_side.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {

/// Cards stand behind the endpoints, of which there are at most 1024, within an instant.
constexpr std::uint16_t kFirstCard = 2048;
constexpr std::uint64_t kStageMask = 7;
static_assert(alignof(Transaction) > kStageMask);

tlm::tlm_generic_payload& payload_of(const Transaction& transaction) {
  return *static_cast<tlm::tlm_generic_payload*>(transaction.payload);
}

}  // namespace

Nic::Nic(const sc_core::sc_module_name& name, std::uint16_t endpoint, const NicConfig& config,
         Picoseconds memory_latency_ps, Scheduler& scheduler)
    : sc_core::sc_module(name),
      engine_(config, memory_latency_ps),
      scheduler_(scheduler),
      origin_(Origin::kEndpoints, static_cast<std::uint16_t>(kFirstCard + endpoint)),
      device_(std::make_unique<Side>("device", *this, true)),
      wire_(std::make_unique<Side>("wire", *this, false)),
      host_target(device_->edge.target),
      memory_initiator(device_->edge.initiator),
      wire_target(wire_->edge.target),
      wire_initiator(wire_->edge.initiator) {}

Nic::~Nic() = default;

void Nic::post(Stage stage, const Transaction* transaction, Picoseconds at_ps) {
  scheduler_.post(
      at_ps, Phase::arrival, origin_, *this,
      reinterpret_cast<std::uintptr_t>(transaction) | static_cast<std::uint64_t>(stage));
}

void Nic::fire(std::uint64_t what, Picoseconds now_ps) {
  const auto stage = static_cast<Stage>(what & kStageMask);
  if (stage == Stage::taken) {
    engine_.delivered(what >> 3);
    admit_waiting_receive(now_ps);
    return;
  }
  auto& transaction = *reinterpret_cast<Transaction*>(what & ~kStageMask);
  const NicWork work = work_of(transaction);
  switch (stage) {
    case Stage::fetched:
      post(Stage::depart, &transaction, engine_.depart(work, now_ps));
      break;
    case Stage::depart:
      wire_->edge.deliver_request(transaction);
      break;
    case Stage::received:
      post(Stage::access, &transaction, engine_.deliver(work, now_ps));
      break;
    case Stage::access:
      device_->edge.deliver_request(transaction);
      break;
    case Stage::taken:
      break;
    case Stage::answer:
      ++counts_.served;
      payload_of(transaction).set_dmi_allowed(false);
      wire_->edge.deliver_response(transaction);
      break;
    case Stage::returned:
      post(Stage::completed, &transaction,
           engine_.complete(work, payload_of(transaction).is_response_ok(), now_ps));
      break;
    case Stage::completed:
      complete(transaction, now_ps);
      break;
  }
}

NicWork Nic::work_of(const tlm::tlm_generic_payload& payload) {
  auto kind = payload.is_read() ? PacketKind::read : PacketKind::write;
  const auto* hint = payload.get_command() == tlm::TLM_IGNORE_COMMAND
                         ? payload.get_extension<PacketHint>()
                         : nullptr;
  if (hint != nullptr) kind = hint->kind;
  return NicWork::of(kind,
                     kind == PacketKind::atomic ? hint->operand_bytes : payload.get_data_length());
}

Transaction& Nic::take(tlm::tlm_generic_payload& payload) {
  payload.acquire();
  Transaction& transaction = *transactions_.get();
  transaction.payload = transaction.forwarded = &payload;
  transaction.local_address = transaction.global_address = payload.get_address();
  // As NicWork sees it: a read is whatever brings data back, and bytes are those that travel.
  const NicWork work = work_of(payload);
  transaction.kind = work.back_bytes != 0 ? PacketKind::read : PacketKind::write;
  transaction.bytes = work.back_bytes != 0 ? work.back_bytes : work.out_bytes;
  return transaction;
}

void Nic::give_back(Transaction& transaction) {
  payload_of(transaction).release();
  transactions_.put(&transaction);
}

RequestVerdict Nic::work_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  if (!engine_.takes_message(payload.get_data_length())) {
    ++counts_.refused;
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return RequestVerdict::refused;
  }
  if (engine_.send_queue_full()) {
    waiting_request_ps_ = at_ps;
    return RequestVerdict::wait;
  }
  begin_work(payload, at_ps);
  return RequestVerdict::accepted;
}

void Nic::begin_work(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  ++counts_.posted;
  Transaction& transaction = take(payload);
  post(Stage::fetched, &transaction, engine_.post(work_of(transaction), at_ps));
}

void Nic::wire_answered(Transaction& transaction, Picoseconds at_ps) {
  post(Stage::returned, &transaction, at_ps + engine_.rx_pipeline_ps());
}

void Nic::complete(Transaction& transaction, Picoseconds now_ps) {
  ++counts_.completed;
  tlm::tlm_generic_payload& payload = payload_of(transaction);
  if (payload.is_response_error()) ++counts_.failed;
  payload.set_dmi_allowed(false);
  engine_.completed();
  device_->edge.deliver_response(transaction);
  admit_waiting_request(now_ps);
}

void Nic::admit_waiting_request(Picoseconds now_ps) {
  TlmEdge& edge = device_->edge;
  if (!edge.request_waits() || engine_.send_queue_full()) return;
  begin_work(*edge.waiting_request(), std::max(waiting_request_ps_, now_ps));
  edge.end_request();
}

RequestVerdict Nic::receive(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  if (!device_->edge.has_device_target()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return RequestVerdict::refused;
  }
  if (engine_.receive_buffer_full(work_of(payload))) {
    waiting_receive_ps_ = at_ps;
    return RequestVerdict::wait;
  }
  begin_receive(payload, at_ps);
  return RequestVerdict::accepted;
}

void Nic::begin_receive(tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  Transaction& transaction = take(payload);
  post(Stage::received, &transaction, engine_.receive(work_of(transaction), at_ps));
}

void Nic::memory_took(const Transaction& transaction, Picoseconds at_ps) {
  const NicWork work = work_of(transaction);
  if (work.out_bytes == 0) return;
  if (at_ps > scheduler_.now_ps()) {
    // The transaction may be over by then: the event carries the bytes alone.
    scheduler_.post(at_ps, Phase::arrival, origin_, *this,
                    std::uint64_t{work.out_bytes} << 3 | static_cast<std::uint64_t>(Stage::taken));
    return;
  }
  engine_.delivered(work.out_bytes);
  admit_waiting_receive(at_ps);
}

void Nic::admit_waiting_receive(Picoseconds now_ps) {
  TlmEdge& edge = wire_->edge;
  if (!edge.request_waits() || engine_.receive_buffer_full(work_of(*edge.waiting_request())))
    return;
  begin_receive(*edge.waiting_request(), std::max(waiting_receive_ps_, now_ps));
  edge.end_request();
}

void Nic::memory_answered(Transaction& transaction, Picoseconds at_ps) {
  post(Stage::answer, &transaction, at_ps + engine_.tx_pipeline_ps());
}

void Nic::lt_work_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!engine_.takes_message(payload.get_data_length())) {
    ++counts_.refused;
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const NicWork work = work_of(payload);
  ++counts_.posted;
  delay += scheduler_.to_time(engine_.unloaded_ps(NicLeg::post, work));
  wire_->edge.initiator->b_transport(payload, delay);
  const bool ok = payload.is_response_ok();
  delay += scheduler_.to_time(engine_.unloaded_ps(NicLeg::complete, work, ok));
  payload.set_dmi_allowed(false);
  ++counts_.completed;
  if (!ok) ++counts_.failed;
}

void Nic::lt_receive(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!device_->edge.has_device_target()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const NicWork work = work_of(payload);
  delay += scheduler_.to_time(engine_.unloaded_ps(NicLeg::deliver, work));
  device_->edge.initiator->b_transport(payload, delay);
  delay += scheduler_.to_time(engine_.unloaded_ps(NicLeg::answer, work));
  payload.set_dmi_allowed(false);
  ++counts_.served;
}

std::vector<std::string> Nic::quiescence_problems() const {
  std::vector<std::string> problems;
  const auto say = [&](const std::string& text) {
    problems.push_back(this->name() + (": " + text));
  };
  if (engine_.outstanding() != 0)
    say(std::to_string(engine_.outstanding()) + " work request(s) not completed");
  if (engine_.received_bytes() != 0)
    say(std::to_string(engine_.received_bytes()) + " B received and not in memory");
  if (transactions_.in_use() != 0)
    say(std::to_string(transactions_.in_use()) + " transaction(s) held");
  if (device_->edge.request_waits()) say("a request waits for the send queue");
  if (wire_->edge.request_waits()) say("a request waits for the receive buffer");
  return problems;
}

}  // namespace antares::models
