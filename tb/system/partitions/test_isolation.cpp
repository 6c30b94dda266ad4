// SPDX-License-Identifier: Apache-2.0
// Partitions: nothing crosses, and what one does cannot be told from inside the other. Two
// partitions of one switch carry equal traffic; then the other one stands still, or floods: the
// times of every answer stay the same to the picosecond, under every arbiter and queueing.
#include <gtest/gtest.h>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/shadow_line.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using models::ArbiterKind;
using models::Queueing;
using protocols::PortId;
using tlm::tlm_generic_payload;

SwitchConfig two_partitions() {
  SwitchConfig config = pcie_switch(8);
  // Interleaved on purpose: neighbours belong to different partitions.
  config.partitions = {{"even", {PortId(0), PortId(2), PortId(4), PortId(6)}, {}},
                       {"odd", {PortId(1), PortId(3), PortId(5), PortId(7)}, {}}};
  return config;
}

/// What the odd partition does while the even one works.
enum class Other { same, nothing, floods, asks_for_what_it_may_not_see, moves_ports, is_reset };
const char* name_of(Other other) {
  constexpr const char* names[] = {"same", "nothing", "floods", "asks", "moves", "reset"};
  return names[static_cast<unsigned>(other)];
}

struct Case {
  const char* name;
  ArbiterKind arbiter;
  Queueing queueing;
};

class Isolation : public testing::TestWithParam<Case> {};

