// SPDX-License-Identifier: Apache-2.0
// Groups that change while traffic goes on: a packet whose head is at the look-up before the change
// is in force gets the old set, from that instant on the new one, whole, over all of its trains.
// PCIe's multicast on the same table: its windows, overlay and block bits.
#include <gtest/gtest.h>

#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using models::MemberList;
using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;

/// From the first bit sent until the head is at the look-up.
Picoseconds to_look_up_ps(GroupRig& rig, std::uint32_t bytes) {
  protocols::Packet packet;
  packet.bytes = bytes;
  packet.flags = protocols::kLongAddress;
  rig.port(0).policy().classify(packet);
  const auto cost = models::train_cost(rig.port(0).policy(), packet);
  const models::HopDelays delays(rig.fabric.config().latency);
  return cost.head_collect_ps + models::crossing_ps(rig.port(0).config()) + delays.rx_ps;
}

class Boundary : public testing::TestWithParam<int> {};

TEST_P(Boundary, IsTheInstantInWhichTheHeadLooksItUp) {
  const int late_ps = GetParam();
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(4), {group_of(0, {0, 1, 2})}));
  constexpr unsigned kBytes = 3000;  // a dozen trains of one link packet
  const Picoseconds look_up = kStart + to_look_up_ps(rig, 256);
  const auto& config = rig.fabric.config().hypercast.value();
  const auto latency = models::to_picoseconds(config.update_latency_ns);
  const Picoseconds asked = static_cast<Picoseconds>(static_cast<std::int64_t>(look_up) -
                                                     static_cast<std::int64_t>(latency) + late_ps);
  rig.fabric.group_changes().schedule(GroupId(0), {{EndpointId(0)}, {EndpointId(3)}}, asked);
  auto& payload = rig.write(0, group_window(0), kBytes);
  at(kStart, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  ASSERT_EQ(rig.fabric.group_changes().done().size(), 1u);
  EXPECT_EQ(rig.fabric.group_changes().done()[0].result.in_force_at_ps, asked + latency);
  const bool old_set = late_ps > 0;
  EXPECT_EQ(rig.target(1).requests(), old_set ? 1u : 0u);
  EXPECT_EQ(rig.target(2).requests(), old_set ? 1u : 0u);
  EXPECT_EQ(rig.target(3).requests(), old_set ? 0u : 1u);
  rig.expect_data(old_set ? 1 : 3, 0, kBytes);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Picoseconds, Boundary, testing::Values(-1000, -1, 0, 1, 1000));

TEST(GroupChanges, UnderTrafficEachWriteGetsOneSetOrTheOther) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(6), {group_of(0, {0, 1, 2}), group_of(1, {3, 4, 5})}));
  constexpr unsigned kWrites = 400;
  // From member 0: each write to {1, 2} or to {4, 5}; group 1 is never changed.
  for (unsigned k = 0; k < kWrites; ++k) {
    rig.queue(0, rig.write(0, group_window(0) + k * 512, 512), kStart);
    rig.queue(3, rig.write(3, group_window(1) + k * 512, 512), kStart);
  }
  const MemberList sets[] = {{{EndpointId(0)}, {EndpointId(4)}, {EndpointId(5)}},
                             {{EndpointId(0)}, {EndpointId(1)}, {EndpointId(2)}}};
  constexpr unsigned kChanges = 20;
  for (unsigned c = 0; c < kChanges; ++c)
    rig.fabric.group_changes().schedule(GroupId(0), sets[c % 2], kStart + 50'000 * (c + 1));
  sc_core::sc_start();
  for (const auto& change : rig.fabric.group_changes().done())
    EXPECT_FALSE(change.result.refusal) << models::name(*change.result.refusal);
  EXPECT_EQ(rig.initiator(0).responses(), kWrites);
  EXPECT_EQ(rig.target(1).requests(), rig.target(2).requests());
  EXPECT_GT(rig.target(1).requests(), 0u);
  EXPECT_LT(rig.target(1).requests(), kWrites);
  // 4 and 5 have all of group 1's, and the rest of group 0's.
  EXPECT_EQ(rig.target(4).requests(), kWrites + kWrites - rig.target(1).requests());
  EXPECT_EQ(rig.target(5).requests(), rig.target(4).requests());
  rig.expect_done();
}

