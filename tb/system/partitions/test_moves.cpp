// SPDX-License-Identifier: Apache-2.0
// Ports that move between partitions while traffic runs: nothing is lost, nothing is left, and the
// port sees its new partition and nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using models::MoveOutcome;
using models::PortMove;
using protocols::PortId;
using testing::HasSubstr;
using tlm::tlm_generic_payload;

/// Ports 0..3 in "a", 4 and 5 in "b", the rest spare.
SwitchConfig two_partitions(SwitchConfig config) {
  config.partitions = {{"a", {PortId(0), PortId(1), PortId(2), PortId(3)}, {}},
                       {"b", {PortId(4), PortId(5)}, {}}};
  config.moves.timeout_us = 20;
  return config;
}
SwitchConfig two_partitions() { return two_partitions(pcie_switch(7)); }

class Moves : public testing::Test {
 protected:
  /// The status and latency of a read by AT, begun at `at_ps`.
  struct Answer {
    tlm_generic_payload* payload = nullptr;
    Picoseconds at_ps = 0;
  };
  Answer read(Fabric& rig, unsigned from, std::uint64_t address, Picoseconds at_ps) {
    Answer answer;
    answer.payload = &rig.initiator(from).make(tlm::TLM_READ_COMMAND, address, data, 64);
    answer.at_ps = at_ps;
    at(at_ps, [&rig, from, payload = answer.payload] { rig.initiator(from).begin(*payload); });
    return answer;
  }
  ReportGuard reports;
  unsigned char data[4096] = {};
};

