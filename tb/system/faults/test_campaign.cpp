// SPDX-License-Identifier: Apache-2.0
// One case of the campaign (scripts/campaign.py): random traffic, random failures, all of it from
// the words of ANTARES_CAMPAIGN_CASE ("kind=sue_x4 seed=7 devices=3 ..."). Without the variable: a
// small case. Prints a line that starts with RESULT for the script. A wrong word fails the test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tb/support/flap_run.h"
#include "tb/support/link_kinds.h"
#include "tb/support/link_troubles.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

struct Case {
  std::string kind = "pcie6_x16";  ///< a LinkKind, or "mixed": one kind after the other
  unsigned seed = 1;
  unsigned devices = 3;    ///< 2..16
  unsigned lines = 4;      ///< accesses in flight a device
  unsigned accesses = 10;  ///< one after the other a line
  unsigned train_bytes = 0;
  unsigned chain = 0;       ///< 1: a switch a device, in a row, and their links fail as well
  unsigned partitions = 1;  ///< of one switch: device i is in partition i % partitions
  unsigned moves = 0;       ///< of ports between these and no partition, at random times
  unsigned resets = 0;      ///< of partitions, at random times
  LinkTroubles links{6};    ///< of each link
  unsigned units = 0;       ///< that fail of a million, on all links
  unsigned burst_units = 1;
  unsigned block = 0;         ///< 1: egress blocks poisoned data
  unsigned contain = 0;       ///< 1: at fatal errors, 2: at any uncorrectable one
  unsigned gives_up = 0;      ///< a replay: as its protocol has it, 1: reset, 2: held down
  unsigned selective = 0;     ///< 1: PCIe in flit mode sends again what was asked for only
  unsigned flush = 0;         ///< LLR then: best effort, 1: block, 2: discard, 3: begins again
  unsigned groups = 0;        ///< operations of groups in flight, beside the lines
  unsigned operations = 15;   ///< of groups: a sum of CollectiveLine::Operation
  unsigned slow_members = 0;  ///< 1: their copies time out, 2: and they leave
  unsigned quota_bytes = 0;   ///< of the ingress buffers, for groups
};

unsigned* number_of(Case& in, const std::string& key) {
  const std::pair<const char*, unsigned*> numbers[] = {{"seed", &in.seed},
                                                       {"devices", &in.devices},
                                                       {"lines", &in.lines},
                                                       {"accesses", &in.accesses},
                                                       {"train_bytes", &in.train_bytes},
                                                       {"chain", &in.chain},
                                                       {"partitions", &in.partitions},
                                                       {"moves", &in.moves},
                                                       {"resets", &in.resets},
                                                       {"failures", &in.links.failures},
                                                       {"bursts", &in.links.bursts},
                                                       {"poison", &in.links.poison},
                                                       {"degradations", &in.links.degradations},
                                                       {"recoveries", &in.links.recoveries},
                                                       {"disables", &in.links.disables},
                                                       {"stuck", &in.links.stuck},
                                                       {"leaks", &in.links.leaks},
                                                       {"selective", &in.selective},
                                                       {"units", &in.units},
                                                       {"burst_units", &in.burst_units},
                                                       {"block", &in.block},
                                                       {"contain", &in.contain},
                                                       {"gives_up", &in.gives_up},
                                                       {"flush", &in.flush},
                                                       {"groups", &in.groups},
                                                       {"operations", &in.operations},
                                                       {"slow_members", &in.slow_members},
                                                       {"quota_bytes", &in.quota_bytes}};
  for (const auto& [name, number] : numbers)
    if (key == name) return number;
  return nullptr;
}

bool read_case(const std::string& words, Case& out) {
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    const auto equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "kind") {
      out.kind = value;
      continue;
    }
    unsigned* const number = number_of(out, key);
    char* end = nullptr;
    const unsigned long read = std::strtoul(value.c_str(), &end, 10);
    if (number == nullptr || value.empty() || *end != '\0' || read > 1'000'000) {
      ADD_FAILURE() << "ANTARES_CAMPAIGN_CASE: '" << word << "' is no key=number of a case";
      return false;
    }
    *number = static_cast<unsigned>(read);
  }
  const bool sane = out.devices >= 2 && out.devices <= 16 && out.lines >= 1 && out.lines <= 64 &&
                    out.accesses >= 1 && out.partitions >= 1 && out.partitions <= out.devices &&
                    out.burst_units >= 1 && out.contain <= 2 && out.gives_up <= 2 &&
                    out.flush <= 3 && out.groups <= 64 && out.operations >= 1 &&
                    out.operations <= 15 && out.slow_members <= 2 && out.selective <= 1;
  EXPECT_TRUE(sane) << "ANTARES_CAMPAIGN_CASE: 2..16 devices, 1..64 lines, 1.. accesses, "
                       "1..devices partitions, 1.. burst_units, contain 0..2, gives_up 0..2, flush "
                       "0..3, 0..64 groups, operations 1..15, slow_members 0..2, selective 0..1";
  return sane;
}

