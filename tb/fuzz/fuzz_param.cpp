// SPDX-License-Identifier: Apache-2.0
// Any bytes as a list of communications of PARAM or an execution trace of PyTorch, replayed on
// eight ranks as far as the plan, or refused with a reason.
#include <cstdint>

#include "antares/platforms/workload/param_reader.h"
#include "antares/platforms/workload/trace_set.h"
#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace antares::platforms;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    std::vector<TraceGraph> graphs;
    graphs.push_back(read_param(text, "f.json"));
    TraceSetOptions options;
    options.available_ranks = 8;
    options.format = TraceFormat::param;
    const TraceSet set = make_trace_set(std::move(graphs), true, options);
    antares::tb::expect(!set.ranks.empty() && set.ranks.size() <= options.available_ranks,
                        "a trace of no rank, or of more than there are", "");
  } catch (const TraceError& error) {
    antares::tb::expect_for_a_person(error.what(), text);
  }
  return 0;
}
