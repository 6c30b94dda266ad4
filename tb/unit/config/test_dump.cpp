// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/dump.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Dump, NamesTheOriginOfEachValue) {
  const std::string text =
      dump(parse_platform(small_description(), "t.yaml", {"load=0.25", "run.seed=11"}));
  EXPECT_THAT(text, ContainsRegex("lanes: 32 +# t.yaml:8:12\n"));
  EXPECT_THAT(text, ContainsRegex("seed: 11 +# --set run.seed=11\n"));
  EXPECT_THAT(text, ContainsRegex("offered_load: .0.25. +# .*load.*from --set load=0.25\n"));
  EXPECT_THAT(text, ContainsRegex("lanes: 8 +# .*width.*default at t.yaml:5:"));
  EXPECT_THAT(text, ContainsRegex("scoreboard: true +# default\n"));
  EXPECT_THAT(text, Not(HasSubstr("parameters")));
}

TEST(Dump, HasEveryValueOnALineWithItsOrigin) {
  std::istringstream lines(dump(parse_platform(small_description(), "t.yaml")));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.find(" # ") != std::string::npos || line.back() == ':') << line;
}

TEST(Dump, RoundTripsEveryShippedDescription) {
  const auto shipped = list_descriptions();
  ASSERT_FALSE(shipped.empty());
  for (const ShippedDescription& description : shipped) {
    const LoadedPlatform first = load_platform(description.path);
    const LoadedPlatform again = parse_platform(dump(first), "dump.yaml");
    EXPECT_EQ(dump(first.config), dump(again.config)) << description.name;
    EXPECT_EQ(dump(first, DumpComments::none), dump(first.config)) << description.name;
    const LoadedPlatform third = parse_platform(dump(again), "dump.yaml");
    EXPECT_EQ(dump(again), dump(third)) << "the dump of a dump is itself, comments included";
  }
}

TEST(Dump, KeepsAwkwardValues) {
  PlatformConfig config = parse_platform(small_description(), "t.yaml").config;
  config.description = "a: \"b\" # c\n\\ 100% {x} [y] - \xc3\xa9 'q' ";
  config.workloads[0].name = "yes";
  config.workloads[0].traffic.offered_load = {0.1, 1.0 / 3, 0.30000000000000004};
  config.workloads[0].traffic.sweep = LoadSweep{};
  config.run.seed = 18446744073709551615u;
  config.run.watchdog_us = 1e9;
  const PlatformConfig again = parse_platform(dump(config), "dump.yaml").config;
  EXPECT_EQ(again.description, config.description);
  EXPECT_EQ(again.workloads[0].name, "yes");
  EXPECT_EQ(again.workloads[0].traffic.offered_load, config.workloads[0].traffic.offered_load);
  EXPECT_TRUE(again.workloads[0].traffic.sweep.has_value());
  EXPECT_EQ(again.run.seed, config.run.seed);
  EXPECT_EQ(dump(again), dump(config));
}

}  // namespace
}  // namespace antares::platforms
