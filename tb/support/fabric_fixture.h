// SPDX-License-Identifier: Apache-2.0
// What the tests of the fabric share: a PCIe switch in a few words, TLM-2.0 devices that are
// nobody's (every answer of the base protocol can be scripted), calls from a foreign process at a
// given time, and the last assertion of a simulation test. Times in picoseconds.
#pragma once
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::tb {

using models::FabricSwitch;
using models::SwitchConfig;
using protocols::LinkEvent;
using protocols::Picoseconds;

models::PortConfig pcie_port(const std::string& name, const protocols::PcieLinkConfig& link = {});
/// Ports dev0, dev1, ...; the device behind port i has the window [window(i), + kWindowBytes).
SwitchConfig pcie_switch(unsigned ports, std::uint64_t train_bytes = 0,
                         const protocols::PcieLinkConfig& link = {});
inline constexpr std::uint64_t kWindowBytes = 1ull << 32;
constexpr std::uint64_t window(unsigned port) { return (port + 1) * (1ull << 36); }

sc_core::sc_time ps(Picoseconds value);
Picoseconds now_ps();
/// Runs `act` in a process of its own, at_ps from the start of the simulation.
void at(Picoseconds at_ps, std::function<void()> act);

/// Nothing in flight, credits home, no event pending.
void expect_quiescent(const FabricSwitch& fabric, const models::Scheduler& wheel);

struct Phase {
  Picoseconds at_ps = 0;  ///< of the call, its annotated delay included
  tlm::tlm_phase phase;
  const tlm::tlm_generic_payload* payload = nullptr;
};

/// An initiator that answers BEGIN_RESP as `on_response` says (nullptr: TLM_COMPLETED).
class Initiator : public sc_core::sc_module, private tlm::tlm_mm_interface {
 public:
  explicit Initiator(const sc_core::sc_module_name& name);
  ~Initiator() override;

  tlm_utils::simple_initiator_socket<Initiator> socket;
  std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, sc_core::sc_time&)> on_response;

  /// A payload that counts as in use until the fabric has released it.
  tlm::tlm_generic_payload& make(tlm::tlm_command command, std::uint64_t address,
                                 unsigned char* data, unsigned bytes);
  tlm::tlm_sync_enum begin(tlm::tlm_generic_payload& payload, Picoseconds delay_ps = 0);
  /// The same, once the requests before it have END_REQ.
  void begin_in_turn(tlm::tlm_generic_payload& payload, Picoseconds delay_ps = 0);
  tlm::tlm_sync_enum end_response(tlm::tlm_generic_payload& payload, Picoseconds delay_ps = 0);
  /// LT access; returns the delay it cost.
  Picoseconds blocking(tlm::tlm_generic_payload& payload);

  const std::vector<Phase>& phases() const { return phases_; }  ///< backward calls received
  Picoseconds response_ps(const tlm::tlm_generic_payload& payload) const;  ///< 0 = none came
  unsigned responses() const;
  /// Payloads made and not given back yet; each holds one reference of the initiator until done().
  std::size_t in_use() const { return in_use_; }
  const std::vector<std::pair<std::uint64_t, sc_dt::uint64>>& invalidated() const {
    return invalidated_;
  }

 private:
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  void begin_waiting();
  void invalidate(sc_dt::uint64 first, sc_dt::uint64 last) {
    invalidated_.emplace_back(first, last);
  }
  void free(tlm::tlm_generic_payload*) override { --in_use_; }

  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> payloads_;
  std::vector<Phase> phases_;
  std::vector<std::pair<std::uint64_t, sc_dt::uint64>> invalidated_;
  std::size_t in_use_ = 0;
  const tlm::tlm_generic_payload* waits_ = nullptr;  ///< for END_REQ
  std::deque<std::pair<tlm::tlm_generic_payload*, Picoseconds>> in_turn_;
};

/// A target over a sparse byte memory; `on_request` takes over the non-blocking answer.
class Target : public sc_core::sc_module {
 public:
  explicit Target(const sc_core::sc_module_name& name);

  tlm_utils::passthrough_target_socket<Target> socket;
  std::function<tlm::tlm_sync_enum(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&)>
      on_request;
  std::function<void(tlm::tlm_generic_payload&, sc_core::sc_time&)> on_blocking;
  std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)> on_dmi;

  /// Reads or writes the memory, status OK.
  void serve(tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum call_back(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase,
                               Picoseconds delay_ps = 0);
  unsigned char& byte(std::uint64_t address) { return bytes_[address]; }
  const std::vector<Phase>& phases() const { return phases_; }  ///< forward calls received
  unsigned requests() const;

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void blocking(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool dmi(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& grant);

  std::map<std::uint64_t, unsigned char> bytes_;
  std::vector<Phase> phases_;
};

/// A switch whose every port has an Initiator and a Target of this file.
class Fabric {
 public:
  explicit Fabric(const SwitchConfig& config);
  models::Scheduler wheel;
  FabricSwitch fabric;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
  Initiator& initiator(unsigned port) { return *initiators[port]; }
  Target& target(unsigned port) { return *targets[port]; }
};

}  // namespace antares::tb
