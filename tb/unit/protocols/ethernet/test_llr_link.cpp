// SPDX-License-Identifier: Apache-2.0
// LLR as a link runs it: what is carried in one step equals the state machines stepped by hand, a
// failure costs what go-back-N costs, and giving up is told. Expected values follow from the
// parameters below; times are exact.
#include <gtest/gtest.h>

#include "antares/protocols/ethernet/ethernet_policy.h"
#include "antares/protocols/ethernet/llr_link.h"

namespace antares::protocols {
namespace {

constexpr std::uint32_t kFrameBytes = 1000;
constexpr Picoseconds kUnitPs = 10'000;  // 1000 B at 10 ps each
constexpr Picoseconds kCrossingPs = 100'000;

LinkRate rate() {
  LinkRate rate;
  rate.per_byte = {10, 1};
  return rate;
}

/// Fates of the units after the first, in order; all good behind the last of them.
class Listed final : public UnitFates {
 public:
  explicit Listed(std::vector<bool> fails = {}) : fails_(std::move(fails)) {}
  bool next_fails() override {
    ++asked;
    return asked <= fails_.size() && fails_[asked - 1];
  }
  std::size_t asked = 0;

 private:
  std::vector<bool> fails_;
};

class AllFail final : public UnitFates {
 public:
  bool next_fails() override { return true; }
};

/// Control sets never wait for each other, unless a test is about that.
LlrConfig quick() {
  LlrConfig config;
  config.control_spacing_bytes = 8;
  return config;
}

ReplayEpisode episode(std::uint64_t following, Picoseconds start_ps = 5'000'000) {
  return {start_ps, kUnitPs, kCrossingPs, 0, following};
}

TEST(LlrLink, CarriedEqualsTheStateMachinesStepByStep) {
  const LlrConfig config = quick();
  constexpr std::uint64_t kFrames = (1u << kLlrSequenceBits) + 17;  // once round
  LlrTransmitter tx(config);
  LlrReceiver rx(config);
  rx.enable();
  tx.enable(0);
  rx.receive(*tx.control(0));
  tx.receive(*rx.control(0), 0);
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    const auto offer = tx.offer(i, kFrameBytes, i);
    ASSERT_EQ(offer.answer, LlrTransmitter::Answer::sent);
    ASSERT_TRUE(rx.receive(offer.frame));
    tx.receive(*rx.control((i + 1) * kFrameBytes), i);
  }
  LlrLink link(config, rate(), kFrameBytes);
  link.carried(kFrames - 5);
  link.carried(5);
  EXPECT_EQ(link.next_sequence(), rx.expected_sequence());
  EXPECT_EQ(link.sent_counters().tx_ok, tx.counters().tx_ok);
  EXPECT_EQ(link.sent_counters().tx_init_ctl_os, tx.counters().tx_init_ctl_os);
  EXPECT_EQ(link.sent_counters().rx_init_echo_ctl_os, tx.counters().rx_init_echo_ctl_os);
  EXPECT_EQ(link.sent_counters().rx_ack_ctl_os, tx.counters().rx_ack_ctl_os);
  EXPECT_EQ(link.received_counters().rx_ok, rx.counters().rx_ok);
  EXPECT_EQ(link.received_counters().rx_expected_seq_good, rx.counters().rx_expected_seq_good);
  EXPECT_EQ(link.received_counters().tx_ack_ctl_os, rx.counters().tx_ack_ctl_os);
  EXPECT_EQ(link.counts().units, kFrames);
}

TEST(LlrLink, AFailureInAStreamCostsARoundTripOfFrames) {
  LlrLink link(quick(), rate(), kFrameBytes);
  Listed fates;
  const Recovery recovery = link.recover(episode(10'000), fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  // The NACK leaves when the failed frame is in, and is heard a crossing later: meanwhile
  // unit + 2 crossings have passed, in which that many frames were begun. All go again.
  const std::uint64_t sent = (kUnitPs + 2 * kCrossingPs) / kUnitPs;
  EXPECT_EQ(recovery.units_resent, sent);
  EXPECT_EQ(recovery.lost_ps, sent * kUnitPs);
  EXPECT_EQ(recovery.attempts, 1u);
  EXPECT_EQ(recovery.accepted_ps, 5'000'000 + 2 * kUnitPs + 3 * kCrossingPs);
  EXPECT_EQ(recovery.held_until_ps, recovery.accepted_ps);
  EXPECT_EQ(link.counts().failed, 1u);
  EXPECT_EQ(link.counts().requests, 1u);
  EXPECT_EQ(link.counts().units, sent);
  EXPECT_EQ(link.counts().out_of_order, sent - 1);
  EXPECT_EQ(fates.asked - recovery.units_resent, sent - 1) << "followers that were sent";
  EXPECT_EQ(link.received_counters().rx_expected_seq_bad, 1u);
  EXPECT_EQ(link.sent_counters().tx_replay, 1u);
}

TEST(LlrLink, AnotherFailureInTheReplayIsRepairedWhereReplaysAreAllowed) {
  LlrConfig config = quick();
  config.replay_count = 2;
  LlrLink link(config, rate(), kFrameBytes);
  Listed fates({false, true});  // the follower is fine, the replay of the first frame is not
  const Recovery recovery = link.recover(episode(1), fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  EXPECT_EQ(recovery.attempts, 2u);
  EXPECT_EQ(link.counts().failed, 2u);
  EXPECT_EQ(link.counts().requests, 2u);
}

TEST(LlrLink, ALostTailWaitsForTheReplayTimer) {
  LlrConfig config = quick();
  config.failed_frame = LlrFailedFrame::lost;
  config.replay_timer_ns = 1000;
  LlrLink link(config, rate(), kFrameBytes);
  Listed fates;
  const Recovery recovery = link.recover(episode(0), fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  EXPECT_EQ(recovery.accepted_ps, 5'000'000 + 1'000'000 + kUnitPs + kCrossingPs);
  EXPECT_EQ(link.counts().timeouts, 1u);
  EXPECT_EQ(link.counts().requests, 0u);
}

TEST(LlrLink, ALostTailWithoutTimerIsGivenUpByName) {
  LlrConfig config = quick();
  config.failed_frame = LlrFailedFrame::lost;
  LlrLink link(config, rate(), kFrameBytes);
  Listed fates;
  const Recovery recovery = link.recover(episode(0), fates);
  EXPECT_FALSE(recovery.recovered);
  EXPECT_NE(std::string(recovery.why).find("replay_timer_ns"), std::string::npos);
}

TEST(LlrLink, AGapShowsALostFrameInAStream) {
  LlrConfig config = quick();
  config.failed_frame = LlrFailedFrame::lost;
  LlrLink link(config, rate(), kFrameBytes);
  Listed fates;
  const Recovery recovery = link.recover(episode(10'000), fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  // Seen with the next frame, one unit later than a damaged one.
  EXPECT_EQ(recovery.units_resent, (2 * kUnitPs + 2 * kCrossingPs) / kUnitPs);
}

TEST(LlrLink, TooManyReplaysEndInFlushWhichTheProfileOrSoftwareEnds) {
  struct Case {
    LlrFrameAction action;
    bool re_init;
    GaveUp after;
  };
  for (const Case& each : {Case{LlrFrameAction::discard, false, GaveUp::hold_down},
                           Case{LlrFrameAction::block, false, GaveUp::block},
                           Case{LlrFrameAction::best_effort, false, GaveUp::unprotected},
                           Case{LlrFrameAction::block, true, GaveUp::restart}}) {
    LlrConfig config = quick();  // replay_count 1
    config.flush_action = each.action;
    config.re_init_on_flush = each.re_init;
    LlrLink link(config, rate(), kFrameBytes);
    link.carried(9);
    AllFail fates;
    const Recovery recovery = link.recover(episode(3), fates);
    EXPECT_FALSE(recovery.recovered);
    EXPECT_NE(std::string(recovery.why).find("FLUSH"), std::string::npos);
    EXPECT_EQ(link.counts().gave_up, 1u);
    EXPECT_EQ(link.after_giving_up(), each.after);
    link.restart();
    EXPECT_EQ(link.next_sequence(), 0u) << "INIT begins anew";
    link.carried(4);
    EXPECT_EQ(link.next_sequence(), 4u);
    link.restart();
    EXPECT_EQ(link.next_sequence(), 4u) << "nothing is to be ended";
    Listed fine;
    EXPECT_TRUE(link.recover(episode(0, 6'000'000), fine).recovered);
  }
}

TEST(LlrLink, NumbersThatWereNeverSentAreCountedAndIgnored) {
  LlrLink link(quick(), rate(), kFrameBytes);
  link.carried(10);
  link.from_peer({LlrControl::ack, 500});
  link.from_peer({LlrControl::nack, 0xffffffffu});
  link.from_peer({static_cast<LlrControl>(77), 1});
  EXPECT_EQ(link.counts().bad_sequence, 2u);
  EXPECT_EQ(link.sent_counters().ignored_ctl_os, 0u + 1u);
  Listed fates;
  EXPECT_TRUE(link.recover(episode(5), fates).recovered);
}

TEST(LlrLink, TheWindowHoldsTheStreamBack) {
  LlrConfig config = quick();
  config.outstanding_frames = 4;
  LlrLink link(config, rate(), kFrameBytes);
  Listed fates;
  const Recovery recovery = link.recover(episode(10'000), fates);
  ASSERT_TRUE(recovery.recovered) << recovery.why;
  EXPECT_EQ(link.depth_units(), 4u);
  EXPECT_EQ(recovery.units_resent, 4u);
}

TEST(LlrLink, APortHasItWhereItsConfigurationSaysSo) {
  EthernetLinkConfig config;
  EXPECT_NE(EthernetPolicy(config).make_replay(), nullptr);
  config.llr_on = false;
  EXPECT_EQ(EthernetPolicy(config).make_replay(), nullptr);
}

}  // namespace
}  // namespace antares::protocols
