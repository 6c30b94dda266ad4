// SPDX-License-Identifier: Apache-2.0
// Reduction engines on real data, in every protocol and between them: each member gets the sum
// once, each link carries its operands and results once, and nothing is left over.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/support/parameter_name.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
const std::vector<unsigned> kMembers = {0, 1, 3};
constexpr unsigned kElements = 250;  // several link packets, the last one not full
constexpr std::uint64_t kAddress = 0x840;

SwitchConfig switch_of(LinkKind kind, bool with_pcie) {
  std::vector<LinkKind> kinds(4, kind);
  if (with_pcie) kinds[1] = LinkKind::pcie6_x16;
  return mixed_switch(kinds);
}

class Everywhere : public testing::TestWithParam<std::tuple<LinkKind, bool>> {};

TEST_P(Everywhere, APushReachesEachMemberOnce) {
  ReportGuard reports;
  ReductionRig rig(with_engines(switch_of(std::get<0>(GetParam()), std::get<1>(GetParam()))));
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, kAddress, kElements));
    rig.begin_at(kStart + member * 1000, member, *sent.back());
  }
  sc_core::sc_start();
  for (const auto* payload : sent) {
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  }
  for (const unsigned member : kMembers) {
    rig.expect_sum(member, kAddress, kMembers, kElements);
    EXPECT_EQ(rig.target(member).requests(), 1u);
    EXPECT_EQ(rig.initiator(member).responses(), 1u);
    EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 4u * kElements);
    EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, 4u * kElements);
  }
  EXPECT_EQ(rig.results(), 1u);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  rig.expect_done();
}

TEST_P(Everywhere, APullReadsEachMemberOnceAndAnswersOnce) {
  ReportGuard reports;
  ReductionRig rig(with_engines(switch_of(std::get<0>(GetParam()), std::get<1>(GetParam()))));
  auto& load = rig.load(0, kMembers, kAddress, kElements);
  rig.begin_at(kStart, 0, load);
  sc_core::sc_start();
  EXPECT_EQ(load.get_response_status(), tlm::TLM_OK_RESPONSE);
  ReductionRig::expect_sum(load, kMembers, kElements);
  for (const unsigned member : kMembers) {
    EXPECT_EQ(rig.target(member).requests(), 1u);
    EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 4u * kElements);
    EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, member == 0 ? 4u * kElements : 0u);
  }
  EXPECT_EQ(rig.initiator(0).responses(), 1u);
  EXPECT_EQ(rig.results(), 1u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, Everywhere,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Bool()),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "_and_pcie" : "");
                         });

TEST(Push, ToOneMemberLeavesOutItsOwnContribution) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  for (const unsigned member : {0u, 3u}) {
    auto& payload = rig.contribution(member, kMembers, kAddress, kElements);
    rig.give_to(payload, 1);
    rig.begin_at(kStart, member, payload);
  }
  sc_core::sc_start();
  rig.expect_sum(1, kAddress, {0, 3}, kElements);
  EXPECT_EQ(rig.target(0).requests() + rig.target(3).requests(), 0u);
  rig.expect_done();
}

// Consecutive steps of the address meet at the engines of the members in turn.
TEST(Push, SpreadsItsContextsOverTheMembersPorts) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  const std::uint64_t step = rig.fabric.reduction_request_bytes();
  ASSERT_EQ(step, ReductionConfig{}.interleave_bytes);
  for (unsigned k = 0; k < 9; ++k) {
    for (const unsigned member : kMembers)
      rig.begin_at(kStart, member, rig.contribution(member, kMembers, k * step, 64));
  }
  sc_core::sc_start();
  for (const unsigned member : kMembers) {
    EXPECT_EQ(rig.port(member).counts().reductions, 3u);
    EXPECT_EQ(rig.target(member).requests(), 9u);
    EXPECT_EQ(rig.port(member).reduction()->engine().alu().elements(), 3u * 3 * 64);
  }
  rig.expect_done();
}

