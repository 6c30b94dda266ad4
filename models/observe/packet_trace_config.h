// SPDX-License-Identifier: Apache-2.0
// Which part of a run a packet trace shows. A packet that is chosen is told whole, from injection
// to delivery, however late that is. Bounds keep the trace of a long run small enough for a viewer:
// a packet takes about 0.4 KB of a Perfetto file. Unit of time: microseconds, as the keys say.
#pragma once
#include <cstdint>

namespace antares::models {

struct PacketTraceConfig {
  double from_us = 0;
  double to_us = 1e9;
  std::uint64_t packets = 100'000;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = PacketTraceConfig;
    visit("from_us", &C::from_us, "Packets injected before this simulated time are left out")
        .range(0, 1e9);
    visit("to_us", &C::to_us, "Packets injected at this simulated time or later are left out")
        .range(0, 1e9);
    visit("packets", &C::packets,
          "Most packets (trains) in the trace, the first ones that are injected; 0: no bound");
  }
};

}  // namespace antares::models