std::vector<LinkKind> kinds_of(const Case& what) {
  std::vector<LinkKind> kinds;
  for (const LinkKind kind : kLinkKinds) {
    if (what.kind == name_of(kind)) kinds.assign(what.devices, kind);
  }
  if (what.kind == "mixed") {
    for (unsigned i = 0; i < what.devices; ++i)
      kinds.push_back(kLinkKinds[(what.seed + i) % std::size(kLinkKinds)]);
  }
  EXPECT_FALSE(kinds.empty()) << "ANTARES_CAMPAIGN_CASE: no kind '" << what.kind << "'";
  return kinds;
}

LinkChoices choices_of(const Case& what) {
  LinkChoices choices;
  if (what.gives_up != 0)
    choices.gives_up = what.gives_up == 1 ? protocols::GaveUp::reset : protocols::GaveUp::hold_down;
  constexpr protocols::LlrFrameAction kActions[] = {protocols::LlrFrameAction::best_effort,
                                                    protocols::LlrFrameAction::block,
                                                    protocols::LlrFrameAction::discard};
  choices.llr.flush_action = kActions[what.flush % 3];
  choices.llr.re_init_on_flush = what.flush == 3;
  choices.selective_nak = what.selective == 1;
  return choices;
}

/// The devices of a line's group: all that a device of one partition may reach, or some of them.
std::vector<unsigned> members_of(const Case& what, unsigned line) {
  std::vector<unsigned> members;
  for (unsigned i = line % what.partitions; i < what.devices; i += what.partitions)
    if (what.devices / what.partitions <= 2 || line % 3 != 0 || (what.seed + i) % 3 != 0)
      members.push_back(i);
  return members;
}

bool by_window(const Case& what, unsigned line) { return what.partitions == 1 && line % 2 == 1; }

void add_engines(const Case& what, SwitchConfig& config) {
  if (what.groups == 0) return;
  config.hypercast = models::HypercastConfig{};
  config.reduction = models::ReductionConfig{};
  config.reduction->timeout_us = 40;
  config.hypercast->quota_bytes = what.quota_bytes;
  config.hypercast->member_timeout_us = 3;
  constexpr models::SlowMember kPolicies[] = {
      models::SlowMember::stall, models::SlowMember::time_out, models::SlowMember::drop};
  config.hypercast->slow_member = kPolicies[what.slow_members];
  for (unsigned line = 0; line < what.groups; ++line)
    if (by_window(what, line) && members_of(what, line).size() > 1)
      config.hypercast->groups.push_back(CollectiveLine::group_of(line, members_of(what, line)));
}

template <class Targets>
void add_groups(const Case& what, const Targets& targets, FlapRun& run) {
  CollectiveLine::Plan plan;
  plan.initiators = run.initiators;
  for (auto& target : targets) {
    serve_with_atomics(*target);
    plan.targets.push_back(target.get());
  }
  plan.operations = what.operations;
  plan.count = what.accesses;
  plan.links_fail = true;
  plan.ports_move = what.moves != 0;
  plan.may_leave = what.slow_members == 2;
  for (unsigned line = 0; line < what.groups; ++line) {
    plan.members = members_of(what, line);
    if (plan.members.size() < 2) continue;
    plan.number = line;
    plan.seed = 1000 * what.seed + 7 * line;
    plan.by_window = by_window(what, line);
    run.groups.push_back(plan);
  }
}

void may_fail_as(const Case& what, SwitchConfig& config) {
  constexpr models::Containment kContainments[] = {
      models::Containment::never, models::Containment::fatal, models::Containment::uncorrectable};
  may_fail(config);
  for (auto& port : config.ports) {
    port.faults->errors.flit_failure_probability = what.units * 1e-6;
    port.faults->errors.burst_units = what.burst_units;
    port.faults->block_poisoned = what.block != 0;
    port.faults->containment = kContainments[what.contain];
  }
}

void add_partitions(SwitchConfig& config, unsigned count, bool needed) {
  if (count == 1 && !needed) return;
  for (unsigned p = 0; p < count; ++p)
    config.partitions.push_back({"p" + std::to_string(p), {}, {}});
  for (std::uint16_t i = 0; i < config.ports.size(); ++i)
    config.partitions[i % count].ports.emplace_back(i);
}

