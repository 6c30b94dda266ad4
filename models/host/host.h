// SPDX-License-Identifier: Apache-2.0
// A host endpoint: a root that issues plain reads and writes and owns memory that devices reach.
#pragma once
#include "antares/models/host/host_config.h"
#include "antares/models/memory/memory.h"
#include "antares/models/sockets/requester.h"

namespace antares::models {

class Host : public sc_core::sc_module {
 public:
  Host(const sc_core::sc_module_name& name, std::uint16_t endpoint, const HostConfig& config,
       Scheduler& scheduler);

  Requester requester;  ///< .initiator binds to the switch port's target
  Memory memory;        ///< .target is bound by the switch port's initiator

  const HostConfig& config() const { return config_; }

 private:
  HostConfig config_;
};

}  // namespace antares::models
