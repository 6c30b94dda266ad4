// SPDX-License-Identifier: Apache-2.0
// PCIe access control on a running switch, and links that change their width while in use.
#include <gtest/gtest.h>

#include <map>

#include "antares/models/sockets/packet_hint.h"
#include "antares/protocols/pcie/acs.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::LinkWidth;
using models::PacketHint;
using models::PortRole;
using protocols::AcsConfig;
using protocols::AcsRules;
using protocols::Picoseconds;
using tlm::tlm_generic_payload;

constexpr double kTurnaroundNs = 150;

/// Port 0 is the root's, the others' access control is `acs`.
models::SwitchConfig tree(const AcsConfig& acs) {
  models::SwitchConfig config = pcie_switch(3);
  config.root_turnaround_ns = kTurnaroundNs;
  config.ports[0].role = PortRole::upstream;
  for (unsigned i = 1; i < 3; ++i) config.ports[i].access = {std::make_shared<AcsRules>(acs)};
  return config;
}

class Access : public ::testing::Test {
 protected:
  /// One write of `bytes` from port 1 to port 2, AT; returns its latency, and checks that LT
  /// agrees.
  Picoseconds write_latency(Fabric& rig, unsigned bytes, PacketHint* hint = nullptr) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    auto& lt = rig.initiator(1).make(tlm::TLM_WRITE_COMMAND, window(2), data, bytes);
    auto& at_payload = rig.initiator(1).make(tlm::TLM_WRITE_COMMAND, window(2), data, bytes);
    if (hint != nullptr) {
      lt.set_auto_extension(new PacketHint(*hint));
      at_payload.set_auto_extension(new PacketHint(*hint));
    }
    const Picoseconds lt_ps = rig.initiator(1).blocking(lt);
    const Picoseconds start = 1'000'000;
    at(start, [&] { rig.initiator(1).begin(at_payload); });
    sc_core::sc_start();
    status = at_payload.get_response_status();
    EXPECT_EQ(lt.get_response_status(), status);
    const Picoseconds at_ps = rig.initiator(1).response_ps(at_payload) - start;
    EXPECT_EQ(lt_ps, at_ps);
    expect_quiescent(rig.fabric, rig.wheel);
    return at_ps;
  }
  unsigned char data[4096] = {};
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
};

TEST_F(Access, RedirectedRequestsGoRoundByTheRoot) {
  AcsConfig acs;
  acs.request_redirect = true;
  Fabric rig(tree(acs));
  auto leg = [&](unsigned from, unsigned to) {
    protocols::Packet packet;
    packet.kind = protocols::PacketKind::write;
    packet.bytes = 256;
    packet.flags = window(2) >> 32 != 0 ? protocols::kLongAddress : 0;
    auto& port = rig.fabric.port(protocols::PortId(static_cast<std::uint16_t>(from))).adapter();
    port.policy().classify(packet);
    return port
        .zero_load(packet,
                   rig.fabric.port(protocols::PortId(static_cast<std::uint16_t>(to))).adapter())
        .tail_ps;
  };
  const Picoseconds expected =
      leg(1, 0) + static_cast<Picoseconds>(kTurnaroundNs * 1000) + leg(0, 2);
  EXPECT_EQ(write_latency(rig, 256), expected);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.fabric.port(protocols::PortId(1)).adapter().counts().redirected, 2u) << "LT and AT";
}

TEST_F(Access, TranslatedRequestsGoDirectlyWhereThatIsAllowed) {
  AcsConfig acs;
  acs.request_redirect = true;
  acs.direct_translated = true;
  Fabric rig(tree(acs));
  PacketHint hint;
  hint.address_type = static_cast<std::uint8_t>(protocols::AddressType::translated);
  write_latency(rig, 256, &hint);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.fabric.port(protocols::PortId(1)).adapter().counts().redirected, 0u);
}

TEST_F(Access, WhatEgressControlBlocksGetsAnErrorAndAName) {
  AcsConfig acs;
  acs.egress_control = true;
  models::SwitchConfig config = tree(acs);
  config.ports[1].egress_blocked = {protocols::PortId(2)};
  Fabric rig(config);
  write_latency(rig, 64);
  EXPECT_EQ(status, tlm::TLM_GENERIC_ERROR_RESPONSE);
  const auto& port = rig.fabric.port(protocols::PortId(1)).adapter();
  EXPECT_EQ(port.counts().access_violations, 2u);
  EXPECT_NE(port.last_refusal().find("ACS"), std::string::npos) << port.last_refusal();
  EXPECT_EQ(rig.target(2).requests(), 0u);
}

