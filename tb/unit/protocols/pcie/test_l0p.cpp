// SPDX-License-Identifier: Apache-2.0
// L0p: code points, one end of the width change, and the link at its narrower widths
// (facts/pcie6.md 1.7). Rates are compared exactly, as ratios.
#include <gtest/gtest.h>

#include "antares/protocols/pcie/l0p.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

constexpr Picoseconds kUs = 1000000;

TEST(L0pCodes, CommandsAndWidthsOfTheFacts) {
  EXPECT_EQ(static_cast<int>(L0pCommand::request), 0x4);
  EXPECT_EQ(static_cast<int>(L0pCommand::ack), 0x6);
  EXPECT_EQ(static_cast<int>(L0pCommand::nak), 0x7);
  EXPECT_EQ(static_cast<int>(L0pCommand::up_size_done), 0xA);
  struct Row {
    unsigned lanes;
    std::uint8_t nibble, field;
  };
  for (const Row& row : {Row{1, 1, 0}, Row{2, 2, 1}, Row{4, 4, 2}, Row{8, 8, 3}, Row{16, 0, 4}}) {
    EXPECT_TRUE(is_l0p_width(row.lanes));
    EXPECT_EQ(l0p_width_nibble(row.lanes), row.nibble);
    EXPECT_EQ(l0p_lanes_of_nibble(row.nibble), row.lanes);
    EXPECT_TRUE(l0p_target_of_register(row.field).valid);
    EXPECT_EQ(l0p_target_of_register(row.field).lanes, row.lanes);
  }
  for (const unsigned nibble : {3u, 5u, 6u, 7u, 9u, 15u, 16u, 255u}) {
    EXPECT_EQ(l0p_lanes_of_nibble(static_cast<std::uint8_t>(nibble)), 0u) << nibble;
  }
  for (const unsigned lanes : {0u, 3u, 12u, 32u}) EXPECT_FALSE(is_l0p_width(lanes));
  EXPECT_TRUE(l0p_target_of_register(7).dynamic);
  EXPECT_FALSE(l0p_target_of_register(5).valid);
  EXPECT_FALSE(l0p_target_of_register(6).valid);
}

TEST(L0pCodes, ExitLatenciesDoubleFromOneMicrosecond) {
  EXPECT_EQ(l0p_exit_latency(0).least_ps, 0u);
  EXPECT_EQ(l0p_exit_latency(0).most_ps, 1 * kUs);
  const unsigned least_us[] = {0, 1, 2, 4, 8, 16, 32, 64};
  for (std::uint8_t code = 1; code <= 7; ++code) {
    EXPECT_EQ(l0p_exit_latency(code).least_ps, least_us[code] * kUs) << int(code);
    if (code < 7) {
      EXPECT_EQ(l0p_exit_latency(code).most_ps, least_us[code + 1] * kUs);
    }
  }
  EXPECT_EQ(l0p_exit_latency(7).most_ps, kNever);
}

TEST(L0pEnd, RefusesWidthsThatTheLinkCannotHave) {
  L0pConfig config;
  config.configured_lanes = 8;
  L0pEnd end(config);
  L0pMessage message;
  for (const unsigned lanes : {0u, 3u, 16u, 64u}) {
    EXPECT_EQ(end.ask(lanes, 0, message), L0pEnd::Answer::illegal_width) << lanes;
    EXPECT_EQ(end.receive({L0pCommand::request, true, lanes}, 0)->command, L0pCommand::nak);
  }
  EXPECT_EQ(end.ask(8, 0, message), L0pEnd::Answer::same_width);
  EXPECT_EQ(end.lanes(), 8u);
}

TEST(L0pEnd, NarrowingIsQuickAndBacksOffForAMicrosecond) {
  L0pEnd end({});
  L0pMessage request;
  ASSERT_EQ(end.ask(4, 10, request), L0pEnd::Answer::sent);
  EXPECT_EQ(request.command, L0pCommand::request);
  EXPECT_EQ(request.lanes, 4u);
  EXPECT_EQ(end.lanes(), 16u) << "nothing changes before the acknowledgement";
  EXPECT_EQ(end.ask(2, 20, request), L0pEnd::Answer::busy);
  EXPECT_FALSE(end.receive({L0pCommand::ack, false, 4}, 1000));
  EXPECT_EQ(end.lanes(), 4u);
  EXPECT_EQ(end.next_ps(), kNever) << "no training";
  EXPECT_EQ(end.ask(2, 1000 + 1 * kUs - 1, request), L0pEnd::Answer::backing_off);
  EXPECT_EQ(end.ready_ps(), 1000 + 1 * kUs);
  EXPECT_EQ(end.ask(2, 1000 + 1 * kUs, request), L0pEnd::Answer::sent);
}

