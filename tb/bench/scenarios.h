// SPDX-License-Identifier: Apache-2.0
// The runs that bench_fabric offers: each builds a whole platform from a shipped description,
// drives it as `antares run` would, and says what it cost as one JSON object. One a process, since
// the SystemC kernel cannot start twice. The figures follow facts/performance.md 2.2 and 3.2: a
// packet-hop is one packet (train) across one crossbar, latency is in flit times.
// Every key of the result carries its unit; cpu_s is CPU time, never wall time.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace antares::tb {

struct CrossbarScenario {
  double load = 0.9;
  std::uint64_t packets = 1'000'000;  ///< offered in the measured window
  double warmup_us = 20;
  bool statistics = true;  ///< as `antares run` does by default, and so is the scoreboard
  bool scoreboard = true;
  std::string trace;  ///< file for a packet trace of all packets; empty: none
  std::uint64_t seed = 1;
};

struct RingScenario {
  std::uint32_t ranks = 72;
  std::uint64_t bytes = 1ull << 30;
  std::uint64_t train_bytes = 64 * 1024;
  std::string algorithm = "ring";  ///< or one that leaves the work to the switch
  double input_speedup = 1;        ///< of the crossbar, as the defaults of a description
  double output_speedup = 2;
};

nlohmann::ordered_json run_crossbar64(const CrossbarScenario& scenario);
/// An all-reduce: ring, in_switch_push or in_switch_pull.
nlohmann::ordered_json run_ring(const RingScenario& scenario);
/// Builds a switch with so many x2 ports and as many accelerators, up to time 0.
nlohmann::ordered_json run_elaborate(std::uint32_t ports);
/// 63 of 64 sources keep `window` packets each on their way to one target: nearly all wait inside
/// the switch. Two windows give the memory a packet in flight takes.
nlohmann::ordered_json run_in_flight(std::uint32_t window);
/// Events of a 64-port switch while nothing is asked of it: before, and after some traffic.
nlohmann::ordered_json run_idle(double simulated_us);

}  // namespace antares::tb
