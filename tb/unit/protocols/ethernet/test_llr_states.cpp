// SPDX-License-Identifier: Apache-2.0
// Link layer retry step by step: each state, each way into FLUSH, each counter, time-outs tight
// (not one picosecond early). Expected values follow from the rules in the headers.
#include <gtest/gtest.h>

#include "antares/protocols/ethernet/llr_receiver.h"
#include "antares/protocols/ethernet/llr_transmitter.h"

namespace antares::protocols {
namespace {

using Answer = LlrTransmitter::Answer;
constexpr std::uint32_t kNoFrameYet = kLlrSequenceMask;  ///< "last good" before number 0

/// A transmitter in ADVANCE.
LlrTransmitter advancing(const LlrConfig& config) {
  LlrTransmitter tx(config);
  tx.enable(0);
  tx.control(0);
  tx.receive({LlrControl::init_echo, 0}, 0);
  return tx;
}

/// A receiver that has been initialised and has sent its echo.
LlrReceiver receiving(const LlrConfig& config) {
  LlrReceiver rx(config);
  rx.enable();
  rx.receive(LlrControlSet{LlrControl::init, 0});
  rx.control(0);
  return rx;
}

LlrFrame frame_of(std::uint32_t sequence, FrameCheck check = FrameCheck::good) {
  LlrFrame frame;
  frame.id = sequence;
  frame.bytes = 100;
  frame.sequence = sequence;
  frame.check = check;
  return frame;
}

TEST(LlrTransmitter, InitIsRepeatedAtItsIntervalUntilEchoed) {
  LlrConfig config;
  config.init_interval_ns = 1000;
  LlrTransmitter tx(config);
  EXPECT_EQ(tx.state(), LlrTxState::off);
  EXPECT_EQ(tx.offer(1, 100, 0).answer, Answer::sent_unprotected);
  tx.enable(500);
  EXPECT_EQ(tx.state(), LlrTxState::init);
  EXPECT_TRUE(tx.control(500).has_value());
  EXPECT_FALSE(tx.control(500 + 1'000'000 - 1).has_value());
  EXPECT_EQ(tx.next_event_ps(), 500u + 1'000'000);
  EXPECT_TRUE(tx.control(500 + 1'000'000).has_value());
  EXPECT_EQ(tx.counters().tx_init_ctl_os, 2u);
  tx.receive({LlrControl::init_echo, 0}, 2'000'000);
  EXPECT_EQ(tx.state(), LlrTxState::advance);
  EXPECT_FALSE(tx.control(9'000'000).has_value());
  EXPECT_EQ(tx.next_event_ps(), kNever);
}

TEST(LlrTransmitter, FramesInInitAreTreatedAsConfigured) {
  const std::pair<LlrFrameAction, Answer> cases[] = {
      {LlrFrameAction::discard, Answer::discarded},
      {LlrFrameAction::block, Answer::blocked},
      {LlrFrameAction::best_effort, Answer::sent_unprotected}};
  for (const auto& [action, answer] : cases) {
    LlrConfig config;
    config.init_action = action;
    LlrTransmitter tx(config);
    tx.enable(0);
    EXPECT_EQ(tx.offer(1, 100, 0).answer, answer);
    EXPECT_EQ(tx.counters().tx_discard, action == LlrFrameAction::discard ? 1u : 0u);
    EXPECT_EQ(tx.outstanding_frames(), 0u);
  }
}

TEST(LlrTransmitter, WindowOfFramesAndOfBytes) {
  LlrConfig config;
  config.outstanding_frames = 2;
  config.outstanding_bytes = 250;
  LlrTransmitter tx = advancing(config);
  EXPECT_EQ(tx.offer(1, 100, 0).answer, Answer::sent);
  EXPECT_EQ(tx.offer(2, 151, 0).answer, Answer::blocked) << "251 B";
  EXPECT_EQ(tx.offer(2, 150, 0).frame.sequence, 1u);
  EXPECT_EQ(tx.offer(3, 1, 0).answer, Answer::blocked) << "three frames";
  tx.receive({LlrControl::ack, 0}, 10);
  EXPECT_EQ(tx.outstanding_bytes(), 150u);
  EXPECT_EQ(tx.offer(3, 1, 0).frame.sequence, 2u);
  tx.receive({LlrControl::ack, 2}, 10);
  EXPECT_EQ(tx.offer(4, 9000, 0).answer, Answer::sent) << "larger than the buffer, but alone";
}

TEST(LlrTransmitter, NackRepeatsWhatFollowsItsNumber) {
  LlrTransmitter tx = advancing({});
  for (std::uint64_t id = 0; id < 5; ++id) tx.offer(id, 100, 0);
  tx.receive({LlrControl::nack, 1}, 10);
  EXPECT_EQ(tx.state(), LlrTxState::replay);
  EXPECT_EQ(tx.offer(5, 100, 10).answer, Answer::blocked);
  for (const std::uint64_t id : {2, 3, 4}) EXPECT_EQ(tx.replay(10)->id, id);
  EXPECT_EQ(tx.state(), LlrTxState::advance);
  EXPECT_FALSE(tx.replay(10).has_value());
  EXPECT_EQ(tx.counters().tx_replay, 1u);
  EXPECT_EQ(tx.counters().tx_ok, 5u + 3u);
  EXPECT_EQ(tx.offer(5, 100, 10).frame.sequence, 5u);
}

TEST(LlrTransmitter, AnAcknowledgeDuringReplaySkipsWhatItFrees) {
  LlrTransmitter tx = advancing({});
  for (std::uint64_t id = 0; id < 5; ++id) tx.offer(id, 100, 0);
  tx.receive({LlrControl::nack, kNoFrameYet}, 10);
  EXPECT_EQ(tx.replay(10)->id, 0u);
  tx.receive({LlrControl::ack, 2}, 11);
  EXPECT_EQ(tx.replay(11)->id, 3u);
  tx.receive({LlrControl::ack, 4}, 12);
  EXPECT_EQ(tx.state(), LlrTxState::advance);
  EXPECT_EQ(tx.outstanding_frames(), 0u);
}

TEST(LlrTransmitter, NumbersThatWereNeverSentAreCountedAndIgnored) {
  LlrTransmitter tx = advancing({});
  for (std::uint64_t id = 0; id < 3; ++id) tx.offer(id, 100, 0);
  std::uint64_t errors = 0;
  for (const std::uint32_t sequence : {3u, 4u, 1000u, kLlrSequenceMask - 1, 1u << 20, ~0u}) {
    for (const LlrControl kind : {LlrControl::ack, LlrControl::nack}) {
      tx.receive({kind, sequence}, 1);
      EXPECT_EQ(tx.counters().rx_ack_nack_seq_error, ++errors) << sequence;
      EXPECT_EQ(tx.outstanding_frames(), 3u);
      EXPECT_EQ(tx.state(), LlrTxState::advance);
    }
  }
  tx.receive({static_cast<LlrControl>(77), 0}, 1);
  tx.receive({LlrControl::init, 0}, 1);
  EXPECT_EQ(tx.counters().ignored_ctl_os, 2u);
}

TEST(LlrTransmitter, ReplayTimerIsTightAndReplaysAreLimited) {
  LlrConfig config;
  config.replay_timer_ns = 500;
  config.replay_count = 2;
  LlrTransmitter tx = advancing(config);
  tx.offer(7, 100, 1000);
  Picoseconds at = 1000 + 500'000;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(tx.next_event_ps(), at);
    tx.tick(at - 1);
    EXPECT_EQ(tx.state(), LlrTxState::advance);
    tx.tick(at);
    EXPECT_EQ(tx.state(), LlrTxState::replay);
    EXPECT_EQ(tx.replay(at)->id, 7u);
    at += 500'000;
  }
  tx.tick(at);
  EXPECT_EQ(tx.state(), LlrTxState::flush) << "a third replay is one too many";
  EXPECT_EQ(tx.counters().flushed_frames, 1u);
  EXPECT_EQ(tx.outstanding_bytes(), 0u);
}

TEST(LlrTransmitter, ProgressStartsTheCountOfReplaysAnew) {
  LlrConfig config;
  config.replay_count = 1;
  LlrTransmitter tx = advancing(config);
  for (std::uint64_t id = 0; id < 10; ++id) tx.offer(id, 100, 0);
  for (std::uint32_t good = 0; good < 5; ++good) {
    tx.receive({LlrControl::nack, good}, 10);
    while (tx.replay(10)) {
    }
    EXPECT_EQ(tx.state(), LlrTxState::advance) << good;
  }
  tx.receive({LlrControl::nack, 4}, 20);
  EXPECT_EQ(tx.state(), LlrTxState::flush) << "no progress since the last one";
}

TEST(LlrTransmitter, DataAgeAndLostPcsEndInFlush) {
  LlrConfig config;
  config.data_age_timeout_ns = 10;
  LlrTransmitter aged = advancing(config);
  aged.offer(1, 100, 5000);
  aged.tick(14'999);
  EXPECT_EQ(aged.state(), LlrTxState::advance);
  EXPECT_EQ(aged.next_event_ps(), 15'000u);
  aged.tick(15'000);
  EXPECT_EQ(aged.state(), LlrTxState::flush);

  config = {};
  config.pcs_lost_timeout_ns = 10;
  LlrTransmitter dark = advancing(config);
  dark.pcs(false, 1000);
  dark.pcs(true, 10'999);
  dark.tick(11'000);
  EXPECT_EQ(dark.state(), LlrTxState::advance) << "back in time";
  dark.pcs(false, 20'000);
  dark.pcs(false, 25'000);
  EXPECT_EQ(dark.next_event_ps(), 30'000u) << "counted from the loss";
  dark.tick(30'000);
  EXPECT_EQ(dark.state(), LlrTxState::flush);
}

TEST(LlrTransmitter, AfterFlushManagementOrTheProfileStartsAgain) {
  LlrConfig config;
  config.replay_count = 0;
  config.flush_action = LlrFrameAction::discard;
  LlrTransmitter waits = advancing(config);
  waits.offer(1, 100, 0);
  waits.receive({LlrControl::nack, kNoFrameYet}, 1);
  EXPECT_EQ(waits.state(), LlrTxState::flush);
  EXPECT_EQ(waits.offer(2, 100, 2).answer, Answer::discarded);
  EXPECT_EQ(waits.counters().tx_discard, 1u);
  EXPECT_EQ(waits.next_event_ps(), kNever);
  waits.enable(3);
  EXPECT_EQ(waits.state(), LlrTxState::init);

  config.re_init_on_flush = true;
  LlrTransmitter restarts = advancing(config);
  restarts.offer(1, 100, 0);
  restarts.receive({LlrControl::nack, kNoFrameYet}, 1);
  EXPECT_EQ(restarts.state(), LlrTxState::init);
  restarts.receive({LlrControl::ack, 0}, 2);
  EXPECT_EQ(restarts.counters().ignored_ctl_os, 1u) << "an answer from before the INIT";
  restarts.control(3);
  restarts.receive({LlrControl::init_echo, 0}, 4);
  EXPECT_EQ(restarts.offer(2, 100, 5).frame.sequence, 0u);
}

TEST(LlrReceiver, OffUntilInitAndOnlyWhenEnabled) {
  LlrReceiver rx({});
  rx.receive(LlrControlSet{LlrControl::init, 0});
  EXPECT_EQ(rx.state(), LlrRxState::off);
  EXPECT_FALSE(rx.control(0).has_value());
  EXPECT_TRUE(rx.receive(frame_of(9))) << "an ordinary frame as long as retry is off";
  EXPECT_FALSE(rx.receive(frame_of(9, FrameCheck::bad)));
  EXPECT_EQ(rx.counters().unnumbered_refused, 1u);
  rx.enable();
  rx.receive(LlrControlSet{LlrControl::init, 0});
  EXPECT_EQ(rx.state(), LlrRxState::send_acks);
  EXPECT_EQ(rx.control(0)->kind, LlrControl::init_echo);
  EXPECT_EQ(rx.counters().rx_init_ctl_os, 2u);
  EXPECT_EQ(rx.counters().tx_init_echo_ctl_os, 1u);
  rx.disable();
  EXPECT_EQ(rx.state(), LlrRxState::off);
}

TEST(LlrReceiver, AcknowledgesAreCumulativeAndSpaced) {
  LlrConfig config;
  config.control_spacing_bytes = 2048;
  LlrReceiver rx = receiving(config);
  EXPECT_FALSE(rx.control(100).has_value()) << "nothing to acknowledge";
  EXPECT_TRUE(rx.receive(frame_of(0)));
  EXPECT_EQ(rx.control(100)->sequence, 0u);
  for (const std::uint32_t sequence : {1u, 2u, 3u}) EXPECT_TRUE(rx.receive(frame_of(sequence)));
  EXPECT_EQ(rx.control_due_line_bytes(), 100u + 2048);
  EXPECT_FALSE(rx.control(100 + 2047).has_value());
  EXPECT_EQ(rx.control(100 + 2048)->sequence, 3u);
  EXPECT_EQ(rx.counters().tx_ack_ctl_os, 2u);
}

TEST(LlrReceiver, OneNackForAGapThenSilenceUntilTheExpectedNumber) {
  LlrReceiver rx = receiving({});
  EXPECT_TRUE(rx.receive(frame_of(0)));
  EXPECT_FALSE(rx.receive(frame_of(2)));
  EXPECT_EQ(rx.state(), LlrRxState::send_nack);
  const auto nack = rx.control(5000);
  ASSERT_TRUE(nack.has_value());
  EXPECT_EQ(nack->kind, LlrControl::nack);
  EXPECT_EQ(nack->sequence, 0u);
  EXPECT_EQ(rx.state(), LlrRxState::nack_sent);
  EXPECT_FALSE(rx.receive(frame_of(3)));
  EXPECT_FALSE(rx.receive(frame_of(4, FrameCheck::bad)));
  EXPECT_FALSE(rx.receive(frame_of(0)));
  EXPECT_FALSE(rx.control(1'000'000).has_value());
  EXPECT_EQ(rx.counters().rx_replay, 0u);
  EXPECT_TRUE(rx.receive(frame_of(1)));
  EXPECT_EQ(rx.state(), LlrRxState::send_acks);
  EXPECT_EQ(rx.counters().rx_replay, 1u);
  EXPECT_EQ(rx.counters().rx_missing_seq, 3u);
  EXPECT_EQ(rx.counters().rx_duplicate_seq, 1u);
  EXPECT_EQ(rx.counters().rx_bad, 1u);
  EXPECT_EQ(rx.counters().rx_expected_seq_good, 2u);
}

TEST(LlrReceiver, HalfOfTheNumbersAreAheadAndHalfBehind) {
  LlrReceiver rx = receiving({});
  rx.receive(frame_of((1u << 19) - 1));
  EXPECT_EQ(rx.counters().rx_missing_seq, 1u);
  rx.receive(frame_of(1u << 19));
  rx.receive(frame_of(kLlrSequenceMask));
  EXPECT_EQ(rx.counters().rx_duplicate_seq, 2u);
}

TEST(LlrReceiver, ADamagedExpectedFrameIsAskedForAgainEvenInAReplay) {
  LlrReceiver rx = receiving({});
  EXPECT_FALSE(rx.receive(frame_of(0, FrameCheck::bad)));
  EXPECT_EQ(rx.control(0)->sequence, kNoFrameYet);
  EXPECT_FALSE(rx.receive(frame_of(0, FrameCheck::bad)));
  EXPECT_EQ(rx.state(), LlrRxState::send_nack);
  EXPECT_EQ(rx.control(1 << 20)->kind, LlrControl::nack);
  EXPECT_EQ(rx.counters().rx_expected_seq_bad, 2u);
  EXPECT_EQ(rx.counters().rx_replay, 1u);
}

TEST(LlrReceiver, PoisonedFramesArePassedOnAndCountedApart) {
  LlrReceiver rx = receiving({});
  EXPECT_TRUE(rx.receive(frame_of(0, FrameCheck::poisoned)));
  EXPECT_EQ(rx.counters().rx_poisoned, 1u);
  EXPECT_EQ(rx.counters().rx_expected_seq_poisoned, 1u);
  LlrTransmitter tx = advancing({});
  EXPECT_EQ(tx.offer(1, 100, 0, true).frame.check, FrameCheck::poisoned);
  EXPECT_EQ(tx.counters().tx_poisoned, 1u);
}

TEST(LlrReceiver, ALostAcknowledgeIsRepeatedOnADuplicate) {
  LlrReceiver rx = receiving({});
  EXPECT_TRUE(rx.receive(frame_of(0)));
  EXPECT_EQ(rx.control(0)->sequence, 0u);
  EXPECT_FALSE(rx.receive(frame_of(0)));
  EXPECT_EQ(rx.control(1 << 20)->sequence, 0u);
}

}  // namespace
}  // namespace antares::protocols
