// SPDX-License-Identifier: Apache-2.0
// Devices of somebody else's on a switch: every legal way to answer a request or a response (IEEE
// 1666-2011 clause 15), and what the switch owes them. Times are compared with those of the
// plainest device (COMPLETED at once), so that no latency is written down here. Tolerance 0.
#include <gtest/gtest.h>

#include <array>

#include "antares/models/report_ids.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;
constexpr Picoseconds kStart_ps = 1'000'000;
constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;

class BaseProtocol : public testing::Test {
 protected:
  ReportGuard reports;
  Fabric rig{pcie_switch(3)};
  std::array<unsigned char, 4096> data{};

  tlm_generic_payload& send(tlm::tlm_command command, std::uint64_t address, unsigned bytes,
                            Picoseconds at_ps = kStart_ps, Picoseconds delay_ps = 0) {
    auto& payload = rig.initiator(0).make(command, address, data.data(), bytes);
    at(at_ps, [this, &payload, delay_ps] { rig.initiator(0).begin(payload, delay_ps); });
    return payload;
  }
  void finish() {
    sc_core::sc_start();
    expect_quiescent(rig.fabric, rig.wheel);
    for (const auto& initiator : rig.initiators)
      EXPECT_EQ(initiator->in_use(), 0u) << initiator->name() << " misses payloads";
  }
  /// Latency over the plainest devices, by LT: it agrees with AT (test_zero_load).
  Picoseconds plain(tlm::tlm_command command, unsigned bytes) {
    auto& payload = rig.initiator(0).make(command, window(1) + 64, data.data(), bytes);
    return rig.initiator(0).blocking(payload);
  }
};

TEST_F(BaseProtocol, CompletedAtOnce) {
  auto& read = send(kRead, window(1) + 64, 256);
  auto& write = send(kWrite, window(1) + 64, 256, 2 * kStart_ps);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + plain(kRead, 256));
  EXPECT_EQ(rig.initiator(0).response_ps(write), 2 * kStart_ps + plain(kWrite, 256));
  EXPECT_EQ(read.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(read.get_address(), window(1) + 64) << "the address was not restored";
}

TEST_F(BaseProtocol, CompletedWithADelayAnswersThatMuchLater) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto& delay) {
    rig.target(1).serve(payload);
    delay += ps(70'001);
    return tlm::TLM_COMPLETED;
  };
  auto& read = send(kRead, window(1) + 64, 256);
  auto& write = send(kWrite, window(1) + 64, 256, 2 * kStart_ps);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + plain(kRead, 256) + 70'001);
  EXPECT_EQ(rig.initiator(0).response_ps(write), 2 * kStart_ps + plain(kWrite, 256) + 70'001);
}

TEST_F(BaseProtocol, AcceptedThenEndReqThenBeginResp) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    const Picoseconds now = now_ps();
    at(now + 10'000, [&] { rig.target(1).call_back(payload, tlm::END_REQ); });
    at(now + 50'000, [&] {
      rig.target(1).serve(payload);
      EXPECT_EQ(rig.target(1).call_back(payload, tlm::BEGIN_RESP), tlm::TLM_COMPLETED);
    });
    return tlm::TLM_ACCEPTED;
  };
  auto& read = send(kRead, window(1) + 64, 256);
  auto& write = send(kWrite, window(1) + 64, 256, 2 * kStart_ps);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + plain(kRead, 256) + 50'000);
  EXPECT_EQ(rig.initiator(0).response_ps(write), 2 * kStart_ps + plain(kWrite, 256) + 50'000);
}

TEST_F(BaseProtocol, BeginRespWithoutEndReqImpliesIt) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    at(now_ps() + 5'000, [&] {
      rig.target(1).serve(payload);
      rig.target(1).call_back(payload, tlm::BEGIN_RESP, 3'000);
    });
    return tlm::TLM_ACCEPTED;
  };
  auto& read = send(kRead, window(1) + 64, 64);
  send(kRead, window(1), 64);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + plain(kRead, 64) + 8'000);
  EXPECT_EQ(rig.initiator(0).responses(), 2u);
}

