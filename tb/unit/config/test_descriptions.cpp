// SPDX-License-Identifier: Apache-2.0
// The shipped descriptions: each is right, and says what its name and comments promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/json_schema.h"
#include "antares/platforms/config/lane_map.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {
namespace {

using testing::Contains;
using testing::HasSubstr;

LoadedPlatform load(const std::string& name, const std::vector<std::string>& settings = {}) {
  return load_platform(locate_description(name), settings);
}

TEST(Descriptions, AllOfThemAreReadAndNamedAsTheirFile) {
  std::vector<std::string> names;
  for (const ShippedDescription& shipped : list_descriptions()) {
    names.push_back(shipped.name);
    EXPECT_GE(shipped.summary.size(), 20u) << shipped.name;
    EXPECT_EQ(load_platform(shipped.path).config.name, shipped.name);
    EXPECT_FALSE(load_platform(shipped.path).config.workloads.empty()) << shipped.name;
  }
  for (const char* name : {"first", "scorpio_x_20x16", "scorpio_x_40x8", "scorpio_x_80x4",
                           "scorpio_p_64", "crossbar_theory", "scorpio_x_mixed", "link_study"})
    EXPECT_THAT(names, Contains(name));
}

TEST(Descriptions, AreFoundByNameAndRefusedWithAGuess) {
  EXPECT_EQ(find_description("first"), find_description("first.yaml"));
  EXPECT_FALSE(find_description("frist"));
  EXPECT_FALSE(find_description("../descriptions/first"));
  try {
    locate_description("scorpio_x_20x17");
    FAIL() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"scorpio_x_20x16\"?"));
  }
}

TEST(Descriptions, LargePartsUseAll320Lanes) {
  const struct {
    const char* name;
    std::size_t ports;
    std::size_t lanes;
  } cases[] = {{"scorpio_x_20x16", 20, 16}, {"scorpio_x_40x8", 40, 8}, {"scorpio_x_80x4", 80, 4}};
  for (const auto& c : cases) {
    const PlatformConfig config = load(c.name).config;
    ASSERT_EQ(config.switches.size(), 1u);
    EXPECT_EQ(expand_ports(config.switches[0]).size(), c.ports);
    EXPECT_EQ(config.switches[0].ports.at(0).lane_need().lanes(), c.lanes);
    EXPECT_EQ(c.ports * c.lanes, config.switches[0].lanes);
    EXPECT_EQ(expand_endpoints(config).size(), c.ports);
    EXPECT_EQ(config.switches[0].ports[0].pcie.generation, 6u);
    // A train is cut to a quarter of the smallest pool on its path (design): no pool may cut it.
    const auto& pcie = config.switches[0].ports[0].pcie;
    EXPECT_LE(config.run.train_bytes, 16u * pcie.posted_data_credits / 4);
  }
}

TEST(Descriptions, TheFamilyUsesAllLanesOfItsParts) {
  for (const unsigned lanes : {32u, 64u, 96u, 128u, 160u, 256u, 320u}) {
    const PlatformConfig config = load("scorpio_p_" + std::to_string(lanes)).config;
    const SwitchDescription& part = config.switches.at(0);
    EXPECT_EQ(part.lanes, lanes);
    std::size_t used = 0;
    for (const PortLanes& port : place_lanes(part).ports) used += port.lanes;
    EXPECT_EQ(used, lanes);
    EXPECT_EQ(config.endpoints.at(0).kind, EndpointKind::host);
    for (const PortGroup& group : part.ports)
      EXPECT_EQ(group.protocol, protocols::ProtocolKind::pcie);
  }
  // public: facts/product_and_collectives.md 1.1: 20 ports of x8.
  const SwitchDescription earlier = load("scorpio_x_160").config.switches.at(0);
  EXPECT_EQ(expand_ports(earlier).size(), 20u);
  EXPECT_EQ(earlier.lanes, 160u);
}

TEST(Descriptions, MixedHasAllFourProtocolsAndEveryLaneInUse) {
  const PlatformConfig config = load("scorpio_x_mixed").config;
  const SwitchDescription& part = config.switches.at(0);
  std::vector<int> users(part.lanes, 0);
  const LaneMap map = place_lanes(part);
  EXPECT_TRUE(map.problems.empty());
  for (const PortLanes& port : map.ports)
    for (unsigned lane = port.first; lane < port.first + port.lanes; ++lane) ++users.at(lane);
  EXPECT_EQ(std::count(users.begin(), users.end(), 1), 320);
  std::map<std::string, std::set<unsigned>> widths;
  for (const PortGroup& group : part.ports)
    widths[group.key()].insert(group.lane_need().units * group.lane_need().unit_lanes);
  EXPECT_EQ(widths["pcie"], (std::set<unsigned>{2, 4, 8, 16}));
  EXPECT_EQ(widths["ualink"], (std::set<unsigned>{1, 2, 4}));
  EXPECT_EQ(widths["ethernet"], (std::set<unsigned>{4, 8}));
  // 18 links of generation 4, 8 of generation 5, two lanes each (facts/ualink_nvlink.md B.1).
  EXPECT_EQ(widths["nvlink"], (std::set<unsigned>{16, 36}));
  EXPECT_FALSE(load("scorpio_x_mixed", {"bridging=false"}).config.switches.at(0).bridge.enabled);
  EXPECT_EQ(load("scorpio_x_mixed", {"bridge_ns=0"}).config.switches.at(0).bridge.latency_ns, 0);
}

