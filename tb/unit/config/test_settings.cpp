// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

PlatformConfig read(const std::vector<std::string>& settings) {
  return parse_platform(small_description(), "t.yaml", settings).config;
}

std::vector<std::string> refused(const std::string& setting) {
  return mistakes(small_description(), {setting});
}

TEST(Settings, ReachAnyKey) {
  EXPECT_EQ(read({"run.seed=9"}).run.seed, 9u);
  EXPECT_EQ(read({"workloads[1].collective.algorithm=tree"}).workloads[1].collective.algorithm,
            "tree");
  EXPECT_EQ(
      read({"workloads[0].traffic.packets[0].bytes=1 KiB"}).workloads[0].traffic.packets[0].bytes,
      1024u);
}

TEST(Settings, MakeSectionsThatAreNotWritten) {
  const PlatformConfig config =
      read({"switches[0].crossbar.arbiter=islip", "workloads[0].traffic.sweep.from=0.2"});
  EXPECT_EQ(config.switches[0].crossbar.arbiter, models::ArbiterKind::islip);
  ASSERT_TRUE(config.workloads[0].traffic.sweep.has_value());
  EXPECT_EQ(config.workloads[0].traffic.sweep->from, 0.2);
}

TEST(Settings, ValuesAreYaml) {
  EXPECT_EQ(read({"workloads[1].collective.bytes=[1 KiB, 2 KiB]"}).workloads[1].collective.bytes,
            (std::vector<std::uint64_t>{1024, 2048}));
  EXPECT_EQ(read({"workloads[1].collective.bytes[1]=8 MiB"}).workloads[1].collective.bytes[1],
            8u << 20);
  EXPECT_EQ(read({"run={seed: 3}"}).run.seed, 3u);
}

TEST(Settings, LastOneWins) { EXPECT_EQ(read({"run.seed=9", "run.seed=10"}).run.seed, 10u); }

TEST(Settings, MayReplaceAReferenceToAParameter) {
  EXPECT_EQ(read({"workloads[0].traffic.offered_load=0.3"}).workloads[0].traffic.offered_load[0],
            0.3);
  EXPECT_THAT(mistakes(small_description(), {"workloads[0].traffic.offered_load=0.3", "load=0.4"}),
              ElementsAre(AllOf(HasSubstr("--set load=0.4"), HasSubstr("changes nothing"))));
}

TEST(Settings, UnknownPathsAreRefusedWithAGuess) {
  EXPECT_THAT(refused("lod=0.5"), ElementsAre(HasSubstr("did you mean \"load\"?")));
  EXPECT_THAT(refused("run.sede=1"), ElementsAre(AllOf(HasSubstr("run has no key \"sede\""),
                                                       HasSubstr("did you mean \"seed\"?"))));
  EXPECT_THAT(refused("switches[1].lanes=1"),
              ElementsAre(AllOf(HasSubstr("no element 1"), HasSubstr("it has 1"))));
  EXPECT_THAT(refused("switches.lanes=1"), ElementsAre(HasSubstr("write switches[0].lanes")));
  EXPECT_THAT(refused("run[0]=1"), ElementsAre(HasSubstr("is no list")));
  EXPECT_THAT(refused("run.seed.x=1"), ElementsAre(HasSubstr("is a single value")));
  EXPECT_THAT(refused("parameters[0].default=1"), ElementsAre(HasSubstr("--set name=value")));
}

TEST(Settings, AMisspeltKeyOfASectionThatIsNotWrittenIsOneMistake) {
  EXPECT_THAT(refused("observe.statistcs=false"), ElementsAre(HasSubstr("statistics")));
  EXPECT_THAT(refused("faults.ports.state.time_scal=2"), ElementsAre(HasSubstr("time_scale")));
}

TEST(Settings, WhatIsNoSettingIsRefused) {
  for (const char* text : {"", "=", "run.seed", "run..seed=1", ".run=1", "run.=1", "a[=1", "a[x]=1",
                           "[0]=1", "a[0]b=1", "run.seed=", "a[99999999999999999999]=1"})
    EXPECT_EQ(refused(text).size(), 1u) << text;
  EXPECT_EQ(refused("run.seed=[1").size(), 1u);
  EXPECT_THAT(refused("run.seed={a"), ElementsAre(HasSubstr("not YAML")));
}

TEST(Settings, MeetTheSameChecks) {
  EXPECT_THAT(refused("run.seed=-1"),
              ElementsAre(AllOf(HasSubstr("--set run.seed=-1: seed: -1 is out of range"))));
  EXPECT_THAT(refused("switches[0].ports[0].count=3"),
              ElementsAre(HasSubstr("nothing is attached to 1 port")));
}

}  // namespace
}  // namespace antares::platforms
