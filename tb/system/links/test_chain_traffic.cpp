// SPDX-License-Identifier: Apache-2.0
// Traffic over three switches: data against a shadow memory with small buffers, saturation of a
// trunk, and the same results with one wheel and with a wheel a switch.
#include "antares/models/observe/scoreboard.h"
#include "tb/support/link_kinds.h"
#include "tb/support/shadow_line.h"
#include "tb/support/simulation.h"
#include "tb/support/switch_chain.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

std::shared_ptr<const protocols::LinkPolicy> pcie(const protocols::PcieLinkConfig& link = {}) {
  return std::make_shared<protocols::PciePolicy>(link);
}

ChainConfig three(const std::shared_ptr<const protocols::LinkPolicy>& device,
                  const std::shared_ptr<const protocols::LinkPolicy>& trunk,
                  std::uint64_t train_bytes = 0) {
  ChainConfig chain;
  chain.device_links.assign(3, device);
  chain.trunks.assign(2, trunk);
  chain.train_bytes = train_bytes;
  return chain;
}

protocols::PcieLinkConfig with_small_buffers() {
  protocols::PcieLinkConfig small;  // credits run out all the time
  small.posted_header_credits = small.non_posted_header_credits = small.completion_header_credits =
      16;
  small.posted_data_credits = small.completion_data_credits = 256;
  return small;
}

/// Lines of every device to every device; runs, checks, and says when which answer came.
std::vector<Picoseconds> run_lines(SwitchChain& rig, unsigned lines_each, unsigned accesses) {
  models::ScoreboardConfig ordered;
  ordered.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
  models::Scoreboard board(ordered);
  for (auto& fabric : rig.switches) fabric->observe().add_listener(board);
  std::vector<std::unique_ptr<ShadowLine>> lines[3];
  std::vector<Picoseconds> answers;
  for (unsigned from = 0; from < 3; ++from) {
    for (unsigned k = 0; k < lines_each; ++k) {
      const std::uint64_t base =
          window(k % 3) + (from * lines_each + k) * std::uint64_t{ShadowLine::kBytes};
      lines[from].push_back(
          std::make_unique<ShadowLine>(rig.initiator(from), base, 100 * from + k, accesses));
      at(1000 + 777 * k, [line = lines[from].back().get()] { line->next(); });
    }
    rig.initiator(from).on_response = [&, from](tlm_generic_payload& payload, auto&) {
      answers.push_back(now_ps());
      for (auto& line : lines[from]) {
        if (line->owns(payload)) line->answered();
      }
      return tlm::TLM_COMPLETED;
    };
  }
  sc_core::sc_start();
  board.finish(now_ps());
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_EQ(board.injected_totals().packets, board.delivered_totals().packets);
  EXPECT_EQ(answers.size(), 3u * lines_each * accesses);
  EXPECT_GT(ShadowLine::compared, answers.size() / 3);
  for (auto& initiator : rig.initiators) EXPECT_EQ(initiator->in_use(), 0u);
  rig.expect_all_quiescent();
  for (auto& fabric : rig.switches) fabric->observe().remove_listener(board);
  return answers;
}

class ChainData : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ChainData, EveryReadReturnsWhatWasWrittenLast) {
  ReportGuard reports;
  const auto link = pcie(GetParam() == 0 ? with_small_buffers() : protocols::PcieLinkConfig{});
  SwitchChain rig(three(link, link, GetParam()));
  run_lines(rig, 12, 30);
}

INSTANTIATE_TEST_SUITE_P(TrainBytes, ChainData, testing::Values(0u, 4096u, 65536u),
                         testing::PrintToStringParamName());

class ChainDataOfKind : public testing::TestWithParam<LinkKind> {};

TEST_P(ChainDataOfKind, EveryReadReturnsWhatWasWrittenLast) {
  ReportGuard reports;
  const auto link = make_policy(GetParam());
  SwitchChain rig(three(link, link));
  run_lines(rig, 6, 20);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ChainDataOfKind, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return std::string(name_of(param.param)); });

