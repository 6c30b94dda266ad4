// SPDX-License-Identifier: Apache-2.0
// A replay that brings no progress as often as the protocol allows: PCIe (REPLAY_NUM rolls over)
// trains the link anew and loses nothing; after some of these in vain, and in the other protocols
// at once, the protocol gives up: the link is reset, or held down until it is released (UALink's
// drop mode), or only the train is lost (Ethernet's FLUSH). Times in picoseconds.
#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

using models::UnitFault;
using protocols::ErrorKind;
using protocols::LinkState;

constexpr double kScale = 1e-6;     // milliseconds become nanoseconds
constexpr unsigned kBytes = 16384;  // fills flits: only whole ones fail

class Rollover : public LinkRig {
 protected:
  Rollover() : LinkRig([](models::PortFaultConfig& faults) { faults.state.time_scale = kScale; }) {}
  const protocols::LinkStateConfig times{12, 24, 24, kScale};
  const protocols::ReplayConfig replay{};
};

TEST_F(Rollover, APcieLinkIsTrainedAnewAndLosesNothing) {
  // A rollover takes the unit, the request for it and as many replays as there may be, of one or
  // two units each: this is enough for one or two, and not for all trainings.
  const std::uint32_t fail = 3 + 3 * replay.limit;
  at(1000, [&] { port(0).schedule_unit_fault({UnitFault::Kind::fail, fail}, true, kDown); });
  auto& usual = access(true, 1, kDown / 10, kBytes);
  auto& late = access(true, 1, kDown + 1000, kBytes);
  bool seen = false;
  for (Picoseconds when = kDown; when < 40 * kDown; when += 5'000)
    at(when, [&] { seen = seen || port(0).link_state() == LinkState::recovery; });
  run();
  EXPECT_TRUE(usual.is_response_ok());
  EXPECT_TRUE(late.is_response_ok());
  EXPECT_TRUE(seen) << "software sees the link in recovery";
  EXPECT_EQ(port(0).link_state(), LinkState::up);
  EXPECT_EQ(port(0).counts().link_failures, 0u);
  EXPECT_EQ(port(0).counts().trains_lost, 0u);
  const auto& errors = *port(0).ingress_link().errors();
  const std::uint64_t rollovers = errors.replay()->counts().gave_up;
  EXPECT_GE(rollovers, 1u);
  EXPECT_LE(rollovers, 2u);
  ASSERT_NE(port(0).errors(), nullptr);
  EXPECT_EQ(port(0).errors()->count(ErrorKind::replay_rollover), rollovers);
  EXPECT_EQ(port(0).errors()->total(), rollovers);
  EXPECT_STREQ(errors.why_gave_up(), "") << "the link was not given up";
  // Each replay is begun by the timer, since the request is lost; then the training.
  const Picoseconds waited =
      times.scaled_ps(times.recovery_ms) + replay.limit * models::to_picoseconds(replay.timeout_ns);
  const Picoseconds zero_load = answer_ps(usual) - kDown / 10;
  EXPECT_GE(answer_ps(late) - (kDown + 1000), zero_load + rollovers * waited);
}

/// Units that fail in a row: more than any protocol gets over without a reset.
/// PCIe has its trainings first; LLR without a timer may give up after one.
std::uint32_t fails_of(bool pcie) { return pcie ? 200 : 40; }
/// Writes one after the other, with time for a reset each: the failures are used up before the
/// last.
constexpr unsigned kWrites = 60;
constexpr Picoseconds kApart = 400'000'000;

/// Two ports whose links may fail, and are trained in no time.
SwitchConfig failing_pair(const std::shared_ptr<const protocols::LinkPolicy>& link) {
  SwitchConfig config = mixed_switch({link, link});
  for (auto& port : config.ports) {
    port.faults.emplace();
    port.faults->completion_timeout_us = kTimeoutUs;
    port.faults->state.time_scale = 0;
  }
  return config;
}

class GivingUp : public testing::TestWithParam<LinkKind> {};

/// What cannot be sent is lost, everything is answered, and the link works again.
TEST_P(GivingUp, IsToldAndEndsAsTheProtocolSays) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  if (link->make_replay() == nullptr) return;
  Fabric rig(failing_pair(link));
  static unsigned char data[kBytes];
  auto& port = rig.fabric.port(protocols::PortId(0)).adapter();
  const bool pcie = link->protocol() == "pcie";
  at(1000, [&] { port.schedule_unit_fault({UnitFault::Kind::fail, fails_of(pcie)}, true, kDown); });
  std::vector<tlm::tlm_generic_payload*> writes;
  for (unsigned i = 0; i < kWrites; ++i) {
    writes.push_back(&rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes));
    at(kDown + 1000 + i * kApart,
       [&rig, write = writes.back()] { rig.initiator(0).begin(*write); });
    // Software sees to it; where nothing is held down this means nothing.
    at(kDown + 1000 + i * kApart + kApart / 2,
       [&port] { port.schedule_link(protocols::LinkEvent::release, now_ps() + 1); });
  }
  sc_core::sc_start();
  EXPECT_EQ(writes.front()->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_TRUE(writes.back()->is_response_ok());
  const auto after = port.ingress_link().errors()->after_giving_up();
  const bool ethernet = link->protocol() == "ethernet";
  EXPECT_EQ(after, ethernet                       ? protocols::GaveUp::unprotected
                   : link->protocol() == "ualink" ? protocols::GaveUp::hold_down
                                                  : protocols::GaveUp::reset);
  EXPECT_EQ(port.counts().link_failures == 0, ethernet);
  EXPECT_STRNE(port.ingress_link().errors()->why_gave_up(), "");
  if (pcie) {
    EXPECT_GE(port.errors()->count(ErrorKind::replay_rollover),
              protocols::PcieLinkConfig{}.replay_trainings);
  }
  EXPECT_EQ(port.errors()->count(ErrorKind::replay_gave_up),
            port.ingress_link().errors()->counts().gave_up);
  const auto* fatal = port.errors()->first(protocols::ErrorSeverity::fatal);
  ASSERT_NE(fatal, nullptr);
  EXPECT_EQ(fatal->kind, ErrorKind::replay_gave_up);
  if (!ethernet) {
    EXPECT_EQ(port.counts().link_failures, port.errors()->count(ErrorKind::replay_gave_up));
  }
  EXPECT_EQ(port.link_state(), LinkState::up);
  expect_quiescent(rig.fabric, rig.wheel);
}

