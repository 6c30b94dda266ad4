// SPDX-License-Identifier: Apache-2.0
// PARAM's list of communications (commsTraceReplay's basic form) and PyTorch's execution trace in
// JSON become a TraceGraph; fields: facts/ecosystem.md 1.4. One transfer after the other, in the
// order of the file: neither form has durations, so that computing takes no time, and is counted.
// Sizes in the files are elements of `dtype`. Leaves out uneven splits of all-to-alls (taken as
// even) and, of an execution trace, all that is no communication. Bytes.
#pragma once
#include <string>
#include <string_view>

#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms {

/// `file` is only named in messages. Throws TraceError: not valid JSON, a communication, type or
/// size that cannot be understood, with its place in the list.
TraceGraph read_param(std::string_view text, const std::string& file);

}  // namespace antares::platforms