/// The kernel cannot start twice in a process: two chains run side by side in one simulation.
TEST(ChainWheels, OneWheelAndAWheelEachGiveTheSameTimes) {
  ReportGuard reports;
  const auto link = pcie(with_small_buffers());
  std::vector<Picoseconds> answers[2];
  std::vector<std::unique_ptr<SwitchChain>> rigs;
  std::vector<std::unique_ptr<ShadowLine>> lines[2][3];
  for (const unsigned which : {0u, 1u}) {
    ChainConfig chain = three(link, link);
    chain.one_wheel = which == 0;
    chain.name_prefix = which == 0 ? "one_" : "each_";
    rigs.push_back(std::make_unique<SwitchChain>(chain));
    for (unsigned from = 0; from < 3; ++from) {
      for (unsigned k = 0; k < 9; ++k) {
        const std::uint64_t base =
            window(k % 3) + (from * 9 + k) * std::uint64_t{ShadowLine::kBytes};
        lines[which][from].push_back(
            std::make_unique<ShadowLine>(rigs[which]->initiator(from), base, 100 * from + k, 40));
        at(1000 + 777 * k, [line = lines[which][from].back().get()] { line->next(); });
      }
      rigs[which]->initiator(from).on_response = [&, which, from](tlm_generic_payload& payload,
                                                                  auto&) {
        answers[which].push_back(now_ps());
        for (auto& line : lines[which][from]) {
          if (line->owns(payload)) line->answered();
        }
        return tlm::TLM_COMPLETED;
      };
    }
  }
  sc_core::sc_start();
  EXPECT_EQ(answers[0].size(), 3u * 9 * 40);
  EXPECT_EQ(answers[0], answers[1]);
  for (auto& rig : rigs) rig->expect_all_quiescent();
}

/// Two devices store to a third over one trunk: it carries what one link of its width carries.
TEST(ChainSaturation, ATrunkIsFilledToItsClosedForm) {
  ReportGuard reports;
  const auto link = pcie();
  SwitchChain rig(three(link, link, 4096));
  constexpr unsigned kBytes = 4096;
  constexpr unsigned kEach = 400;
  static unsigned char data[kBytes];
  rig.target(2).on_request = [](tlm_generic_payload& payload, auto&, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  Picoseconds first = 0;
  Picoseconds last = 0;
  unsigned answered = 0;
  for (const unsigned from : {0u, 1u}) {
    auto& initiator = rig.initiator(from);
    auto left = std::make_shared<unsigned>(kEach);
    const auto next = [&initiator, left, from] {
      if (*left == 0) return;
      --*left;
      initiator.begin(initiator.make(tlm::TLM_WRITE_COMMAND,
                                     window(2) + from * (1u << 30) + *left * std::uint64_t{kBytes},
                                     data, kBytes));
    };
    initiator.on_response = [&, next](auto&, auto&) {
      if (++answered == 2 * kEach / 4) first = now_ps();
      if (answered == 3 * 2 * kEach / 4) last = now_ps();
      at(now_ps() + 1, next);
      return tlm::TLM_COMPLETED;
    };
    for (unsigned k = 0; k < 12; ++k) at(1000 + k, next);
  }
  sc_core::sc_start();
  ASSERT_EQ(answered, 2 * kEach);
  const double GBps = kEach * double{kBytes} / static_cast<double>(last - first) * 1000;
  const double limit = link->rate().raw_GBps * link->efficiency(protocols::PacketKind::write, 256);
  // Never above; the last percent is what the measured window cuts off.
  EXPECT_LE(GBps, limit * 1.005);
  EXPECT_GE(GBps, limit * 0.98);
  rig.expect_all_quiescent();
}

}  // namespace
}  // namespace antares::tb
