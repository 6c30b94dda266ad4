// SPDX-License-Identifier: Apache-2.0
// Reading as a whole: every mistake in one run, each at its place, each with what would be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(PlatformLoader, FillsTheStructs) {
  const PlatformConfig config = parse_platform(small_description(), "t.yaml").config;
  EXPECT_EQ(config.name, "small");
  ASSERT_EQ(config.switches.size(), 1u);
  EXPECT_EQ(config.switches[0].lanes, 32u);
  ASSERT_EQ(config.switches[0].ports.size(), 1u);
  EXPECT_EQ(config.switches[0].ports[0].pcie.lanes, 8u);
  EXPECT_EQ(config.endpoints.at(0).attach, "sw.p");
  ASSERT_EQ(config.workloads.size(), 2u);
  EXPECT_EQ(config.workloads[0].traffic.offered_load, std::vector<double>{0.5});
  EXPECT_EQ(config.workloads[1].collective.bytes, (std::vector<std::uint64_t>{4096, 1 << 20}));
  EXPECT_EQ(config.run.seed, 7u);
}

TEST(PlatformLoader, LeavesDefaultsOfTheStruct) {
  const PlatformConfig config = parse_platform(small_description(), "t.yaml").config;
  EXPECT_EQ(config.switches[0].latency.crossbar_ns, models::HopLatency().crossbar_ns);
  EXPECT_EQ(config.observe.scoreboard, ObserveConfig().scoreboard);
}

TEST(PlatformLoader, ReportsAllAtOnceInOrderOfPlace) {
  std::string text = small_description("seed: 7", "sed: 7");
  text.replace(text.find("lanes: 32"), 9, "lanes: 0 ");
  text.replace(text.find("propagation_ns: 5"), 17, "propagation_ns: 5 GB");
  text.replace(text.find("count: 2\n    attach"), 8, "count: x");
  EXPECT_THAT(
      mistakes(text),
      ElementsAre(AllOf(StartsWith("t.yaml:8:12: lanes: 0 is out of range"), HasSubstr("1..320")),
                  AllOf(StartsWith("t.yaml:13:25: propagation_ns: 5 GB has the wrong unit"),
                        HasSubstr("ps, ns, us")),
                  StartsWith("t.yaml:16:12: count: x is no number"),
                  StartsWith("t.yaml:28:3: unknown key \"sed\"; did you mean \"seed\"?")));
}

struct BadValue {
  const char* before;
  const char* after;
  const char* says;
};

class PlatformLoaderBadValue : public testing::TestWithParam<BadValue> {};

TEST_P(PlatformLoaderBadValue, IsRefusedWithAReason) {
  const BadValue& bad = GetParam();
  EXPECT_THAT(mistakes(small_description(bad.before, bad.after)), ElementsAre(HasSubstr(bad.says)))
      << bad.after;
}

INSTANTIATE_TEST_SUITE_P(
    All, PlatformLoaderBadValue,
    testing::Values(
        BadValue{"antares: 1", "antares: 2", "2 is not possible; right would be 1"},
        BadValue{"antares: 1\n", "", "the key \"antares\" is missing"},
        BadValue{"count: 2\n        pcie", "count: 161\n        pcie", "161 is out of range"},
        BadValue{"seed: 7", "seed: -7", "-7 is out of range"},
        BadValue{"seed: 7", "seed: 18446744073709551616", "out of range"},
        BadValue{"seed: 7", "seed: 1.5", "1.5 is no whole number"},
        BadValue{"seed: 7", "seed: [7]", "a number is needed, this is a list"},
        BadValue{"seed: 7", "seed:", "this is empty"}, BadValue{"seed: 7", "seed: 07", "octal"},
        BadValue{"seed: 7", "seed: 7\nobserve:\n  scoreboard: yes",
                 "yes is neither true nor false"},
        BadValue{"seed: 7", "seed: 7\nobserve: {scorebord: true}", "did you mean \"scoreboard\"?"},
        BadValue{"seed: 7", "seed: 7\nobserve: {trace: {from_us: 2, to_us: 2}}",
                 "the trace ends before it begins"},
        BadValue{"seed: 7", "train_bytes: 2 MiB", "right would be 0..1 MiB"},
        BadValue{"seed: 7", "train_bytes: 0.5 B", "no whole number of B"},
        BadValue{"seed: 7", "watchdog_us: nan", "no finite number"},
        BadValue{"seed: 7", "watchdog_us: 1e400", "too large"},
        BadValue{"propagation_ns: 5", "propagation_ns: -5", "-5 is out of range"},
        BadValue{"propagation_ns: 5", "propagation: 5", "did you mean \"propagation_ns\"?"},
        BadValue{"generation: 6", "generation: 7", "right would be 1..6"},
        BadValue{"kind: traffic", "kind: trafic", "did you mean \"traffic\"?"},
        BadValue{"name: small", "name: a b", "can't be a name"},
        BadValue{"packets: [{bytes: 256}]", "packets: 256", "a list is needed"},
        BadValue{"packets: [{bytes: 256}]", "packets: []", "a list of 0 is out of range"},
        BadValue{"packets: [{bytes: 256}]", "packets: [{weight: 1}]", "\"bytes\" is missing"},
        BadValue{"bytes: [4 KiB, 1 MiB]", "bytes: [4 KiB, 0]", "0 is out of range"},
        BadValue{"count: 2\n    attach", "count: 2\n    host: {}\n    attach",
                 "\"host\" would not be used: kind is accelerator"}));

TEST(PlatformLoader, OneValueStandsForAListOfOne) {
  const auto text = small_description("bytes: [4 KiB, 1 MiB]", "bytes: 64KiB");
  EXPECT_EQ(parse_platform(text, "t.yaml").config.workloads[1].collective.bytes,
            std::vector<std::uint64_t>{65536});
}

TEST(PlatformLoader, DuplicateKeysDoNotHideTheRest) {
  const auto found = mistakes(small_description("seed: 7", "seed: 7\n  seed: 8\n  sede: 9"));
  EXPECT_THAT(found, ElementsAre(HasSubstr("duplicate key \"seed\""), HasSubstr("\"sede\"")));
}

TEST(PlatformLoader, WrongTopLevelIsSaidPlainly) {
  EXPECT_THAT(mistakes("just words"), ElementsAre(HasSubstr("a mapping of keys is needed")));
  EXPECT_THAT(mistakes("- a\n- b\n"), ElementsAre(HasSubstr("this is a list")));
}

TEST(PlatformLoader, PathsAreRelativeToTheDescription) {
  LoadedPlatform platform;
  platform.file = "some/folder/x.yaml";
  EXPECT_EQ(resolve_path(platform, "traces/a.et"), "some/folder/traces/a.et");
  EXPECT_EQ(resolve_path(platform, "../a.et"), "some/a.et");
  EXPECT_EQ(resolve_path(platform, "/data/a.et"), "/data/a.et");
}

TEST(Suggestion, IsNearOrAbsent) {
  EXPECT_EQ(nearest("laens", {"lanes", "latency"}), "lanes");
  EXPECT_EQ(nearest("of", {"auto", "on", "off"}), "off");
  EXPECT_EQ(nearest("wavelength", {"lanes", "latency"}), "");
  EXPECT_EQ(suggestion("wavelength", {"lanes", "latency"}), "possible: lanes, latency");
}

}  // namespace
}  // namespace antares::platforms
