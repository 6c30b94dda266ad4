// SPDX-License-Identifier: Apache-2.0
// Switches in a row, linked to their neighbours, each with one device (Initiator and Target) of
// endpoint id = number of the switch and the address window window(id). Ports: "dev", "left" (all
// but the first), "right" (all but the last).
#pragma once
#include "tb/support/closed_form.h"
#include "tb/support/fabric_fixture.h"

namespace antares::tb {

struct ChainConfig {
  LinkList device_links;          ///< one a switch
  LinkList trunks;                ///< one fewer
  std::uint64_t train_bytes = 0;  ///< of all switches
  bool one_wheel = true;          ///< false: each switch has a wheel of its own
  double trunk_propagation_ns = 5;
  std::function<void(SwitchConfig&)> adjust;  ///< of each switch, before it is built
  std::string name_prefix;  ///< of all modules: for several chains in one simulation

  std::size_t switches() const { return device_links.size(); }
  /// All switches are configured alike, but for their links.
  SwitchConfig switch_config(std::size_t index) const;
};

class SwitchChain {
 public:
  explicit SwitchChain(const ChainConfig& config);
  ~SwitchChain();
  FabricSwitch& fabric(std::size_t index) { return *switches[index]; }
  Initiator& initiator(std::size_t index) { return *initiators[index]; }
  Target& target(std::size_t index) { return *targets[index]; }
  /// Of all switches.
  void expect_all_quiescent();

  std::unique_ptr<models::Scheduler> wheel;
  std::vector<std::unique_ptr<FabricSwitch>> switches;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
};

}  // namespace antares::tb
