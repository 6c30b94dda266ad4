// SPDX-License-Identifier: Apache-2.0
// An accelerator endpoint: device memory that others load from and store to, and an engine that
// loads from and stores to others. What it runs (traffic, a collective, a trace) is attached from
// outside as the requester's client and the memory's write listener.
#pragma once
#include "antares/models/accelerator/accelerator_config.h"
#include "antares/models/memory/memory.h"
#include "antares/models/sockets/requester.h"

namespace antares::models {

class Accelerator : public sc_core::sc_module {
 public:
  Accelerator(const sc_core::sc_module_name& name, std::uint16_t endpoint,
              const AcceleratorConfig& config, Scheduler& scheduler);

  Requester requester;  ///< .initiator binds to the switch port's target
  Memory memory;        ///< .target is bound by the switch port's initiator

  const AcceleratorConfig& config() const { return config_; }

 private:
  AcceleratorConfig config_;
};

}  // namespace antares::models