TEST(GroupChanges, WhatIsRefusedChangesNothing) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(3), {group_of(0, {0, 1})}));
  auto& changes = rig.fabric.group_changes();
  EXPECT_EQ(changes.change(GroupId(9), {{EndpointId(1)}}).refusal,
            models::HypercastRefusal::unknown_group);
  EXPECT_EQ(changes.change(GroupId(0), {{EndpointId(7)}}).refusal,
            models::HypercastRefusal::unknown_member);
  EXPECT_EQ(changes.change(GroupId(0), {{EndpointId(1), kWindowBytes}}).refusal,
            models::HypercastRefusal::outside_window);
  auto& payload = rig.write(0, group_window(0), 64);
  at(kStart, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  rig.expect_data(1, 0, 64);
  EXPECT_EQ(changes.done().size(), 3u);
  rig.expect_done();
}

// --- PCIe's multicast

constexpr std::uint64_t kMulticastBase = 1ull << 50;
constexpr unsigned kIndex = 16;

SwitchConfig with_pcie_multicast(unsigned ports) {
  std::vector<unsigned> all;
  for (unsigned i = 0; i < ports; ++i) all.push_back(i);
  std::vector<GroupConfig> groups;
  for (unsigned g = 0; g < 64; ++g) {
    GroupConfig group = group_of(g, all);
    group.window_bytes = 1ull << kIndex;
    groups.push_back(group);
  }
  SwitchConfig config = with_groups(pcie_switch(ports), groups);
  config.hypercast->pcie = models::PcieMulticast{};
  config.hypercast->pcie->base = kMulticastBase;
  config.hypercast->pcie->index_position = kIndex;
  return config;
}

TEST(PcieMulticast, AllSixtyFourWindowsMeanTheirGroups) {
  ReportGuard reports;
  GroupRig rig(with_pcie_multicast(3));
  for (unsigned g = 0; g < 64; ++g)
    rig.queue(0, rig.write(0, kMulticastBase + (std::uint64_t{g} << kIndex) + g * 256, 256, g),
              kStart);
  sc_core::sc_start();
  for (unsigned g = 0; g < 64; ++g)
    for (const unsigned member : {1u, 2u}) rig.expect_data(member, g * 256, 256, g);
  EXPECT_EQ(rig.port(0).counts().multicast_copies, 128u);
  rig.expect_done();
}

TEST(PcieMulticast, TheOverlaySetsTheUpperBitsForEachMember) {
  ReportGuard reports;
  SwitchConfig config = with_pcie_multicast(3);
  config.hypercast->pcie->overlays = {{EndpointId(1), window(1) + 0x30'0000, 20},
                                      {EndpointId(2), window(2) + 0x50'0000, 12}};
  GroupRig rig(config);
  constexpr std::uint64_t kAddress = kMulticastBase + (5ull << kIndex) + 0x1240;
  auto& payload = rig.write(0, kAddress, 128);
  at(kStart, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  rig.expect_data(1, 0x30'0000 + (kAddress & 0xF'FFFF), 128);
  rig.expect_data(2, 0x50'0000 + (kAddress & 0xFFF), 128);
  rig.expect_done();
}

TEST(PcieMulticast, BlockBitsAndWhatIsNotPostedAreRefusedByName) {
  ReportGuard reports;
  SwitchConfig config = with_pcie_multicast(3);
  config.hypercast->pcie->blocks = {{EndpointId(0), 1ull << 7, 1ull << 8}};
  GroupRig rig(config);
  const auto send = [&](unsigned group, std::uint8_t flags, std::uint8_t address_type) {
    auto& payload = rig.write(0, kMulticastBase + (std::uint64_t{group} << kIndex), 64);
    auto& hint = add_hint(payload);
    hint.flags = flags;
    hint.address_type = address_type;
    rig.initiator(0).blocking(payload);
    return std::make_pair(payload.get_response_status(), rig.port(0).last_refusal());
  };
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(send(7, 0, 2).second, "refused by Hypercast: blocked");
  EXPECT_EQ(send(8, 0, 0).second, "refused by Hypercast: blocked");
  EXPECT_EQ(send(8, 0, 2).first, tlm::TLM_OK_RESPONSE) << "translated";
  EXPECT_EQ(send(9, 0, 0).first, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(send(9, protocols::kWantsAnswer, 0).second, "refused by Hypercast: not_posted");
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
