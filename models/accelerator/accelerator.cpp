// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/accelerator.h"

namespace antares::models {
namespace {
RequesterLimits limits_of(const AcceleratorConfig& config) {
  RequesterLimits limits;
  limits.outstanding_reads = config.outstanding_reads;
  limits.outstanding_write_bytes = config.outstanding_write_bytes;
  limits.issue_gap_ps = static_cast<Picoseconds>(config.issue_overhead_ns * 1000 + 0.5);
  return limits;
}

MemoryConfig memory_of(const AcceleratorConfig& config) {
  MemoryConfig memory;
  memory.memory_bytes = config.memory_bytes;
  memory.latency_ns = config.memory_latency_ns;
  memory.rate_GBps = config.memory_rate_GBps;
  return memory;
}
}  // namespace

Accelerator::Accelerator(const sc_core::sc_module_name& name, std::uint16_t endpoint,
                         const AcceleratorConfig& config, Scheduler& scheduler)
    : sc_core::sc_module(name),
      requester(scheduler, endpoint, limits_of(config)),
      memory("memory", memory_of(config)),
      config_(config) {
  if (config.unordered_io) requester.set_flags(protocols::kUnorderedIo);
  requester.set_virtual_channel(static_cast<std::uint8_t>(config.virtual_channel));
}

}  // namespace antares::models
