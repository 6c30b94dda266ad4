// SPDX-License-Identifier: Apache-2.0
// The states of a link under traffic: training takes its time, recovery holds traffic back and
// loses nothing, containment stays until it is released, fewer lanes and lower rates cost what the
// protocol's closed form says. And what the error log keeps. Times follow from the configuration.
#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

using protocols::ErrorKind;
using protocols::ErrorSeverity;
using protocols::LinkState;

constexpr double kScale = 1e-6;  // milliseconds become nanoseconds

class LinkStates : public LinkRig {
 protected:
  LinkStates()
      : LinkRig([](models::PortFaultConfig& faults) { faults.state.time_scale = kScale; }) {}
  const protocols::LinkStateConfig times{12, 24, 24, kScale};
};

TEST_F(LinkStates, TrainingTakesItsTime) {
  const Picoseconds up =
      2 * kDown + times.scaled_ps(times.detect_ms) + times.scaled_ps(times.train_ms);
  at(1000, [&] {
    port(1).schedule_link(LinkEvent::lose, kDown);
    port(1).schedule_link(LinkEvent::restore, 2 * kDown);
  });
  at(2 * kDown + 1000, [&] { EXPECT_EQ(port(1).link_state(), LinkState::detect); });
  at(up - 1000, [&] { EXPECT_EQ(port(1).link_state(), LinkState::train); });
  auto& before = access(false, 1, up - 30'000);  // reaches the egress 110 ns later: up by then
  auto& early = access(false, 1, 2 * kDown - 400'000);
  auto& after = access(false, 1, up + 1000);
  run();
  EXPECT_EQ(port(1).link_state(), LinkState::up);
  EXPECT_FALSE(early.is_response_ok());
  EXPECT_TRUE(before.is_response_ok());
  EXPECT_TRUE(after.is_response_ok());
}

TEST_F(LinkStates, RecoveryHoldsTrafficBackAndLosesNothing) {
  auto& lt = rig->initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  Picoseconds zero_load = 0;
  at(1000, [&] {
    zero_load = rig->initiator(0).blocking(lt);
    port(0).schedule_link(LinkEvent::recover, kDown);
  });
  auto& held = access(false, 1, kDown + 1000);
  run();
  EXPECT_TRUE(held.is_response_ok());
  // It starts when the link is up again.
  EXPECT_EQ(answer_ps(held), kDown + times.scaled_ps(times.recovery_ms) + zero_load);
  EXPECT_EQ(port(0).counts().link_failures, 0u);
  EXPECT_EQ(port(0).counts().trains_lost, 0u);
}

TEST_F(LinkStates, AResetLosesWhatIsOnTheWire) {
  auto& read = access(false, 1, kDown);
  at(1000, [&] { port(0).schedule_link(LinkEvent::hot_reset, kDown + 3'000); });
  run();
  EXPECT_EQ(answer_ps(read), kDown + kTimeout);
  EXPECT_EQ(port(0).errors()->count(ErrorKind::surprise_down), 0u) << "it was asked for";
}

TEST_F(LinkStates, SoftwareTurnsALinkOffAndOn) {
  at(1000, [&] {
    port(1).schedule_link(LinkEvent::disable, kDown);
    port(1).schedule_link(LinkEvent::restore, 2 * kDown);  // changes nothing
    port(1).schedule_link(LinkEvent::enable, 4 * kDown);
  });
  auto& off = access(false, 1, 3 * kDown);
  auto& on = access(false, 1, 5 * kDown);
  run();
  EXPECT_FALSE(off.is_response_ok());
  EXPECT_TRUE(on.is_response_ok());
  EXPECT_EQ(port(1).errors()->count(ErrorKind::surprise_down), 0u);
}

// --- containment

class Containing : public LinkRig {
 protected:
  explicit Containing(models::Containment at = models::Containment::uncorrectable)
      : LinkRig([at](models::PortFaultConfig& faults) { faults.containment = at; }) {}
  void fail_one_request() {
    rig->target(1).on_request = [this](tlm::tlm_generic_payload& payload, auto&, auto&) {
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      rig->target(1).on_request = nullptr;
      return tlm::TLM_COMPLETED;
    };
  }
};
class ContainingFatal : public Containing {
 protected:
  ContainingFatal() : Containing(models::Containment::fatal) {}
};

TEST_F(Containing, AnUncorrectableErrorTakesTheLinkDownUntilItIsReleased) {
  fail_one_request();
  auto& first = access(false, 1, kDown);
  auto& during = access(false, 1, 3 * kDown);
  auto& others = access(false, 2, 3 * kDown);
  at(1000, [&] {
    port(1).schedule_link(LinkEvent::restore, 2 * kDown);  // not what it waits for
    port(1).schedule_link(LinkEvent::release, 4 * kDown);
  });
  auto& after = access(false, 1, 5 * kDown);
  run();
  EXPECT_FALSE(first.is_response_ok());
  EXPECT_FALSE(during.is_response_ok());
  EXPECT_TRUE(others.is_response_ok()) << "contained, not spread";
  EXPECT_TRUE(after.is_response_ok());
  EXPECT_EQ(port(1).counts().link_failures, 1u);
  EXPECT_EQ(port(1).errors()->count(ErrorKind::surprise_down), 0u)
      << "a port under containment reports no surprise (facts/pcie6.md 4.8)";
}

TEST_F(ContainingFatal, ANonfatalErrorIsNoneOfItsBusiness) {
  fail_one_request();
  auto& first = access(false, 1, kDown);
  auto& second = access(false, 1, 3 * kDown);
  run();
  EXPECT_FALSE(first.is_response_ok());
  EXPECT_TRUE(second.is_response_ok());
}

TEST_F(ContainingFatal, ASurpriseIsFatalAndStaysDown) {
  at(1000, [&] {
    port(1).schedule_link(LinkEvent::lose, kDown);
    port(1).schedule_link(LinkEvent::restore, 2 * kDown);
  });
  auto& after = access(false, 1, 3 * kDown);
  run();
  EXPECT_FALSE(after.is_response_ok()) << "the partner is there, the port is not released";
  EXPECT_EQ(port(1).link_state(), LinkState::down);
}

// --- the error log

TEST_F(LinkStates, TheErrorLogSaysWhatWhenAndOfWhichPacket) {
  EXPECT_EQ(port(0).errors(), nullptr) << "no error, no log";
  auto& initiator = rig->initiator(0);
  auto& unmapped = initiator.make(tlm::TLM_READ_COMMAND, 0x42, data, 64);
  at(kDown, [&] { initiator.begin(unmapped); });
  at(1000, [&] { port(2).schedule_link(LinkEvent::lose, 2 * kDown); });
  auto& dead = access(true, 2, 3 * kDown, 256);
  run();
  EXPECT_FALSE(dead.is_response_ok());
  ASSERT_NE(port(0).errors(), nullptr);
  const auto* first = port(0).errors()->first(ErrorSeverity::nonfatal);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->kind, ErrorKind::unsupported_request);
  EXPECT_EQ(first->at_ps, kDown);
  EXPECT_EQ(first->header->address, 0x42u);
  EXPECT_EQ(first->header->kind, protocols::PacketKind::read);
  const auto* log = port(2).errors();
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->first(ErrorSeverity::fatal)->kind, ErrorKind::surprise_down);
  EXPECT_EQ(log->first(ErrorSeverity::fatal)->at_ps, 2 * kDown);
  ASSERT_EQ(log->count(ErrorKind::unsupported_request), 1u);
  EXPECT_EQ(log->records().back().header->address, window(2));
  EXPECT_EQ(log->records().back().header->bytes, 256u);
}

// --- fewer lanes, lower rate

class Degraded : public testing::TestWithParam<LinkKind> {
 protected:
  /// Stores of 4 KiB from device 0 to device 1, 16 at a time, after the degradation.
  void expect_throughput(Fabric& rig, const protocols::LinkPolicy& left_over) {
    constexpr unsigned kRequests = 1000, kBytes = 4096, kWindow = 16;
    static unsigned char data[kBytes];
    rig.target(1).on_request = [](tlm::tlm_generic_payload& payload, auto&, auto&) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return tlm::TLM_COMPLETED;
    };
    auto& initiator = rig.initiator(0);
    unsigned left = kRequests, answered = 0;
    Picoseconds last = 0;
    const std::function<void()> next = [&] {
      if (left == 0) return;
      --left;
      initiator.begin(initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes));
    };
    initiator.on_response = [&](auto&, auto&) {
      ++answered;
      last = now_ps();
      next();
      return tlm::TLM_COMPLETED;
    };
    at(2 * kDown, [&] {
      for (unsigned i = 0; i < kWindow; ++i) next();
    });
    sc_core::sc_start();
    ASSERT_EQ(answered, kRequests);
    initiator.on_response = nullptr;
    const double GBps = kRequests * 1000.0 * kBytes / static_cast<double>(last - 2 * kDown);
    const double closed_form =
        left_over.efficiency(protocols::PacketKind::write, kBytes) * left_over.rate().raw_GBps;
    // The way to the first answer counts, too: up to 2 us of the 100 us and more that 4 MB take.
    EXPECT_NEAR(GBps, closed_form, 0.02 * closed_form);
    expect_quiescent(rig.fabric, rig.wheel);
  }
};

/// Two ports whose links may fail, trained in no time.
SwitchConfig failing_pair(const std::shared_ptr<const protocols::LinkPolicy>& link) {
  SwitchConfig config = mixed_switch({link, link});
  for (auto& port : config.ports) {
    port.faults.emplace();
    port.faults->state.time_scale = 0;
  }
  return config;
}

TEST_P(Degraded, FewerLanesCarryWhatTheNarrowerLinkCarries) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  const models::LinkDegradation half{std::max(1u, link->lanes() / 2), false};
  Fabric rig(failing_pair(link));
  auto& port = rig.fabric.port(protocols::PortId(0)).adapter();
  const bool none = GetParam() == LinkKind::ideal;  // has no lanes
  ASSERT_EQ(link->at_lanes(half.lanes) == nullptr, none);
  if (none) {
    EXPECT_THROW(port.schedule_degradation(half, kDown), std::invalid_argument);
    return;
  }
  at(1000, [&] { port.schedule_degradation(half, kDown); });
  expect_throughput(rig, *link->at_lanes(half.lanes));
  EXPECT_EQ(port.policy_in_use().lanes(), half.lanes);
  EXPECT_EQ(port.counts().link_failures, 0u) << "it was trained anew, not lost";
}