TEST_F(Access, ARequesterThatClaimsAnotherSourceIsStopped) {
  AcsConfig acs;
  acs.source_validation = true;
  Fabric rig(tree(acs));
  PacketHint hint;
  hint.claimed_source = 2;  // the endpoint behind port 1 is another
  write_latency(rig, 64, &hint);
  EXPECT_EQ(status, tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST(Width, ALinkInUseNarrowsAndWidensByAgreement) {
  models::SwitchConfig config = pcie_switch(2);
  Fabric rig(config);
  static unsigned char data[256];
  auto& width = rig.fabric.port(protocols::PortId(0)).adapter().width();
  const unsigned full = config.ports[0].policy->lanes();
  constexpr Picoseconds kUs = 1'000'000;
  width.request(LinkWidth::End::switch_end, full / 4, 2 * kUs);
  width.request(LinkWidth::End::device_end, full, 20 * kUs);
  EXPECT_THROW(width.request(LinkWidth::End::switch_end, 3, kUs), std::invalid_argument);

  std::map<Picoseconds, tlm_generic_payload*> sent;
  for (const Picoseconds start : {kUs, 10 * kUs, 40 * kUs}) {
    sent[start] = &rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 256);
    at(start, [&rig, payload = sent[start]] { rig.initiator(0).begin(*payload); });
  }
  unsigned lanes_at_10_us = 0;
  at(10 * kUs, [&] { lanes_at_10_us = width.lanes(LinkWidth::End::device_end); });
  sc_core::sc_start();
  EXPECT_EQ(lanes_at_10_us, full / 4);
  EXPECT_EQ(width.lanes(LinkWidth::End::device_end), full);
  EXPECT_EQ(width.lanes(LinkWidth::End::switch_end), full);
  EXPECT_EQ(width.changes(), 4u) << "each end, there and back";

  const auto latency = [&](Picoseconds start) {
    return rig.initiator(0).response_ps(*sent[start]) - start;
  };
  // On a quarter of the lanes the flits of the first link are collected four times as slowly; the
  // switch then has them later by three times the full width's time. The second link is unchanged.
  const auto wide = config.ports[0].policy->rate();
  const auto narrow = config.ports[0].policy->at_lanes(full / 4)->rate();
  protocols::Packet packet;
  packet.kind = protocols::PacketKind::write;
  packet.bytes = 256;
  packet.flags = protocols::kLongAddress;
  const auto bytes = config.ports[0].policy->wire_cost(packet).bytes;
  EXPECT_EQ(latency(kUs), latency(40 * kUs)) << "as before once it is wide again";
  EXPECT_GE(latency(10 * kUs),
            latency(kUs) + narrow.head_collect_ps(bytes) - wide.head_collect_ps(bytes));
  EXPECT_LE(latency(10 * kUs),
            latency(kUs) + narrow.collect_ps(bytes) - wide.collect_ps(bytes) + wide.collect_ps(1));
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(Width, AnEgressThatAnotherPolicyFeedsNarrowsToo) {
  models::SwitchConfig config = pcie_switch(2);
  // Equal, but an object of its own: as the port groups of a description have it.
  config.ports[0].policy = std::make_shared<protocols::PciePolicy>(protocols::PcieLinkConfig{});
  Fabric rig(config);
  static unsigned char data[256];
  auto& width = rig.fabric.port(protocols::PortId(1)).adapter().width();
  const unsigned full = config.ports[1].policy->lanes();
  std::vector<tlm_generic_payload*> sent;
  for (const Picoseconds start : {1'000'000, 10'000'000}) {
    sent.push_back(&rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 256));
    at(start, [&rig, payload = sent.back()] { rig.initiator(0).begin(*payload); });
  }
  width.request(LinkWidth::End::switch_end, full / 4, 2'000'000);
  sc_core::sc_start();
  const auto before = rig.initiator(0).response_ps(*sent[0]) - 1'000'000;
  const auto after = rig.initiator(0).response_ps(*sent[1]) - 10'000'000;
  // The write takes four times as long on the link that delivers it.
  protocols::Packet packet;
  packet.bytes = 256;
  packet.flags = protocols::kLongAddress;
  const auto bytes = config.ports[1].policy->wire_cost(packet).bytes;
  const auto longer = config.ports[1].policy->at_lanes(full / 4)->rate().collect_ps(bytes) -
                      config.ports[1].policy->rate().collect_ps(bytes);
  EXPECT_EQ(after, before + longer);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(Hint, WhatTheFabricSaysByFlagsIsNotForADeviceToSet) {
  Fabric rig(pcie_switch(2));
  static unsigned char data[4096];
  auto& payload = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 4096);
  auto* hint = new PacketHint;
  hint->flags = protocols::kLastTrain | protocols::kLongAddress | protocols::kByteEnables;
  payload.set_auto_extension(hint);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(1).requests(), 1u) << "16 trains, one transaction";
  expect_quiescent(rig.fabric, rig.wheel);
}

}  // namespace
}  // namespace antares::tb
