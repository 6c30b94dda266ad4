// SPDX-License-Identifier: Apache-2.0
// The watchdog proves itself: a planted credit loss, a planted routing loop and a planted ordering
// deadlock each end in a message that names the place. Routing loops of wrong tables, which the
// check before the first packet refuses: here too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/models/observe/watchdog.h"
#include "antares/models/report_ids.h"
#include "tb/support/flap_run.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using models::kReportRoute;
using protocols::CreditFault;
using protocols::EndpointId;
using protocols::Packet;
using protocols::PortId;
using protocols::TrafficClass;
using protocols::VcId;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tlm::tlm_generic_payload;

constexpr Picoseconds kPlanted = 1'000'000;
constexpr unsigned kBytes = 64;
constexpr unsigned kMostQueued = 30;  ///< that a port takes of a device before END_REQ has to wait
unsigned char data[kBytes];

std::string diagnosis(const std::vector<models::WaitFact>& facts) {
  models::Watchdog watchdog(1);
  watchdog.stalled(now_ps(), 0);
  return watchdog.diagnose(facts);
}

/// `count` accesses of device 0 to device `to`, no faster than its link takes them.
void send(Fabric& rig, bool write, unsigned to, unsigned count, Picoseconds at_ps) {
  for (unsigned i = 0; i < count; ++i) {
    auto& payload = rig.initiator(0).make(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND,
                                          window(to) + i * kBytes, data, kBytes);
    at(at_ps + i * Picoseconds{2000}, [&] { rig.initiator(0).begin(payload); });
  }
}

protocols::CreditAmount granted(const FabricSwitch& fabric, TrafficClass traffic_class) {
  return fabric.port("dev1").adapter().egress().link().ledger().initial(VcId(0), traffic_class);
}

// --- credits
// --------------------------------------------------------------------------------------

TEST(PlantedCreditLoss, IsNamedByPortClassCreditAndOldestPacket) {
  ReportGuard reports;
  protocols::PcieLinkConfig small;
  small.posted_header_credits = 8;
  Fabric rig(pcie_switch(3, 0, small));
  const auto all = granted(rig.fabric, TrafficClass::posted);
  auto& port = rig.fabric.port("dev1").adapter();
  at(1000, [&] {
    port.schedule_credit_fault(
        {CreditFault::Kind::lose, VcId(0), TrafficClass::posted, {all.header}}, false, kPlanted);
  });
  send(rig, true, 1, 12, kPlanted + 1000);
  send(rig, true, 2, 3, 30 * kPlanted);  // another port: nothing happens to it
  sc_core::sc_start();
  EXPECT_EQ(rig.target(1).requests(), all.header) << "each spent a credit that never came home";
  EXPECT_EQ(rig.target(2).requests(), 3u);
  EXPECT_EQ(port.credits_missing(), all.header);
  const std::string text = diagnosis(rig.fabric.waits());
  EXPECT_THAT(text, HasSubstr("waited for, and itself not waiting: fabric.dev1 device receiver\n"));
  EXPECT_THAT(
      text, HasSubstr("fabric.dev1 egress posted waits for fabric.dev1 device receiver (credit: 1 "
                      "header and 4 data needed, 0 of 8 and "));
  EXPECT_THAT(text, AllOf(HasSubstr("8 header and 0 data lost or stuck by a fault"),
                          HasSubstr("oldest packet 8 of endpoint 0, 4 packets")));
  EXPECT_THAT(text, Not(HasSubstr("dev2")));
}

TEST(PlantedCreditLoss, OfTheSwitchsOwnBufferStopsTheDevice) {
  ReportGuard reports;
  protocols::PcieLinkConfig small;
  small.posted_header_credits = 8;
  Fabric rig(pcie_switch(2, 0, small));
  at(1000, [&] {
    rig.fabric.port("dev0").adapter().schedule_credit_fault(
        {CreditFault::Kind::lose, VcId(0), TrafficClass::posted, {8, 0}}, true, kPlanted);
  });
  send(rig, true, 1, 12, kPlanted + 1000);
  sc_core::sc_start();
  EXPECT_EQ(rig.target(1).requests(), 8u);
  EXPECT_THAT(diagnosis(rig.fabric.waits()),
              HasSubstr("fabric.dev0 device posted waits for fabric.dev0 ingress posted (credit: 1 "
                        "header and 4 data needed, 0 of 8"));
}

