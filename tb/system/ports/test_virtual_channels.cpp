// SPDX-License-Identifier: Apache-2.0
// Virtual channels that a requester chooses by PacketHint: two are independent (credits that are
// stuck on one do not hold up the other), each keeps its order, completions come back on the
// request's own; over a bridge it is kept where the other link has it; what a link has not is
// refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/nvlink/nvlink_policy.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using protocols::CreditFault;
using protocols::LinkPolicy;
using protocols::PacketKind;
using protocols::PortId;
using protocols::TrafficClass;
using protocols::VcId;
using testing::HasSubstr;
using tlm::tlm_generic_payload;
using Policy = std::shared_ptr<const LinkPolicy>;

constexpr unsigned kBytes = 64;
unsigned char data[kBytes];

/// Two channels for requests, and eight packets of 64 B of each in a receiver.
Policy ualink() {
  protocols::UalinkLinkConfig link;
  link.virtual_channels = 2;
  link.request_command_credits = 16;
  return std::make_shared<protocols::UalinkPolicy>(link);
}
Policy nvlink() {
  protocols::NvlinkLinkConfig link;
  link.vc_sets = 2;
  link.credits_per_vc = 8;
  return std::make_shared<protocols::NvlinkPolicy>(link);
}
Policy ethernet() {
  protocols::EthernetLinkConfig link;
  link.virtual_channels = 4;
  link.vc_buffer_bytes = 8192;
  link.mtu_bytes = 512;
  link.cbfc.credit_bytes = 1024;  // a frame of 64 B takes one
  return std::make_shared<protocols::EthernetPolicy>(link);
}

struct Link {
  const char* name;
  Policy (*policy)();
  TrafficClass requests;
};
const Link kLinks[] = {{"ualink", ualink, TrafficClass::non_posted},
                       {"nvlink", nvlink, TrafficClass::posted},
                       {"ethernet", ethernet, TrafficClass::posted}};

/// The channels on which packets of a kind reached an endpoint.
struct Channels : models::PacketListener {
  void on(const models::PacketEvent& event) override {
    if (event.what == models::PacketWhat::delivered &&
        event.where.unit == models::UnitKind::endpoint)
      seen[event.kind].insert(event.vc.value());
  }
  std::map<PacketKind, std::set<unsigned>> seen;
};

tlm_generic_payload& access(Fabric& rig, tlm::tlm_command command, unsigned channel,
                            std::uint64_t offset) {
  auto& payload = rig.initiator(0).make(command, window(1) + offset, data, kBytes);
  add_hint(payload).virtual_channel = static_cast<std::uint8_t>(channel);
  return payload;
}

class VirtualChannels : public testing::TestWithParam<Link> {};

