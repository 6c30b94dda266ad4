// SPDX-License-Identifier: Apache-2.0
// A member that is slow or dead: by the policy its copies wait, or are dropped after a time with an
// error for who sent them, or it leaves the group. The quota of the ingress buffer keeps unicast of
// the same input going while a group waits; other inputs are never touched.
#include <gtest/gtest.h>

#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using models::SlowMember;
using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr Picoseconds kNever = protocols::kNever;

/// Takes nothing before until_ps; what it has kept by then it serves.
void keep_waiting(GroupRig& rig, unsigned member, Picoseconds until_ps) {
  struct State {
    std::deque<tlm_generic_payload*> kept;
  };
  auto state = std::make_shared<State>();
  rig.target(member).on_request = [&rig, member, until_ps, state](tlm_generic_payload& copy,
                                                                  tlm::tlm_phase&, auto&) {
    if (now_ps() < until_ps) {
      state->kept.push_back(&copy);
      return tlm::TLM_ACCEPTED;
    }
    rig.target(member).serve(copy);
    return tlm::TLM_COMPLETED;
  };
  if (until_ps == kNever) return;
  at(until_ps, [&rig, member, state] {
    for (tlm_generic_payload* copy : state->kept) {
      rig.target(member).serve(*copy);
      rig.target(member).call_back(*copy, tlm::BEGIN_RESP);
    }
  });
}

/// Few credits everywhere: 16 link packets of 256 B a receiver, 4 KiB of egress queue. A device
/// that takes no request keeps the last link packet of each, so that 16 writes fill it.
SwitchConfig small_buffers() {
  SwitchConfig config = with_groups(pcie_switch(4), {group_of(0, {0, 1, 2})});
  config.crossbar.egress_queue_bytes = 4096;
  protocols::PcieLinkConfig link;
  link.posted_header_credits = 16;
  link.posted_data_credits = 256;
  for (auto& port : config.ports) port.policy = std::make_shared<protocols::PciePolicy>(link);
  return config;
}

constexpr unsigned kWrites = 40;  // 16 at the device, some at the egress, the rest at the input
constexpr Picoseconds kRelease = 100'000'000;

TEST(Quota, OtherInputsAreNeverTouched) {
  ReportGuard reports;
  GroupRig rig(small_buffers());
  keep_waiting(rig, 2, kRelease);
  for (unsigned k = 0; k < kWrites; ++k)
    rig.queue(0, rig.write(0, group_window(0) + k * 1024, 1024), kStart);
  auto& other = rig.write(1, window(3), 256);
  at(50'000'000, [&] { rig.initiator(1).begin(other); });
  sc_core::sc_start();
  EXPECT_LT(rig.initiator(1).response_ps(other), 51'000'000u);
  rig.expect_done();
}

class UnicastBehind : public testing::TestWithParam<bool> {};

TEST_P(UnicastBehind, GoesOnWithAQuotaAndWaitsWithout) {
  ReportGuard reports;
  const bool quota = GetParam();
  SwitchConfig config = small_buffers();
  if (quota) config.hypercast->quota_bytes = 2048;  // half of the ingress buffer
  GroupRig rig(config);
  keep_waiting(rig, 2, kRelease);
  for (unsigned k = 0; k < kWrites; ++k)
    rig.queue(0, rig.write(0, group_window(0) + k * 1024, 1024), kStart);
  auto& own = rig.write(0, window(3), 256);
  at(50'000'000, [&] { rig.initiator(0).begin_in_turn(own); });
  sc_core::sc_start();
  if (quota)
    EXPECT_LT(rig.initiator(0).response_ps(own), 51'000'000u);
  else
    EXPECT_GT(rig.initiator(0).response_ps(own), kRelease);
  EXPECT_EQ(rig.target(1).requests(), kWrites);
  EXPECT_EQ(rig.target(2).requests(), kWrites);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Quota, UnicastBehind, testing::Bool());

