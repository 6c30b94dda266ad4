// SPDX-License-Identifier: Apache-2.0
// Any bytes as --set options, one a line, on a shipped description with parameters.
#include <cstdint>
#include <sstream>

#include "antares/platforms/config/yaml_reader.h"
#include "tb/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string description = antares::platforms::read_description_file(
      ANTARES_SOURCE_DIR "/platforms/descriptions/crossbar_theory.yaml");
  std::vector<std::string> settings;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  for (std::string line; settings.size() < 16 && std::getline(lines, line);)
    settings.push_back(line);
  antares::tb::read_or_refuse(description, settings);
  return 0;
}