TEST(Descriptions, OneSwitchOfEachNewProtocol) {
  const auto port = [](const char* name, const std::vector<std::string>& settings = {}) {
    return load(name, settings).config.switches.at(0).ports.at(0);
  };
  EXPECT_EQ(port("ualink_switch", {"width=2"}).ualink.lanes, 2u);
  EXPECT_TRUE(port("ualink_switch", {"authentication=true"}).ualink.authentication);
  EXPECT_EQ(port("nvlink_switch").nvlink.links, 18u);
  EXPECT_EQ(port("nvlink_switch", {"write_ack_bytes=16"}).nvlink.write_ack_bytes, 16u);
  EXPECT_EQ(port("ethernet_switch", {"framing=roce_v2"}).ethernet.framing,
            protocols::EthernetFraming::roce_v2);
  // facts/ualink_nvlink.md C.1: 250 ns of switch, 3 m of copper at 4.6 ns/m on either side.
  const models::HopLatency hop = load("ethernet_switch").config.switches.at(0).latency;
  EXPECT_DOUBLE_EQ(hop.serdes_rx_ns + hop.fec_crc_ns + hop.route_lookup_ns + hop.arbitration_ns +
                       hop.crossbar_ns + hop.serdes_tx_ns,
                   250);
  EXPECT_DOUBLE_EQ(port("ethernet_switch").propagation_ns, 3 * 4.6);
}

TEST(Descriptions, TheoryIsSlottedWithoutDelayAndItsParametersReachTheStructs) {
  const PlatformConfig config =
      load("crossbar_theory",
           {"ports=8", "queueing=fifo", "arbiter=random", "iterations=3", "load=1"})
          .config;
  const SwitchDescription& part = config.switches.at(0);
  EXPECT_EQ(expand_ports(part).size(), 8u);
  EXPECT_EQ(expand_endpoints(config).size(), 8u);
  EXPECT_EQ(part.crossbar.queueing, models::Queueing::fifo);
  EXPECT_EQ(part.crossbar.arbiter, models::ArbiterKind::random);
  EXPECT_EQ(part.crossbar.iterations, 3u);
  EXPECT_EQ(config.workloads.at(0).traffic.offered_load.at(0), 1.0);
  const models::HopLatency& hop = part.latency;
  EXPECT_EQ(hop.serdes_rx_ns + hop.fec_crc_ns + hop.route_lookup_ns + hop.arbitration_ns +
                hop.crossbar_ns + hop.serdes_tx_ns,
            0);
  EXPECT_EQ(part.crossbar.input_speedup, 1);
  EXPECT_EQ(part.crossbar.output_speedup, 1);
  // A cell takes one slot of the link and one of the arbiter.
  const protocols::IdealLinkConfig& link = part.ports.at(0).ideal;
  EXPECT_EQ(link.slot_ps, part.crossbar.slot_ns * 1000);
  EXPECT_EQ(link.bytes_per_slot, link.flit_bytes);
  EXPECT_EQ(link.bytes_per_slot, config.workloads[0].traffic.packets.at(0).bytes);
  EXPECT_LE(load("crossbar_theory", {"ports=160"}).config.switches[0].ports[0].count,
            kMaxPortsPerSwitch);
}

TEST(Descriptions, SayWhatIsAssumed) {
  const std::vector<AssumptionRow> rows = assumptions(load("scorpio_x_20x16").config);
  std::vector<std::string> paths;
  for (const AssumptionRow& row : rows) {
    paths.push_back(row.path);
    EXPECT_FALSE(row.why.empty()) << row.path;
  }
  EXPECT_THAT(paths, Contains("switches[0].latency.crossbar_ns"));
  EXPECT_THAT(paths, Contains("endpoints[0].accelerator.memory_latency_ns"));
  EXPECT_THAT(paths, testing::Not(Contains(HasSubstr(".ideal."))));
  // A reason given for a default is not one for another value.
  const auto changed =
      assumptions(load("scorpio_x_20x16", {"switches[0].latency.crossbar_ns=99"}).config);
  const auto row = std::find_if(changed.begin(), changed.end(), [](const AssumptionRow& r) {
    return r.path == "switches[0].latency.crossbar_ns";
  });
  ASSERT_NE(row, changed.end());
  EXPECT_EQ(row->value, "99");
  EXPECT_EQ(row->unit, "ns");
  EXPECT_THAT(row->why, testing::StartsWith("set by the description; the default 26 is: "));
}

}  // namespace
}  // namespace antares::platforms
