// SPDX-License-Identifier: Apache-2.0
// What an Ethernet port does after LLR gave up (FLUSH), by its profile: the train that could not be
// repaired is lost in each case; what comes behind it is refused while the link is held down
// (discard), waits (block), goes without protection (best_effort), or as before, since LLR begins
// again by itself (re_init_on_flush). Times in picoseconds.
#include "antares/protocols/ethernet/ethernet_policy.h"
#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

using models::UnitFault;
using protocols::ErrorKind;
using protocols::GaveUp;
using protocols::LinkEvent;
using protocols::LlrFrameAction;

/// Longer than the timeout: each access is over before the next begins.
constexpr Picoseconds kApart = 2 * kTimeout;
constexpr Picoseconds kReleased = kDown + 3 * kApart;

struct Accesses {
  tlm::tlm_generic_payload* hit;       ///< LLR gives up on it
  tlm::tlm_generic_payload* behind;    ///< while nothing fails
  tlm::tlm_generic_payload* again;     ///< one unit of it fails
  tlm::tlm_generic_payload* released;  ///< behind the release
  tlm::tlm_generic_payload* last;      ///< one unit of it fails
};

class Flush : public testing::Test {
 protected:
  /// `into_switch`: the transmitter that gives up is the device's; else the switch's, to device 1.
  Accesses run(const protocols::LlrConfig& llr, bool into_switch) {
    protocols::EthernetLinkConfig link;
    link.llr = llr;
    SwitchConfig config = mixed_switch({std::make_shared<protocols::EthernetPolicy>(link),
                                        std::make_shared<protocols::EthernetPolicy>(link)});
    for (auto& each : config.ports) {
      each.faults.emplace();
      each.faults->completion_timeout_us = kTimeoutUs;
      each.faults->state.time_scale = 0;
    }
    rig = std::make_unique<Fabric>(config);
    port = &rig->fabric.port(protocols::PortId(into_switch ? 0 : 1)).adapter();
    sender = into_switch ? &port->ingress_link() : &port->egress().link();
    // The frame, and as often as it may be sent again: one failure more than LLR gets over.
    fail(into_switch, llr.replay_count + 1, kDown);
    fail(into_switch, 1, kDown + 2 * kApart);
    fail(into_switch, 1, kDown + 4 * kApart);
    at(1000, [&] { port->schedule_link(LinkEvent::release, kReleased); });
    Accesses accesses{};
    accesses.hit = &write(kDown + 1000);
    accesses.behind = &write(kDown + kApart);
    accesses.again = &write(kDown + 2 * kApart + 1000);
    accesses.released = &write(kReleased + 1000);
    accesses.last = &write(kDown + 4 * kApart + 1000);
    sc_core::sc_start();
    EXPECT_FALSE(accesses.hit->is_response_ok());
    EXPECT_TRUE(accesses.released->is_response_ok()) << "whatever it was, the release ends it";
    EXPECT_TRUE(accesses.last->is_response_ok()) << "LLR protects it again";
    EXPECT_EQ(port->errors()->count(ErrorKind::replay_gave_up), 1u);
    EXPECT_EQ(rig->initiator(0).in_use(), 0u);
    expect_quiescent(rig->fabric, rig->wheel);
    return accesses;
  }
  void fail(bool into_switch, std::uint32_t units, Picoseconds when) {
    at(when / 2, [this, into_switch, units, when] {
      port->schedule_unit_fault({UnitFault::Kind::fail, units}, into_switch, when);
    });
  }
  tlm::tlm_generic_payload& write(Picoseconds when) {
    auto& initiator = rig->initiator(0);
    auto& payload = initiator.make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
    at(when, [&initiator, &payload] { initiator.begin(payload); });
    return payload;
  }
  std::uint64_t timeouts() {
    return rig->fabric.port(protocols::PortId(0)).adapter().counts().completion_timeouts;
  }
  GaveUp after() const { return sender->errors()->after_giving_up(); }

  static constexpr unsigned kBytes = 256;
  ReportGuard reports;
  std::unique_ptr<Fabric> rig;
  models::PortAdapter* port = nullptr;
  models::LinkTransmitter* sender = nullptr;
  unsigned char data[kBytes] = {};
};

protocols::LlrConfig profile(LlrFrameAction action) {
  protocols::LlrConfig llr;
  llr.flush_action = action;
  return llr;
}

class FlushBothWays : public Flush, public testing::WithParamInterface<bool> {};

TEST_P(FlushBothWays, BestEffortGoesOnWithoutProtection) {
  const Accesses accesses = run(profile(LlrFrameAction::best_effort), GetParam());
  EXPECT_EQ(after(), GaveUp::unprotected);
  EXPECT_TRUE(accesses.behind->is_response_ok());
  EXPECT_FALSE(accesses.again->is_response_ok()) << "nobody sends it again";
  EXPECT_EQ(timeouts(), 2u) << "what is lost nobody answers";
  EXPECT_EQ(port->counts().trains_lost, 2u);
  EXPECT_EQ(port->counts().link_failures, 0u);
}

TEST_P(FlushBothWays, BlockedFramesWaitForTheRelease) {
  const Accesses accesses = run(profile(LlrFrameAction::block), GetParam());
  EXPECT_EQ(after(), GaveUp::block);
  // The requester's timer is shorter than the wait; the data arrives all the same.
  EXPECT_FALSE(accesses.behind->is_response_ok());
  EXPECT_EQ(timeouts(), 3u);
  EXPECT_EQ(port->counts().trains_lost, 1u);
  EXPECT_EQ(port->counts().link_failures, 0u);
  EXPECT_EQ(rig->target(1).requests(), 4u) << "all but the one that was lost";
}

TEST_P(FlushBothWays, DiscardHoldsTheLinkDown) {
  const Accesses accesses = run(profile(LlrFrameAction::discard), GetParam());
  EXPECT_EQ(after(), GaveUp::hold_down);
  EXPECT_FALSE(accesses.behind->is_response_ok());
  EXPECT_FALSE(accesses.again->is_response_ok());
  EXPECT_EQ(timeouts(), 1u) << "requests to a link that is down are answered at once";
  EXPECT_EQ(port->counts().link_failures, 1u);
}

TEST_P(FlushBothWays, WithReInitLlrBeginsAgainByItself) {
  protocols::LlrConfig llr;
  llr.re_init_on_flush = true;
  const Accesses accesses = run(llr, GetParam());
  EXPECT_EQ(after(), GaveUp::restart);
  EXPECT_TRUE(accesses.behind->is_response_ok());
  EXPECT_TRUE(accesses.again->is_response_ok());
  EXPECT_EQ(timeouts(), 1u);
  EXPECT_EQ(port->counts().link_failures, 0u);
}

INSTANTIATE_TEST_SUITE_P(Directions, FlushBothWays, testing::Values(true, false),
                         [](const auto& param) {
                           return std::string(param.param ? "IntoTheSwitch" : "ToTheDevice");
                         });

}  // namespace
}  // namespace antares::tb
