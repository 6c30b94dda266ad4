// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/endpoint_library.h"

#include <algorithm>

namespace antares::models {
namespace {

/// A TLM payload counts bytes in 32 bits, and flags may double them.
constexpr std::uint64_t kLargestSliceBytes = 1u << 30;
/// Holds whole elements of every type.
constexpr std::uint64_t kSliceUnitBytes = 4096;

Picoseconds picoseconds(double ns) { return static_cast<Picoseconds>(ns * 1000.0 + 0.5); }

}  // namespace

LibraryTiming shared_timing(const std::vector<const LibraryProtocol*>& ranks) {
  LibraryTiming shared;
  shared.runner.slice_bytes = kLargestSliceBytes;
  for (const LibraryProtocol* rank : ranks) {
    RunnerTiming& runner = shared.runner;
    shared.launch_ps = std::max(shared.launch_ps, picoseconds(rank->launch_ns));
    runner.message_overhead_ps =
        std::max(runner.message_overhead_ps, picoseconds(rank->message_overhead_ns));
    runner.arrival_overhead_ps =
        std::max(runner.arrival_overhead_ps, picoseconds(rank->arrival_overhead_ns));
    runner.slice_bytes = std::min(runner.slice_bytes, rank->slice_bytes);
    if (stored_bytes(rank->flags, kSliceUnitBytes) > stored_bytes(shared.flags, kSliceUnitBytes))
      shared.flags = rank->flags;
  }
  shared.runner.slice_bytes =
      std::max(kSliceUnitBytes, shared.runner.slice_bytes / kSliceUnitBytes * kSliceUnitBytes);
  return shared;
}

std::uint64_t collective_bytes(const Program& program) {
  return std::max(program.input_bytes, program.output_bytes);
}

}  // namespace antares::models
