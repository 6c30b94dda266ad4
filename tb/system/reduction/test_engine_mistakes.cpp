// SPDX-License-Identifier: Apache-2.0
// What goes wrong ends in a status with a name, for each who asked, and leaves nothing behind.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
const std::vector<unsigned> kMembers = {0, 1, 3};

void expect_ended(const tlm_generic_payload& payload, ReductionStatus status) {
  EXPECT_EQ(ReductionRig::status(payload), status) << models::name(ReductionRig::status(payload));
  EXPECT_EQ(payload.get_response_status(),
            status == ReductionStatus::ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST(Mistakes, AMissingContributorEndsInATimeout) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.timeout_us = 20;
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : {0u, 3u}) {
    sent.push_back(&rig.contribution(member, kMembers, 0, 64));
    rig.begin_at(kStart, member, *sent.back());
  }
  sc_core::sc_start();
  for (std::size_t i = 0; i < sent.size(); ++i) {
    expect_ended(*sent[i], ReductionStatus::timed_out);
    const Picoseconds told = rig.initiator(i == 0 ? 0 : 3).response_ps(*sent[i]);
    EXPECT_GE(told, kStart + 20'000'000);
    EXPECT_LT(told, kStart + 21'000'000);
  }
  EXPECT_EQ(rig.results(), 0u);
  EXPECT_EQ(rig.target(1).requests(), 0u);
  EXPECT_EQ(rig.port(0).last_refusal(), "the reduction ended with timed_out");
  rig.expect_done();
}

TEST(Mistakes, ADuplicateEndsAlone) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  auto& first = rig.contribution(0, kMembers, 0, 64);
  auto& again = rig.contribution(0, kMembers, 0, 64);
  rig.begin_at(kStart, 0, first);
  rig.begin_at(kStart + 1'000'000, 0, again);
  for (const unsigned member : {1u, 3u})
    rig.begin_at(kStart + 5'000'000, member, rig.contribution(member, kMembers, 0, 64));
  sc_core::sc_start();
  expect_ended(first, ReductionStatus::ok);
  expect_ended(again, ReductionStatus::duplicate);
  rig.expect_sum(3, 0, kMembers, 64);
  rig.expect_done();
}

TEST(Mistakes, UnequalLengthsAndPoisonEndForAll) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  std::vector<tlm_generic_payload*> lengths, poison;
  for (const unsigned member : kMembers) {
    lengths.push_back(&rig.contribution(member, kMembers, 0, member == 3 ? 32 : 64));
    poison.push_back(&rig.contribution(member, kMembers, 0x10000, 64));
    if (member == 1)
      poison.back()->get_extension<models::PacketHint>()->flags = protocols::kPoisoned;
    rig.begin_at(kStart, member, *lengths.back());
    rig.begin_at(kStart, member, *poison.back());
  }
  sc_core::sc_start();
  for (const auto* payload : lengths) expect_ended(*payload, ReductionStatus::unequal_length);
  for (const auto* payload : poison) expect_ended(*payload, ReductionStatus::poisoned);
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

// One context a engine, two reductions at the same one; two ranks come in opposite order.
class OppositeOrder : public testing::TestWithParam<unsigned> {};

TEST_P(OppositeOrder, FinishesWithOneContext) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.contexts = 1;
  engines.context_bytes = 256;
  engines.buffer_bytes = 256;
  engines.parking = GetParam();
  ReductionRig rig(with_engines(pcie_switch(2), engines));
  const std::vector<unsigned> members = {0, 1};
  const std::uint64_t other = 2 * rig.fabric.reduction_request_bytes();  // the same engine's turn
  auto& ax = rig.contribution(0, members, 0, 64);
  auto& ay = rig.contribution(0, members, other, 64);
  auto& by = rig.contribution(1, members, other, 64);
  auto& bx = rig.contribution(1, members, 0, 64);
  rig.begin_at(kStart, 0, ax);
  rig.begin_at(kStart + 1'000'000, 1, by);
  rig.begin_at(kStart + 2'000'000, 0, ay);
  rig.begin_at(kStart + 3'000'000, 1, bx);
  sc_core::sc_start();
  expect_ended(ax, ReductionStatus::ok);
  expect_ended(bx, ReductionStatus::ok);
  const auto later = GetParam() == 0 ? ReductionStatus::retry : ReductionStatus::ok;
  expect_ended(ay, later);
  expect_ended(by, later);
  rig.expect_sum(0, 0, members, 64);
  EXPECT_EQ(rig.results(), GetParam() == 0 ? 1u : 2u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Parking, OppositeOrder, testing::Values(0u, 1u));

