// SPDX-License-Identifier: Apache-2.0
// Links that fail under what is for several: multicast writes named in each way, multicast
// fetch-adds, store-reduces and load-reduces, beside reads and writes. At any time: each link fails
// often, at random places of whatever is under way. Every operation is answered, with what it says
// or with an error; no packet, credit, copy, context or buffer is left over.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/support/flap_run.h"
#include "tb/support/link_troubles.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

constexpr Picoseconds kUntil = 300'000'000;
constexpr unsigned kFailures = 60;
constexpr unsigned kLines = 6;
constexpr unsigned kOperations = 60;

enum class Trouble { link_down, hot_reset, units, damaged_data };

const char* name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::link_down:
      return "LinkDown";
    case Trouble::hot_reset:
      return "HotReset";
    case Trouble::units:
      return "Units";
    case Trouble::damaged_data:
      return "DamagedData";
  }
  return "";
}

struct Setting {
  LinkKind kind = LinkKind::pcie6_x16;
  Trouble trouble = Trouble::link_down;
  std::uint64_t train_bytes = 0;
  models::SlowMember slow = models::SlowMember::stall;
  std::uint64_t quota_bytes = 0;
  models::Queueing queueing = models::Queueing::voq;
};

std::vector<unsigned> members(unsigned devices, unsigned line) {
  std::vector<unsigned> chosen;
  for (unsigned i = 0; i < devices; ++i)
    if (devices == 2 || line % 3 == 0 || i != line % devices) chosen.push_back(i);
  return chosen;
}

bool by_window(unsigned line) { return line % 2 == 1; }

void prepare(const Setting& what, unsigned devices, SwitchConfig& config) {
  may_fail(config);
  config.train_bytes = what.train_bytes;
  config.crossbar.queueing = what.queueing;
  config.hypercast = models::HypercastConfig{};
  config.hypercast->slow_member = what.slow;
  config.hypercast->member_timeout_us = 2;
  config.hypercast->quota_bytes = what.quota_bytes;
  config.reduction = models::ReductionConfig{};
  config.reduction->timeout_us = 40;
  for (unsigned line = 0; line < kLines; ++line)
    if (by_window(line))
      config.hypercast->groups.push_back(CollectiveLine::group_of(line, members(devices, line)));
  for (auto& port : config.ports) {
    if (what.trouble == Trouble::units) port.faults->errors.flit_failure_probability = 0.02;
    if (what.trouble == Trouble::damaged_data) port.faults->block_poisoned = true;
  }
}

void trouble(models::PortAdapter& port, const Setting& what, unsigned seed) {
  Planted planted;
  LinkTroubles troubles;
  if (what.trouble == Trouble::link_down) troubles.failures = kFailures;
  if (what.trouble == Trouble::units) troubles.bursts = kFailures / 2;
  if (what.trouble == Trouble::damaged_data) troubles.poison = kFailures;
  plant(port, seed, troubles, kUntil, planted);
  if (what.trouble != Trouble::hot_reset) return;
  boost::random::mt19937 engine(seed);
  constexpr Picoseconds kEach = kUntil / kFailures;
  for (unsigned i = 0; i < kFailures; ++i) {
    const auto within = boost::random::uniform_int_distribution<Picoseconds>(0, kEach)(engine);
    port.schedule_link(LinkEvent::hot_reset, 2'000'000 + i * kEach + within);
  }
}

template <class Targets>
void add_groups(const Setting& what, const Targets& targets, FlapRun& run) {
  CollectiveLine::Plan plan;
  plan.initiators = run.initiators;
  for (auto& target : targets) {
    serve_with_atomics(*target);
    plan.targets.push_back(target.get());
  }
  plan.links_fail = true;
  plan.may_leave = what.slow == models::SlowMember::drop;
  plan.count = kOperations;
  for (unsigned line = 0; line < kLines; ++line) {
    plan.members = members(static_cast<unsigned>(run.initiators.size()), line);
    plan.number = line;
    plan.seed = 100 + line;
    plan.by_window = by_window(line);
    run.groups.push_back(plan);
  }
  run.lines_each = 2;
}

void expect_it_hurt(const Setting& what, const FlapRun& run) {
  EXPECT_GT(CollectiveLine::compared, 0u);
  if (what.trouble == Trouble::units) {
    std::uint64_t failed = 0;
    for (models::FabricSwitch* fabric : run.fabrics) {
      for (std::size_t i = 0; i < fabric->port_count(); ++i) {
        auto& port = fabric->port(PortId(static_cast<std::uint16_t>(i))).adapter();
        for (auto* sender : {&port.ingress_link(), &port.egress().link()})
          if (sender->errors() != nullptr) failed += sender->errors()->counts().failed;
      }
    }
    EXPECT_EQ(failed > 0, what.kind != LinkKind::ideal);
    if (what.kind == LinkKind::ideal) return;  // nothing of it fails
  }
  EXPECT_GT(run.board.dropped_totals().packets, 0u) << "nothing got lost: the test shows nothing";
}

