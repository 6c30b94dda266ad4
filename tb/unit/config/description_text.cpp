// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/config/description_text.h"

#include <gtest/gtest.h>

namespace antares::platforms {

std::string small_description() {
  return R"(antares: 1
name: small
parameters:
  - {name: load, default: 0.5, min: 0.1, max: 1}
  - {name: width, default: 8, one_of: [4, 8, 16]}
switches:
  - name: sw
    lanes: 32
    ports:
      - name: p
        count: 2
        pcie: {generation: 6, lanes: "${width}"}
        propagation_ns: 5
endpoints:
  - name: gpu
    count: 2
    attach: sw.p
workloads:
  - name: uniform
    kind: traffic
    traffic:
      offered_load: ${load}
      packets: [{bytes: 256}]
  - name: reduce
    kind: collective
    collective: {bytes: [4 KiB, 1 MiB]}
run:
  seed: 7
)";
}

std::string small_description(const std::string& before, const std::string& after) {
  std::string text = small_description();
  const std::size_t at = text.find(before);
  if (at == std::string::npos) {
    ADD_FAILURE() << "the small description has no \"" << before << "\"";
    return text;
  }
  return text.replace(at, before.size(), after);
}

std::vector<std::string> mistakes(const std::string& text,
                                  const std::vector<std::string>& settings) {
  std::vector<std::string> result;
  try {
    parse_platform(text, "t.yaml", settings);
  } catch (const ConfigError& error) {
    for (const Diagnostic& diagnostic : error.diagnostics())
      result.push_back(to_string(diagnostic));
    EXPECT_FALSE(result.empty()) << "an error that says nothing";
  }
  return result;
}

}  // namespace antares::platforms
