// SPDX-License-Identifier: Apache-2.0
// A partition is reset while it works: everything in flight in it ends in an error or with its
// data, nothing is left, and what was in the switch is used by nobody. That the others notice
// nothing: test_isolation.cpp. Times in picoseconds.
#include <gtest/gtest.h>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using protocols::PortId;
using tlm::tlm_generic_payload;

constexpr Picoseconds kBegin = 1'000'000;

SwitchConfig two_partitions(SwitchConfig config) {
  may_fail(config);
  config.partitions = {{"a", {PortId(0), PortId(1)}, {}}, {"b", {PortId(2), PortId(3)}, {}}};
  return config;
}

class Reset : public testing::Test {
 protected:
  ReportGuard reports;
  unsigned char data[64] = {7};
};

TEST_F(Reset, WhatIsInTheSwitchIsUsedByNobody) {
  Fabric rig(two_partitions(pcie_switch(4)));
  auto& write = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 64);
  at(kBegin, [&] { rig.initiator(0).begin(write); });
  // Half way: off the first link, not on the second.
  const Picoseconds reset = kBegin + 60'000;
  rig.fabric.reset_partition("a", reset);
  auto& after = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data + 32, 8);
  at(reset + 1000, [&] { rig.initiator(0).begin(after); });  // trained in no time
  sc_core::sc_start();
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig.target(1).byte(0), 0) << "the write must not come out of the reset";
  EXPECT_TRUE(after.is_response_ok());
  EXPECT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.fabric.port("dev0").adapter().counts().link_failures, 1u);
  EXPECT_EQ(rig.fabric.port("dev2").adapter().counts().link_failures, 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Reset, ARequestAtADeviceEndsInAnError) {
  Fabric rig(two_partitions(pcie_switch(4)));
  tlm_generic_payload* asked = nullptr;
  rig.target(1).on_request = [&](tlm_generic_payload& payload, tlm::tlm_phase& phase, auto&) {
    asked = &payload;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  auto& read = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  at(kBegin, [&] { rig.initiator(0).begin(read); });
  rig.fabric.reset_partition("a", 3 * kBegin);
  at(40 * kBegin, [&] {  // nobody waits for it any more
    asked->set_response_status(tlm::TLM_OK_RESPONSE);
    rig.target(1).call_back(*asked, tlm::BEGIN_RESP);
  });
  sc_core::sc_start();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig.fabric.port("dev1").adapter().counts().stray_responses, 1u);
  expect_quiescent(rig.fabric, rig.wheel);
}

// Two of three have contributed: what an engine has of them is in no sum afterwards.
TEST_F(Reset, WhatEnginesHoldIsUsedByNobody) {
  SwitchConfig config = pcie_switch(4);
  may_fail(config);
  config.partitions = {{"a", {PortId(0), PortId(1), PortId(3)}, {}}, {"b", {PortId(2)}, {}}};
  ReductionRig rig(with_engines(config));
  const std::vector<unsigned> members = {0, 1, 3};
  std::vector<tlm_generic_payload*> before, after;
  for (const unsigned member : {0u, 1u}) {
    before.push_back(&rig.contribution(member, members, 0, 16));
    rig.begin_at(kBegin, member, *before.back());
  }
  rig.fabric.reset_partition("a", 3 * kBegin);
  for (const unsigned member : members) {
    after.push_back(&rig.contribution(member, members, 0, 16));
    rig.begin_at(60 * kBegin, member, *after.back());
  }
  sc_core::sc_start();
  for (const auto* payload : before)
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  for (const auto* payload : after)
    EXPECT_EQ(ReductionRig::status(*payload), models::ReductionStatus::ok);
  for (const unsigned member : members) rig.expect_sum(member, 0, members, 16);
  EXPECT_EQ(rig.results(), 1u);
  rig.expect_done();
}

// The same by blocking calls: what one of three has contributed waits for nobody any more.
TEST_F(Reset, WhatBlockingCallsHaveContributedIsUsedByNobody) {
  SwitchConfig config = pcie_switch(4);
  may_fail(config);
  config.partitions = {{"a", {PortId(0), PortId(1), PortId(3)}, {}}, {"b", {PortId(2)}, {}}};
  ReductionRig rig(with_engines(config));
  const std::vector<unsigned> members = {0, 1, 3};
  const auto contribute = [&](unsigned member) {
    auto& payload = rig.contribution(member, members, 0, 16);
    rig.initiator(member).blocking(payload);
    EXPECT_TRUE(payload.is_response_ok());
  };
  at(kBegin, [&] { contribute(0); });
  rig.fabric.reset_partition("a", 3 * kBegin);
  at(60 * kBegin, [&] {
    contribute(1);
    contribute(3);
    EXPECT_EQ(rig.target(1).requests(), 0u) << "the first one's is gone";
    contribute(0);
  });
  sc_core::sc_start();
  for (const unsigned member : members) rig.expect_sum(member, 0, members, 16);
  rig.expect_done();
}

class ResetUnderLoad : public testing::TestWithParam<LinkKind> {};

TEST_P(ResetUnderLoad, NothingIsLostNorLeft) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  SwitchConfig config = mixed_switch({link, link, link, link});
  may_fail(config);
  // Device i is in partition i % 2, as FlapRun has it.
  config.partitions = {{"even", {PortId(0), PortId(2)}, {}}, {"odd", {PortId(1), PortId(3)}, {}}};
  Fabric rig(config);
  FlapRun run;
  run.partitions = 2;
  run.accesses = 40;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  for (unsigned k = 0; k < 8; ++k) rig.fabric.reset_partition("even", (1 + 3 * k) * kBegin);
  run.go();
  EXPECT_GT(ShadowLine::errors, 0u);
  for (const char* name : {"dev1", "dev3"}) {
    const auto& port = rig.fabric.port(name).adapter();
    EXPECT_EQ(port.counts().completion_timeouts + port.counts().link_failures, 0u) << name;
  }
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ResetUnderLoad, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

TEST_F(Reset, WhatCannotBeResetIsNamed) {
  SwitchConfig config = two_partitions(pcie_switch(4));
  config.ports[3].faults.reset();
  Fabric rig(config);
  EXPECT_THROW(rig.fabric.reset_partition("c", kBegin), std::invalid_argument);
  EXPECT_THROW(rig.fabric.reset_partition("", kBegin), std::invalid_argument);
  try {
    rig.fabric.reset_partition("b", kBegin);
    FAIL() << "no exception";
  } catch (const std::logic_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("port 'dev3'"), std::string::npos) << problem.what();
  }
}

}  // namespace
}  // namespace antares::tb
