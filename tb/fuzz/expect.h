// SPDX-License-Identifier: Apache-2.0
// What every fuzzer asks of a message: it is for a person. A violation ends the process, which
// libFuzzer takes for a find.
#pragma once
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "antares/platforms/config/dump.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::tb {

inline void expect(bool holds, const std::string& what, const std::string& message) {
  if (holds) return;
  std::cerr << "fuzzer: " << what << ": " << message << "\n";
  std::abort();
}

/// No words that only a library's own exception texts have, but for those that the input brought.
inline void expect_for_a_person(const std::string& message, std::string_view input) {
  expect(!message.empty(), "a refusal without a reason", message);
  for (const char* foreign : {"exception", "protozero", "nlohmann", "json.", "yaml-cpp",
                              "std::", "stoi", "stod", "basic_string", "vector::", "map::at"}) {
    expect(
        message.find(foreign) == std::string::npos || input.find(foreign) != std::string_view::npos,
        "a library's text in a message", message);
  }
}

/// What is read at all survives its own dump; what is refused says why.
inline void read_or_refuse(const std::string& text, const std::vector<std::string>& settings) {
  using platforms::ConfigError;
  using platforms::dump;
  using platforms::parse_platform;
  std::string once;
  try {
    once = dump(parse_platform(text, "f.yaml", settings).config);
  } catch (const ConfigError& error) {
    expect(!error.diagnostics().empty(), "a refusal without a reason", error.what());
    for (const platforms::Diagnostic& diagnostic : error.diagnostics())
      expect(!diagnostic.message.empty(), "a refusal without a reason", error.what());
    return;
  }
  std::string twice;
  try {
    twice = dump(parse_platform(once, "dump.yaml").config);
  } catch (const ConfigError& error) {
    expect(false, "the dump of what was read is refused", std::string(error.what()) + "\n" + once);
  }
  expect(twice == once, "the dump reads back as something else", once + "\n----\n" + twice);
}

}  // namespace antares::tb
