// SPDX-License-Identifier: Apache-2.0
// What happens while a reduction is under way: a link fails, the group changes, another group wants
// the same contexts. Every requester hears a status once, a member has the whole sum or nothing of
// it, and nothing is left behind. Times in picoseconds.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr unsigned kElements = 4096;  // 16 KiB: as many packets as a link takes microseconds for
const std::vector<unsigned> kMembers = {0, 1, 3};

ReductionConfig impatient() {
  ReductionConfig engines;
  engines.timeout_us = 20;
  return engines;
}

bool untouched(ReductionRig& rig, unsigned port, std::uint64_t address, unsigned elements) {
  bool zero = true;
  for (unsigned b = 0; b < 4 * elements; ++b)
    zero = zero && rig.target(port).byte(address + b) == 0;
  return zero;
}

// A member's link goes at a time between the first packet of its contribution and the last of its
// copy of the result.
class LinkFailsMeanwhile : public testing::TestWithParam<unsigned> {};

TEST_P(LinkFailsMeanwhile, PushEndsForAllOrForNobody) {
  ReportGuard reports;
  SwitchConfig config = with_engines(pcie_switch(4), impatient());
  for (auto& port : config.ports) port.faults = models::PortFaultConfig{};
  ReductionRig rig(config);
  rig.port(3).schedule_link(LinkEvent::lose, kStart + Picoseconds{GetParam()} * 1000);
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, 0, kElements));
    rig.begin_at(kStart, member, *sent.back());
  }
  sc_core::sc_start();
  const bool made = rig.results() != 0;
  for (std::size_t i = 0; i < 2; ++i) {  // those whose links are up
    const ReductionStatus status = ReductionRig::status(*sent[i]);
    EXPECT_EQ(status == ReductionStatus::ok, made) << models::name(status);
    EXPECT_EQ(sent[i]->is_response_ok(), made);
    if (made)
      rig.expect_sum(kMembers[i], 0, kMembers, kElements);
    else
      EXPECT_TRUE(untouched(rig, kMembers[i], 0, kElements));
  }
  EXPECT_NE(sent[2]->get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  RecordProperty("made", made ? 1 : 0);
  rig.expect_done();
}

