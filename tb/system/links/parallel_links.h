// SPDX-License-Identifier: Apache-2.0
// Two switches with devices "dev0", "dev1", ... each and several equal links "up0", "up1", ...
// between them, of which packets choose one by load, or have it fixed. Endpoint of device d of
// switch s: s x devices + d, at window(that).
#pragma once
#include <gtest/gtest.h>

#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {

struct ParallelConfig {
  unsigned devices = 4;  ///< of each switch
  unsigned links = 4;
  std::shared_ptr<const protocols::LinkPolicy> device;
  std::shared_ptr<const protocols::LinkPolicy> trunk;
  bool adaptive = true;
  bool by_hash = false;  ///< with adaptive: by a hash of the two endpoints
  /// The fixed way, of which an adaptive switch has the others beside: packets for device d of the
  /// other switch leave by it.
  std::function<unsigned(unsigned device)> link_of = [](unsigned) { return 0u; };
  std::uint64_t train_bytes = 0;
  bool one_wheel = true;
  bool may_fail = false;
  std::string name_prefix;  ///< of all modules: for several of them in one simulation
};

class ParallelLinks {
 public:
  explicit ParallelLinks(const ParallelConfig& config) : config_(config) {
    const std::string& prefix = config.name_prefix;
    if (config.one_wheel) wheel = std::make_unique<models::Scheduler>((prefix + "wheel").c_str());
    for (const unsigned s : {0u, 1u}) {
      switches.push_back(std::make_unique<FabricSwitch>(
          (prefix + "switch" + std::to_string(s)).c_str(), switch_config(s), wheel.get()));
      for (unsigned d = 0; d < config.devices; ++d) {
        const std::string number = std::to_string(s) + "_" + std::to_string(d);
        initiators.push_back(std::make_unique<Initiator>((prefix + "initiator" + number).c_str()));
        targets.push_back(std::make_unique<Target>((prefix + "target" + number).c_str()));
        const auto port = switches.back()->port("dev" + std::to_string(d));
        initiators.back()->socket.bind(port.target());
        port.initiator().bind(targets.back()->socket);
      }
    }
    for (unsigned l = 0; l < config.links; ++l) {
      const std::string up = "up" + std::to_string(l);
      switches[0]->port(up).link().bind(switches[1]->port(up).link());
    }
  }

  Initiator& initiator(unsigned endpoint) { return *initiators[endpoint]; }
  Target& target(unsigned endpoint) { return *targets[endpoint]; }
  models::PortAdapter& up(unsigned from_switch, unsigned link) {
    return switches[from_switch]->port("up" + std::to_string(link)).adapter();
  }
  unsigned endpoints() const { return 2 * config_.devices; }
  /// Links that have carried payload away from a switch.
  unsigned links_used(unsigned from_switch) {
    unsigned used = 0;
    for (unsigned l = 0; l < config_.links; ++l)
      used += up(from_switch, l).egress_reading().payload_bytes != 0 ? 1 : 0;
    return used;
  }
  void expect_all_quiescent() {
    for (const auto& fabric : switches) {
      expect_quiescent(*fabric, fabric->scheduler());
      for (const std::string& problem : fabric->quiescence_problems()) ADD_FAILURE() << problem;
    }
    for (const auto& each : initiators) EXPECT_EQ(each->in_use(), 0u);
  }

  std::unique_ptr<models::Scheduler> wheel;
  std::vector<std::unique_ptr<FabricSwitch>> switches;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;

 private:
  SwitchConfig switch_config(unsigned s) const {
    SwitchConfig config;
    config.train_bytes = config_.train_bytes;
    config.index = static_cast<std::uint16_t>(s);
    const auto add = [&](const std::string& name, unsigned endpoint,
                         const std::shared_ptr<const protocols::LinkPolicy>& policy) {
      models::PortConfig port;
      port.name = name;
      port.policy = policy;
      port.propagation_ns = 5;
      if (config_.may_fail) port.faults = models::PortFaultConfig{};
      config.ports.push_back(port);
      config.endpoints.emplace_back(static_cast<std::uint16_t>(endpoint));
    };
    const auto id = [](unsigned value) {
      return protocols::EndpointId(static_cast<std::uint16_t>(value));
    };
    const auto port = [](unsigned value) {
      return protocols::PortId(static_cast<std::uint16_t>(value));
    };
    for (unsigned d = 0; d < config_.devices; ++d)
      add("dev" + std::to_string(d), s * config_.devices + d, config_.device);
    for (unsigned l = 0; l < config_.links; ++l)
      add("up" + std::to_string(l), 0xFFFF, config_.trunk);
    for (unsigned e = 0; e < endpoints(); ++e) {
      const bool here = e / config_.devices == s;
      const unsigned d = e % config_.devices;
      const unsigned fixed = config_.devices + config_.link_of(d);
      config.windows.push_back({window(e), kWindowBytes, id(e), port(here ? d : fixed), 0});
      for (unsigned l = 0; l < config_.links && config_.adaptive && !here; ++l)
        if (config_.devices + l != fixed)
          config.other_ways.push_back({id(e), port(config_.devices + l)});
      config.choose_by_hash = config_.by_hash;
    }
    return config;
  }

  ParallelConfig config_;
};

}  // namespace antares::tb
