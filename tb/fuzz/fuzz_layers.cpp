// SPDX-License-Identifier: Apache-2.0
// Any bytes as a SimAI layer file, made into a trace of up to 64 ranks, or refused with a reason.
#include <cstdint>

#include "antares/platforms/workload/layer_trace.h"
#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace antares::platforms;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    LayerTraceOptions options;
    options.available_ranks = 64;
    const TraceSet set = make_layer_set(read_layers(text, "f.txt"), options);
    antares::tb::expect(!set.ranks.empty() && set.ranks.size() <= options.available_ranks,
                        "a trace of no rank, or of more than there are", "");
  } catch (const TraceError& error) {
    antares::tb::expect_for_a_person(error.what(), text);
  }
  return 0;
}
