// SPDX-License-Identifier: Apache-2.0
// Links that go down and come up at random under random traffic: every access is answered, with
// data that is right or with an error; no packet, credit, tag, buffer or context is left over.
#include <gtest/gtest.h>

#include "antares/models/observe/scoreboard.h"
#include "tb/support/link_kinds.h"
#include "tb/support/shadow_line.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr double kTimeoutUs = 30;
constexpr Picoseconds kUntil = 400'000'000;

void may_fail(SwitchConfig& config) {
  for (auto& port : config.ports) {
    port.faults.emplace();
    port.faults->completion_timeout_us = kTimeoutUs;
  }
}

/// Each port is down for up to 3 us, again and again.
void flap(models::PortAdapter& port, unsigned seed) {
  boost::random::mt19937 engine(seed);
  const auto pick = [&](unsigned low, unsigned high) {
    return boost::random::uniform_int_distribution<unsigned>(low, high)(engine);
  };
  Picoseconds when = 2'000'000 + pick(0, 10'000'000);
  while (when < kUntil) {
    port.schedule_link(false, when);
    when += pick(1, 3'000'000);
    port.schedule_link(true, when);
    when += pick(1'000'000, 40'000'000);
  }
}

struct FlapRun {
  std::vector<Initiator*> initiators;
  std::vector<FabricSwitch*> fabrics;
  std::vector<std::unique_ptr<ShadowLine>> lines;
  models::Scoreboard board{models::ScoreboardConfig{}};

  void go(unsigned lines_each, unsigned accesses) {
    for (FabricSwitch* fabric : fabrics) fabric->observe().add_listener(board);
    const auto devices = static_cast<unsigned>(initiators.size());
    for (unsigned from = 0; from < devices; ++from) {
      for (unsigned k = 0; k < lines_each; ++k) {
        const std::uint64_t base =
            window(k % devices) + (from * lines_each + k) * std::uint64_t{ShadowLine::kBytes};
        lines.push_back(
            std::make_unique<ShadowLine>(*initiators[from], base, 100 * from + k, accesses));
        lines.back()->links_fail = true;
        at(1000 + 777 * k, [line = lines.back().get()] { line->next(); });
      }
      initiators[from]->on_response = [this](tlm_generic_payload& payload, auto&) {
        ++answers;
        for (auto& line : lines) {
          if (line->owns(payload)) line->answered();
        }
        return tlm::TLM_COMPLETED;
      };
    }
    sc_core::sc_start();
    EXPECT_EQ(answers, devices * lines_each * accesses) << "an access was never answered";
    EXPECT_GT(ShadowLine::compared, answers / 4);
    EXPECT_GT(ShadowLine::errors, 0u) << "no link failed under traffic: the test shows nothing";
    for (Initiator* initiator : initiators) EXPECT_EQ(initiator->in_use(), 0u);
    board.finish(now_ps());
    for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
    EXPECT_EQ(board.injected_totals().packets,
              board.delivered_totals().packets + board.dropped_totals().packets);
    EXPECT_GT(board.dropped_totals().packets, 0u);
  }
  unsigned answers = 0;
};

class Flaps : public testing::TestWithParam<std::tuple<LinkKind, std::uint64_t>> {};

TEST_P(Flaps, EveryAccessIsAnsweredAndNothingIsLeft) {
  const auto [kind, train_bytes] = GetParam();
  ReportGuard reports;
  SwitchConfig config = mixed_switch(std::vector<LinkKind>(4, kind));
  config.train_bytes = train_bytes;
  may_fail(config);
  Fabric rig(config);
  FlapRun run;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  at(1000, [&] {
    for (std::uint16_t i = 0; i < 4; ++i)
      flap(rig.fabric.port(protocols::PortId(i)).adapter(), 10 + i);
  });
  run.go(8, 60);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Flaps,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::Values(0u, 4096u)),
                         [](const auto& param) {
                           return std::string(name_of(std::get<0>(param.param))) + "_" +
                                  std::to_string(std::get<1>(param.param));
                         });

/// Every pair of kinds on one switch: failures on both sides of the bridge.
TEST(FlapsOfMixedPorts, EveryAccessIsAnsweredAndNothingIsLeft) {
  ReportGuard reports;
  SwitchConfig config = mixed_switch(
      {LinkKind::pcie6_x16, LinkKind::ualink_x4, LinkKind::nvlink4_x2, LinkKind::sue_x4});
  may_fail(config);
  Fabric rig(config);
  FlapRun run;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  at(1000, [&] {
    for (std::uint16_t i = 0; i < 4; ++i)
      flap(rig.fabric.port(protocols::PortId(i)).adapter(), 20 + i);
  });
  run.go(8, 60);
  expect_quiescent(rig.fabric, rig.wheel);
}

class TrunkFlaps : public testing::TestWithParam<LinkKind> {};

TEST_P(TrunkFlaps, EveryAccessIsAnsweredAndNothingIsLeft) {
  ReportGuard reports;
  ChainConfig chain;
  chain.device_links.assign(3, make_policy(GetParam()));
  chain.trunks.assign(2, make_policy(GetParam()));
  chain.adjust = may_fail;
  SwitchChain rig(chain);
  FlapRun run;
  for (auto& fabric : rig.switches) run.fabrics.push_back(fabric.get());
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  at(1000, [&] {
    flap(rig.fabric(0).port("right").adapter(), 31);
    flap(rig.fabric(2).port("left").adapter(), 32);
    flap(rig.fabric(1).port("dev").adapter(), 33);
  });
  run.go(9, 60);
  rig.expect_all_quiescent();
}

INSTANTIATE_TEST_SUITE_P(Kinds, TrunkFlaps, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace antares::tb
