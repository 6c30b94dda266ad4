// SPDX-License-Identifier: Apache-2.0
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#include "tb/support/fabric_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace antares::tb {

models::PortConfig pcie_port(const std::string& name, const protocols::PcieLinkConfig& link) {
  models::PortConfig port;
  port.name = name;
  port.policy = std::make_shared<protocols::PciePolicy>(link);
  return port;
}

SwitchConfig pcie_switch(unsigned ports, std::uint64_t train_bytes,
                         const protocols::PcieLinkConfig& link) {
  SwitchConfig config;
  config.train_bytes = train_bytes;
  for (unsigned i = 0; i < ports; ++i) {
    const auto id = static_cast<std::uint16_t>(i);
    config.ports.push_back(pcie_port("dev" + std::to_string(i), link));
    config.windows.push_back(
        {window(i), kWindowBytes, protocols::EndpointId(id), protocols::PortId(id), 0});
  }
  return config;
}

sc_core::sc_time ps(Picoseconds value) {
  return sc_core::sc_time(static_cast<double>(value), sc_core::SC_PS);
}

Picoseconds now_ps() { return sc_core::sc_time_stamp().value() / ps(1).value(); }

void at(Picoseconds at_ps, std::function<void()> act) {
  sc_core::sc_spawn([at_ps, act = std::move(act)] {
    if (ps(at_ps) > sc_core::sc_time_stamp()) sc_core::wait(ps(at_ps) - sc_core::sc_time_stamp());
    act();
  });
}

void expect_quiescent(const FabricSwitch& fabric, const models::Scheduler& wheel) {
  for (const std::string& problem : fabric.quiescence_problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(wheel.pending(), 0u) << "events are pending";
  EXPECT_TRUE(fabric.waits().empty());
}

Initiator::Initiator(const sc_core::sc_module_name& name)
    : sc_core::sc_module(name), socket("socket") {
  socket.register_nb_transport_bw(this, &Initiator::backward);
  socket.register_invalidate_direct_mem_ptr(this, &Initiator::invalidate);
}

Initiator::~Initiator() = default;

tlm::tlm_generic_payload& Initiator::make(tlm::tlm_command command, std::uint64_t address,
                                          unsigned char* data, unsigned bytes) {
  tlm::tlm_mm_interface* manager = this;
  payloads_.push_back(std::make_unique<tlm::tlm_generic_payload>(manager));
  tlm::tlm_generic_payload& payload = *payloads_.back();
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  return payload;
}

tlm::tlm_sync_enum Initiator::begin(tlm::tlm_generic_payload& payload, Picoseconds delay_ps) {
  payload.acquire();
  ++in_use_;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = ps(delay_ps);
  const auto status = socket->nb_transport_fw(payload, phase, delay);
  if (status == tlm::TLM_COMPLETED) payload.release();
  if (status == tlm::TLM_ACCEPTED) waits_ = &payload;
  return status;
}

void Initiator::begin_in_turn(tlm::tlm_generic_payload& payload, Picoseconds delay_ps) {
  in_turn_.emplace_back(&payload, delay_ps);
  begin_waiting();
}

void Initiator::begin_waiting() {
  while (waits_ == nullptr && !in_turn_.empty()) {
    const auto [next, delay] = in_turn_.front();
    in_turn_.pop_front();
    EXPECT_NE(begin(*next, delay), tlm::TLM_COMPLETED);
  }
}

tlm::tlm_sync_enum Initiator::end_response(tlm::tlm_generic_payload& payload,
                                           Picoseconds delay_ps) {
  tlm::tlm_phase phase = tlm::END_RESP;
  sc_core::sc_time delay = ps(delay_ps);
  const auto status = socket->nb_transport_fw(payload, phase, delay);
  payload.release();
  return status;
}

Picoseconds Initiator::blocking(tlm::tlm_generic_payload& payload) {
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->b_transport(payload, delay);
  return delay.value() / ps(1).value();
}

tlm::tlm_sync_enum Initiator::backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) {
  phases_.push_back({now_ps() + delay.value() / ps(1).value(), phase, &payload});
  if (waits_ == &payload) {
    waits_ = nullptr;
    // From a process of its own: the fabric is in the middle of a call.
    if (!in_turn_.empty()) at(now_ps() + 1, [this] { begin_waiting(); });
  }
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const auto status = on_response ? on_response(payload, delay) : tlm::TLM_COMPLETED;
  if (status != tlm::TLM_ACCEPTED) payload.release();
  return status;
}

Picoseconds Initiator::response_ps(const tlm::tlm_generic_payload& payload) const {
  for (const Phase& phase : phases_) {
    if (phase.payload == &payload && phase.phase == tlm::BEGIN_RESP) return phase.at_ps;
  }
  return 0;
}

unsigned Initiator::responses() const {
  return static_cast<unsigned>(
      std::count_if(phases_.begin(), phases_.end(),
                    [](const Phase& phase) { return phase.phase == tlm::BEGIN_RESP; }));
}

Target::Target(const sc_core::sc_module_name& name) : sc_core::sc_module(name), socket("socket") {
  socket.register_nb_transport_fw(this, &Target::forward);
  socket.register_b_transport(this, &Target::blocking);
  socket.register_transport_dbg(this, &Target::debug);
  socket.register_get_direct_mem_ptr(this, &Target::dmi);
}

void Target::serve(tlm::tlm_generic_payload& payload) {
  const unsigned char* enables = payload.get_byte_enable_ptr();
  for (unsigned i = 0; i < payload.get_data_length() && payload.get_data_ptr() != nullptr; ++i) {
    if (enables != nullptr && enables[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED)
      continue;
    if (payload.is_read()) payload.get_data_ptr()[i] = bytes_[payload.get_address() + i];
    if (payload.is_write()) bytes_[payload.get_address() + i] = payload.get_data_ptr()[i];
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

tlm::tlm_sync_enum Target::call_back(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase,
                                     Picoseconds delay_ps) {
  sc_core::sc_time delay = ps(delay_ps);
  return socket->nb_transport_bw(payload, phase, delay);
}

unsigned Target::requests() const {
  return static_cast<unsigned>(
      std::count_if(phases_.begin(), phases_.end(),
                    [](const Phase& phase) { return phase.phase == tlm::BEGIN_REQ; }));
}

tlm::tlm_sync_enum Target::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
  phases_.push_back({now_ps() + delay.value() / ps(1).value(), phase, &payload});
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  if (on_request) return on_request(payload, phase, delay);
  serve(payload);
  return tlm::TLM_COMPLETED;
}

void Target::blocking(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (on_blocking)
    on_blocking(payload, delay);
  else
    serve(payload);
}

unsigned Target::debug(tlm::tlm_generic_payload& payload) {
  serve(payload);
  return payload.get_data_length();
}

bool Target::dmi(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& grant) {
  return on_dmi && on_dmi(payload, grant);
}

Fabric::Fabric(const SwitchConfig& config) : wheel("wheel"), fabric("fabric", config, &wheel) {
  for (std::uint16_t i = 0; i < config.ports.size(); ++i) {
    const auto port = fabric.port(protocols::PortId(i));
    initiators.push_back(std::make_unique<Initiator>(("initiator" + std::to_string(i)).c_str()));
    targets.push_back(std::make_unique<Target>(("target" + std::to_string(i)).c_str()));
    initiators.back()->socket.bind(port.target());
    port.initiator().bind(targets.back()->socket);
  }
}

}  // namespace antares::tb
