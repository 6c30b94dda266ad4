// SPDX-License-Identifier: Apache-2.0
// Parameters of a plain memory endpoint (a target behind a port).
#pragma once
#include <cstdint>

namespace antares::models {

struct MemoryConfig {
  std::uint64_t memory_bytes = 1ull << 30;
  double latency_ns = 100;
  double rate_GBps = 100;
  bool allow_dmi = true;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = MemoryConfig;
    visit("memory_bytes", &C::memory_bytes, "Size of the memory").range(64, 1ull << 44);
    visit("latency_ns", &C::latency_ns, "Access latency")
        .range(0, 1e6)
        .assumption("class of DRAM devices");
    visit("rate_GBps", &C::rate_GBps, "Peak rate of reads and writes together")
        .range(0.001, 1e6)
        .assumption("class of DRAM devices");
    visit("allow_dmi", &C::allow_dmi, "Grant the direct memory interface (loosely timed users)");
  }
};

}  // namespace antares::models
