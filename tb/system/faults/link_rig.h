// SPDX-License-Identifier: Apache-2.0
// One PCIe switch with three ports whose links may fail, and accesses of device 0 at given times.
#pragma once
#include <gtest/gtest.h>

#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {

constexpr double kTimeoutUs = 50;
constexpr Picoseconds kTimeout = 50'000'000;
constexpr Picoseconds kDown = 1'000'000;

class LinkRig : public testing::Test {
 protected:
  explicit LinkRig(const std::function<void(models::PortFaultConfig&)>& adjust = {}) {
    SwitchConfig config = pcie_switch(3);
    config.crossbar.egress_queue_bytes = 4096;  // soon full, where a target takes nothing
    for (auto& port : config.ports) {
      port.faults.emplace();
      port.faults->completion_timeout_us = kTimeoutUs;
      port.faults->state.time_scale = 0;  // trained at once
      if (adjust) adjust(*port.faults);
    }
    rig = std::make_unique<Fabric>(config);
  }
  models::PortAdapter& port(std::uint16_t i) {
    return rig->fabric.port(protocols::PortId(i)).adapter();
  }
  tlm::tlm_generic_payload& access(bool write, unsigned to, Picoseconds when, unsigned bytes = 64) {
    auto& initiator = rig->initiator(0);
    auto& payload = initiator.make(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND,
                                   window(to), data, bytes);
    at(when, [&initiator, &payload] { initiator.begin(payload); });
    return payload;
  }
  void run() {
    sc_core::sc_start();
    EXPECT_EQ(rig->initiator(0).in_use(), 0u);
    expect_quiescent(rig->fabric, rig->wheel);
  }
  Picoseconds answer_ps(const tlm::tlm_generic_payload& payload) {
    return rig->initiator(0).response_ps(payload);
  }
  ReportGuard reports;
  std::unique_ptr<Fabric> rig;
  unsigned char data[65536] = {};
};

}  // namespace antares::tb
