// SPDX-License-Identifier: Apache-2.0
// Accelerators on one switch that copies and reduces, all else by default.
#pragma once
#include "antares/platforms/config/platform_config.h"

namespace antares::platforms {

/// gpu0 to gpu(n-1) on PCIe x4 ports; no workload.
inline PlatformConfig one_switch(std::uint32_t accelerators) {
  PlatformConfig config;
  config.name = "test";
  SwitchDescription fabric;
  fabric.name = "switch";
  PortGroup ports;
  ports.name = "gpu";
  ports.count = accelerators;
  ports.pcie.lanes = 4;
  fabric.ports = {ports};
  fabric.hypercast = models::HypercastConfig{};
  fabric.reduction = models::ReductionConfig{};
  config.switches = {fabric};
  EndpointDescription gpus;
  gpus.name = "gpu";
  gpus.count = accelerators;
  gpus.attach = "switch.gpu";
  config.endpoints = {gpus};
  return config;
}

}  // namespace antares::platforms