TEST_P(VirtualChannels, AStuckCreditOnOneDoesNotHoldTheOther) {
  ReportGuard reports;
  const Policy policy = GetParam().policy();
  Fabric rig(mixed_switch({policy, policy}));
  auto& port = rig.fabric.port(PortId(1)).adapter();
  ASSERT_EQ(port.egress().link().ledger().initial(VcId(1), GetParam().requests).header, 8u);
  constexpr Picoseconds kStuck = 1'000'000;
  constexpr Picoseconds kReleased = 50'000'000;
  at(1000, [&] {
    for (const auto& [kind, when] : {std::pair{CreditFault::Kind::stick, kStuck},
                                     std::pair{CreditFault::Kind::release, kReleased}})
      port.schedule_credit_fault({kind, VcId(0), GetParam().requests, {}}, false, when);
  });
  // More than the receiver holds on each channel, in turn; offsets tell them apart.
  constexpr unsigned kEach = 14;
  constexpr std::uint64_t kOther = 1 << 20;
  at(kStuck + 1000, [&] {
    for (unsigned i = 0; i < kEach; ++i) {
      for (const unsigned channel : {0u, 1u})
        rig.initiator(0).begin_in_turn(access(rig, tlm::TLM_WRITE_COMMAND, channel,
                                              channel * kOther + std::uint64_t{i} * 4096));
    }
  });
  std::vector<std::uint64_t> arrived[2];
  rig.target(1).on_request = [&](tlm_generic_payload& payload, tlm::tlm_phase& phase, auto&) {
    rig.target(1).serve(payload);
    arrived[payload.get_address() >= kOther].push_back(payload.get_address() % kOther);
    phase = tlm::BEGIN_RESP;
    return tlm::TLM_UPDATED;
  };
  std::size_t before[2] = {};
  at(kReleased - 1000, [&] {
    for (const unsigned channel : {0u, 1u}) before[channel] = arrived[channel].size();
  });
  sc_core::sc_start();
  EXPECT_EQ(before[0], 8u) << "each spent a credit that stuck";
  EXPECT_EQ(before[1], kEach) << "the other channel went on";
  for (const auto& channel : arrived) {
    EXPECT_EQ(channel.size(), kEach);
    EXPECT_TRUE(std::is_sorted(channel.begin(), channel.end())) << "order within a channel";
  }
  EXPECT_EQ(rig.initiator(0).responses(), 2 * kEach);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_P(VirtualChannels, TheCompletionComesBackOnTheSame) {
  ReportGuard reports;
  const Policy policy = GetParam().policy();
  Fabric rig(mixed_switch({policy, policy}));
  Channels channels;
  rig.fabric.observe().add_listener(channels);
  at(1'000'000, [&] { rig.initiator(0).begin(access(rig, tlm::TLM_READ_COMMAND, 1, 0)); });
  sc_core::sc_start();
  EXPECT_EQ(channels.seen[PacketKind::read], std::set<unsigned>{1});
  EXPECT_EQ(channels.seen[PacketKind::completion], std::set<unsigned>{1});
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_P(VirtualChannels, WhatTheLinkHasNotIsRefusedByName) {
  ReportGuard reports;
  const Policy policy = GetParam().policy();
  Fabric rig(mixed_switch({policy, policy}));
  auto& refused = access(rig, tlm::TLM_WRITE_COMMAND, 2, 0);
  rig.initiator(0).blocking(refused);
  EXPECT_EQ(refused.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_THAT(rig.fabric.port(PortId(0)).adapter().last_refusal(),
              HasSubstr("cannot ask for virtual channel 2; this link has 0 to 1 for them"));
  auto& timed = access(rig, tlm::TLM_WRITE_COMMAND, 2, 0);
  at(1'000'000, [&] { rig.initiator(0).begin(timed); });
  sc_core::sc_start();
  EXPECT_EQ(timed.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(rig.target(1).requests(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Links, VirtualChannels, testing::ValuesIn(kLinks),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(VirtualChannelsAcross, AreKeptWhereTheOtherLinkHasThem) {
  ReportGuard reports;
  Fabric rig(mixed_switch({ualink(), nvlink()}));
  Channels channels;
  rig.fabric.observe().add_listener(channels);
  at(1'000'000, [&] { rig.initiator(0).begin(access(rig, tlm::TLM_READ_COMMAND, 1, 0)); });
  sc_core::sc_start();
  EXPECT_EQ(channels.seen[PacketKind::read], std::set<unsigned>{1});
  EXPECT_EQ(channels.seen[PacketKind::completion], std::set<unsigned>{1});
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(VirtualChannelsAcross, ElseTheyAreTheFirst) {
  ReportGuard reports;
  Fabric rig(mixed_switch({ualink(), make_policy(LinkKind::pcie6_x16)}));
  Channels channels;
  rig.fabric.observe().add_listener(channels);
  at(1'000'000, [&] { rig.initiator(0).begin(access(rig, tlm::TLM_READ_COMMAND, 1, 0)); });
  sc_core::sc_start();
  EXPECT_EQ(channels.seen[PacketKind::read], std::set<unsigned>{0});
  EXPECT_EQ(channels.seen[PacketKind::completion], std::set<unsigned>{1})
      << "on the requester's link it is the request's own again";
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(VirtualChannelsAcross, PcieRequestsAskForNone) {
  ReportGuard reports;
  protocols::PcieLinkConfig link;
  link.virtual_channels = 4;
  link.uio_vc = 3;
  const auto policy = std::make_shared<protocols::PciePolicy>(link);
  Fabric rig(mixed_switch({policy, policy}));
  auto& refused = access(rig, tlm::TLM_WRITE_COMMAND, 1, 0);
  rig.initiator(0).blocking(refused);
  EXPECT_EQ(refused.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_THAT(rig.fabric.port(PortId(0)).adapter().last_refusal(),
              HasSubstr("pcie: requests cannot ask for virtual channel 1; this link has 0 only"));
}

}  // namespace
}  // namespace antares::tb