TEST(Mistakes, WhatCannotBeReducedIsRefusedAtTheDoor) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  const auto ask = [&](auto&& change) {
    auto& payload = rig.contribution(0, kMembers, 0, 64);
    change(payload);
    rig.initiator(0).blocking(payload);
    EXPECT_TRUE(payload.is_response_error());
    return rig.port(0).last_refusal();
  };
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const auto kind = [](tlm_generic_payload& payload, models::ReductionOp op,
                       models::ElementType type) {
    auto naming = std::make_shared<models::ReductionNaming>();
    naming->kind.op = op;
    naming->kind.type = type;
    payload.get_extension<models::PacketHint>()->reduction = naming;
  };
  const std::string engines = "refused by the reduction engines: ";
  EXPECT_EQ(ask([&](auto& p) { kind(p, models::ReductionOp::max, models::ElementType::f64); }),
            engines + "operator_forbids_type");
  EXPECT_EQ(ask([&](auto& p) { kind(p, models::ReductionOp::add, models::ElementType::e4m3); }),
            engines + "push_forbids_type");
  EXPECT_EQ(ask([](auto& p) { p.set_data_length(30), p.set_streaming_width(30); }),
            engines + "odd_operand_size");
  EXPECT_EQ(ask([](auto& p) { p.set_address(2); }), engines + "misaligned_operand");
  EXPECT_EQ(ask([](auto& p) {
              name_members(p, NamedBy::list, {1, 3});
            }),
            engines + "sender_outside");
  EXPECT_EQ(ask([](auto& p) {
              name_members(p, NamedBy::list, {0, 1, 0});
            }),
            "refused by Hypercast: duplicate_member");
  EXPECT_EQ(ask([&](auto& p) { rig.give_to(p, 0); }), engines + "owner_contributes");
  EXPECT_EQ(ask([&](auto& p) { rig.give_to(p, 2); }), engines + "owner_outside");
  EXPECT_EQ(ask([&](auto& p) { p.set_address(kWindowBytes - 16); }), engines + "outside_window");
  EXPECT_EQ(rig.port(0).counts().reductions_refused, 8u);
  rig.expect_done();
}

// Its link is down: what it should have sent never comes, what it should be read never does.
TEST(Mistakes, ADeadMembersLinkEndsInAStatus) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.timeout_us = 20;
  SwitchConfig config = with_engines(pcie_switch(4), engines);
  for (auto& port : config.ports) port.faults = models::PortFaultConfig{};
  ReductionRig rig(config);
  rig.port(3).schedule_link(LinkEvent::lose, 500'000);
  auto& load = rig.load(0, kMembers, 0x4000, 64);
  auto& store = rig.contribution(1, kMembers, 0, 64);
  rig.begin_at(kStart, 0, load);
  rig.begin_at(kStart, 1, store);
  sc_core::sc_start();
  EXPECT_TRUE(load.is_response_error());
  expect_ended(store, ReductionStatus::timed_out);
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

TEST(Mistakes, EnginesWithoutGroupsAreNoConfiguration) {
  SwitchConfig config = pcie_switch(2);
  config.reduction = ReductionConfig{};
  EXPECT_THROW(FabricSwitch("fabric", config), std::invalid_argument);
}

}  // namespace
}  // namespace antares::tb
