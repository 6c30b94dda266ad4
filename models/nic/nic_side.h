// SPDX-License-Identifier: Apache-2.0
// One side of a card: the base-protocol edge towards the endpoint or towards the port, as a module
// of its own so that its sockets have names of their own. Internal to nic.cpp. Picoseconds.
#pragma once
#include "antares/models/nic/nic.h"

namespace antares::models {

class Nic::Side : public sc_core::sc_module, private EdgeClient, private EventTarget {
 public:
  /// to_wire: requests that enter here are work requests; otherwise they come from the wire.
  Side(const sc_core::sc_module_name& name, Nic& nic, bool to_wire)
      : sc_core::sc_module(name), edge(*this, nic.scheduler_), nic_(nic), to_wire_(to_wire) {}

  TlmEdge edge;

 private:
  RequestVerdict at_request(tlm::tlm_generic_payload& payload, Picoseconds at_ps) override {
    return to_wire_ ? nic_.work_request(payload, at_ps) : nic_.receive(payload, at_ps);
  }
  void at_request_taken(Transaction& transaction, Picoseconds at_ps) override {
    if (to_wire_) nic_.memory_took(transaction, at_ps);
  }
  void at_response(Transaction& transaction, Picoseconds at_ps) override {
    if (to_wire_)
      nic_.memory_answered(transaction, at_ps);
    else
      nic_.wire_answered(transaction, at_ps);
  }
  void at_response_taken(Transaction& transaction, Picoseconds) override {
    nic_.give_back(transaction);
  }
  void retry_at(Picoseconds at_ps) override {
    nic_.scheduler_.post(at_ps, Phase::arrival, nic_.origin_, *this);
  }
  void fire(std::uint64_t, Picoseconds) override { edge.retry(); }
  void lt_request(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    if (to_wire_)
      nic_.lt_work_request(payload, delay);
    else
      nic_.lt_receive(payload, delay);
  }
  bool dmi_request(tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) override {
    dmi.init();  // denied everywhere
    return false;
  }
  unsigned debug_request(tlm::tlm_generic_payload& payload) override {
    TlmEdge& other = to_wire_ ? nic_.wire_->edge : nic_.device_->edge;
    if (other.has_device_target()) return other.initiator->transport_dbg(payload);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return 0;
  }
  void dmi_invalidated(std::uint64_t, std::uint64_t) override {}  // none was granted

  Nic& nic_;
  bool to_wire_;
};

}  // namespace antares::models