TEST(PlantedCreditLoss, OfAFewCreditsStopsNobodyAndIsAccountedFor) {
  ReportGuard reports;
  Fabric rig(pcie_switch(2));
  auto& port = rig.fabric.port("dev1").adapter();
  at(1000, [&] {
    port.schedule_credit_fault({CreditFault::Kind::lose, VcId(0), TrafficClass::posted, {3, 5}},
                               false, kPlanted);
  });
  send(rig, true, 1, 100, kPlanted + 1000);
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).responses(), 100u);
  EXPECT_EQ(port.credits_missing(), 3u + 5u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(PlantedCreditLoss, ALinkThatIsTrainedAnewHasAllItsCredits) {
  ReportGuard reports;
  protocols::PcieLinkConfig small;
  small.posted_header_credits = 8;
  SwitchConfig config = pcie_switch(2, 0, small);
  may_fail(config);
  Fabric rig(config);
  auto& port = rig.fabric.port("dev1").adapter();
  at(1000, [&] {
    port.schedule_credit_fault({CreditFault::Kind::lose, VcId(0), TrafficClass::posted, {8, 0}},
                               false, kPlanted);
    port.schedule_link(protocols::LinkEvent::lose, 20 * kPlanted);
    port.schedule_link(protocols::LinkEvent::restore, 21 * kPlanted);
  });
  send(rig, true, 1, 12, kPlanted + 1000);  // four of them stand before the link goes down
  send(rig, true, 1, 12, 30 * kPlanted);
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).responses(), 24u);
  EXPECT_EQ(rig.target(1).requests(), 8u + 12u);
  EXPECT_EQ(port.credits_missing(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(PlantedCreditLoss, StuckCreditsComeHomeOnceReleased) {
  ReportGuard reports;
  Fabric rig(pcie_switch(2));
  const auto all = granted(rig.fabric, TrafficClass::posted);
  auto& port = rig.fabric.port("dev1").adapter();
  at(1000, [&] {
    port.schedule_credit_fault({CreditFault::Kind::stick, VcId(0), TrafficClass::posted, {}}, false,
                               kPlanted);
    port.schedule_credit_fault({CreditFault::Kind::release, VcId(0), TrafficClass::posted, {}},
                               false, 50 * kPlanted);
  });
  send(rig, true, 1, all.header + 10, kPlanted + 1000);
  at(49 * kPlanted, [&] { EXPECT_EQ(rig.target(1).requests(), all.header); });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).responses(), all.header + 10);
  EXPECT_EQ(port.credits_missing(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

// --- order
// ----------------------------------------------------------------------------------------

/// PCIe, but for the rule that keeps it free of deadlock: posted requests pass others.
class NothingPasses : public protocols::LinkPolicy {
 public:
  explicit NothingPasses(const protocols::PcieLinkConfig& link) : pcie_(link) {}
  bool may_pass(const Packet&, const Packet&) const override { return false; }

  std::string_view protocol() const override { return pcie_.protocol(); }
  const protocols::LinkRate& rate() const override { return pcie_.rate(); }
  void classify(Packet& packet) const override { pcie_.classify(packet); }
  protocols::WireCost wire_cost(const Packet& packet) const override {
    return pcie_.wire_cost(packet);
  }
  protocols::CreditAmount demand(const Packet& packet) const override {
    return pcie_.demand(packet);
  }
  protocols::CreditLedgerConfig receiver_credits() const override {
    return pcie_.receiver_credits();
  }
  std::uint32_t max_link_payload_bytes(protocols::PacketKind kind) const override {
    return pcie_.max_link_payload_bytes(kind);
  }
  double efficiency(protocols::PacketKind kind, std::uint32_t bytes) const override {
    return pcie_.efficiency(kind, bytes);
  }

 private:
  protocols::PciePolicy pcie_;
};

/// The device at port 1 frees its buffer for requests only once it has seen a write, which is sent
/// behind more reads than the buffer takes.
std::string wait_for_the_flag(bool broken) {
  protocols::PcieLinkConfig small;
  small.non_posted_header_credits = 4;
  SwitchConfig config = pcie_switch(2, 0, small);
  if (broken) {
    for (auto& port : config.ports) port.policy = std::make_shared<NothingPasses>(small);
  }
  Fabric rig(config);
  auto& port = rig.fabric.port("dev1").adapter();
  at(1000, [&] {
    port.schedule_credit_fault({CreditFault::Kind::stick, VcId(0), TrafficClass::non_posted, {}},
                               false, kPlanted);
  });
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    rig.target(1).serve(payload);
    if (payload.is_write()) {
      port.schedule_credit_fault(
          {CreditFault::Kind::release, VcId(0), TrafficClass::non_posted, {}}, false, now_ps() + 1);
    }
    return tlm::TLM_COMPLETED;
  };
  send(rig, false, 1, 8, kPlanted + 1000);
  send(rig, true, 1, 1, 2 * kPlanted);
  sc_core::sc_start();
  if (!broken) {
    EXPECT_EQ(rig.initiator(0).responses(), 9u);
    expect_quiescent(rig.fabric, rig.wheel);
  }
  return diagnosis(rig.fabric.waits());
}

TEST(PlantedOrderingDeadlock, IsNamedByTheRuleThatHoldsThePacket) {
  ReportGuard reports;
  const std::string text = wait_for_the_flag(true);
  EXPECT_THAT(text, HasSubstr("fabric.dev1 egress posted waits for fabric.dev1 egress non-posted "
                              "(order: it may not pass"));
  EXPECT_THAT(text, HasSubstr("fabric.dev1 egress non-posted waits for fabric.dev1 device receiver "
                              "(credit: 1 header and 0 data needed, 0 of 4"));
  EXPECT_THAT(text, HasSubstr("oldest packet 4 of endpoint 0"));
}

TEST(PlantedOrderingDeadlock, DoesNotHappenByTheRulesOfPcie) {
  ReportGuard reports;
  EXPECT_THAT(wait_for_the_flag(false), HasSubstr("nobody reports a wait"));
}

// --- loops
// ----------------------------------------------------------------------------------------

/// Three switches in a ring, each with a device; ways go clockwise, by "right".
struct Ring {
  static constexpr std::uint16_t kSwitches = 3;
  Ring(const std::function<void(SwitchConfig&)>& adjust = {},
       const protocols::PcieLinkConfig& link = {}) {
    for (std::uint16_t i = 0; i < kSwitches; ++i) {
      SwitchConfig config;
      config.index = i;
      config.ports = {pcie_port("dev", link), pcie_port("left", link), pcie_port("right", link)};
      config.endpoints.assign(3, EndpointId(i));
      for (std::uint16_t to = 0; to < kSwitches; ++to)
        config.windows.push_back(
            {window(to), kWindowBytes, EndpointId(to), PortId(to == i ? 0 : 2), 0});
      if (adjust) adjust(config);
      const std::string n = std::to_string(i);
      switches.push_back(std::make_unique<FabricSwitch>(("switch" + n).c_str(), config, &wheel));
      initiators.push_back(std::make_unique<Initiator>(("initiator" + n).c_str()));
      targets.push_back(std::make_unique<Target>(("target" + n).c_str()));
      initiators[i]->socket.bind(switches[i]->port("dev").target());
      switches[i]->port("dev").initiator().bind(targets[i]->socket);
    }
    for (std::uint16_t i = 0; i < kSwitches; ++i)
      switches[i]->port("right").link().bind(switches[(i + 1) % kSwitches]->port("left").link());
  }
  std::vector<models::WaitFact> waits() const {
    std::vector<models::WaitFact> facts;
    for (const auto& each : switches) {
      const auto more = each->waits();
      facts.insert(facts.end(), more.begin(), more.end());
    }
    return facts;
  }
  models::Scheduler wheel{"wheel"};
  std::vector<std::unique_ptr<FabricSwitch>> switches;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
};

TEST(PlantedRoutingLoop, OfWindowsIsRefusedBeforeTheFirstPacketWithItsLinks) {
  ReportGuard reports;
  reports.expect(kReportRoute);
  Ring ring([](SwitchConfig& config) {
    config.windows.push_back({window(7), kWindowBytes, EndpointId(7), PortId(2), 0});
  });
  sc_core::sc_start();
  EXPECT_EQ(reports.count(kReportRoute), 3);  // each switch finds it
  EXPECT_THAT(reports.last_message(),
              AllOf(HasSubstr("endpoint 7"),
                    HasSubstr("the way is a loop: switch2.right -> switch0.right -> switch1.right "
                              "-> switch2.right")));
}

TEST(PlantedRoutingLoop, OfTablesChangedInTheRunIsNamedWithItsLinksAndItsPacket) {
  ReportGuard reports;
  reports.expect(kReportRoute);
  Ring ring;
  auto& before = ring.initiators[0]->make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
  auto& write = ring.initiators[0]->make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
  at(1000, [&] { ring.initiators[0]->begin(before); });
  at(kPlanted, [&] {
    EXPECT_TRUE(before.is_response_ok());
    // Switch 1 forgets its own device: everything goes on to the right.
    models::RouteTable& routes = ring.switches[1]->partitions()[0]->routes;
    models::RouteTable wrong;
    for (const models::AddressWindow& each : routes.windows()) wrong.add(each);
    for (std::uint16_t to = 0; to < Ring::kSwitches; ++to) wrong.add_id(EndpointId(to), PortId(2));
    routes = wrong;
    ring.initiators[0]->begin(write);
  });
  sc_core::sc_start();
  EXPECT_EQ(reports.count(kReportRoute), 1);
  EXPECT_THAT(
      reports.last_message(),
      AllOf(HasSubstr("packet 1 of endpoint 0 to endpoint 1 has passed " +
                      std::to_string(protocols::kMostHops) + " switches"),
            HasSubstr("its way is a loop: switch"), HasSubstr("switch1.right -> switch2.right")));
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  for (const auto& each : ring.switches) expect_quiescent(*each, ring.wheel);
}

/// Legal ways, but a ring of buffers: each is full of packets that wait for the next one's.
TEST(PlantedCreditCircle, IsNamedAsAChainOfPortsAcrossSwitches) {
  ReportGuard reports;
  protocols::PcieLinkConfig tiny;
  tiny.posted_header_credits = 2;
  Ring ring([](SwitchConfig& config) { config.crossbar.egress_queue_bytes = 1024; }, tiny);
  for (std::uint16_t from = 0; from < Ring::kSwitches; ++from) {
    Initiator& initiator = *ring.initiators[from];
    for (unsigned i = 0; i < kMostQueued; ++i) {
      auto& payload = initiator.make(tlm::TLM_WRITE_COMMAND, window((from + 2) % Ring::kSwitches),
                                     data, kBytes);
      at(kPlanted + i, [&initiator, &payload] { initiator.begin(payload); });
    }
  }
  sc_core::sc_start();
  const std::string text = diagnosis(ring.waits());
  EXPECT_THAT(text, HasSubstr("circular wait: switch"));
  for (const char* link : {"switch0.right egress posted -> switch1.left ingress posted",
                           "switch1.right egress posted -> switch2.left ingress posted",
                           "switch2.right egress posted -> switch0.left ingress posted"})
    EXPECT_THAT(text, HasSubstr(link));
}

}  // namespace
}  // namespace antares::tb
