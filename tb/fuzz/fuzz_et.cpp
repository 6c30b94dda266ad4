// SPDX-License-Identifier: Apache-2.0
// Any bytes as a Chakra execution trace, replayed on four ranks as far as the plan: read, groups
// settled, transfers matched across ranks, or refused with a reason.
#include <cstdint>

#include "antares/platforms/workload/trace_set.h"
#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace antares::platforms;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    std::vector<TraceGraph> graphs;
    graphs.push_back(read_chakra(bytes, "f.et"));
    TraceSetOptions options;
    options.available_ranks = 4;
    const TraceSet set = make_trace_set(std::move(graphs), true, options);
    antares::tb::expect(set.ranks.size() == 4, "a single file is replayed on every rank", "");
  } catch (const TraceError& error) {
    antares::tb::expect_for_a_person(error.what(), bytes);
  }
  return 0;
}
