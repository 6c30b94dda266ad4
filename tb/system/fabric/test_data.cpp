// SPDX-License-Identifier: Apache-2.0
// Data under load: random reads and writes from four devices against a shadow memory, with a
// scoreboard on the switch; classes that starve; a target that never answers.
#include <gtest/gtest.h>

#include "antares/models/observe/scoreboard.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/shadow_line.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using protocols::TrafficClass;
using tlm::tlm_generic_payload;

class DataUnderLoad : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DataUnderLoad, EveryReadReturnsWhatWasWrittenLast) {
  ReportGuard reports;
  protocols::PcieLinkConfig small;  // buffers so small that credits run out all the time
  small.posted_header_credits = small.non_posted_header_credits = small.completion_header_credits =
      16;
  small.posted_data_credits = small.completion_data_credits = 256;
  Fabric rig(pcie_switch(4, GetParam(), GetParam() == 0 ? small : protocols::PcieLinkConfig{}));
  models::ScoreboardConfig ordered;
  ordered.ordered_classes = 1u << static_cast<unsigned>(TrafficClass::posted);
  models::Scoreboard board(ordered);
  rig.fabric.observe().add_listener(board);

  std::vector<std::unique_ptr<ShadowLine>> lines[4];
  for (unsigned from = 0; from < 4; ++from) {
    for (unsigned k = 0; k < 12; ++k) {
      const std::uint64_t base =
          window(k % 4) + (from * 12 + k) * std::uint64_t{ShadowLine::kBytes};
      lines[from].push_back(
          std::make_unique<ShadowLine>(rig.initiator(from), base, 100 * from + k, 30));
      at(1000 + 777 * k, [line = lines[from].back().get()] { line->next(); });
    }
    rig.initiator(from).on_response = [&lines, from](tlm_generic_payload& payload, auto&) {
      for (auto& line : lines[from]) {
        if (line->owns(payload)) line->answered();
      }
      return tlm::TLM_COMPLETED;
    };
  }
  for (Picoseconds when = 100'000; when < 5'000'000; when += 97'531)
    at(when, [&] { EXPECT_TRUE(board.conserved()) << "at " << now_ps() << " ps"; });
  sc_core::sc_start();
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(board.injected_totals().packets, board.delivered_totals().packets);
  EXPECT_GT(board.injected_totals().packets, 4u * 12 * 30);
  EXPECT_GT(ShadowLine::compared, 500u);
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(rig.initiator(i).in_use(), 0u);
  expect_quiescent(rig.fabric, rig.wheel);
}

INSTANTIATE_TEST_SUITE_P(TrainBytes, DataUnderLoad, testing::Values(0u, 4096u, 65536u),
                         testing::PrintToStringParamName());

