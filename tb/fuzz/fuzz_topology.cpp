// SPDX-License-Identifier: Apache-2.0
// Any bytes as a topology dump of NCCL or RCCL: made into a description that `antares check` takes
// and that survives its own dump, or refused with a reason.
#include <cstdint>

#include "antares/platforms/workload/topology_dump.h"
#include "antares/platforms/workload/trace_graph.h"
#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace antares::platforms;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string description;
  try {
    description = import_topology(read_topology_dump(text, "f.xml"), "server", "f.xml").description;
  } catch (const TraceError& error) {
    antares::tb::expect_for_a_person(error.what(), text);
    return 0;
  }
  try {
    parse_platform(description, "imported.yaml");
  } catch (const ConfigError& error) {
    antares::tb::expect(false, "what was imported is refused",
                        std::string(error.what()) + "\n" + description);
  }
  antares::tb::read_or_refuse(description, {});
  return 0;
}
