// SPDX-License-Identifier: Apache-2.0
// The library that runs collectives on an accelerator: what software and polling add to the fabric.
// Links, switches and memories are simulated; these constants are what remains on top. A library
// has two protocols and takes one by the size of the collective: low_latency (flags beside the
// data, nothing pipelined, little overhead) and bulk (data alone, pipelined in slices). What leaves
// copying and reducing to the switch has a third one, in_switch: its slices are what a rank reduces
// before it hands the sums on, and are asked for in requests as large as an engine takes.
// Nanoseconds in keys, bytes.
//
// The defaults are a generic library with one protocol for plain stores; real ones stand in the
// accelerator presets.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/accelerator/program_runner.h"
#include "antares/models/accelerator/store_format.h"

namespace antares::models {

struct LibraryProtocol {
  double launch_ns = 0;
  double message_overhead_ns = 300;
  double arrival_overhead_ns = 300;
  std::uint64_t slice_bytes = 512 * 1024;
  StoreFlags flags = StoreFlags::none;

  template <class Visitor>
  static void fields(Visitor& visit);
};

struct EndpointLibrary {
  std::uint64_t low_latency_up_to_bytes = 0;
  LibraryProtocol low_latency;
  LibraryProtocol bulk;
  LibraryProtocol in_switch{0, 300, 300, 64 * 1024, StoreFlags::none};

  const LibraryProtocol& protocol_for(std::uint64_t collective_bytes) const {
    return collective_bytes <= low_latency_up_to_bytes ? low_latency : bulk;
  }

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// How a job's ranks run it together.
struct LibraryTiming {
  RunnerTiming runner;
  Picoseconds launch_ps = 0;
  StoreFlags flags = StoreFlags::none;
};

/// Ranks may differ: the slowest of their protocols sets the pace that all share. Slices hold whole
/// elements and fit into one request (whole units of the flags, too).
LibraryTiming shared_timing(const std::vector<const LibraryProtocol*>& ranks);

/// What libraries call the size of a collective: the larger of its buffers.
std::uint64_t collective_bytes(const Program& program);

template <class Visitor>
void LibraryProtocol::fields(Visitor& visit) {
  using C = LibraryProtocol;
  visit("launch_ns", &C::launch_ns,
        "From the call until a rank's first message may leave: a kernel starts. Paid once a "
        "collective")
      .range(0, 1e9)
      .assumption("0: time runs from the start of the kernels");
  visit("message_overhead_ns", &C::message_overhead_ns,
        "Software and issue time before the first byte of a collective step")
      .range(0, 1e9)
      .assumption(
          "half of the 0.6 us a step that a collective library charges "
          "(facts/product_and_collectives.md 3.4)");
  visit("arrival_overhead_ns", &C::arrival_overhead_ns,
        "Time from the last byte in memory until the receiver acts on it (flag polling)")
      .range(0, 1e9)
      .assumption(
          "half of the 0.6 us a step that a collective library charges "
          "(facts/product_and_collectives.md 3.4)");
  visit("slice_bytes", &C::slice_bytes, "Messages are pipelined in slices of this size")
      .range(256, 1ull << 32)
      .assumption("512 KiB is the step of a common library's bulk protocol");
  visit("flags", &C::flags,
        "What is stored beside the data: none; each_word (a 4 B flag with every 4 B of data: twice "
        "the bytes); each_line (an 8 B flag with every 120 B)")
      .names({{"none", StoreFlags::none},
              {"each_word", StoreFlags::each_word},
              {"each_line", StoreFlags::each_line}})
      .assumption("none: the flag of a bulk step is one small store, neglected");
}

template <class Visitor>
void EndpointLibrary::fields(Visitor& visit) {
  using C = EndpointLibrary;
  visit("low_latency_up_to_bytes", &C::low_latency_up_to_bytes,
        "Collectives of at most this size (the larger of a rank's buffers) use low_latency, larger "
        "ones bulk; 0: all use bulk")
      .range(0, 1ull << 40)
      .assumption("0: a generic library with one protocol");
  visit("low_latency", &C::low_latency, "The protocol for small collectives");
  visit("bulk", &C::bulk, "The protocol for large collectives");
  visit(
      "in_switch", &C::in_switch,
      "The protocol for collectives that the switch copies or reduces for, of any size; flags are "
      "not used");
}

}  // namespace antares::models