TEST_F(BaseProtocol, UpdatedEndReqWithADelayHoldsTheNextRequestSoLong) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto& phase, auto& delay) {
    at(now_ps() + 90'000, [&] {
      rig.target(1).serve(payload);
      rig.target(1).call_back(payload, tlm::BEGIN_RESP);
    });
    phase = tlm::END_REQ;
    delay += ps(40'000);
    return tlm::TLM_UPDATED;
  };
  // The second comes while the channel is still the first one's, and nothing else wakes it.
  send(kRead, window(1), 64, kStart_ps);
  send(kRead, window(1) + 64, 64, kStart_ps + 20'000);
  finish();
  const auto& phases = rig.target(1).phases();
  ASSERT_EQ(rig.target(1).requests(), 2u);
  EXPECT_EQ(phases[1].at_ps - phases[0].at_ps, 40'000u);
  EXPECT_EQ(rig.initiator(0).responses(), 2u);
}

TEST_F(BaseProtocol, LateEndReqHoldsTheNextRequest) {
  tlm_generic_payload* open = nullptr;
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    EXPECT_EQ(open, nullptr) << "BEGIN_REQ before END_REQ: exclusion rule";
    open = &payload;
    at(now_ps() + 300'000, [&] {
      tlm_generic_payload& taken = *open;
      open = nullptr;
      rig.target(1).serve(taken);
      taken.acquire();
      rig.target(1).call_back(taken, tlm::END_REQ);
      rig.target(1).call_back(taken, tlm::BEGIN_RESP);
      taken.release();
    });
    return tlm::TLM_ACCEPTED;
  };
  for (unsigned i = 0; i < 5; ++i) send(i % 2 ? kRead : kWrite, window(1) + 64 * i, 64);
  finish();
  EXPECT_EQ(rig.target(1).requests(), 5u);
  EXPECT_EQ(rig.initiator(0).responses(), 5u);
}

TEST_F(BaseProtocol, UpdatedBeginRespIsAnsweredWithEndResp) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto& phase, auto& delay) {
    rig.target(1).serve(payload);
    phase = tlm::BEGIN_RESP;
    delay += ps(2'000);
    return tlm::TLM_UPDATED;
  };
  auto& read = send(kRead, window(1) + 64, 256);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + plain(kRead, 256) + 2'000);
  ASSERT_EQ(rig.target(1).phases().size(), 2u);
  EXPECT_EQ(rig.target(1).phases()[1].phase, tlm::END_RESP);
}

TEST_F(BaseProtocol, ResponsesOutOfOrderFindTheirRequests) {
  std::vector<tlm_generic_payload*> held;
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto& phase, auto&) {
    held.push_back(&payload);
    if (held.size() == 4) {
      at(now_ps() + 1000, [&] {
        for (unsigned i : {2u, 0u, 3u, 1u}) {
          rig.target(1).serve(*held[i]);
          rig.target(1).call_back(*held[i], tlm::BEGIN_RESP);
        }
      });
    }
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  std::vector<tlm_generic_payload*> sent;
  for (unsigned i = 0; i < 4; ++i)
    sent.push_back(&send(kRead, window(1) + 64 * i, 64, kStart_ps + 10'000 * i));
  finish();
  for (unsigned i : {0u, 3u, 1u})
    EXPECT_LT(rig.initiator(0).response_ps(*sent[2]), rig.initiator(0).response_ps(*sent[i]));
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(sent[i]->get_address(), window(1) + 64 * i);
}

TEST_F(BaseProtocol, PhasesOfOthersAreIgnored) {
  DECLARE_EXTENDED_PHASE(foreign_phase);
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    at(now_ps() + 1000, [&] {
      EXPECT_EQ(rig.target(1).call_back(payload, foreign_phase), tlm::TLM_ACCEPTED);
      rig.target(1).serve(payload);
      rig.target(1).call_back(payload, tlm::BEGIN_RESP);
    });
    return tlm::TLM_ACCEPTED;
  };
  auto& read = send(kRead, window(1), 64);
  at(kStart_ps + 10, [&] {
    tlm::tlm_phase phase = foreign_phase;
    sc_core::sc_time delay;
    EXPECT_EQ(rig.initiator(0).socket->nb_transport_fw(read, phase, delay), tlm::TLM_ACCEPTED);
  });
  finish();
  EXPECT_EQ(rig.initiator(0).responses(), 1u);
}

TEST_F(BaseProtocol, AnAnnotatedDelayOfTheRequestShiftsEverything) {
  auto& read = send(kRead, window(1) + 64, 256, kStart_ps, 33'333);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(read), kStart_ps + 33'333 + plain(kRead, 256));
}

TEST_F(BaseProtocol, ALateEndRespHoldsTheNextResponseAndItsCredit) {
  std::vector<tlm_generic_payload*> open;
  rig.initiator(0).on_response = [&](tlm_generic_payload& payload, auto&) {
    EXPECT_TRUE(open.empty()) << "BEGIN_RESP before END_RESP: exclusion rule";
    open.push_back(&payload);
    at(now_ps() + 200'000, [&] {
      tlm_generic_payload& taken = *open.back();
      open.pop_back();
      EXPECT_EQ(rig.initiator(0).end_response(taken), tlm::TLM_COMPLETED);
    });
    return tlm::TLM_ACCEPTED;
  };
  auto& first = send(kRead, window(1) + 64, 64);
  auto& second = send(kRead, window(1) + 128, 64);
  Picoseconds arrived = 0;
  sc_core::sc_start(ps(kStart_ps));
  arrived = kStart_ps + plain(kRead, 64);
  at(arrived + 100'000, [&] {
    auto& egress = rig.fabric.port("dev0").adapter().egress().link().ledger();
    EXPECT_EQ(egress.outstanding(now_ps() + 1'000'000), 2u * (1 + 64 / 16))
        << "two completions of 64 B hold a header credit and four data credits each";
  });
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(first), arrived);
  EXPECT_EQ(rig.initiator(0).response_ps(second), arrived + 200'000);
}