void run_on_one_switch(const Setting& what) {
  ReportGuard reports;
  constexpr unsigned kDevices = 4;
  SwitchConfig config = mixed_switch(std::vector<LinkKind>(kDevices, what.kind));
  prepare(what, kDevices, config);
  Fabric rig(config);
  FlapRun run;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  add_groups(what, rig.targets, run);
  at(1000, [&] {
    for (std::uint16_t i = 0; i < kDevices; ++i)
      trouble(rig.fabric.port(PortId(i)).adapter(), what, 10 + i);
  });
  run.go();
  expect_it_hurt(what, run);
  expect_quiescent(rig.fabric, rig.wheel);
}

/// A device a switch: each copy but one goes over a link between switches.
void run_on_a_chain(const Setting& what, unsigned switches) {
  ReportGuard reports;
  ChainConfig chain;
  chain.device_links.assign(switches, make_policy(what.kind));
  chain.trunks.assign(switches - 1, make_policy(what.kind));
  chain.train_bytes = what.train_bytes;
  chain.adjust = [&](SwitchConfig& config) { prepare(what, switches, config); };
  SwitchChain rig(chain);
  FlapRun run;
  for (auto& fabric : rig.switches) run.fabrics.push_back(fabric.get());
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  add_groups(what, rig.targets, run);
  at(1000, [&] {
    for (unsigned i = 1; i < switches; ++i)
      trouble(rig.fabric(i).port("left").adapter(), what, 30 + i);
    trouble(rig.fabric(0).port("dev").adapter(), what, 50);
  });
  run.go();
  expect_it_hurt(what, run);
  rig.expect_all_quiescent();
}

class GroupFaults : public testing::TestWithParam<std::tuple<LinkKind, Trouble, std::uint64_t>> {
 protected:
  static Setting setting() {
    const auto [kind, trouble, train_bytes] = GetParam();
    return {kind, trouble, train_bytes};
  }
};

TEST_P(GroupFaults, OnOneSwitchNothingIsLeft) { run_on_one_switch(setting()); }

TEST_P(GroupFaults, OverALinkNothingIsLeft) { run_on_a_chain(setting(), 2); }

TEST_P(GroupFaults, OverThreeSwitchesNothingIsLeft) { run_on_a_chain(setting(), 3); }

INSTANTIATE_TEST_SUITE_P(Kinds, GroupFaults,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::Values(Trouble::link_down, Trouble::hot_reset,
                                                          Trouble::units, Trouble::damaged_data),
                                          testing::Values(0u, 4096u)),
                         [](const auto& param) {
                           return std::string(tb::name_of(std::get<0>(param.param))) + "_" +
                                  name_of(std::get<1>(param.param)) + "_" +
                                  std::to_string(std::get<2>(param.param));
                         });

/// Copies that are given up meanwhile, and a quota on what is for several.
class GroupFaultsOfSlowMembers
    : public testing::TestWithParam<std::tuple<LinkKind, models::SlowMember>> {};

TEST_P(GroupFaultsOfSlowMembers, NothingIsLeft) {
  Setting what;
  std::tie(what.kind, what.slow) = GetParam();
  what.quota_bytes = 8192;
  run_on_one_switch(what);
}

TEST_P(GroupFaultsOfSlowMembers, NothingIsLeftOverALink) {
  Setting what;
  std::tie(what.kind, what.slow) = GetParam();
  what.quota_bytes = 8192;
  run_on_a_chain(what, 2);
}

INSTANTIATE_TEST_SUITE_P(Kinds, GroupFaultsOfSlowMembers,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::Values(models::SlowMember::time_out,
                                                          models::SlowMember::drop)),
                         [](const auto& param) {
                           const bool out = std::get<1>(param.param) == models::SlowMember::drop;
                           return std::string(tb::name_of(std::get<0>(param.param))) +
                                  (out ? "_drop" : "_time_out");
                         });

/// Where nothing waits at the inputs, copies end within the call that pushes them.
class GroupFaultsOfOutputQueues : public testing::TestWithParam<LinkKind> {};

TEST_P(GroupFaultsOfOutputQueues, NothingIsLeft) {
  Setting what;
  what.kind = GetParam();
  what.queueing = models::Queueing::output;
  run_on_one_switch(what);
}

TEST_P(GroupFaultsOfOutputQueues, NothingIsLeftOverALink) {
  Setting what;
  what.kind = GetParam();
  what.queueing = models::Queueing::output;
  run_on_a_chain(what, 2);
}

INSTANTIATE_TEST_SUITE_P(Kinds, GroupFaultsOfOutputQueues, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(tb::name_of(param.param)); });

}  // namespace
}  // namespace antares::tb
