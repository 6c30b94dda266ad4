// SPDX-License-Identifier: Apache-2.0
#include "antares/models/memory/memory.h"

#include <algorithm>
#include <cstring>

#include "antares/models/memory/atomics.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {

using protocols::Picoseconds;

Memory::Memory(const sc_core::sc_module_name& name, const MemoryConfig& config)
    : sc_core::sc_module(name),
      target("target"),
      config_(config),
      store_(config.memory_bytes),
      ticks_per_ps_(std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(1e-12 / sc_core::sc_get_time_resolution().to_seconds() +
                                        0.5))),
      latency_ps_(static_cast<Picoseconds>(config.latency_ns * 1000 + 0.5)),
      ps_per_byte_(1000.0 / config.rate_GBps) {
  target.register_nb_transport_fw(this, &Memory::nb_transport_fw);
  target.register_b_transport(this, &Memory::b_transport);
  target.register_transport_dbg(this, &Memory::transport_dbg);
  target.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
}

Memory::~Memory() = default;

bool Memory::legal(tlm::tlm_generic_payload& payload, const PacketHint* hint) const {
  if (hint != nullptr && hint->kind == protocols::PacketKind::message) return true;
  const bool atomic = hint != nullptr && hint->kind == protocols::PacketKind::atomic;
  const unsigned touched = atomic ? hint->operand_bytes : payload.get_data_length();
  if (touched == 0 || payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_address() >= config_.memory_bytes ||
      touched > config_.memory_bytes - payload.get_address()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    if (hint != nullptr) return true;
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_data_ptr() == nullptr) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return false;
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return false;
  }
  return true;
}

/// The hint that says what a payload without a command stands for.
PacketHint* Memory::hint_of(const tlm::tlm_generic_payload& payload) {
  return payload.get_command() == tlm::TLM_IGNORE_COMMAND ? payload.get_extension<PacketHint>()
                                                          : nullptr;
}

bool Memory::reads_data(const tlm::tlm_generic_payload& payload, const PacketHint* hint) {
  if (hint == nullptr) return payload.is_read();
  return hint->kind == protocols::PacketKind::read || hint->kind == protocols::PacketKind::atomic;
}

bool Memory::execute(tlm::tlm_generic_payload& payload, PacketHint* hint) {
  ++atomics_;
  hint->executed = payload.get_data_ptr() == nullptr ||
                   execute_atomic(hint->atomic, hint->operand_bytes,
                                  store_.data() + payload.get_address(), payload.get_data_ptr());
  return hint->executed;
}

void Memory::copy(tlm::tlm_generic_payload& payload) {
  unsigned char* memory = store_.data() + payload.get_address();
  unsigned char* data = payload.get_data_ptr();
  const unsigned length = payload.get_data_length();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  if (enables == nullptr) {
    if (payload.is_read())
      std::memcpy(data, memory, length);
    else
      std::memcpy(memory, data, length);
    return;
  }
  const unsigned period = payload.get_byte_enable_length();
  for (unsigned i = 0; i < length; ++i) {
    if (enables[i % period] != TLM_BYTE_ENABLED) continue;
    if (payload.is_read())
      data[i] = memory[i];
    else
      memory[i] = data[i];
  }
}

void Memory::access(tlm::tlm_generic_payload& payload, PacketHint* hint, Picoseconds at_ps) {
  const bool no_data = hint != nullptr;
  bool taken = false;
  if (no_data && hint->kind == protocols::PacketKind::message) {
    ++messages_;
  } else if (no_data && hint->kind == protocols::PacketKind::atomic) {
    if (!execute(payload, hint)) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
  } else if (reads_data(payload, hint)) {
    ++reads_;
  } else {
    ++writes_;
    taken = listener_ != nullptr && listener_->written(payload, at_ps);
  }
  if (!no_data && !taken) copy(payload);
  payload.set_dmi_allowed(config_.allow_dmi);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

tlm::tlm_sync_enum Memory::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;  // END_RESP never comes after COMPLETED
  PacketHint* hint = hint_of(payload);
  if (!legal(payload, hint)) return tlm::TLM_COMPLETED;
  const Picoseconds now = (sc_core::sc_time_stamp() + delay).value() / ticks_per_ps_;
  const double turn = std::max(free_at_ps_, static_cast<double>(now));
  free_at_ps_ = turn + ps_per_byte_ * payload.get_data_length();
  const auto waits = static_cast<Picoseconds>(turn) - std::min(now, static_cast<Picoseconds>(turn));
  access(payload, hint, now + waits);
  Picoseconds answer_in = waits;
  if (reads_data(payload, hint)) {
    answer_in += read_ps(payload);
    if (hint == nullptr) hint = payload.get_extension<PacketHint>();
    if (hint != nullptr) hint->taken_in_ps = waits;
  }
  if (answer_in != 0) delay += sc_core::sc_time::from_value(answer_in * ticks_per_ps_);
  return tlm::TLM_COMPLETED;
}

void Memory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  PacketHint* hint = hint_of(payload);
  if (!legal(payload, hint)) return;
  access(payload, hint, (sc_core::sc_time_stamp() + delay).value() / ticks_per_ps_);
  if (reads_data(payload, hint))
    delay += sc_core::sc_time::from_value(read_ps(payload) * ticks_per_ps_);
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (payload.get_address() >= config_.memory_bytes || payload.get_data_ptr() == nullptr) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 0;
  }
  const std::uint64_t room = config_.memory_bytes - payload.get_address();
  const unsigned length =
      static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), room));
  unsigned char* memory = store_.data() + payload.get_address();
  if (payload.is_read())
    std::memcpy(payload.get_data_ptr(), memory, length);
  else if (payload.is_write())
    std::memcpy(memory, payload.get_data_ptr(), length);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return length;
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
  dmi.init();
  dmi.set_start_address(0);
  dmi.set_end_address(config_.memory_bytes - 1);
  // A listener must see every write: no pointer that goes round it.
  if (!config_.allow_dmi || listener_ != nullptr) return false;
  dmi.set_dmi_ptr(store_.data());
  dmi.allow_read_write();
  dmi.set_read_latency(sc_core::sc_time::from_value(latency_ps_ * ticks_per_ps_));
  return true;
}

void Memory::invalidate_dmi(std::uint64_t first, std::uint64_t last) {
  target->invalidate_direct_mem_ptr(first, last);
}

}  // namespace antares::models
