// SPDX-License-Identifier: Apache-2.0
// Descriptions of several switches: what they stand for, and every mistake with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/linked_ports.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// `links` begins on line 12.
std::string chain(const std::string& links, const std::string& right = "protocol: pcie",
                  const std::string& attach = "s[*].gpu") {
  return "antares: 1\n"
         "name: chain\n"
         "switches:\n"
         "  - name: s\n"
         "    count: 3\n"
         "    lanes: 64\n"
         "    ports:\n"
         "      - {name: gpu, protocol: pcie, pcie: {lanes: 16}}\n"
         "      - {name: left, protocol: pcie, pcie: {lanes: 16}}\n"
         "      - {name: right, " +
         right +
         "}\n"
         "links:\n" +
         links +
         "endpoints:\n"
         "  - {name: gpu, count: 3, kind: accelerator, attach: \"" +
         attach + "\"}\n";
}

TEST(Links, CountsAreWrittenOutAndPortsPaired) {
  const std::string text = chain(
      "  - {from: \"s[0..1].right\", to: \"s[1..2].left\"}\n"
      "  - {from: s2.right, to: s0.left}\n");
  const PlatformConfig config = parse_platform(text, "t.yaml").config;
  ASSERT_EQ(config.switches.size(), 3u);
  EXPECT_EQ(config.switches[2].name, "s2");
  EXPECT_EQ(config.switches[2].count, 1u);
  const auto links = expand_links(config);
  ASSERT_EQ(links.size(), 3u);
  EXPECT_EQ(port_name(config, links[1].from), "s1.right");
  EXPECT_EQ(port_name(config, links[1].to), "s2.left");
  EXPECT_EQ(links[2].description, 1u);
  EXPECT_THAT(homes_of(expand_endpoints(config)), ElementsAre(0, 1, 2));
}

TEST(Links, ByPortEverySwitchMeetsEveryOther) {
  PlatformConfig config;
  for (const char* name : {"leaf0", "leaf1", "spine0", "spine1"}) {
    SwitchDescription part;
    part.name = name;
    PortGroup group;
    group.name = "p";
    group.count = 2;
    part.ports.push_back(group);
    config.switches.push_back(part);
  }
  config.links.push_back({"leaf[*].p", "spine[*].p", PortOrder::by_port});
  const auto links = expand_links(config);
  ASSERT_EQ(links.size(), 4u);
  const auto names = [&](std::size_t i) {
    return port_name(config, links[i].from) + " " + port_name(config, links[i].to);
  };
  EXPECT_EQ(names(0), "leaf0.p0 spine0.p0");
  EXPECT_EQ(names(1), "leaf0.p1 spine1.p0");
  EXPECT_EQ(names(2), "leaf1.p0 spine0.p1");
  EXPECT_EQ(names(3), "leaf1.p1 spine1.p1");
}

TEST(Links, MistakesHaveTheirPlaces) {
  const auto told = [](const std::string& link) { return mistakes(chain("  - " + link + "\n")); };
  EXPECT_THAT(told("{from: \"s[*].right\", to: \"s[1..2].left\"}"),
              ElementsAre(AllOf(StartsWith("t.yaml:12:"), HasSubstr("3 port(s) on one side, 2"))));
  EXPECT_THAT(told("{from: s0.right, to: s0.left}"),
              ElementsAre(HasSubstr("belong to one switch")));
  EXPECT_THAT(told("{from: s0.rihgt, to: s1.left}"),
              ElementsAre(HasSubstr("did you mean \"right\"")));
  EXPECT_THAT(told("{from: \"s[0..7].right\", to: s1.left}"), ElementsAre(HasSubstr("\"s3\"")));
  EXPECT_THAT(told("{from: \"s[x].right\", to: s1.left}"),
              ElementsAre(HasSubstr("\"x\" is no number of a switch")));
  EXPECT_THAT(told("{from: \"s[0.right\", to: s1.left}"),
              ElementsAre(HasSubstr("closing bracket")));
  EXPECT_THAT(told("{from: \"q[*].right\", to: s1.left}"),
              ElementsAre(HasSubstr("there is no switch \"q0\"")));
  EXPECT_THAT(told("{from: s0.gpu, to: s1.left}"),
              ElementsAre(AllOf(StartsWith("t.yaml:12:"),
                                HasSubstr("an endpoint and a link on port s0.gpu"))));
  EXPECT_THAT(
      mistakes(chain("  - {from: s0.right, to: s1.left}\n  - {from: s0.right, to: s2.left}\n")),
      ElementsAre(AllOf(StartsWith("t.yaml:13:"), HasSubstr("s0.right has two links"))));
  EXPECT_THAT(mistakes(chain("  - {from: s0.right, to: s1.left}\n", "protocol: ualink")),
              ElementsAre(HasSubstr("one end speaks ualink, the other pcie")));
  EXPECT_THAT(
      mistakes(chain("  - {from: s0.right, to: s1.left}\n", "protocol: pcie, pcie: {lanes: 8}")),
      ElementsAre(HasSubstr("one end has x8, the other x16")));
}

TEST(Links, FabricsThatCannotWork) {
  // Two switches linked, the third alone; its ports are open on purpose.
  const std::string alone =
      "antares: 1\nname: n\nswitches:\n"
      "  - {name: a, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: pcie}]}\n"
      "  - {name: b, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: pcie}]}\n"
      "  - {name: c, ports: [{name: gpu, protocol: pcie}]}\n"
      "links:\n  - {from: a.x, to: b.x}\n"
      "endpoints:\n"
      "  - {name: e, attach: a.gpu}\n  - {name: f, attach: b.gpu}\n  - {name: g, attach: c.gpu}\n";
  EXPECT_THAT(mistakes(alone), ElementsAre(HasSubstr("no way leads from endpoint \"e\"")));
  std::string ring = chain(
      "  - {from: \"s[0..3].right\", to: \"s[1..4].left\"}\n"
      "  - {from: s4.right, to: s0.left}\n");
  ring.replace(ring.find("count: 3"), 8, "count: 5");
  ring.replace(ring.find("count: 3"), 8, "count: 5");
  EXPECT_THAT(mistakes(ring),
              ElementsAre(AllOf(HasSubstr("wait for each other's buffers in a ring"),
                                HasSubstr("s4.right to s0.left"))));
  // A trunk that nobody here speaks.
  const std::string mute =
      "antares: 1\nname: n\nswitches:\n"
      "  - {name: a, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: ualink}]}\n"
      "  - {name: b, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: ualink}]}\n"
      "links:\n  - {from: a.x, to: b.x}\n"
      "endpoints:\n  - {name: e, attach: a.gpu}\n  - {name: f, attach: b.gpu}\n";
  EXPECT_THAT(mistakes(mute), ElementsAre(HasSubstr("its requests can't leave")));
}

TEST(Links, BadCounts) {
  std::string text = chain("  - {from: s0.right, to: s1.left}\n");
  text.replace(text.find("count: 3"), 8, "count: 0");
  EXPECT_THAT(mistakes(text), testing::Contains(HasSubstr("count: 0 is out of range")));
  text.replace(text.find("count: 0"), 8, "count: 5000");
  EXPECT_THAT(mistakes(text), testing::Contains(HasSubstr("count: 5000 is out of range")));
}

}  // namespace
}  // namespace antares::platforms
