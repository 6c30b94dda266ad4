// SPDX-License-Identifier: Apache-2.0
// The description's faults in the running platform: schedules them, and reads what came of them.
// No unit of time of its own.
#pragma once
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/platforms/build/fault_outcomes.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

using Switches = std::vector<std::unique_ptr<models::FabricSwitch>>;

/// What each port of a switch does about faults; nothing without a `faults` section.
std::vector<std::optional<models::PortFaultConfig>> port_faults(const PlatformConfig& config,
                                                                std::size_t switch_index,
                                                                std::size_t ports);

/// Gives the orders once links know their other ends, in the order in which they are listed: two of
/// one moment may be for the two ends of one link. `config` must have passed check_platform(); made
/// behind the switches, all arguments outlive it.
class FaultSchedule : public sc_core::sc_module {
 public:
  FaultSchedule(const sc_core::sc_module_name& name, const PlatformConfig& config,
                const Switches& switches, FaultOutcomes& outcomes)
      : sc_core::sc_module(name), config_(config), switches_(switches), outcomes_(outcomes) {}

 private:
  void end_of_elaboration() override;

  const PlatformConfig& config_;
  const Switches& switches_;
  FaultOutcomes& outcomes_;
};

/// One row a port that saw any, or whose device was denied something by access control.
std::vector<FaultRow> fault_rows(const PlatformConfig& config, const Switches& switches);

/// Directions of links on which a unit failed, was repaired or was poisoned.
std::vector<ReplayRow> replay_rows(const Switches& switches);

/// The error logs of all ports in the order of time; empty without a `faults` section.
std::vector<ErrorRow> error_rows(const PlatformConfig& config, const Switches& switches);

}  // namespace antares::platforms
