// SPDX-License-Identifier: Apache-2.0
// Mistakes of linking: each a named report that says which ports, before the first packet.
#include <gtest/gtest.h>

#include "antares/models/report_ids.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using models::kReportLink;
using models::kReportRoute;
using protocols::EndpointId;
using protocols::PortId;

/// Two switches: ports dev and link; the configurations may be spoilt before they are built.
struct Pair {
  SwitchConfig configs[2];
  Pair() {
    for (std::uint16_t i = 0; i < 2; ++i) {
      SwitchConfig& config = configs[i];
      config.index = i;
      config.ports = {pcie_port("dev"), pcie_port("link")};
      config.endpoints = {EndpointId(i), EndpointId(99)};
      for (std::uint16_t to = 0; to < 2; ++to)
        config.windows.push_back(
            {window(to), kWindowBytes, EndpointId(to), PortId(to == i ? 0 : 1), 0});
    }
  }
  void build() {
    for (unsigned i = 0; i < 2; ++i) {
      const std::string n = std::to_string(i);
      switches.push_back(std::make_unique<FabricSwitch>(("switch" + n).c_str(), configs[i]));
      initiators.push_back(std::make_unique<Initiator>(("initiator" + n).c_str()));
      targets.push_back(std::make_unique<Target>(("target" + n).c_str()));
      initiators[i]->socket.bind(switches[i]->port("dev").target());
      switches[i]->port("dev").initiator().bind(targets[i]->socket);
    }
    switches[0]->port("link").link().bind(switches[1]->port("link").link());
  }
  std::vector<std::unique_ptr<FabricSwitch>> switches;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
};

void expect_report(Pair& pair, const char* id, const std::vector<std::string>& words) {
  ReportGuard reports;
  reports.expect(id);
  pair.build();
  sc_core::sc_start();
  EXPECT_GE(reports.count(id), 1);
  for (const std::string& word : words)
    EXPECT_NE(reports.last_message().find(word), std::string::npos) << reports.last_message();
}

TEST(LinkMistakes, TheSoundPairSaysNothing) {
  ReportGuard reports;
  Pair pair;
  pair.build();
  sc_core::sc_start();
  EXPECT_EQ(pair.switches[0]->linked_switches(), 2u);
}

TEST(LinkMistakes, EndsOfDifferentWidth) {
  Pair pair;
  protocols::PcieLinkConfig narrow;
  narrow.lanes = 8;
  pair.configs[1].ports[1] = pcie_port("link", narrow);
  expect_report(pair, kReportLink, {"switch0.link", "switch1.link", "width"});
}

TEST(LinkMistakes, EndsOfDifferentProtocols) {
  Pair pair;
  pair.configs[1].ports[1].policy = make_policy(LinkKind::ualink_x4);
  ReportGuard reports;
  reports.expect(kReportLink);
  pair.build();
  sc_core::sc_start();
  EXPECT_EQ(reports.count(kReportLink), 2);  // once from each end
}

TEST(LinkMistakes, EndsThatGrantDifferentCredits) {
  Pair pair;
  protocols::PcieLinkConfig small;
  small.posted_header_credits = 32;
  pair.configs[1].ports[1] = pcie_port("link", small);
  expect_report(pair, kReportLink, {"credits"});
}

TEST(LinkMistakes, ACableWithoutLength) {
  Pair pair;
  for (auto& config : pair.configs) config.ports[1].propagation_ns = 0;
  expect_report(pair, kReportLink, {"propagation_ns"});
}

TEST(LinkMistakes, OnePortForADeviceAndAnotherSwitch) {
  Pair pair;
  Target target("target");
  ReportGuard reports;
  reports.expect(kReportLink);
  pair.build();
  pair.switches[0]->port("link").initiator().bind(target.socket);
  sc_core::sc_start();
  EXPECT_NE(reports.last_message().find("one port has one link"), std::string::npos);
}

TEST(LinkMistakes, NoWindowInTheNextSwitch) {
  Pair pair;
  pair.configs[1].windows.pop_back();
  expect_report(pair, kReportRoute, {"switch0", "endpoint 1", "no switch on the way"});
}

TEST(LinkMistakes, NoWayBackForCompletions) {
  Pair pair;
  pair.configs[1].windows.erase(pair.configs[1].windows.begin());
  expect_report(pair, kReportRoute, {"switch0.dev", "do not come back", "no route by id"});
}

TEST(LinkMistakes, ARouteByIdIsAWayBack) {
  ReportGuard reports;
  Pair pair;
  pair.configs[1].windows.erase(pair.configs[1].windows.begin());
  pair.configs[1].id_routes.push_back({EndpointId(0), PortId(1)});
  pair.build();
  static unsigned char data[64];
  auto& payload = pair.initiators[0]->make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  at(1000, [&] { pair.initiators[0]->begin(payload); });
  sc_core::sc_start();
  EXPECT_TRUE(payload.is_response_ok());
}

TEST(LinkMistakes, AWindowThatBothSwitchesPassToTheOther) {
  Pair pair;
  for (auto& config : pair.configs)
    config.windows.push_back({window(7), kWindowBytes, EndpointId(7), PortId(1), 0});
  ReportGuard reports;
  reports.expect(kReportRoute);
  pair.build();
  static unsigned char data[64];
  auto& payload = pair.initiators[0]->make(tlm::TLM_READ_COMMAND, window(7), data, 64);
  at(1000, [&] { pair.initiators[0]->begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(reports.count(kReportRoute), 2);
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST(LinkMistakes, AnEndpointOnTwoPorts) {
  Pair pair;
  pair.configs[0].endpoints[0] = EndpointId(1);
  expect_report(pair, kReportRoute, {"no route by id"});  // the last of what follows from it
}

TEST(LinkMistakes, ARouteToAPortThatIsNotThere) {
  Pair pair;
  pair.configs[0].id_routes.push_back({EndpointId(5), PortId(9)});
  EXPECT_THROW(FabricSwitch("switch", pair.configs[0]), std::invalid_argument);
}

}  // namespace
}  // namespace antares::tb