TEST_P(LinkFailsMeanwhile, PullHasTheSumOrAStatus) {
  ReportGuard reports;
  SwitchConfig config = with_engines(pcie_switch(4), impatient());
  for (auto& port : config.ports) port.faults = models::PortFaultConfig{};
  ReductionRig rig(config);
  rig.port(3).schedule_link(LinkEvent::lose, kStart + Picoseconds{GetParam()} * 1000);
  auto& load = rig.load(0, kMembers, 0, kElements);
  rig.begin_at(kStart, 0, load);
  sc_core::sc_start();
  if (load.is_response_ok())
    ReductionRig::expect_sum(load, kMembers, kElements);
  else
    EXPECT_NE(load.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  EXPECT_EQ(rig.results() != 0, load.is_response_ok());
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(AfterNanoseconds, LinkFailsMeanwhile,
                         testing::Values(10u, 100u, 200u, 300u, 400u, 500u, 700u, 900u, 1300u));

// The set is looked up where a contribution comes in: those before the change and those after it
// name different members, and do not meet. The group as it is now works at once.
TEST(GroupChanges, BetweenContributionsEndInStatusesAndTheNewGroupReduces) {
  ReportGuard reports;
  SwitchConfig config = with_groups(pcie_switch(4), {group_of(0, kMembers)});
  config.reduction = impatient();
  ReductionRig rig(config);
  const std::vector<unsigned> now_members = {0, 1, 2};
  const auto ask = [&](unsigned from, std::uint64_t offset, Picoseconds at_ps) {
    auto& payload = rig.contribution(from, kMembers, group_window(0) + offset, 64);
    payload.get_extension<models::PacketHint>()->group = nullptr;  // its address names the group
    rig.begin_at(at_ps, from, payload);
    return &payload;
  };
  const auto* early_0 = ask(0, 0, kStart);
  const auto* early_1 = ask(1, 0, kStart);
  rig.fabric.group_changes().schedule(
      GroupId(0), {{EndpointId(0)}, {EndpointId(1)}, {EndpointId(2)}}, kStart + 1'000'000);
  const Picoseconds after = kStart + 8'000'000;
  const auto* late_3 = ask(3, 0, after);
  const auto* late_2 = ask(2, 0, after);
  std::vector<const tlm_generic_payload*> fresh;
  for (const unsigned member : now_members) fresh.push_back(ask(member, 0x4000, after));
  sc_core::sc_start();
  ASSERT_LT(rig.fabric.group_changes().done()[0].result.in_force_at_ps, after);
  EXPECT_EQ(ReductionRig::status(*early_0), ReductionStatus::timed_out);
  EXPECT_EQ(ReductionRig::status(*early_1), ReductionStatus::timed_out);
  EXPECT_EQ(late_3->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);  // outside by now
  EXPECT_EQ(ReductionRig::status(*late_2), ReductionStatus::group_changed);
  for (const auto* payload : fresh) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  for (const unsigned member : now_members) rig.expect_sum(member, 0x4000, now_members, 64);
  EXPECT_TRUE(untouched(rig, 3, 0x4000, 64));
  EXPECT_EQ(rig.results(), 1u);
  rig.expect_done();
}

// Two groups that overlap, and hundreds of reductions that want the two contexts of an engine at
// once: all of them end right. Parking has room for what a member has under way.
TEST(SharedContexts, TwoGroupsAtOnceAreBothRight) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.contexts = 2;
  engines.context_bytes = 256;
  engines.buffer_bytes = 512;
  engines.parking = 64;
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  const std::vector<std::vector<unsigned>> groups = {{0, 1, 3}, {1, 2, 3}};
  constexpr unsigned kEach = 24;
  std::vector<tlm_generic_payload*> sent;
  for (unsigned r = 0; r < kEach; ++r) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::uint64_t address = (2 * r + g) * 0x1000;
      for (const unsigned member : groups[g]) {
        sent.push_back(&rig.contribution(member, groups[g], address, 64));
        // Members come in different orders: each is a little late with another one.
        rig.begin_at(kStart + 10'000 * (r + (r * 7 + member * 5 + g) % 11), member, *sent.back());
      }
    }
  }
  sc_core::sc_start();
  for (const auto* payload : sent) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  for (unsigned r = 0; r < kEach; ++r)
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (const unsigned member : groups[g])
        rig.expect_sum(member, (2 * r + g) * 0x1000, groups[g], 64);
  EXPECT_EQ(rig.results(), 2u * kEach);
  std::uint64_t parked = 0;
  for (unsigned p = 0; p < 4; ++p)
    parked += rig.port(p).reduction()->engine().table().counts().parked;
  EXPECT_GT(parked, 0u) << "contexts were never short: this shows nothing";
  rig.expect_done();
}

// A run is over when its last answer is in, not when the contexts' time would have been.
TEST(Timeouts, ThatAreNotNeededLeaveNothingInTheWheel) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));  // a timeout of 1 ms
  for (const unsigned member : kMembers)
    rig.begin_at(kStart, member, rig.contribution(member, kMembers, 0, 64));
  sc_core::sc_start();
  rig.expect_sum(3, 0, kMembers, 64);
  EXPECT_LT(sc_core::sc_time_stamp(), sc_core::sc_time(10, sc_core::SC_US));
  rig.expect_done();
}

// By blocking calls, too, nothing crosses a link that is down: not a contribution, nor a sum.
TEST(DeadLinkByLt, TakesNoContributionAndNoSum) {
  ReportGuard reports;
  SwitchConfig config = with_engines(pcie_switch(4), impatient());
  for (auto& port : config.ports) port.faults = models::PortFaultConfig{};
  ReductionRig rig(config);
  rig.port(3).schedule_link(LinkEvent::lose, kStart);
  auto& dead = rig.contribution(3, kMembers, 0, 16);
  std::vector<tlm_generic_payload*> sums;
  for (const unsigned member : {0u, 1u}) {
    sums.push_back(&rig.contribution(member, kMembers, 0x1000, 16));
    rig.give_to(*sums.back(), 3);
  }
  at(2 * kStart, [&] {
    rig.initiator(3).blocking(dead);
    for (std::size_t i = 0; i < sums.size(); ++i)
      rig.initiator(static_cast<unsigned>(i)).blocking(*sums[i]);
  });
  sc_core::sc_start();
  EXPECT_EQ(dead.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  for (const auto* payload : sums) EXPECT_TRUE(payload->is_response_ok()) << "the sum was made";
  EXPECT_EQ(rig.target(3).requests(), 0u);
  EXPECT_TRUE(untouched(rig, 3, 0x1000, 16));
  EXPECT_EQ(rig.port(0).counts().copies_failed + rig.port(1).counts().copies_failed, 1u);
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
