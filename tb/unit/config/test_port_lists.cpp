// SPDX-License-Identifier: Apache-2.0
// Lists of ports and links of regular fabrics: ranges with a step, groups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "antares/platforms/config/linked_ports.h"
#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// `planes` times two leaves and two spines; each leaf has two accelerators and two links up.
std::string planes_of_leaves(unsigned planes, const std::string& groups) {
  const std::string count = std::to_string(2 * planes);
  return "antares: 1\nname: fabric\nswitches:\n"
         "  - {name: leaf, count: " +
         count +
         ", lanes: 64, ports: [{name: gpu, count: 2, pcie: {lanes: 4}}, {name: up, count: 2, pcie: "
         "{lanes: 4}}]}\n"
         "  - {name: spine, count: " +
         count +
         ", lanes: 64, ports: [{name: down, count: 2, pcie: {lanes: 4}}]}\n"
         "links:\n  - {from: \"leaf[*].up\", to: \"spine[*].down\", to_order: by_port" +
         groups +
         "}\n"
         "endpoints:\n  - {name: gpu, count: 4, attach: \"leaf[*].gpu\", planes: {count: " +
         std::to_string(planes) + "}}\n";
}

std::vector<std::string> names(const PlatformConfig& config, const std::string& list) {
  std::vector<std::string> result;
  const PortList found = resolve_port_list(config, list);
  if (!found.error.empty()) return {found.error};
  for (const PortRef& port : found.ports) result.push_back(port_name(config, port));
  return result;
}

TEST(PortLists, StepsTakeEverySoManyth) {
  const PlatformConfig config = parse_platform(planes_of_leaves(3, ", groups: 3"), "t.yaml").config;
  EXPECT_THAT(names(config, "leaf[0..5:2].gpu1"),
              ElementsAre("leaf0.gpu1", "leaf2.gpu1", "leaf4.gpu1"));
  EXPECT_THAT(names(config, "leaf[1..4:3].gpu0"), ElementsAre("leaf1.gpu0", "leaf4.gpu0"));
  EXPECT_THAT(names(config, "leaf0.gpu[0..1:2]"), ElementsAre("leaf0.gpu0"));
  EXPECT_THAT(names(config, "leaf[2..3:9].gpu[1]"), ElementsAre("leaf2.gpu1"));
  for (const char* wrong : {"leaf[0..5:0].gpu", "leaf[0..5:].gpu", "leaf[0..5:-1].gpu",
                            "leaf[0..5:x].gpu", "leaf[0:2].gpu", "leaf[0..5:99999999999].gpu"})
    EXPECT_THAT(names(config, wrong), ElementsAre(HasSubstr("is no number of a switch"))) << wrong;
  EXPECT_THAT(names(config, "leaf0.gpu[0..1:0]"), ElementsAre(HasSubstr("is no index of a port")));
}

TEST(PortLists, GroupsLinkEachPartToItsOwn) {
  constexpr unsigned kPlanes = 3;
  const PlatformConfig config =
      parse_platform(planes_of_leaves(kPlanes, ", groups: 3"), "t.yaml").config;
  const auto links = expand_links(config);
  ASSERT_EQ(links.size(), kPlanes * 2 * 2);
  std::set<std::pair<std::size_t, std::size_t>> met;
  for (const LinkedPorts& link : links) {
    const std::size_t leaf = link.from.switch_index;
    const std::size_t spine = link.to.switch_index - 2 * kPlanes;
    EXPECT_EQ(leaf / 2, spine / 2) << "a link from one plane to another";
    met.emplace(leaf, spine);
  }
  EXPECT_EQ(met.size(), links.size()) << "each leaf meets each spine of its plane";
  const std::vector<std::size_t> parts = linked_parts(make_graph(config, links));
  EXPECT_EQ(*std::max_element(parts.begin(), parts.end()) + 1, kPlanes);
}

TEST(PortLists, GroupsHaveToDivideTheLists) {
  EXPECT_THAT(mistakes(planes_of_leaves(3, ", groups: 5")),
              testing::Contains(HasSubstr("12 ports a side can't be cut into 5 equal groups")));
  EXPECT_THAT(mistakes(planes_of_leaves(3, ", groups: 0")),
              testing::Contains(HasSubstr("groups: 0 is out of range")));
}

}  // namespace
}  // namespace antares::platforms