/// However much waits behind what fails: one giving up, one reset, told at its own time; and a
/// release is not undone by what was on its way before.
TEST_P(GivingUp, HappensOnceWithALongQueueBehind) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  if (link->make_replay() == nullptr) return;
  Fabric rig(failing_pair(link));
  static unsigned char data[kBytes];
  auto& port = rig.fabric.port(protocols::PortId(0)).adapter();
  const std::uint32_t fails = fails_of(link->protocol() == "pcie");
  at(1000, [&] { port.schedule_unit_fault({UnitFault::Kind::fail, fails}, true, kDown); });
  for (unsigned i = 0; i < 30; ++i) {  // below the depth of the device's queue
    auto& write = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
    at(kDown + 1000 + i, [&rig, &write] { rig.initiator(0).begin(write); });
  }
  // The burst may end in several, one after the other: each takes the link down once at most.
  std::uint64_t given_up = 0;
  std::uint64_t failures = 0;
  at(kDown + kApart, [&] {
    given_up = port.ingress_link().errors()->counts().gave_up;
    failures = port.counts().link_failures;
    port.schedule_link(protocols::LinkEvent::release, now_ps() + 1);
  });
  sc_core::sc_start();
  EXPECT_GE(given_up, 1u);
  if (link->protocol() == "ualink") EXPECT_EQ(given_up, 1u) << "it is held down from there on";
  EXPECT_EQ(failures, link->protocol() == "ethernet" ? 0 : given_up);
  const auto after = port.ingress_link().errors()->counts().gave_up;
  EXPECT_EQ(port.counts().link_failures, failures + (failures == 0 ? 0 : after - given_up));
  EXPECT_EQ(port.errors()->count(ErrorKind::replay_gave_up), after);
  EXPECT_EQ(port.link_state(), LinkState::up);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(Kinds, GivingUp, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

}  // namespace
}  // namespace antares::tb
