// SPDX-License-Identifier: Apache-2.0
// A layer file as a trace: every rank runs the same graph, its groups (tensor-, data-,
// expert-parallel) differ. Order as SimAI has it (public: aliyun/SimAI 0253299, Workload.cc):
// forward from the first row to the last, each collective waited for; then backward from the last
// to the first: input gradient, its collective beside the weight gradient's computation, whose
// collective nothing waits for. The collectives of a rank go out in this order, one at a time: with
// one lane a rank no other order is free of deadlocks. Leaves out transfers between pipeline
// stages. Times in picoseconds.
#pragma once
#include "antares/platforms/workload/layer_file.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct LayerTraceOptions {
  std::uint32_t available_ranks = 1;
  /// Ranks to run in place of the file's; 0: as the file says, all available ones if it does not.
  /// They are ranks of one pipeline stage; tensor and expert groups keep their size, data-parallel
  /// groups shrink.
  std::uint32_t job_ranks = 0;
  Picoseconds duration_unit_ps = 1000;
};

/// Laid out as rank_layout.h says. Throws TraceError: sizes that don't divide, more ranks than
/// there are.
TraceSet make_layer_set(const LayerFile& layers, const LayerTraceOptions& options);

}  // namespace antares::platforms
