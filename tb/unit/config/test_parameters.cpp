// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> with_parameter(const std::string& declaration) {
  return mistakes(small_description("parameters:\n", "parameters:\n  - " + declaration + "\n"));
}

PlatformConfig read(const std::string& text, const std::vector<std::string>& settings = {}) {
  return parse_platform(text, "t.yaml", settings).config;
}

TEST(Parameters, WholeValueTakesTheParametersType) {
  EXPECT_EQ(read(small_description()).workloads[0].traffic.offered_load.at(0), 0.5);
  EXPECT_EQ(read(small_description(), {"load=0.9"}).workloads[0].traffic.offered_load.at(0), 0.9);
  EXPECT_EQ(read(small_description(), {"width=16"}).switches[0].ports[0].pcie.lanes, 16u);
}

TEST(Parameters, MayBeSetToAList) {
  EXPECT_EQ(read(small_description(), {"load=[0.2, 0.4]"}).workloads[0].traffic.offered_load,
            (std::vector<double>{0.2, 0.4}));
}

TEST(Parameters, InsideATextAreText) {
  std::string text = small_description("name: uniform", "name: uniform_${width}_x");
  EXPECT_EQ(read(text).workloads[0].name, "uniform_8_x");
  text = small_description("bytes: 256", "bytes: \"${width} KiB\"");
  EXPECT_EQ(read(text).workloads[0].traffic.packets[0].bytes, 8192u);
}

TEST(Parameters, AreGoneFromTheResult) {
  const LoadedPlatform platform = parse_platform(small_description(), "t.yaml", {"load=0.25"});
  EXPECT_TRUE(platform.config.parameters.empty());
  EXPECT_EQ(platform.parameters.at("load"), "0.25");
  EXPECT_EQ(platform.parameters.at("width"), "8");
}

TEST(Parameters, RangeIsKept) {
  EXPECT_THAT(mistakes(small_description(), {"load=2"}),
              ElementsAre("--set load=2: load: 2 is out of range; right would be 0.1..1"));
  EXPECT_THAT(mistakes(small_description(), {"width=5"}),
              testing::Contains(HasSubstr("width: 5 is not possible; did you mean")));
}

TEST(Parameters, BadDeclarationsAreRefused) {
  EXPECT_THAT(with_parameter("{name: run, default: 1}"),
              ElementsAre(HasSubstr("\"run\" has the name of a top-level key")));
  EXPECT_THAT(with_parameter("{name: load, default: 1}"),
              testing::Contains(HasSubstr("duplicate parameter \"load\"")));
  EXPECT_THAT(with_parameter("{name: spare, default: 1}"),
              ElementsAre(HasSubstr("nothing refers to the parameter \"spare\"")));
  EXPECT_THAT(with_parameter("{name: spare}"), ElementsAre(HasSubstr("\"default\" is missing")));
  EXPECT_THAT(with_parameter("{name: 9x, default: 1}"), ElementsAre(HasSubstr("can't be a name")));
  EXPECT_THAT(with_parameter("{name: spare, defualt: 1}"),
              testing::Contains(HasSubstr("did you mean \"default\"?")));
}

TEST(Parameters, BadReferencesAreRefused) {
  EXPECT_THAT(mistakes(small_description("seed: 7", "seed: ${laod}")),
              ElementsAre(AllOf(HasSubstr("there is no parameter \"laod\""),
                                HasSubstr("did you mean \"load\"?"))));
  EXPECT_THAT(mistakes(small_description("seed: 7", "seed: ${load")),
              ElementsAre(HasSubstr("without its closing brace")));
}

TEST(Parameters, UnitsOfBoundsMustMatch) {
  const std::string use = "bytes: 256";
  const auto with_bounds = [&](const std::string& value) {
    std::string text = small_description(use, "bytes: \"${size}\"");
    text.replace(text.find("parameters:\n"), 12,
                 "parameters:\n  - {name: size, default: " + value + ", min: 64 B, max: 4 KiB}\n");
    return mistakes(text);
  };
  EXPECT_TRUE(with_bounds("1 KiB").empty());
  EXPECT_THAT(with_bounds("8 KiB"), ElementsAre(HasSubstr("right would be 64 B..4 KiB")));
  EXPECT_THAT(with_bounds("1000"), ElementsAre(HasSubstr("out of range")));
}

TEST(Parameters, LongValuesReferredToOftenAreCapped) {
  std::string text =
      "antares: 1\nname: x\nparameters:\n  - {name: a, default: " + std::string(10000, 'x') +
      "}\ndescription: \"";
  for (int i = 0; i < 2000; ++i) text += "${a}";
  EXPECT_THAT(mistakes(text + "\"\n"), ElementsAre(HasSubstr("add up to more than")));
}

}  // namespace
}  // namespace antares::platforms
