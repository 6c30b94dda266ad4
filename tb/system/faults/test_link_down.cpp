// SPDX-License-Identifier: Apache-2.0
// One link goes down, one case each: who is told what, and when. The times follow from the
// configuration: an error of the switch comes back as fast as a completion, what nobody answers
// after the completion timeout to the picosecond.
#include "tb/system/faults/link_rig.h"

namespace antares::tb {
namespace {

class LinkDown : public LinkRig {};

TEST_F(LinkDown, ConfiguredButUnusedChangesNoTime) {
  auto& read = access(false, 1, kDown);
  auto& lt = rig->initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  Picoseconds lt_ps = 0;
  at(2 * kDown, [&] { lt_ps = rig->initiator(0).blocking(lt); });
  run();
  EXPECT_TRUE(read.is_response_ok());
  EXPECT_EQ(answer_ps(read) - kDown, lt_ps);
}

TEST_F(LinkDown, TheSwitchAnswersRequestsToADeadLink) {
  at(1000, [&] { port(1).schedule_link(LinkEvent::lose, kDown); });
  auto& read = access(false, 1, 2 * kDown);
  auto& write = access(true, 1, 3 * kDown);
  run();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_LT(answer_ps(read) - 2 * kDown, 400'000u) << "as fast as a completion";
  EXPECT_EQ(port(1).counts().trains_dropped, 2u);
  EXPECT_EQ(port(0).counts().completion_timeouts, 0u);
  EXPECT_EQ(rig->target(1).requests(), 0u);
}

TEST_F(LinkDown, TheOwnLinkDeadIsAnErrorAtOnce) {
  at(1000, [&] { port(0).schedule_link(LinkEvent::lose, kDown); });
  auto& read = access(false, 1, 2 * kDown);
  run();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_LT(answer_ps(read) - 2 * kDown, 400'000u);
}

TEST_F(LinkDown, ACompletionThatCannotComeBackIsTheTimersBusiness) {
  // Down after the request has left the requester's link and before its completion is back.
  auto& read = access(false, 1, kDown);
  at(1000, [&] { port(0).schedule_link(LinkEvent::lose, kDown + 150'000); });
  run();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(answer_ps(read), kDown + kTimeout);
  EXPECT_EQ(port(0).counts().completion_timeouts, 1u);
}

TEST_F(LinkDown, WhatIsOnTheWireIsLost) {
  auto& read = access(false, 1, kDown);
  at(1000, [&] { port(0).schedule_link(LinkEvent::lose, kDown + 3'000); });  // within the cable
  run();
  EXPECT_EQ(answer_ps(read), kDown + kTimeout);
  EXPECT_EQ(port(0).counts().trains_lost, 1u);
  EXPECT_EQ(rig->target(1).requests(), 0u);
}

TEST_F(LinkDown, ADeviceThatVanishesLeavesItsRequestersToTheirTimers) {
  tlm::tlm_generic_payload* held = nullptr;
  rig->target(1).on_request = [&](tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                  sc_core::sc_time&) {
    held = &payload;  // takes it and says nothing
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  auto& read = access(false, 1, kDown);
  at(1000, [&] { port(1).schedule_link(LinkEvent::lose, 2 * kDown); });
  std::memset(data, 7, sizeof data);
  // Much later it does answer: into its own copy, not into a buffer that is the requester's again.
  at(2 * kTimeout, [&] {
    std::memset(held->get_data_ptr(), 99, 64);
    held->set_response_status(tlm::TLM_OK_RESPONSE);
    rig->target(1).call_back(*held, tlm::BEGIN_RESP);
  });
  run();
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(answer_ps(read), kDown + kTimeout);
  EXPECT_EQ(data[0], 7);
  EXPECT_EQ(port(1).counts().stray_responses, 1u);
}

TEST_F(LinkDown, ADeviceThatIsSlowerThanTheTimeoutAnswersNobody) {
  tlm::tlm_generic_payload* held = nullptr;
  rig->target(1).on_request = [&](tlm::tlm_generic_payload& payload, auto&, auto&) {
    held = &payload;
    return tlm::TLM_ACCEPTED;
  };
  auto& read = access(false, 1, kDown);
  at(2 * kTimeout, [&] {
    held->set_response_status(tlm::TLM_OK_RESPONSE);
    rig->target(1).call_back(*held, tlm::BEGIN_RESP);
  });
  run();
  EXPECT_EQ(answer_ps(read), kDown + kTimeout);
  EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
}

TEST_F(LinkDown, ARequestThatTimesOutBeforeItIsTakenGetsEndReqFirst) {
  // The target takes nothing: reads fill its receiver, the switch and the device's queue.
  rig->target(1).on_request = [](auto&, auto&, auto&) { return tlm::TLM_ACCEPTED; };
  auto& initiator = rig->initiator(0);
  tlm::tlm_generic_payload* stuck = nullptr;
  const auto end_request_ps = [&](const tlm::tlm_generic_payload* payload) -> Picoseconds {
    for (const Phase& phase : initiator.phases()) {
      if (phase.payload == payload && phase.phase == tlm::END_REQ) return phase.at_ps;
    }
    return 0;
  };
  at(kDown, [&] {
    for (unsigned k = 0; k < 10'000 && stuck == nullptr; ++k) {
      auto& read = initiator.make(tlm::TLM_READ_COMMAND, window(1), data, 64);
      if (initiator.begin(read) != tlm::TLM_ACCEPTED) continue;
      sc_core::wait(ps(200'000));  // longer than the queue takes while anything moves
      if (end_request_ps(&read) == 0) stuck = &read;
    }
  });
  sc_core::sc_start(ps(kDown + 3 * kTimeout));
  ASSERT_NE(stuck, nullptr) << "nothing waits for END_REQ: the test shows nothing";
  EXPECT_EQ(stuck->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_NE(end_request_ps(stuck), 0u);
  EXPECT_LE(end_request_ps(stuck), initiator.response_ps(*stuck));
}

TEST_F(LinkDown, AfterItComesUpEverythingWorksAgain) {
  at(1000, [&] {
    port(1).schedule_link(LinkEvent::lose, kDown);
    port(1).schedule_link(LinkEvent::restore, 3 * kDown);
  });
  auto& during = access(false, 1, 2 * kDown);
  auto& after = access(false, 1, 4 * kDown);
  auto& others = access(false, 2, 2 * kDown);
  run();
  EXPECT_FALSE(during.is_response_ok());
  EXPECT_TRUE(after.is_response_ok());
  EXPECT_TRUE(others.is_response_ok());
}

TEST_F(LinkDown, ALongTransactionThatIsTornIsNeverDelivered) {
  auto& write = access(true, 1, kDown, 65536);  // 0.6 us of link time
  at(1000, [&] {
    port(0).schedule_link(LinkEvent::lose, kDown + 300'000);
    port(0).schedule_link(LinkEvent::restore, kDown + 301'000);
  });
  run();
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig->target(1).requests(), 0u);
}

TEST_F(LinkDown, LooselyTimedDmiAndDebugAreRefusedAndDmiInvalidated) {
  auto& initiator = rig->initiator(0);
  auto& read = initiator.make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  rig->target(1).on_dmi = [](tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.allow_read_write();
    return true;
  };
  at(1000, [&] {
    tlm::tlm_dmi dmi;
    EXPECT_TRUE(initiator.socket->get_direct_mem_ptr(read, dmi));
    port(1).schedule_link(LinkEvent::lose, kDown);
  });
  at(2 * kDown, [&] {
    ASSERT_EQ(initiator.invalidated().size(), 1u);
    EXPECT_EQ(initiator.invalidated()[0].first, window(1));
    tlm::tlm_dmi dmi;
    EXPECT_FALSE(initiator.socket->get_direct_mem_ptr(read, dmi));
    EXPECT_EQ(initiator.socket->transport_dbg(read), 0u);
    initiator.blocking(read);
    EXPECT_EQ(read.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  });
  run();
}

TEST(LinkDownUnconfigured, APortThatDidNotAskForFaultsSaysSo) {
  ReportGuard reports;
  Fabric rig(pcie_switch(2));
  EXPECT_THROW(rig.fabric.port("dev0").adapter().schedule_link(LinkEvent::lose, 5000),
               std::logic_error);
}

}  // namespace
}  // namespace antares::tb