TEST_P(Isolation, AnswersComeAtTheSameTimesWhateverTheOtherPartitionDoes) {
  ReportGuard reports;
  constexpr unsigned kOthers = 6;
  std::vector<Picoseconds> answers[kOthers];
  std::vector<std::unique_ptr<models::Scheduler>> wheels;
  std::vector<std::unique_ptr<FabricSwitch>> fabrics;
  std::vector<std::unique_ptr<Initiator>> initiators[kOthers];
  std::vector<std::unique_ptr<Target>> targets;
  std::vector<std::unique_ptr<ShadowLine>> lines[kOthers][8];
  // The kernel starts once: the cases run side by side, each under a wheel of its own.
  for (unsigned which = 0; which < kOthers; ++which) {
    const auto other = static_cast<Other>(which);
    const std::string prefix = name_of(other);
    SwitchConfig config = two_partitions();
    config.crossbar.arbiter = GetParam().arbiter;
    config.crossbar.queueing = GetParam().queueing;
    may_fail(config);
    wheels.push_back(std::make_unique<models::Scheduler>((prefix + "_wheel").c_str()));
    // Streams follow from names: below modules of one name they would be the same.
    fabrics.push_back(
        std::make_unique<FabricSwitch>((prefix + "_fabric").c_str(), config, wheels[which].get()));
    for (std::uint16_t i = 0; i < 8; ++i) {
      const auto port = fabrics[which]->port(PortId(i));
      const std::string n = prefix + std::to_string(i);
      initiators[which].push_back(std::make_unique<Initiator>(("initiator_" + n).c_str()));
      targets.push_back(std::make_unique<Target>(("target_" + n).c_str()));
      initiators[which][i]->socket.bind(port.target());
      port.initiator().bind(targets.back()->socket);
      const bool odd = i % 2 == 1;
      if (odd && other == Other::nothing) continue;
      const unsigned count = odd && other == Other::floods ? 12 : 4;
      for (unsigned k = 0; k < count; ++k) {
        const unsigned to =
            odd && other == Other::asks_for_what_it_may_not_see ? k % 4 * 2 : k % 4 * 2 + i % 2;
        const std::uint64_t base = window(to) + (i * 12 + k) * std::uint64_t{ShadowLine::kBytes};
        lines[which][i].push_back(
            std::make_unique<ShadowLine>(*initiators[which][i], base, 100 * i + k, 40));
        lines[which][i].back()->expect_address_errors = to % 2 != i % 2;
        lines[which][i].back()->ports_move = odd && other == Other::moves_ports;
        lines[which][i].back()->links_fail = odd && other == Other::is_reset;
        at(1000 + 777 * k, [line = lines[which][i].back().get()] { line->next(); });
      }
      initiators[which][i]->on_response = [&, which, i](tlm_generic_payload& payload, auto&) {
        if (i % 2 == 0) answers[which].push_back(now_ps());
        for (auto& line : lines[which][i]) {
          if (line->owns(payload)) line->answered();
        }
        return tlm::TLM_COMPLETED;
      };
    }
  }
  FabricSwitch& moving = *fabrics[static_cast<unsigned>(Other::moves_ports)];
  for (unsigned k = 0; k < 6; ++k) {
    for (const PortId port : {PortId(3), PortId(7)})
      moving.move_port(port, k % 2 == 0 ? "" : "odd", 500'000 + 1'300'000 * k);
  }
  FabricSwitch& reset = *fabrics[static_cast<unsigned>(Other::is_reset)];
  for (unsigned k = 0; k < 6; ++k) reset.reset_partition("odd", 500'000 + 1'300'000 * k);
  sc_core::sc_start();
  EXPECT_GT(ShadowLine::errors, 0u) << "a reset that nobody noticed";
  for (std::uint16_t i = 0; i < 8; ++i) {
    const auto& counts = reset.port(PortId(i)).adapter().counts();
    EXPECT_EQ(counts.link_failures, i % 2 == 1 ? 6u : 0u);
    if (i % 2 == 0) EXPECT_EQ(reset.port(PortId(i)).adapter().errors(), nullptr);
  }
  EXPECT_EQ(moving.moves().back().outcome, models::MoveOutcome::moved);
  EXPECT_EQ(answers[0].size(), 4u * 4 * 40);
  for (unsigned which = 1; which < kOthers; ++which)
    EXPECT_EQ(answers[which], answers[0]) << name_of(static_cast<Other>(which));
  for (unsigned which = 0; which < kOthers; ++which)
    expect_quiescent(*fabrics[which], *wheels[which]);
}

INSTANTIATE_TEST_SUITE_P(Arbiters, Isolation,
                         testing::Values(Case{"islip", ArbiterKind::islip, Queueing::voq},
                                         Case{"round_robin", ArbiterKind::round_robin,
                                              Queueing::voq},
                                         Case{"age", ArbiterKind::age, Queueing::voq},
                                         Case{"fifo", ArbiterKind::islip, Queueing::fifo},
                                         Case{"output", ArbiterKind::islip, Queueing::output}),
                         [](const auto& param) { return std::string(param.param.name); });

class Partitions : public testing::Test {
 protected:
  ReportGuard reports;
};

TEST_F(Partitions, ARequestAcrossLooksLikeOneToAnUnmappedAddress) {
  Fabric rig(two_partitions());
  static unsigned char data[64];
  auto& across = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  auto& unmapped = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(99), data, 64);
  at(1'000'000, [&] { rig.initiator(0).begin(across); });
  at(2'000'000, [&] { rig.initiator(0).begin(unmapped); });
  auto& debug = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  at(3'000'000, [&] {
    EXPECT_EQ(rig.initiator(0).socket->transport_dbg(debug), 0u);
    tlm::tlm_dmi dmi;
    EXPECT_FALSE(rig.initiator(0).socket->get_direct_mem_ptr(debug, dmi));
  });
  sc_core::sc_start();
  EXPECT_EQ(across.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(unmapped.get_response_status(), across.get_response_status());
  EXPECT_EQ(rig.initiator(0).response_ps(across) - 1'000'000,
            rig.initiator(0).response_ps(unmapped) - 2'000'000);
  EXPECT_EQ(rig.target(1).requests(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Partitions, EachHasItsOwnAddressMap) {
  SwitchConfig config = two_partitions();
  config.windows.clear();
  // The same address on both sides, another device each.
  config.windows.push_back({window(0), kWindowBytes, protocols::EndpointId(2), PortId(2), 0});
  config.windows.push_back({window(0), kWindowBytes, protocols::EndpointId(3), PortId(3), 0});
  Fabric rig(config);
  static unsigned char data[2] = {11, 22};
  for (unsigned i : {0u, 1u}) {
    at(1000, [&rig, i] {
      auto& initiator = rig.initiator(i);
      initiator.begin(initiator.make(tlm::TLM_WRITE_COMMAND, window(0) + 5, data + i, 1));
    });
  }
  sc_core::sc_start();
  EXPECT_EQ(rig.target(2).byte(5), 11);
  EXPECT_EQ(rig.target(3).byte(5), 22);
}

// Three pairs of the same two protocols: bridged as the switch says, slower, and not at all.
TEST_F(Partitions, EachBridgesAsItIsTold) {
  constexpr LinkKind kFrom = LinkKind::pcie6_x16;
  constexpr LinkKind kTo = LinkKind::ualink_x4;
  SwitchConfig config = mixed_switch({kFrom, kTo, kFrom, kTo, kFrom, kTo});
  constexpr double kMore_ns = 13;
  models::BridgeConfig slow = config.bridge;
  slow.latency_ns += kMore_ns;
  models::BridgeConfig off = config.bridge;
  off.enabled = false;
  config.partitions = {{"plain", {PortId(0), PortId(1)}, {}},
                       {"slow", {PortId(2), PortId(3)}, slow},
                       {"off", {PortId(4), PortId(5)}, off}};
  Fabric rig(config);
  static unsigned char data[3][64];
  tlm_generic_payload* reads[3];
  for (unsigned i : {0u, 1u, 2u}) {
    auto& initiator = rig.initiator(2 * i);
    reads[i] = &initiator.make(tlm::TLM_READ_COMMAND, window(2 * i + 1), data[i], 64);
    at(1000, [&initiator, read = reads[i]] { initiator.begin(*read); });
  }
  sc_core::sc_start();
  EXPECT_TRUE(reads[0]->is_response_ok());
  EXPECT_TRUE(reads[1]->is_response_ok());
  // The request and its answer change their protocol once each.
  EXPECT_EQ(rig.initiator(2).response_ps(*reads[1]) - rig.initiator(0).response_ps(*reads[0]),
            2 * models::to_picoseconds(kMore_ns));
  EXPECT_EQ(reads[2]->get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(rig.target(5).requests(), 0u);
  for (unsigned i : {0u, 2u, 4u})
    EXPECT_EQ(rig.fabric.port(PortId(i)).adapter().counts().refused_crossings, i == 4 ? 1u : 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST_F(Partitions, MistakesAreNamedAllAtOnce) {
  SwitchConfig config = two_partitions();
  config.partitions[0].ports.push_back(PortId(1));
  config.partitions[1].ports.push_back(PortId(77));
  config.partitions.push_back({"empty", {}, {}});
  config.partitions.push_back({"odd", {}, {}});
  try {
    FabricSwitch fabric("fabric", config);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& problem) {
    const std::string text = problem.what();
    for (const char* part : {"'dev1' is in partition 'even' and in 'odd'", "port 77 of 8",
                             "'empty' has no port", "two partitions are called 'odd'"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST_F(Partitions, ASparePortReachesNobody) {
  SwitchConfig config = two_partitions();
  config.partitions[1].ports = {PortId(1)};
  Fabric rig(config);
  static unsigned char data[64];
  auto& spare = rig.initiator(3).make(tlm::TLM_READ_COMMAND, window(5), data, 64);
  at(1000, [&] { rig.initiator(3).begin(spare); });
  sc_core::sc_start();
  EXPECT_EQ(spare.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace
}  // namespace antares::tb