TEST_F(BaseProtocol, AnAnnotatedEndOfTheResponseHoldsTheChannelSoLong) {
  rig.initiator(0).on_response = [&](tlm_generic_payload&, sc_core::sc_time& delay) {
    delay += ps(200'000);
    return tlm::TLM_COMPLETED;
  };
  auto& first = send(kRead, window(1), 64);
  auto& second = send(kRead, window(1) + 64, 64);
  finish();
  EXPECT_EQ(rig.initiator(0).response_ps(second), rig.initiator(0).response_ps(first) + 200'000);
}

TEST_F(BaseProtocol, AFullQueueHoldsEndReqBack) {
  // 4 KiB take 35 ns on the link: a device that pours out requests must be stopped.
  unsigned begun = 0;
  std::size_t held_back = 0;
  std::vector<tlm_generic_payload*> payloads;
  for (unsigned i = 0; i < 60; ++i)
    payloads.push_back(&rig.initiator(0).make(kWrite, window(1) + 4096 * i, data.data(), 4096));
  const auto pour = [&] {
    while (begun < payloads.size()) {
      if (rig.initiator(0).begin(*payloads[begun++]) == tlm::TLM_ACCEPTED) return;
    }
  };
  at(kStart_ps, pour);
  for (unsigned i = 1; i < 200; ++i) {
    at(kStart_ps + i * 50'000, [&] {
      std::size_t ended = 0;
      for (const Phase& phase : rig.initiator(0).phases()) ended += phase.phase == tlm::END_REQ;
      if (ended == held_back) return;
      held_back = ended;
      pour();
    });
  }
  finish();
  EXPECT_GT(held_back, 10u) << "END_REQ was never held back";
  EXPECT_EQ(rig.initiator(0).responses(), 60u);
}

TEST_F(BaseProtocol, APayloadWithoutMemoryManagerIsRefusedByName) {
  reports.expect(models::kReportNoMemoryManager);
  at(kStart_ps, [&] {
    tlm_generic_payload payload;
    payload.set_address(window(1));
    payload.set_command(kWrite);
    payload.set_data_ptr(data.data());
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    EXPECT_EQ(rig.initiator(0).socket->nb_transport_fw(payload, phase, delay), tlm::TLM_COMPLETED);
    EXPECT_TRUE(payload.is_response_error());
  });
  finish();
  EXPECT_NE(reports.last_message().find("fabric.dev0"), std::string::npos) << "names the port";
}

TEST_F(BaseProtocol, ASecondBeginReqBeforeEndReqIsRefusedByName) {
  reports.expect(models::kReportProtocolError);
  unsigned refused = 0;
  at(kStart_ps, [&] {
    for (unsigned i = 0; i < 60; ++i) {
      auto& payload = rig.initiator(0).make(kWrite, window(1), data.data(), 4096);
      if (rig.initiator(0).begin(payload) != tlm::TLM_COMPLETED) continue;
      EXPECT_TRUE(payload.is_response_error());
      ++refused;
    }
  });
  finish();
  EXPECT_GT(refused, 0u);
  EXPECT_NE(reports.last_message().find("15.2.6"), std::string::npos);
}

TEST_F(BaseProtocol, AnErrorOfTheTargetComesThroughAndSoDoesAForgottenStatus) {
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    if (payload.get_address() == 0) payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  auto& error = send(kRead, window(1), 4096);
  auto& forgotten = send(kWrite, window(1) + 64, 64, 2 * kStart_ps);
  finish();
  EXPECT_EQ(error.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  EXPECT_EQ(forgotten.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig.fabric.port("dev1").adapter().counts().error_responses, 2u);
}

}  // namespace
}  // namespace antares::tb
