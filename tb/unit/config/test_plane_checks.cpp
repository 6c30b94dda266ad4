// SPDX-License-Identifier: Apache-2.0
// Endpoints with ports on several switches: which port is whose, and every mistake with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/expansion.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Two wide switches and one narrow; `endpoints` begins on line 14.
std::string planes(const std::string& endpoints, unsigned narrow_count = 4) {
  return "antares: 1\n"
         "name: planes\n"
         "switches:\n"
         "  - name: wide\n"
         "    count: 2\n"
         "    ports:\n"
         "      - {name: gpu, count: 4, protocol: nvlink, nvlink: {links: 5}}\n"
         "  - name: narrow\n"
         "    ports:\n"
         "      - {name: gpu, count: " +
         std::to_string(narrow_count) +
         ", protocol: nvlink, nvlink: {links: 4}}\n"
         "      - {name: more, count: 1, protocol: nvlink, connected: false}\n"
         "routing: {}\n"
         "endpoints:\n" +
         endpoints;
}

const std::string kGood =
    "  - {name: gpu, count: 4, attach: \"wide[*].gpu, narrow.gpu\", planes: {count: 3}}\n";

TEST(Planes, EndpointKHasTheKthPortOfEachPart) {
  const PlatformConfig config = parse_platform(planes(kGood), "t.yaml").config;
  const auto endpoints = expand_endpoints(config);
  ASSERT_EQ(endpoints.size(), 4u);
  ASSERT_EQ(endpoints[2].ports.size(), 3u);
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(endpoints[2].ports[p].switch_index, p);
    EXPECT_EQ(endpoints[2].ports[p].port, 2u);
  }
  EXPECT_EQ(endpoints[2].switch_index, 0u);
}

TEST(Planes, WhoHasOnePortMayTalkToWhoHasSeveral) {
  EXPECT_THAT(mistakes(planes(kGood + "  - {name: host, kind: host, attach: narrow.gpu4}\n", 5)),
              ElementsAre(HasSubstr("need 12 ports, attach names 13: there are not as many")));
  EXPECT_THAT(
      mistakes(planes("  - {name: gpu, count: 4, attach: \"wide[*].gpu, narrow.gpu[0..3]\", "
                      "planes: {count: 3}}\n"
                      "  - {name: host, kind: host, attach: narrow.gpu4}\n",
                      5)),
      IsEmpty());
}

TEST(Planes, AnEndpointMissingFromAPlane) {
  EXPECT_THAT(
      mistakes(planes("  - {name: gpu, count: 4, attach: \"wide[*].gpu, "
                      "narrow.gpu[0..2]\", planes: {count: 3}}\n")),
      ElementsAre(AllOf(StartsWith("t.yaml:14:"),
                        HasSubstr("\"gpu3\" is missing from the plane of switch \"narrow\""))));
  // Four on three planes, and one on two of them.
  EXPECT_THAT(
      mistakes(planes("  - {name: gpu, count: 3, attach: \"wide[*].gpu[0..2], narrow.gpu[0..2]\", "
                      "planes: {count: 3}}\n"
                      "  - {name: odd, attach: \"wide[*].gpu[3]\", planes: {count: 2}}\n",
                      3)),
      ElementsAre(AllOf(StartsWith("t.yaml:15:"),
                        HasSubstr("\"odd\" is missing from the plane of switch \"narrow\""))));
}

