// SPDX-License-Identifier: Apache-2.0
// A target that answers what it was not asked, or twice: reported, counted, and the switch goes on.
#include <gtest/gtest.h>

#include "antares/models/report_ids.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

class StrayResponses : public testing::TestWithParam<LinkKind> {
 protected:
  StrayResponses() : rig(mixed_switch({LinkKind::pcie6_x16, GetParam()})) {
    reports.expect(models::kReportProtocolError);
  }
  std::uint64_t stray() {
    return rig.fabric.port(protocols::PortId(1)).adapter().counts().stray_responses;
  }
  void goes_on() {
    auto& again = rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1) + 64, data, 64);
    at(9'000'000, [&] {
      rig.target(1).on_request = nullptr;
      rig.initiator(0).begin(again);
    });
    sc_core::sc_start();
    EXPECT_TRUE(again.is_response_ok());
    EXPECT_NE(rig.initiator(0).response_ps(again), 0u);
    EXPECT_NE(reports.last_message().find("fabric.dev1"), std::string::npos)
        << reports.last_message();
    expect_quiescent(rig.fabric, rig.wheel);
  }
  ReportGuard reports;
  Fabric rig;
  unsigned char data[64] = {};
};

TEST_P(StrayResponses, ForAPayloadItNeverGotIsContained) {
  auto& foreign = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  at(1'000'000, [&] { rig.target(1).call_back(foreign, tlm::BEGIN_RESP); });
  goes_on();
  EXPECT_EQ(stray(), 1u);
  EXPECT_EQ(rig.initiator(0).responses(), 1u) << "the write that follows";
}

TEST_P(StrayResponses, ASecondAnswerIsContained) {
  auto& read = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto& phase, auto&) {
    rig.target(1).serve(payload);
    phase = tlm::END_REQ;
    // Both while the initiator still holds the payload.
    at(now_ps() + 1000, [&] { rig.target(1).call_back(payload, tlm::BEGIN_RESP); });
    at(now_ps() + 2000, [&] { rig.target(1).call_back(payload, tlm::BEGIN_RESP); });
    return tlm::TLM_UPDATED;
  };
  at(1'000'000, [&] { rig.initiator(0).begin(read); });
  goes_on();
  EXPECT_EQ(stray(), 1u);
  EXPECT_EQ(rig.initiator(0).responses(), 2u) << "one for the read, one for the write";
}

TEST_P(StrayResponses, AnAnswerAfterCompletionIsContained) {
  auto& read = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto&, auto&) {
    rig.target(1).serve(payload);
    at(now_ps() + 1000, [&] { rig.target(1).call_back(payload, tlm::BEGIN_RESP); });
    return tlm::TLM_COMPLETED;
  };
  at(1'000'000, [&] { rig.initiator(0).begin(read); });
  goes_on();
  EXPECT_EQ(stray(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Links, StrayResponses, testing::ValuesIn(kLinkKinds),
                         [](const auto& each) { return std::string(name_of(each.param)); });

}  // namespace
}  // namespace antares::tb