void report(const Case& what, const FlapRun& run, const Planted& planted) {
  models::PortCounts sum;
  models::LinkErrorCounts units;
  std::uint64_t gave_up = 0, blocked = 0;
  unsigned moved = 0;
  unsigned undrained = 0;
  for (FabricSwitch* fabric : run.fabrics) {
    for (const models::PortMove& move : fabric->moves()) {
      moved += move.outcome == models::MoveOutcome::moved ? 1 : 0;
      undrained += move.outcome == models::MoveOutcome::timed_out ? 1 : 0;
      EXPECT_NE(move.restarted_ps == models::kNever, move.outcome != models::MoveOutcome::refused)
          << "a move has no end";
    }
    for (std::uint16_t p = 0; p < fabric->port_count(); ++p) {
      auto& port = fabric->port(protocols::PortId(p)).adapter();
      const auto& counts = port.counts();
      sum.link_failures += counts.link_failures;
      sum.trains_lost += counts.trains_lost;
      sum.trains_dropped += counts.trains_dropped;
      sum.completion_timeouts += counts.completion_timeouts;
      sum.unmapped_requests += counts.unmapped_requests;
      sum.held_requests += counts.held_requests;
      sum.reductions += counts.reductions;
      sum.multicast_copies += counts.multicast_copies;
      sum.copies_failed += counts.copies_failed;
      if (port.errors() != nullptr)
        blocked += port.errors()->count(protocols::ErrorKind::poison_blocked);
      for (const models::LinkTransmitter* sender : {&port.ingress_link(), &port.egress().link()}) {
        const models::LinkErrors& errors = *sender->errors();
        units.failed += errors.counts().failed;
        units.resent += errors.counts().resent;
        units.poisoned += errors.counts().poisoned;
        if (errors.replay() != nullptr) gave_up += errors.replay()->counts().gave_up;
      }
    }
  }
  unsigned group_answers = 0;
  for (const auto& line : run.collectives) group_answers += line->answers();
  std::cout << "RESULT kind=" << what.kind << " transfers=" << run.answers + group_answers
            << " errors=" << ShadowLine::errors + CollectiveLine::errors
            << " unmapped=" << sum.unmapped_requests
            << " compared=" << ShadowLine::compared + CollectiveLine::compared
            << " grouped=" << group_answers << " reduced=" << sum.reductions
            << " copies=" << sum.multicast_copies << " copies_failed=" << sum.copies_failed
            << " failures=" << sum.link_failures << " lost=" << sum.trains_lost
            << " dropped=" << sum.trains_dropped << " timeouts=" << sum.completion_timeouts
            << " moved=" << moved << " undrained=" << undrained << " held=" << sum.held_requests
            << " broken=" << units.failed << " resent=" << units.resent << " gave_up=" << gave_up
            << " bursts=" << planted.bursts << " poisoned=" << units.poisoned
            << " blocked=" << blocked << " degraded=" << planted.degradations
            << " recovered=" << planted.recoveries << " disabled=" << planted.disables
            << " stuck=" << planted.stuck << " leaks=" << planted.leaks << " resets=" << what.resets
            << "\n";
}