TEST_F(Moves, AnIdlePortMovesAndSeesItsNewPartitionOnly) {
  Fabric rig(two_partitions());
  rig.fabric.move_port(PortId(3), "b", 1'000'000);
  const Answer before = read(rig, 3, window(0), 100);
  const Answer to_old = read(rig, 3, window(0), 5'000'000);
  const Answer to_new = read(rig, 3, window(4), 6'000'000);
  const Answer from_old = read(rig, 0, window(3), 5'000'000);
  const Answer from_new = read(rig, 4, window(3), 5'000'000);
  sc_core::sc_start();
  EXPECT_EQ(before.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(to_old.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(from_old.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(to_new.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(from_new.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  ASSERT_EQ(rig.fabric.moves().size(), 1u);
  const PortMove& move = rig.fabric.moves().front();
  EXPECT_EQ(move.outcome, MoveOutcome::moved) << move.reason;
  EXPECT_EQ(move.from, "a");
  EXPECT_EQ(move.to, "b");
  EXPECT_EQ(move.started_ps, 1'000'000u);
  EXPECT_EQ(move.drained_ps, move.started_ps) << "nothing was in flight";
  EXPECT_EQ(move.moved_ps, move.drained_ps + models::to_picoseconds(
                                                 rig.fabric.config().moves.table_update_us * 1000));
  EXPECT_EQ(move.restarted_ps, move.moved_ps);
  EXPECT_EQ(move.held, 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, RequestsWaitWhileItDrainsAndThenSeeTheNewMap) {
  Fabric rig(two_partitions());
  // The drain waits for an answer of the port's own device, which takes its time.
  tlm_generic_payload* asked = nullptr;
  rig.target(3).on_request = [&](tlm_generic_payload& payload, tlm::tlm_phase& phase, auto&) {
    asked = &payload;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  const Answer slow = read(rig, 0, window(3), 100);
  rig.fabric.move_port(PortId(3), "b", 2'000'000);
  const Answer from_a = read(rig, 1, window(3), 3'000'000);
  const Answer own = read(rig, 3, window(4), 3'000'000);     // not seen yet
  const Answer from_b = read(rig, 4, window(3), 3'000'000);  // b does not know of it: no wait
  const Answer others = read(rig, 2, window(0), 3'000'000);  // nothing to do with it
  const Answer unmapped = read(rig, 2, window(99), 4'000'000);
  constexpr Picoseconds kAnswered = 9'000'000;
  at(kAnswered, [&] {
    EXPECT_EQ(rig.initiator(1).phases().size(), 0u) << "END_REQ must wait";
    EXPECT_EQ(rig.initiator(3).phases().size(), 0u);
    const auto facts = rig.fabric.waits();
    EXPECT_TRUE(std::any_of(facts.begin(), facts.end(), [](const auto& fact) {
      return fact.what.find("moves to another partition") != std::string::npos;
    }));
    rig.target(3).on_request = nullptr;
    rig.target(3).call_back(*asked, tlm::BEGIN_RESP);
  });
  sc_core::sc_start();
  EXPECT_EQ(slow.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(own.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(others.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(from_a.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(from_b.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  const PortMove& move = rig.fabric.moves().front();
  EXPECT_EQ(move.outcome, MoveOutcome::moved) << move.reason;
  EXPECT_EQ(move.in_flight, 1u);
  EXPECT_EQ(move.held, 2u);
  EXPECT_EQ(move.drained_ps, rig.initiator(0).response_ps(*slow.payload));
  EXPECT_EQ(move.restarted_ps, move.drained_ps + 1'000'000);
  // Refused as any unmapped address is, from when it was asked again.
  EXPECT_EQ(rig.initiator(1).response_ps(*from_a.payload) - move.restarted_ps,
            rig.initiator(2).response_ps(*unmapped.payload) - unmapped.at_ps);
  EXPECT_LT(rig.initiator(2).response_ps(*others.payload), kAnswered) << "must not wait";
  EXPECT_EQ(rig.fabric.port(PortId(1)).adapter().counts().held_requests, 1u);
  EXPECT_EQ(rig.fabric.port(PortId(3)).adapter().counts().held_requests, 1u);
  EXPECT_EQ(rig.fabric.port(PortId(1)).adapter().counts().at_transactions, 1u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, ADrainThatTakesTooLongLeavesThePortWhereItWas) {
  Fabric rig(two_partitions());
  tlm_generic_payload* asked = nullptr;
  rig.target(3).on_request = [&](tlm_generic_payload& payload, tlm::tlm_phase& phase, auto&) {
    asked = &payload;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  const Answer slow = read(rig, 0, window(3), 100);
  rig.fabric.move_port(PortId(3), "b", 2'000'000);
  const Answer held = read(rig, 3, window(1), 3'000'000);
  at(50'000'000, [&] { rig.target(3).call_back(*asked, tlm::BEGIN_RESP); });
  sc_core::sc_start();
  EXPECT_EQ(slow.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(held.payload->get_response_status(), tlm::TLM_OK_RESPONSE) << "still in a";
  const PortMove& move = rig.fabric.moves().front();
  EXPECT_EQ(move.outcome, MoveOutcome::timed_out);
  EXPECT_THAT(move.reason, HasSubstr("'dev3' is not drained after 20 us"));
  EXPECT_THAT(move.reason, HasSubstr("1 transaction(s) in flight"));
  EXPECT_THAT(move.reason, HasSubstr("fabric.dev0 to fabric.dev3"));
  EXPECT_THAT(move.reason, HasSubstr("stays in partition 'a'"));
  EXPECT_EQ(move.restarted_ps, 2'000'000 + 20'000'000u);
  EXPECT_EQ(move.moved_ps, models::kNever);
  EXPECT_GT(rig.initiator(3).response_ps(*held.payload), move.restarted_ps);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, ABlockingCallThatHasBegunIsWaitedFor) {
  Fabric rig(two_partitions());
  constexpr Picoseconds kBegun = 1'000'000;
  constexpr Picoseconds kLasts = 5'000'000;
  rig.target(3).on_blocking = [&](tlm_generic_payload& payload, sc_core::sc_time&) {
    sc_core::wait(ps(kLasts));
    rig.target(3).serve(payload);
  };
  auto& call = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(3), data, 64);
  at(kBegun, [&] { rig.initiator(0).blocking(call); });
  rig.fabric.move_port(PortId(3), "b", 2'000'000);
  sc_core::sc_start();
  EXPECT_TRUE(call.is_response_ok()) << "it saw the map as it was when it began";
  const PortMove& move = rig.fabric.moves().front();
  EXPECT_EQ(move.outcome, MoveOutcome::moved) << move.reason;
  EXPECT_EQ(move.in_flight, 1u);
  // The end of a call comes from a process of the device's own: never in the current instant.
  EXPECT_GE(move.drained_ps, kBegun + kLasts);
  EXPECT_LE(move.drained_ps, kBegun + kLasts + 1);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, ABlockingCallThatDoesNotEndIsNamed) {
  Fabric rig(two_partitions());
  rig.target(3).on_blocking = [&](tlm_generic_payload& payload, sc_core::sc_time&) {
    sc_core::wait(ps(50'000'000));  // the drain may take 20 us
    rig.target(3).serve(payload);
  };
  auto& call = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(3), data, 64);
  at(1'000'000, [&] { rig.initiator(0).blocking(call); });
  rig.fabric.move_port(PortId(3), "b", 2'000'000);
  sc_core::sc_start();
  const PortMove& move = rig.fabric.moves().front();
  EXPECT_EQ(move.outcome, MoveOutcome::timed_out);
  EXPECT_THAT(move.reason, HasSubstr("1 blocking call(s) of its device or to it"));
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, SparePortsComeInAndGoOut) {
  Fabric rig(two_partitions());
  rig.fabric.move_port(PortId(6), "b", 1'000'000);
  rig.fabric.move_port(PortId(6), "", 10'000'000);
  const Answer before = read(rig, 6, window(4), 100);
  const Answer within = read(rig, 6, window(4), 5'000'000);
  const Answer to_it = read(rig, 5, window(6), 5'000'000);
  const Answer after = read(rig, 6, window(4), 15'000'000);
  const Answer itself = read(rig, 6, window(6), 16'000'000);
  sc_core::sc_start();
  EXPECT_EQ(before.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(within.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(to_it.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(after.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(itself.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, WhatCannotBeIsRefusedByNameAndChangesNothing) {
  SwitchConfig config = two_partitions();
  config.ports[0].role = config.ports[4].role = models::PortRole::upstream;
  // The same address in both partitions.
  config.windows.push_back({window(20), 4096, protocols::EndpointId(1), PortId(1), 0});
  config.windows.push_back({window(20), 4096, protocols::EndpointId(5), PortId(5), 0});
  Fabric rig(config);
  EXPECT_THROW(rig.fabric.move_port(PortId(77), "b"), std::invalid_argument);
  EXPECT_THROW(rig.fabric.move_port(PortId(1), "c"), std::invalid_argument);
  rig.fabric.move_port(PortId(1), "a", 1000);
  rig.fabric.move_port(PortId(1), "b", 2000);
  rig.fabric.move_port(PortId(0), "b", 3000);
  rig.fabric.move_port(PortId(2), "b", 4000);
  rig.fabric.move_port(PortId(2), "", 5000);  // while it is under way
  const Answer still = read(rig, 1, window(0), 5'000'000);
  sc_core::sc_start();
  const auto& moves = rig.fabric.moves();
  ASSERT_EQ(moves.size(), 5u);
  EXPECT_THAT(moves[0].reason, HasSubstr("'dev1' is in partition 'a' already"));
  EXPECT_THAT(moves[1].reason, HasSubstr("overlap"));
  EXPECT_THAT(moves[2].reason, HasSubstr("second upstream port of partition 'b'"));
  EXPECT_EQ(moves[3].outcome, MoveOutcome::moved);
  EXPECT_THAT(moves[4].reason, HasSubstr("on its way"));
  for (const unsigned i : {0u, 1u, 2u, 4u}) EXPECT_EQ(moves[i].outcome, MoveOutcome::refused);
  EXPECT_EQ(still.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Moves, ASwitchWithoutPartitionsHasNothingToMoveBetween) {
  FabricSwitch fabric("fabric", pcie_switch(2));
  EXPECT_THROW(fabric.move_port(PortId(0), ""), std::logic_error);
}

TEST_F(Moves, PointersAreTakenBackAndNotGivenWhileItDrains) {
  Fabric rig(two_partitions());
  static unsigned char memory[4096];
  rig.target(3).on_dmi = [](tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_dmi_ptr(memory);
    dmi.set_start_address(0);
    dmi.set_end_address(sizeof memory - 1);
    dmi.allow_read_write();
    return true;
  };
  auto& ask_a = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(3), data, 64);
  auto& ask_b = rig.initiator(4).make(tlm::TLM_READ_COMMAND, window(3), data, 64);
  const auto granted = [&](unsigned from, tlm_generic_payload& payload) {
    tlm::tlm_dmi dmi;
    return rig.initiator(from).socket->get_direct_mem_ptr(payload, dmi);
  };
  rig.fabric.move_port(PortId(3), "b", 1'000'000);
  at(100, [&] {
    EXPECT_TRUE(granted(0, ask_a));
    EXPECT_FALSE(granted(4, ask_b));
  });
  at(1'500'000, [&] {  // drained, the tables are being written
    EXPECT_FALSE(rig.initiator(0).invalidated().empty());
    EXPECT_FALSE(granted(0, ask_a));
    EXPECT_FALSE(granted(4, ask_b));
  });
  at(3'000'000, [&] {
    EXPECT_FALSE(granted(0, ask_a));
    EXPECT_TRUE(granted(4, ask_b));
    // LT and debug access see the same map.
    EXPECT_EQ(rig.initiator(0).socket->transport_dbg(ask_a), 0u);
    EXPECT_EQ(rig.initiator(4).socket->transport_dbg(ask_b), 64u);
    rig.initiator(0).blocking(ask_a);
    EXPECT_EQ(ask_a.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    rig.initiator(4).blocking(ask_b);
    EXPECT_EQ(ask_b.get_response_status(), tlm::TLM_OK_RESPONSE);
  });
  sc_core::sc_start();
  expect_quiescent(rig.fabric, rig.wheel);
}

/// Random traffic, random moves; every port has been somewhere else and back.
void move_under_load(FlapRun& run, const std::function<void()>& schedule) {
  run.ports_move = true;
  run.lines_each = 28;
  at(1000, schedule);
  run.go();
  std::size_t moved = 0;
  std::size_t in_flight = 0;
  std::size_t held = 0;
  for (FabricSwitch* fabric : run.fabrics) {
    for (const PortMove& move : fabric->moves()) {
      if (move.outcome == MoveOutcome::refused) continue;
      EXPECT_EQ(move.outcome, MoveOutcome::moved) << move.reason;
      EXPECT_LE(move.started_ps, move.drained_ps);
      EXPECT_LT(move.drained_ps, move.moved_ps);
      ++moved;
      in_flight += move.in_flight;
      held += move.held;
    }
  }
  EXPECT_GT(moved, 10u);
  EXPECT_GT(in_flight, moved) << "no load: the test shows nothing";
  EXPECT_GT(held, 0u);
  EXPECT_EQ(ShadowLine::errors, 0u) << "requests to a port that moves wait, or find nobody";
  EXPECT_GT(ShadowLine::unseen, 0u);
  EXPECT_GT(ShadowLine::compared, run.answers / 20);
  EXPECT_EQ(run.board.dropped_totals().packets, 0u);
}

class MovesUnderLoad : public testing::TestWithParam<std::tuple<LinkKind, unsigned>> {};

TEST_P(MovesUnderLoad, NothingIsLostNorLeftAndPartitionsHold) {
  const auto [kind, seed] = GetParam();
  ReportGuard reports;
  Fabric rig(two_partitions(mixed_switch(std::vector<LinkKind>(7, kind))));
  FlapRun run;
  run.seed = seed;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  move_under_load(run, [&, seed = seed] { roam(rig.fabric, seed, 60, 12'000'000); });
  expect_quiescent(rig.fabric, rig.wheel);
  expect_partitions_hold(rig.fabric, run.initiators);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Kinds, MovesUnderLoad,
                         testing::Combine(testing::Values(LinkKind::pcie6_x16, LinkKind::ualink_x4,
                                                          LinkKind::nvlink4_x2, LinkKind::sue_x4),
                                          testing::Values(1u, 2u)),
                         [](const auto& param) {
                           return std::string(name_of(std::get<0>(param.param))) + "_" +
                                  std::to_string(std::get<1>(param.param));
                         });

/// What comes from other switches waits and drains, too.
TEST(MovesOfLinkedSwitches, NothingIsLostNorLeft) {
  ReportGuard reports;
  ChainConfig chain;
  chain.device_links.assign(3, make_policy(LinkKind::pcie6_x16));
  chain.trunks.assign(2, make_policy(LinkKind::pcie6_x16));
  chain.adjust = [](SwitchConfig& config) {
    config.partitions = {{"all", {}, {}}};
    for (std::uint16_t i = 0; i < config.ports.size(); ++i)
      config.partitions[0].ports.emplace_back(i);
  };
  SwitchChain rig(chain);
  FlapRun run;
  run.seed = 7;
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  for (auto& fabric : rig.switches) run.fabrics.push_back(fabric.get());
  move_under_load(run, [&] {
    for (unsigned i = 0; i < 12; ++i) {
      FabricSwitch& fabric = rig.fabric(i % 3);
      const PortId dev = fabric.port("dev").adapter().id();
      fabric.move_port(dev, "", 1'000'000 + i * 1'500'000);
      fabric.move_port(dev, "all", 3'000'000 + i * 1'500'000);
    }
    const PortId trunk = rig.fabric(1).port("left").adapter().id();
    rig.fabric(1).move_port(trunk, "", 3'000'000);
  });
  const PortMove* refused = nullptr;
  for (const PortMove& move : rig.fabric(1).moves())
    if (move.outcome == MoveOutcome::refused) refused = &move;
  ASSERT_NE(refused, nullptr);
  EXPECT_THAT(refused->reason, HasSubstr("'left' leads to another switch"));
  rig.expect_all_quiescent();
}

}  // namespace
}  // namespace antares::tb