TEST(SlowMembers, TimeOutGivesAnErrorAndHoldsNoBuffer) {
  ReportGuard reports;
  constexpr Picoseconds kMuchLater = 400'000'000;
  SwitchConfig config = with_groups(pcie_switch(4), {group_of(0, {0, 1, 2})});
  config.hypercast->slow_member = SlowMember::time_out;
  config.hypercast->member_timeout_us = 100;
  GroupRig rig(config);
  keep_waiting(rig, 2, kMuchLater);
  std::vector<tlm_generic_payload*> writes;
  for (unsigned k = 0; k < 8; ++k) {
    writes.push_back(&rig.write(0, group_window(0) + k * 4096, 4096));
    rig.queue(0, *writes.back(), kStart);
  }
  sc_core::sc_start();
  for (auto* write : writes) {
    EXPECT_EQ(write->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_GE(rig.initiator(0).response_ps(*write), 100'000'000u);
    EXPECT_LT(rig.initiator(0).response_ps(*write), 110'000'000u) << "the limit, from the look-up";
  }
  EXPECT_EQ(rig.target(1).requests(), 8u) << "who takes it gets it";
  EXPECT_EQ(rig.port(0).counts().copies_timed_out, 8u);
  EXPECT_EQ(rig.port(0).counts().members_dropped, 0u);
  EXPECT_NE(rig.port(0).errors(), nullptr);
  rig.expect_done();
}

TEST(SlowMembers, DropTakesTheMemberOutOfTheGroup) {
  ReportGuard reports;
  constexpr Picoseconds kMuchLater = 400'000'000;
  SwitchConfig config = with_groups(pcie_switch(4), {group_of(0, {0, 1, 2})});
  config.hypercast->slow_member = SlowMember::drop;
  config.hypercast->member_timeout_us = 20;
  GroupRig rig(config);
  keep_waiting(rig, 2, kMuchLater);
  auto& first = rig.write(0, group_window(0), 256);
  auto& second = rig.write(0, group_window(0) + 256, 256);
  at(kStart, [&] { rig.initiator(0).begin(first); });
  at(50'000'000, [&] { rig.initiator(0).begin(second); });
  sc_core::sc_start();
  EXPECT_EQ(first.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(second.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_LT(rig.initiator(0).response_ps(second), 51'000'000u);
  EXPECT_EQ(rig.target(1).requests(), 2u);
  EXPECT_EQ(rig.target(2).requests(), 1u);
  EXPECT_EQ(rig.port(0).counts().members_dropped, 1u);
  rig.expect_done();
}

// A copy that changes its protocol comes to the crossbar behind the others, by the bridge's
// latency: here after its member's time is over.
TEST(SlowMembers, DropReachesACopyThatIsStillInTheBridge) {
  ReportGuard reports;
  constexpr double kBridge_us = 50, kTimeout_us = 20;
  SwitchConfig config =
      with_groups(mixed_switch({LinkKind::pcie6_x16, LinkKind::pcie6_x16, LinkKind::ualink_x4}),
                  {group_of(0, {0, 1, 2})});
  config.bridge.latency_ns = kBridge_us * 1000;
  config.hypercast->slow_member = SlowMember::drop;
  config.hypercast->member_timeout_us = kTimeout_us;
  GroupRig rig(config);
  auto& first = rig.write(0, group_window(0), 256);
  auto& second = rig.write(0, group_window(0) + 256, 256);
  at(kStart, [&] { rig.initiator(0).begin(first); });
  at(kStart + 200'000'000, [&] { rig.initiator(0).begin(second); });
  sc_core::sc_start();
  EXPECT_EQ(first.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(second.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(1).requests(), 2u);
  EXPECT_EQ(rig.target(2).requests(), 0u) << "its copy was dropped in the bridge";
  EXPECT_EQ(rig.port(0).counts().members_dropped, 1u);
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