/// Accesses last about 0.4 us each, failures are spread over the time that they take.
Picoseconds span_of(const Case& what) { return what.accesses * Picoseconds{800'000} + 4'000'000; }

void reset_partitions(FabricSwitch& fabric, const Case& what) {
  for (unsigned i = 0; i < what.resets; ++i) {
    const auto& partitions = fabric.config().partitions;
    fabric.reset_partition(partitions[i % partitions.size()].name,
                           3'000'000 + i * (span_of(what) / what.resets) + 997 * what.seed % 500);
  }
}

void on_one_switch(const Case& what, const std::vector<LinkKind>& kinds) {
  std::vector<std::shared_ptr<const protocols::LinkPolicy>> links;
  for (const LinkKind kind : kinds) links.push_back(make_policy(kind, choices_of(what)));
  SwitchConfig config = mixed_switch(links);
  config.train_bytes = what.train_bytes;
  may_fail_as(what, config);
  add_engines(what, config);
  add_partitions(config, what.partitions, what.moves + what.resets != 0);
  // Some drains end in time, some do not.
  config.moves.timeout_us = what.seed % 3 == 0 ? 0.2 : 100;
  Fabric rig(config);
  FlapRun run;
  run.seed = what.seed;
  run.lines_each = what.lines;
  run.accesses = what.accesses;
  run.partitions = what.partitions;
  run.ports_move = what.moves != 0;
  run.fabrics = {&rig.fabric};
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  add_groups(what, rig.targets, run);
  Planted planted;
  at(1000, [&] {
    for (std::uint16_t i = 0; i < what.devices; ++i)
      plant(rig.fabric.port(protocols::PortId(i)).adapter(), what.seed + i, what.links,
            span_of(what), planted);
    if (what.moves != 0) roam(rig.fabric, what.seed + 100, what.moves, span_of(what));
    reset_partitions(rig.fabric, what);
  });
  run.go();
  expect_quiescent(rig.fabric, rig.wheel);
  // What was planted and not used up would break the reads of the last check, and a read that is
  // told of an unmapped address is an error that takes a contained link down.
  if (what.moves != 0 && what.units + what.links.bursts + what.links.poison + what.contain == 0) {
    expect_partitions_hold(rig.fabric, run.initiators);
    expect_quiescent(rig.fabric, rig.wheel);
  }
  report(what, run, planted);
}

void on_a_chain(const Case& what, LinkKind kind) {
  ChainConfig chain;
  chain.device_links.assign(what.devices, make_policy(kind, choices_of(what)));
  chain.trunks.assign(what.devices - 1, make_policy(kind, choices_of(what)));
  chain.train_bytes = what.train_bytes;
  chain.adjust = [&](SwitchConfig& config) {
    may_fail_as(what, config);
    add_engines(what, config);
  };
  SwitchChain rig(chain);
  FlapRun run;
  run.seed = what.seed;
  run.lines_each = what.lines;
  run.accesses = what.accesses;
  for (auto& fabric : rig.switches) run.fabrics.push_back(fabric.get());
  for (auto& initiator : rig.initiators) run.initiators.push_back(initiator.get());
  add_groups(what, rig.targets, run);
  Planted planted;
  at(1000, [&] {
    for (unsigned i = 0; i < what.devices; ++i) {
      plant(rig.fabric(i).port("dev").adapter(), what.seed + i, what.links, span_of(what), planted);
      if (i != 0)
        plant(rig.fabric(i).port("left").adapter(), what.seed + 50 + i, what.links, span_of(what),
              planted);
    }
  });
  run.go();
  rig.expect_all_quiescent();
  report(what, run, planted);
}

void run_case(const char* words) {
  ReportGuard reports;
  Case what;
  if (words != nullptr && !read_case(words, what)) return;
  const auto kinds = kinds_of(what);
  if (kinds.empty()) return;
  if (what.chain == 0) return on_one_switch(what, kinds);
  ASSERT_LE(what.devices, protocols::kMostHops) << "a chain has a switch a device";
  ASSERT_EQ(what.partitions, 1u) << "a chain has one partition";
  ASSERT_EQ(what.moves + what.resets, 0u) << "a chain has no partitions to move between or reset";
  ASSERT_NE(what.kind, "mixed") << "the links of a chain speak one protocol";
  on_a_chain(what, kinds.front());
}

TEST(Campaign, Case) { run_case(std::getenv("ANTARES_CAMPAIGN_CASE")); }

/// What campaigns have found: acknowledgements that end in a bridge, cut off by their own link.
TEST(CampaignFound, AnAnswerThatEndsInTheBridgeIsCutOff) {
  run_case("kind=mixed seed=188337 devices=6 lines=6 accesses=14 failures=1");
}

TEST(CampaignFound, AnAnswerThatEndsInTheBridgeIsCutOffInTheMiddle) {
  run_case("kind=mixed seed=899708 devices=6 lines=7 accesses=12 failures=10 train_bytes=1024");
}

/// A reset finds what engines have made in the crossbar, and originals whose copies were given up.
TEST(CampaignFound, APartitionWithEnginesIsReset) {
  run_case(
      "kind=nvlink4_x2_acknowledged seed=711711 devices=6 lines=1 accesses=50 failures=0 "
      "degradations=4 recoveries=2 disables=1 stuck=6 resets=6 groups=8 slow_members=2");
}

/// It waited in a queue that a reset emptied, and was taken for one that the port keeps back.
TEST(CampaignFound, DamagedDataWaitsWhileTheLinkIsReset) {
  run_case(
      "kind=pcie5_x8_non_flit seed=712580 devices=2 lines=1 accesses=9 chain=1 failures=0 units=0 "
      "bursts=1 poison=5 burst_units=1 operations=15");
}

/// Slices of what waited behind a train that was sent again were to enter the crossbar in the past.
TEST(CampaignFound, SlicesOfWhatWasHeldBackEnterTheCrossbar) {
  run_case(
      "kind=sue_x4 seed=7854 devices=2 lines=1 accesses=41 failures=0 units=0 bursts=2 poison=0 "
      "groups=4 burst_units=1 operations=1 quota_bytes=256");
}

/// The requester's timer ended what was to be answered a little later: it was answered twice.
TEST(CampaignFound, WhatTimesOutWhileItsAnswerIsOnItsWay) {
  run_case(
      "kind=pcie5_x8_non_flit seed=479707 devices=2 lines=3 accesses=56 failures=1 units=30000 "
      "bursts=0 poison=0 degradations=4 groups=3 burst_units=4 operations=5 slow_members=1");
}

}  // namespace
}  // namespace antares::tb
