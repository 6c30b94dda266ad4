// SPDX-License-Identifier: Apache-2.0
// Random damage never crashes or hangs the reader: it is read, or refused with a reason. Seeds are
// fixed, so that a failure comes back.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>
#include <sstream>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/dump.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using Random = std::mt19937;

#ifdef __SANITIZE_ADDRESS__
constexpr int kOfEach = 30;  // ten times as slow there
#else
constexpr int kOfEach = 150;
#endif

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

// What is read at all must survive its own dump: this finds values that pass the checks but can't
// be written down.
void read_or_refuse(const std::string& text, const std::vector<std::string>& settings = {}) {
  try {
    const LoadedPlatform platform = parse_platform(text, "m.yaml", settings);
    const std::string once = dump(platform.config);
    ASSERT_EQ(dump(parse_platform(once, "dump.yaml").config), once) << text;
  } catch (const ConfigError& error) {
    ASSERT_FALSE(error.diagnostics().empty());
    for (const Diagnostic& diagnostic : error.diagnostics())
      ASSERT_FALSE(diagnostic.message.empty());
  }
}

std::string mutate(std::string text, Random& random) {
  static const std::vector<std::string> pieces = {":",   "- ",      "\n",
                                                  "  ",  "[",       "]",
                                                  "{",   "}",       "&a ",
                                                  "*a",  "<<: ",    "${",
                                                  "}",   "\"",      "'",
                                                  "#",   "|",       ">",
                                                  "!",   "?",       "~",
                                                  "-1",  "1e99",    "nan",
                                                  "0",   ".",       "%",
                                                  "---", "null",    "\t",
                                                  "@",   "${load}", "999999999999999999999",
                                                  "\xc3"};
  const std::size_t changes = 1 + below(random, 4);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = below(random, text.size());
    switch (below(random, 5)) {
      case 0:
        text.erase(at, 1 + below(random, 20));
        break;
      case 1:
        text.insert(at, pieces[below(random, pieces.size())]);
        break;
      case 2:
        text[at] = static_cast<char>(random());
        break;
      case 3:
        text.insert(at, text.substr(below(random, text.size()), below(random, 60)));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

TEST(Mutations, OfTheSmallDescription) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) {
    SCOPED_TRACE(i);
    read_or_refuse(mutate(small_description(), random));
    if (HasFatalFailure()) return;
  }
}

TEST(Mutations, OfTheShippedDescriptions) {
  Random random(2);
  for (const ShippedDescription& shipped : list_descriptions()) {
    std::ifstream file(shipped.path);
    std::stringstream text;
    text << file.rdbuf();
    for (int i = 0; i < kOfEach; ++i) {
      SCOPED_TRACE(shipped.name + " " + std::to_string(i));
      read_or_refuse(mutate(text.str(), random));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Mutations, OfSettings) {
  Random random(3);
  for (const std::string setting :
       {"load=0.5", "switches[0].lanes=64", "workloads[1].collective.bytes=[1 KiB, 2 KiB]",
        "run={seed: 4}"})
    for (int i = 0; i < 500; ++i) {
      SCOPED_TRACE(setting + " " + std::to_string(i));
      read_or_refuse(small_description(), {mutate(setting, random)});
      if (HasFatalFailure()) return;
    }
}

TEST(Mutations, OfNothingButNoise) {
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    std::string text(below(random, 200), ' ');
    // Half of them printable, so that some get past the check for text.
    for (char& c : text) c = static_cast<char>(i % 2 == 0 ? random() : 32 + below(random, 95));
    SCOPED_TRACE(i);
    read_or_refuse(text);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace antares::platforms
