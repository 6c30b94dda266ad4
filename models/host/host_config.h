// SPDX-License-Identifier: Apache-2.0
// Parameters of a host endpoint: a root that issues plain reads and writes and owns memory.
#pragma once
#include <cstdint>
#include <optional>

#include "antares/models/nic/nic_config.h"

namespace antares::models {

struct HostConfig {
  std::uint32_t request_bytes = 64;
  std::uint32_t outstanding_reads = 64;
  std::uint32_t outstanding_writes = 64;
  double issue_overhead_ns = 0;
  std::uint64_t memory_bytes = 1ull << 32;
  double memory_latency_ns = 150;
  double memory_rate_GBps = 200;
  std::optional<NicConfig> nic;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = HostConfig;
    visit("request_bytes", &C::request_bytes, "Payload of one request")
        .range(1, 4096)
        .assumption("a cache line, as server CPUs issue them");
    visit("outstanding_reads", &C::outstanding_reads, "Reads in flight")
        .range(1, 16384)
        .assumption("class of server CPUs");
    visit("outstanding_writes", &C::outstanding_writes, "Writes in flight")
        .range(1, 16384)
        .assumption("class of server CPUs");
    visit("issue_overhead_ns", &C::issue_overhead_ns, "Gap between two requests")
        .range(0, 1e6)
        .assumption("no public figure");
    visit("memory_bytes", &C::memory_bytes, "Size of the host memory window")
        .range(4096, 1ull << 44);
    visit("memory_latency_ns", &C::memory_latency_ns, "Access latency of host memory")
        .range(0, 1e6)
        .assumption("class of server CPUs");
    visit("memory_rate_GBps", &C::memory_rate_GBps, "Rate of host memory to the fabric")
        .range(0.001, 1e6)
        .assumption("class of server CPUs");
    visit("nic", &C::nic, "A network card between the host and its Ethernet port");
  }
};

}  // namespace antares::models