TEST(L0pEnd, WideningTakesTheExitLatencyAndBacksOffForTwoMicroseconds) {
  for (const Picoseconds exit_ps : {kUs / 2, 16 * kUs}) {
    L0pConfig config;
    config.exit_latency_ps = exit_ps;
    L0pEnd end(config);
    L0pMessage request;
    ASSERT_EQ(end.receive({L0pCommand::request, false, 2}, 0)->command, L0pCommand::ack);
    const Picoseconds start = 5 * kUs;
    ASSERT_EQ(end.ask(16, start, request), L0pEnd::Answer::sent);
    end.receive({L0pCommand::ack, false, 16}, start);
    EXPECT_EQ(end.lanes(), 2u) << "traffic goes on over the old lanes";
    EXPECT_EQ(end.next_ps(), start + exit_ps);
    EXPECT_FALSE(end.poll(start + exit_ps - 1));
    const auto done = end.poll(start + exit_ps);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->command, L0pCommand::up_size_done);
    EXPECT_EQ(end.lanes(), 2u) << "the other end has not said so yet";
    EXPECT_FALSE(end.poll(start + exit_ps + 1)) << "said once";
    end.receive({L0pCommand::up_size_done, false, 16}, start + exit_ps + 7);
    EXPECT_EQ(end.lanes(), 16u);
    // 2 us after the acknowledgement, and 1 us after the success, whichever is later.
    EXPECT_EQ(end.ready_ps(), std::max(start + 2 * kUs, start + exit_ps + 7 + 1 * kUs));
  }
}

TEST(L0pEnd, DuringAWideningItRefusesEverything) {
  L0pEnd end({});
  L0pMessage request;
  end.receive({L0pCommand::request, false, 4}, 0);
  end.receive({L0pCommand::request, false, 8}, 0);
  ASSERT_TRUE(end.changing());
  EXPECT_EQ(end.ask(2, 9 * kUs, request), L0pEnd::Answer::busy);
  EXPECT_EQ(end.receive({L0pCommand::request, true, 1}, 9 * kUs)->command, L0pCommand::nak);
}

TEST(L0pEnd, ARefusalChangesNothingButThePause) {
  L0pConfig config;
  config.nak_back_off_ps = 3 * kUs;
  L0pEnd end(config);
  L0pMessage request;
  ASSERT_EQ(end.ask(1, 100, request), L0pEnd::Answer::sent);
  EXPECT_FALSE(end.receive({L0pCommand::nak, false, 1}, 200));
  EXPECT_EQ(end.lanes(), 16u);
  EXPECT_FALSE(end.waiting_for_answer());
  EXPECT_EQ(end.ready_ps(), 200 + 3 * kUs);
}

TEST(L0pEnd, AnswersThatNobodyWaitsForAreCountedAndIgnored) {
  L0pEnd end({});
  end.receive({L0pCommand::ack, false, 1}, 0);
  end.receive({L0pCommand::nak, false, 1}, 0);
  end.receive({L0pCommand::up_size_done, false, 1}, 0);
  end.receive({static_cast<L0pCommand>(0xF), false, 1}, 0);
  EXPECT_EQ(end.unexpected(), 4u);
  EXPECT_EQ(end.lanes(), 16u);
}

TEST(L0pEnd, GoesNoLowerThanItsLeastWidth) {
  L0pConfig config;
  config.least_lanes = 4;
  L0pEnd end(config);
  EXPECT_EQ(end.receive({L0pCommand::request, true, 2}, 0)->command, L0pCommand::nak);
  EXPECT_EQ(end.receive({L0pCommand::request, true, 4}, 0)->command, L0pCommand::ack);
}

TEST(AtLanes, TheRateScalesExactlyAndTheRestStays) {
  PcieLinkConfig config;
  config.skp_share = 0.01;
  for (const unsigned configured : {1u, 2u, 4u, 8u, 16u}) {
    config.lanes = configured;
    const PciePolicy full(config);
    EXPECT_EQ(full.lanes(), configured);
    for (unsigned lanes = 0; lanes <= 33; ++lanes) {
      const auto narrow = full.at_lanes(lanes);
      ASSERT_EQ(narrow != nullptr, is_l0p_width(lanes) && lanes <= configured) << lanes;
      if (narrow == nullptr) continue;
      EXPECT_EQ(narrow->lanes(), lanes);
      const PicosecondsPerByte& wide_rate = full.rate().per_byte;
      const PicosecondsPerByte& rate = narrow->rate().per_byte;
      EXPECT_EQ(rate.numerator * wide_rate.denominator * lanes,
                wide_rate.numerator * rate.denominator * configured);
      EXPECT_EQ(narrow->rate().flit_usable_bytes, full.rate().flit_usable_bytes);
      Packet packet;
      packet.bytes = 5000;
      EXPECT_EQ(narrow->wire_cost(packet).bytes, full.wire_cost(packet).bytes);
      const CreditLedgerConfig credits = narrow->receiver_credits();
      const CreditLedgerConfig full_credits = full.receiver_credits();
      ASSERT_EQ(credits.grants.size(), full_credits.grants.size());
      for (std::size_t i = 0; i < credits.grants.size(); ++i) {
        EXPECT_EQ(credits.grants[i].dedicated.header, full_credits.grants[i].dedicated.header);
        EXPECT_EQ(credits.grants[i].dedicated.data, full_credits.grants[i].dedicated.data);
      }
    }
  }
}

TEST(AtLanes, ThereIsNoL0pWithoutFlitModeButALinkMayTrainNarrower) {
  PcieLinkConfig config;
  config.generation = 5;
  EXPECT_EQ(PciePolicy(config).make_width_end(), nullptr);
  const auto narrow = PciePolicy(config).at_lanes(8);
  ASSERT_NE(narrow, nullptr);
  EXPECT_DOUBLE_EQ(narrow->rate().raw_GBps, PciePolicy(config).rate().raw_GBps / 2);
  EXPECT_EQ(PciePolicy(config).at_lanes(3), nullptr);
  config.flit_mode = FlitMode::on;
  EXPECT_NE(PciePolicy(config).make_width_end(), nullptr);
}

}  // namespace
}  // namespace antares::protocols
