// SPDX-License-Identifier: Apache-2.0
// Reads one Chakra execution trace (.et): varint length and protobuf message, over and over; the
// first message is GlobalMetadata, the others are nodes (facts/ecosystem.md 1.1, field numbers
// only, no .proto file). Leaves out inputs, outputs and shapes, except for the process groups that
// a metadata node may hold. Durations are microseconds unless the options say otherwise; results in
// picoseconds.
#pragma once
#include <string>
#include <string_view>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

struct ChakraOptions {
  /// What one unit of duration_micros is worth. Files made from the older text format hold
  /// nanoseconds there, a thousand times too long a compute otherwise.
  Picoseconds duration_unit_ps = 1'000'000;
  ControlDependencies control_dependencies = ControlDependencies::automatic;
};

/// `file` is only named in messages. Throws TraceError: file, byte offset, what is wrong.
TraceGraph read_chakra(std::string_view bytes, const std::string& file,
                       const ChakraOptions& options = {});

}  // namespace antares::platforms