TEST_P(Degraded, ALowerRateIsAsSlowAsTheProtocolSays) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  const auto slower = link->slower();
  Fabric rig(failing_pair(link));
  auto& port = rig.fabric.port(protocols::PortId(1)).adapter();
  if (slower == nullptr) {
    EXPECT_THROW(port.schedule_degradation({0, true}, kDown), std::invalid_argument);
    return;
  }
  EXPECT_LT(slower->rate().raw_GBps, link->rate().raw_GBps);
  at(1000, [&] { port.schedule_degradation({0, true}, kDown); });
  expect_throughput(rig, *slower);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Degraded, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

/// LT goes by what is left of the link, as AT does, and by all of it once it is whole again.
TEST_P(Degraded, BlockingCallsTakeTheirTimeFromWhatIsLeft) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  const unsigned half = std::max(1u, link->lanes() / 2);
  if (link->at_lanes(half) == nullptr) return;
  Fabric rig(failing_pair(link));
  auto& port = rig.fabric.port(protocols::PortId(1)).adapter();
  static unsigned char data[64];
  Picoseconds lt[3] = {};
  tlm::tlm_generic_payload* at_reads[3];
  for (unsigned i = 0; i < 3; ++i) {
    auto& initiator = rig.initiator(0);
    const Picoseconds when = (2 + 4 * i) * kDown;
    auto& call = initiator.make(tlm::TLM_READ_COMMAND, window(1) + 128 * i, data, 64);
    at(when, [&, i] { lt[i] = initiator.blocking(call); });
    at_reads[i] = &initiator.make(tlm::TLM_READ_COMMAND, window(1) + 128 * i, data, 64);
    at(when + kDown, [&initiator, read = at_reads[i]] { initiator.begin(*read); });
  }
  at(1000, [&] {
    port.schedule_degradation({half, false}, 5 * kDown);
    port.schedule_link(LinkEvent::lose, 9 * kDown);
    port.schedule_link(LinkEvent::restore, 9 * kDown + 1000);
  });
  sc_core::sc_start();
  // An encoding link (UALink-class) makes later requests shorter than the first, which LT is of.
  const unsigned first_only = link->make_encoder() != nullptr ? 1 : 3;
  for (unsigned i = 0; i < first_only; ++i)
    EXPECT_EQ(rig.initiator(0).response_ps(*at_reads[i]) - (3 + 4 * i) * kDown, lt[i]) << i;
  EXPECT_GT(lt[1], lt[0]);
  EXPECT_EQ(lt[2], lt[0]);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(DegradedLink, IsWholeAgainOnceItHasGoneDownAndUp) {
  ReportGuard reports;
  Fabric rig(failing_pair(make_policy(LinkKind::ualink_x4)));
  auto& port = rig.fabric.port(protocols::PortId(0)).adapter();
  at(1000, [&] {
    port.schedule_degradation({1, false}, kDown);
    port.schedule_link(LinkEvent::lose, 2 * kDown);
    port.schedule_link(LinkEvent::restore, 3 * kDown);
  });
  at(kDown + 1000, [&] { EXPECT_EQ(port.policy_in_use().lanes(), 1u); });
  sc_core::sc_start();
  EXPECT_EQ(port.policy_in_use().lanes(), 4u);
  EXPECT_THROW(port.schedule_degradation({3, false}, 9 * kDown), std::invalid_argument);
}

}  // namespace
}  // namespace antares::tb