TEST(Starvation, AClassWithoutCreditsStopsNoOther) {
  // The target takes no read: with two non-posted credits at its receiver, and two in the switch,
  // reads stand still, and writes and their own traffic class go on.
  ReportGuard reports;
  protocols::PcieLinkConfig tiny;
  tiny.non_posted_header_credits = 2;
  Fabric rig(pcie_switch(2, 0, tiny));
  std::vector<tlm_generic_payload*> reads_held;
  rig.target(1).on_request = [&](tlm_generic_payload& payload, auto& phase, auto&) {
    rig.target(1).serve(payload);
    if (payload.is_write()) return tlm::TLM_COMPLETED;
    reads_held.push_back(&payload);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  unsigned char data[64] = {};
  for (unsigned i = 0; i < 12; ++i) {
    auto& payload = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(1), data, 64);
    at(1'000'000 + i, [&] { rig.initiator(0).begin(payload); });
  }
  std::vector<tlm_generic_payload*> writes;
  for (unsigned i = 0; i < 12; ++i) {
    writes.push_back(&rig.initiator(0).make(tlm::TLM_WRITE_COMMAND, window(1), data, 64));
    at(1'500'000 + i, [&, i] { rig.initiator(0).begin(*writes[i]); });
  }
  at(3'000'000, [&] {
    for (auto* write : writes) EXPECT_NE(rig.initiator(0).response_ps(*write), 0u);
    for (auto* read : std::exchange(reads_held, {})) {
      at(now_ps() + 1000, [&rig, read] { rig.target(1).call_back(*read, tlm::BEGIN_RESP); });
    }
  });
  at(9'000'000, [&] {
    for (auto* read : std::exchange(reads_held, {})) {
      rig.target(1).call_back(*read, tlm::BEGIN_RESP);
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.initiator(0).responses(), 24u);
  expect_quiescent(rig.fabric, rig.wheel);
}

TEST(Watchdog, ATargetThatIsStuckIsNamed) {
  ReportGuard reports;
  Fabric rig(pcie_switch(3));
  for (const bool takes : {false, true}) {
    rig.target(takes ? 1 : 2).on_request = [takes](auto&, auto& phase, auto&) {
      phase = takes ? tlm::END_REQ : tlm::BEGIN_REQ;
      return takes ? tlm::TLM_UPDATED : tlm::TLM_ACCEPTED;
    };
  }
  unsigned char data[64] = {};
  for (unsigned to : {1u, 2u}) {
    auto& payload = rig.initiator(0).make(tlm::TLM_READ_COMMAND, window(to), data, 64);
    at(1'000'000, [&rig, &payload, to] { rig.initiator(0).begin(payload, 100'000 * to); });
  }
  sc_core::sc_start();
  models::Watchdog watchdog(1'000'000);
  const std::string text = watchdog.diagnose(rig.fabric.waits());
  EXPECT_NE(text.find("fabric.dev1"), std::string::npos) << text;
  EXPECT_NE(text.find("BEGIN_RESP"), std::string::npos) << text;
  EXPECT_NE(text.find("fabric.dev2"), std::string::npos) << text;
  EXPECT_NE(text.find("END_REQ"), std::string::npos) << text;
  EXPECT_FALSE(rig.fabric.quiescence_problems().empty());
}

TEST(Wheels, SwitchesAnswerAlikeWithOneWheelOrOneEach) {
  ReportGuard reports;
  models::Scheduler wheel("wheel");
  std::vector<std::unique_ptr<FabricSwitch>> fabrics;
  std::vector<std::unique_ptr<Initiator>> initiators;
  std::vector<std::unique_ptr<Target>> targets;
  SwitchConfig config = pcie_switch(2);
  for (std::uint16_t i = 0; i < 4; ++i) {
    config.index = i;
    const std::string name = "fabric" + std::to_string(i);
    fabrics.push_back(
        std::make_unique<FabricSwitch>(name.c_str(), config, i < 2 ? &wheel : nullptr));
    for (unsigned p = 0; p < 2; ++p) {
      const auto port = fabrics[i]->port("dev" + std::to_string(p));
      const std::string device = name + "_dev" + std::to_string(p);
      initiators.push_back(std::make_unique<Initiator>((device + "_initiator").c_str()));
      targets.push_back(std::make_unique<Target>((device + "_target").c_str()));
      initiators.back()->socket.bind(port.target());
      port.initiator().bind(targets.back()->socket);
    }
  }
  std::vector<unsigned char> data(4096);
  std::vector<tlm_generic_payload*> sent[4];
  for (unsigned i = 0; i < 4; ++i) {
    for (unsigned k = 0; k < 20; ++k) {
      Initiator& initiator = *initiators[2 * i];
      sent[i].push_back(&initiator.make(k % 2 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                                        window(1) + 100 * k, data.data(), 200 * k + 1));
      at(1'000'000 + 5000 * k,
         [&initiator, payload = sent[i].back()] { initiator.begin(*payload); });
    }
  }
  sc_core::sc_start();
  for (unsigned i = 0; i < 4; ++i) {
    expect_quiescent(*fabrics[i], fabrics[i]->scheduler());
    for (unsigned k = 0; k < 20; ++k) {
      EXPECT_NE(initiators[2 * i]->response_ps(*sent[i][k]), 0u);
      EXPECT_EQ(initiators[2 * i]->response_ps(*sent[i][k]),
                initiators[0]->response_ps(*sent[0][k]))
          << "switch " << i << ", access " << k;
    }
  }
}

}  // namespace
}  // namespace antares::tb