TEST(Loosely, TimedPushReturnsAtOnceAndTheLastDelivers) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  Picoseconds took[4] = {};
  for (const unsigned member : kMembers) {
    EXPECT_EQ(rig.results(), 0u);
    auto& payload = rig.contribution(member, kMembers, kAddress, kElements);
    took[member] = rig.initiator(member).blocking(payload);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  }
  EXPECT_EQ(took[0], took[1]);
  EXPECT_GT(took[3], took[0]);
  for (const unsigned member : kMembers) rig.expect_sum(member, kAddress, kMembers, kElements);
  auto& late = rig.contribution(0, kMembers, kAddress, kElements);
  rig.initiator(0).blocking(late);
  auto& twice = rig.contribution(0, kMembers, kAddress, kElements);
  rig.initiator(0).blocking(twice);
  EXPECT_EQ(ReductionRig::status(twice), ReductionStatus::duplicate);
  rig.expect_done();
}

TEST(Loosely, TimedPullIsLongerThanItsSlowestReadByItsEngine) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto& load = rig.load(0, kMembers, kAddress, kElements);
  const Picoseconds took = rig.initiator(0).blocking(load);
  ReductionRig::expect_sum(load, kMembers, kElements);
  unsigned char data[4 * kElements];
  auto& read =
      rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1) + kAddress, data, sizeof data);
  EXPECT_GE(took,
            rig.initiator(0).blocking(read) + models::to_picoseconds(ReductionConfig{}.latency_ns));
  rig.expect_done();
}

TEST(Pointers, AreNeverGivenForAGroup) {
  ReportGuard reports;
  SwitchConfig config = with_engines(pcie_switch(4));
  config.hypercast->groups = {group_of(0, {0, 1, 3})};
  ReductionRig rig(config);
  rig.target(0).on_dmi = [](tlm_generic_payload&, tlm::tlm_dmi&) { return true; };
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  unsigned char byte[4] = {};
  auto& payload = rig.initiator(1).make(tlm::TLM_READ_COMMAND, group_window(0), byte, 4);
  tlm::tlm_dmi grant;
  EXPECT_FALSE(rig.initiator(1).socket->get_direct_mem_ptr(payload, grant));
  rig.expect_done();
}

// A context costs its engine one event, when its last contribution or answer is folded; where
// contributions wait for contexts, one each at most. Loads wait for their context without one.
class EngineEvents : public testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(EngineEvents, AreOneAContextAndNeverMoreThanContributions) {
  const auto [pull, scarce] = GetParam();
  ReportGuard reports;
  constexpr unsigned kRequests = 32;
  ReductionConfig engines;
  engines.parking = kRequests;
  if (scarce) {
    engines.contexts = 8;  // one request of 1000 B
    engines.buffer_bytes = 1024;
  }
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  std::vector<tlm_generic_payload*> sent;
  for (unsigned k = 0; k < kRequests; ++k) {
    const std::uint64_t address = kAddress + 4096 * k;
    for (const unsigned member : kMembers) {
      if (pull && member != kMembers[k % kMembers.size()]) continue;
      sent.push_back(pull ? &rig.load(member, kMembers, address, kElements)
                          : &rig.contribution(member, kMembers, address, kElements));
      rig.begin_at(kStart + member * 1000, member, *sent.back());
    }
  }
  sc_core::sc_start();
  for (const auto* payload : sent) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  std::uint64_t events = 0, contexts = 0, contributions = 0, parked = 0;
  for (unsigned p = 0; p < 4; ++p) {
    const models::ReductionEngine& engine = rig.port(p).reduction()->engine();
    events += engine.events();
    contexts += engine.table().counts().opened;
    contributions += engine.table().counts().joined;
    parked += engine.table().counts().parked;
  }
  EXPECT_EQ(contexts, kRequests);
  EXPECT_EQ(contributions, kRequests * kMembers.size());
  EXPECT_EQ(parked > 0, scarce);
  EXPECT_GE(events, contexts);
  EXPECT_LE(events, scarce ? contributions : contexts);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Ways, EngineEvents, testing::Combine(testing::Bool(), testing::Bool()),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) ? "pull" : "push") +
                                  (std::get<1>(info.param) ? "_with_one_context" : "");
                         });

}  // namespace
}  // namespace antares::tb
