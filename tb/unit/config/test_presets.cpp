// SPDX-License-Identifier: Apache-2.0
// Presets of accelerators: what they put in, what takes precedence, where each value says it is
// from, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/dump.h"
#include "antares/platforms/config/json_schema.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Two accelerators with this section; Gaudi's network ports need a link that carries packets.
std::string with_accelerator(const std::string& section) {
  const bool packets = section.find("gaudi") != std::string::npos;
  return std::string(
             "antares: 1\nname: small\nswitches:\n  - name: sw\n    ports: [{name: p, count: 2, ") +
         (packets ? "protocol: ethernet, ethernet: {framing: roce_v2}" : "pcie: {lanes: 8}") +
         "}]\nendpoints:\n  - name: gpu\n    count: 2\n    attach: sw.p\n    accelerator: " +
         section + "\n";
}

AcceleratorDescription accelerator(const std::string& section,
                                   const std::vector<std::string>& settings = {}) {
  return parse_platform(with_accelerator(section), "t.yaml", settings)
      .config.endpoints.at(0)
      .accelerator;
}

/// A folder with a description's place in it and presets beside.
class PresetFiles : public testing::Test {
 protected:
  PresetFiles()
      : folder_(std::filesystem::temp_directory_path() /
                ("antares_presets_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~PresetFiles() override { std::filesystem::remove_all(folder_); }

  std::string description() const { return (folder_ / "d.yaml").string(); }
  void preset(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  LoadedPlatform load(const std::string& section) const {
    return parse_platform(with_accelerator(section), description());
  }
  std::vector<std::string> complaints(const std::string& section) const {
    try {
      load(section);
    } catch (const ConfigError& error) {
      std::vector<std::string> result;
      for (const Diagnostic& each : error.diagnostics()) result.push_back(to_string(each));
      return result;
    }
    return {};
  }

 private:
  std::filesystem::path folder_;
};

TEST(Presets, EachShippedOneIsReadWholeAndSaysWhereItsValuesAreFrom) {
  std::vector<std::string> names;
  for (const ShippedDescription& preset : list_presets("accelerator")) {
    names.push_back(preset.name);
    EXPECT_GE(preset.summary.size(), 20u) << preset.name;
    const LoadedPlatform loaded =
        parse_platform(with_accelerator("{preset: " + preset.name + "}"), "t.yaml");
    unsigned values = 0;
    for (const auto& [path, origin] : loaded.origins) {
      if (path.rfind("endpoints[0].accelerator.", 0) != 0 || origin.note.empty()) continue;
      ++values;
      EXPECT_NE(origin.source.empty(), origin.assumption.empty()) << preset.name << " " << path;
    }
    EXPECT_GE(values, 4u) << preset.name;
    EXPECT_FALSE(loaded.config.endpoints[0].accelerator.preset.has_value());
  }
  for (const char* name :
       {"h100", "h200", "b200", "mi300x", "mi400", "gaudi3", "trainium3", "custom_template"})
    EXPECT_THAT(names, Contains(name));
}

TEST(Presets, KeysBesideItAndSettingsTakePrecedence) {
  EXPECT_EQ(accelerator("{preset: h100}").memory_rate_GBps, 3350);
  EXPECT_EQ(accelerator("{preset: h100}").engine, models::IssueEngine::sm);
  EXPECT_EQ(accelerator("{memory_rate_GBps: 7, preset: h100}").memory_rate_GBps, 7);
  EXPECT_EQ(accelerator("{memory_rate_GBps: 7, preset: h100}").engine, models::IssueEngine::sm);
  EXPECT_EQ(accelerator("{preset: h100}", {"endpoints[0].accelerator.memory_rate_GBps=9"})
                .memory_rate_GBps,
            9);
  EXPECT_EQ(
      accelerator("{preset: h100}", {"endpoints[0].accelerator.preset=h200"}).memory_rate_GBps,
      4800);
  EXPECT_EQ(accelerator("{preset: gaudi3, nic: {post_ns: 77}}").nic->post_ns, 77);
  EXPECT_EQ(accelerator("{preset: gaudi3, nic: {post_ns: 77}}").nic->doorbell_ns,
            accelerator("{preset: gaudi3}").nic->doorbell_ns);
}

TEST(Presets, OneMayBeBasedOnAnother) {
  EXPECT_EQ(accelerator("{preset: h200}").sm_request_bytes,
            accelerator("{preset: h100}").sm_request_bytes);
  EXPECT_NE(accelerator("{preset: h200}").memory_bytes, accelerator("{preset: h100}").memory_bytes);
}

TEST(Presets, TheResolvedDescriptionHasTheValuesWithTheirSources) {
  const LoadedPlatform loaded = parse_platform(with_accelerator("{preset: h200}"), "t.yaml");
  const std::string text = dump(loaded);
  EXPECT_THAT(text, ContainsRegex("memory_rate_GBps: 4800 +# preset h200, .*h200.yaml:[0-9]+:[0-9]+"
                                  ": public: "));
  EXPECT_THAT(text, ContainsRegex("reduce_rate_GBps: 1600 +# preset h200, .*: assumption: "));
  EXPECT_THAT(text, Not(HasSubstr("preset: ")));
  EXPECT_EQ(dump(parse_platform(text, "dump.yaml").config), dump(loaded.config));
}

TEST(Presets, PublishedValuesAreNoAssumptions) {
  const LoadedPlatform loaded = parse_platform(with_accelerator("{preset: h100}"), "t.yaml");
  std::vector<std::string> paths;
  for (const AssumptionRow& row : assumptions(loaded.config, loaded.origins)) {
    paths.push_back(row.path);
    if (row.path == "endpoints[0].accelerator.reduce_rate_GBps") {
      EXPECT_EQ(row.why, "a third of the memory's rate: three accesses an element");
    }
  }
  EXPECT_THAT(paths, Contains("endpoints[0].accelerator.reduce_rate_GBps"));
  EXPECT_THAT(paths, Not(Contains("endpoints[0].accelerator.memory_rate_GBps")));
  EXPECT_THAT(paths, Contains("endpoints[0].accelerator.memory_latency_ns"));
}

TEST(Presets, UnknownNamesAreRefusedWithAGuess) {
  EXPECT_THAT(mistakes(with_accelerator("{preset: h10}")),
              ElementsAre(ContainsRegex("^t.yaml:[0-9]+:[0-9]+: there is no preset \"h10\"; did "
                                        "you mean \"h100\"")));
  EXPECT_THAT(mistakes(with_accelerator("{preset: [h100]}")),
              ElementsAre(HasSubstr("preset: a name is needed")));
  EXPECT_THAT(mistakes(with_accelerator("{preset: \"\"}")),
              ElementsAre(HasSubstr("preset: a name is needed")));
  EXPECT_THAT(mistakes(with_accelerator("{preset: ../presets/h100}")),
              ElementsAre(HasSubstr("there is no preset")));
}

TEST_F(PresetFiles, AFileOfYourOwnLiesBesideTheDescription) {
  preset("mine.yaml",
         "preset: mine\nbased_on: b200\naccelerator:\n"
         "  reduce_rate_GBps: {value: 5 TB/s, assumption: measured at home}\n");
  const AcceleratorDescription mine = load("{preset: mine.yaml}").config.endpoints[0].accelerator;
  EXPECT_EQ(mine.reduce_rate_GBps, 5000);
  EXPECT_EQ(mine.memory_rate_GBps, accelerator("{preset: b200}").memory_rate_GBps);
  EXPECT_THAT(complaints("{preset: other.yaml}"), ElementsAre(HasSubstr("other.yaml")));
}

TEST_F(PresetFiles, MistakesInOneAreToldAtTheirPlaceThere) {
  preset("bad.yaml", R"(preset: bad
colour: red
accelerator:
  engine: {value: dsp, assumption: none}
  memory_rate_GBps: {value: -1, assumption: none}
  memory_rate: {value: 1, assumption: none}
  sm_request_bytes: 128
  memory_latency_ns: {value: 1, source: a friend}
  issue_overhead_ns: {value: 1}
)");
  EXPECT_THAT(
      complaints("{preset: bad.yaml}"),
      ElementsAre(ContainsRegex("bad.yaml:2:1: unknown key \"colour\""),
                  ContainsRegex("bad.yaml:4:19: engine: "),
                  ContainsRegex("bad.yaml:5:29: memory_rate_GBps: "),
                  ContainsRegex("bad.yaml:6:3: unknown key \"memory_rate\""),
                  ContainsRegex("bad.yaml:7:21: sm_request_bytes: .*value: 1, source"),
                  ContainsRegex("bad.yaml:8:41: a source begins with \"public: \""),
                  ContainsRegex("bad.yaml:9:22: issue_overhead_ns: value and one of source")));
  preset("none.yaml", "antares: 1\n");
  EXPECT_THAT(complaints("{preset: none.yaml}"), ElementsAre(HasSubstr("this is no preset")));
  preset("list.yaml", "- 1\n");
  EXPECT_THAT(complaints("{preset: list.yaml}"), ElementsAre(HasSubstr("this is no preset")));
}

TEST_F(PresetFiles, RingsOfBasesEnd) {
  preset("a.yaml", "preset: a\nbased_on: b.yaml\naccelerator: {}\n");
  preset("b.yaml", "preset: b\nbased_on: a.yaml\naccelerator: {}\n");
  EXPECT_THAT(complaints("{preset: a.yaml}"),
              ElementsAre(ContainsRegex("b.yaml:2:11: presets are based on each other in a ring")));
}

}  // namespace
}  // namespace antares::platforms