TEST(Planes, AnEndpointTwiceInOnePlane) {
  EXPECT_THAT(
      mistakes(planes("  - {name: gpu, count: 2, attach: \"wide0.gpu\", planes: {count: 2}}\n"
                      "  - {name: b, count: 4, attach: wide1.gpu}\n"
                      "  - {name: c, count: 4, attach: narrow.gpu}\n")),
      ElementsAre(AllOf(StartsWith("t.yaml:14:"), HasSubstr("\"gpu0\" is twice in one plane"),
                        HasSubstr("wide0.gpu0 and wide0.gpu2"))));
  // Linked switches are one plane.
  const std::string linked =
      "antares: 1\nname: n\nswitches:\n"
      "  - {name: a, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: pcie}]}\n"
      "  - {name: b, ports: [{name: gpu, protocol: pcie}, {name: x, protocol: pcie}]}\n"
      "links:\n  - {from: a.x, to: b.x}\n"
      "endpoints:\n  - {name: e, attach: \"a.gpu, b.gpu\", planes: {count: 2}}\n";
  EXPECT_THAT(mistakes(linked), ElementsAre(AllOf(StartsWith("t.yaml:9:"),
                                                  HasSubstr("\"e\" is twice in one plane"))));
}

TEST(Planes, TwoEndpointsOnOnePort) {
  EXPECT_THAT(
      mistakes(planes(kGood + "  - {name: b, attach: narrow.gpu1}\n")),
      ElementsAre(AllOf(StartsWith("t.yaml:15:"), HasSubstr("two endpoints on port narrow.gpu1"))));
}

TEST(Planes, UnequalLinks) {
  // 5, 5, 4 links against 5, 4, 5: no dealing of addresses would suit both.
  const std::string text =
      "antares: 1\nname: n\nswitches:\n"
      "  - name: s\n    count: 2\n    ports:\n"
      "      - {name: five, count: 2, protocol: nvlink, nvlink: {links: 5}}\n"
      "      - {name: four, count: 2, protocol: nvlink, nvlink: {links: 4}}\n"
      "endpoints:\n"
      "  - {name: a, count: 2, attach: \"s0.five, s1.four\", planes: {count: 2}}\n"
      "  - {name: b, count: 2, attach: \"s0.four, s1.five\", planes: {count: 2}}\n";
  EXPECT_THAT(mistakes(text), ElementsAre(AllOf(StartsWith("t.yaml:11:"),
                                                HasSubstr("unequal links"), HasSubstr("\"a0\""))));
}

TEST(Planes, WhatDoesNotGoTogether) {
  const auto told = [](const std::string& more) {
    std::string text = planes(kGood);
    text.replace(text.find("{count: 3}"), 10, more);
    return mistakes(text);
  };
  EXPECT_THAT(told("{count: 3, granule_bytes: 3000}"),
              ElementsAre(AllOf(StartsWith("t.yaml:14:"), HasSubstr("3000 is no power of two"))));
  EXPECT_THAT(told("{count: 1}"), testing::Contains(HasSubstr("out of range")));
  EXPECT_THAT(told("{granule_bytes: 4096}"), testing::Contains(HasSubstr("count")));
  EXPECT_THAT(told("{count: 3, spraed: hash}"), ElementsAre(HasSubstr("did you mean \"spread\"")));
  EXPECT_THAT(told("{count: 3}, accelerator: {nic: {}}"),
              testing::Contains(HasSubstr("planes and a network card")));
  EXPECT_THAT(told("{count: 3, spread: adaptive}"), testing::IsEmpty());
  std::string text = planes(kGood);
  text.replace(text.find("{count: 3}"), 10, "{count: 3, spread: adaptive}");
  EXPECT_THAT(mistakes(text + "faults: {}\n"), testing::IsEmpty());
  text.replace(text.find("nvlink: {links: 4}"), 18,
               "posted_response: at_accept, nvlink: {links: 4}");
  EXPECT_THAT(mistakes(text), ElementsAre(AllOf(StartsWith("t.yaml:14:"), HasSubstr("narrow.gpu0"),
                                                HasSubstr("before they are delivered"))));
  text = planes(kGood);
  text.replace(text.find("    count: 2\n"), 13,
               "    count: 2\n    partitions: [{name: p, ports: [gpu]}]\n");
  EXPECT_THAT(mistakes(text), testing::Contains(HasSubstr("partitions on a switch")));
}

}  // namespace
}  // namespace antares::platforms
