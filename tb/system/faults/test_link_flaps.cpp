// SPDX-License-Identifier: Apache-2.0
// Links that go down and come up at random under random traffic: every access is answered, with
// data that is right or with an error; no packet, credit, tag, buffer or context is left over.
#include <gtest/gtest.h>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

constexpr Picoseconds kUntil = 400'000'000;
constexpr unsigned kFailures = 18;

void expect_it_hurt(const FlapRun& run) {
  EXPECT_GT(ShadowLine::compared, run.answers / 4);
  EXPECT_GT(ShadowLine::errors, 0u) << "no link failed under traffic: the test shows nothing";
  EXPECT_GT(run.board.dropped_totals().packets, 0u);
}

/// Four devices on one switch, each link flapping.
void run_on_one_switch(SwitchConfig config, unsigned seed) {
  may_fail(config);
  Fabric rig(config);
  FlapRun run;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  at(1000, [&] {
    for (std::uint16_t i = 0; i < 4; ++i)
      flap(rig.fabric.port(protocols::PortId(i)).adapter(), seed + i, kFailures, kUntil);
  });
  run.go();
  expect_it_hurt(run);
  expect_quiescent(rig.fabric, rig.wheel);
}

class Flaps : public testing::TestWithParam<std::tuple<LinkKind, std::uint64_t>> {};

TEST_P(Flaps, EveryAccessIsAnsweredAndNothingIsLeft) {
  const auto [kind, train_bytes] = GetParam();
  ReportGuard reports;
  SwitchConfig config = mixed_switch(std::vector<LinkKind>(4, kind));
  config.train_bytes = train_bytes;
  run_on_one_switch(config, 10);
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
  run_on_one_switch(config, 20);
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
    flap(rig.fabric(0).port("right").adapter(), 31, kFailures, kUntil);
    flap(rig.fabric(2).port("left").adapter(), 32, kFailures, kUntil);
    flap(rig.fabric(1).port("dev").adapter(), 33, kFailures, kUntil);
  });
  run.lines_each = 9;
  run.go();
  expect_it_hurt(run);
  rig.expect_all_quiescent();
}

INSTANTIATE_TEST_SUITE_P(Kinds, TrunkFlaps, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace antares::tb
