// SPDX-License-Identifier: Apache-2.0
// Link layer retry over a channel that loses and damages but never reorders: whatever the seed,
// every frame arrives once and in order as long as the transmitter does not give up; what it gives
// up on is reported. And: nothing that can be received makes either half hang, throw or run away.
#include <gtest/gtest.h>

#include <deque>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ethernet/llr_receiver.h"
#include "antares/protocols/ethernet/llr_transmitter.h"

namespace antares::protocols {
namespace {

constexpr Picoseconds kSlotPs = 10'000;     // one frame or control set each way
constexpr std::uint64_t kSlotBytes = 1000;  // of the return line
constexpr std::uint64_t kDelaySlots = 20;

template <class What>
struct Travelling {
  std::uint64_t arrives = 0;
  What what;
};

struct Outcome {
  std::vector<std::uint64_t> delivered;
  std::uint64_t offered = 0;
  LlrCounters tx;
  LlrCounters rx;
  LlrTxState state = LlrTxState::off;
  std::uint64_t forged = 0;
  std::size_t outstanding = 0;
};

struct Channel {
  double loss = 0;
  double damage = 0;
  double control_loss = 0;
  double forge = 0;  ///< acknowledges of numbers that were never sent
};

Outcome run(std::uint64_t seed, const LlrConfig& config, const Channel& channel,
            std::uint64_t frames, std::uint64_t slots) {
  RandomStream random(seed, "llr channel");
  LlrTransmitter tx(config);
  LlrReceiver rx(config);
  std::deque<Travelling<LlrFrame>> forward;
  std::deque<Travelling<LlrControlSet>> forward_control;
  std::deque<Travelling<LlrControlSet>> back;
  Outcome outcome;
  tx.enable(0);
  rx.enable();
  for (std::uint64_t slot = 0; slot < slots; ++slot) {
    const Picoseconds now = slot * kSlotPs;
    tx.tick(now);
    if (const auto set = tx.control(now)) {
      if (!random.bernoulli(channel.control_loss))
        forward_control.push_back({slot + kDelaySlots, *set});
    } else {
      std::optional<LlrFrame> frame = tx.replay(now);
      if (!frame && outcome.offered < frames && random.bernoulli(0.8)) {
        const auto offer = tx.offer(outcome.offered, 500, now);
        if (offer.answer == LlrTransmitter::Answer::sent) {
          ++outcome.offered;
          frame = offer.frame;
        }
      }
      if (frame && !random.bernoulli(channel.loss)) {
        if (random.bernoulli(channel.damage)) {
          frame->check = FrameCheck::bad;
          // Half the time the number is damaged as well.
          if (random.bernoulli(0.5))
            frame->sequence = static_cast<std::uint32_t>(random.uniform_below(1u << 20));
        }
        forward.push_back({slot + kDelaySlots, *frame});
      }
    }
    while (!forward_control.empty() && forward_control.front().arrives <= slot) {
      rx.receive(forward_control.front().what);
      forward_control.pop_front();
    }
    while (!forward.empty() && forward.front().arrives <= slot) {
      if (rx.receive(forward.front().what)) outcome.delivered.push_back(forward.front().what.id);
      forward.pop_front();
    }
    if (const auto set = rx.control(slot * kSlotBytes)) {
      if (!random.bernoulli(channel.control_loss)) back.push_back({slot + kDelaySlots, *set});
    }
    while (!back.empty() && back.front().arrives <= slot) {
      tx.receive(back.front().what, now);
      back.pop_front();
    }
    if (tx.state() == LlrTxState::advance && random.bernoulli(channel.forge)) {
      // Beyond what was sent: 1 to 1000 numbers too far. Numbers start at 0 and never restart here.
      const auto ahead = static_cast<std::uint32_t>(random.uniform_below(1000));
      const auto sequence = static_cast<std::uint32_t>(outcome.offered + ahead) & kLlrSequenceMask;
      const LlrControl kind = random.bernoulli(0.5) ? LlrControl::ack : LlrControl::nack;
      tx.receive({kind, sequence}, now);
      ++outcome.forged;
    }
  }
  outcome.tx = tx.counters();
  outcome.rx = rx.counters();
  outcome.state = tx.state();
  outcome.outstanding = tx.outstanding_frames();
  return outcome;
}

LlrConfig patient() {
  LlrConfig config;
  config.init_action = LlrFrameAction::block;  // everything protected
  config.flush_action = LlrFrameAction::block;
  config.outstanding_frames = 64;
  config.replay_timer_ns = 1500;  // above a round trip of 400 ns and a window of 640 ns
  config.replay_count = 255;
  return config;
}

TEST(LlrProperty, NoLossNoDuplicateNoReorderWhateverTheSeed) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream shape(seed, "llr shape");
    Channel channel;
    channel.loss = 0.05 * shape.uniform01();
    channel.damage = 0.1 * shape.uniform01();
    channel.control_loss = 0.3 * shape.uniform01();
    channel.forge = 0.1 * shape.uniform01();
    constexpr std::uint64_t kFrames = 2000;
    const Outcome outcome = run(seed, patient(), channel, kFrames, 400'000);
    ASSERT_NE(outcome.state, LlrTxState::flush);
    ASSERT_EQ(outcome.delivered.size(), kFrames);
    for (std::uint64_t i = 0; i < kFrames; ++i) ASSERT_EQ(outcome.delivered[i], i);
    EXPECT_EQ(outcome.outstanding, 0u) << "the replay buffer is empty at the end";
    EXPECT_EQ(outcome.tx.rx_ack_nack_seq_error, outcome.forged) << "each forged one, no other";
    EXPECT_EQ(outcome.rx.rx_expected_seq_good, kFrames);
    EXPECT_EQ(outcome.tx.flushed_frames, 0u);
  }
}

TEST(LlrProperty, ACleanChannelRepeatsNothing) {
  const Outcome outcome = run(1, patient(), {}, 5000, 20'000);
  EXPECT_EQ(outcome.delivered.size(), 5000u);
  EXPECT_EQ(outcome.tx.tx_replay, 0u);
  EXPECT_EQ(outcome.tx.tx_ok, 5000u);
  EXPECT_EQ(outcome.rx.rx_duplicate_seq + outcome.rx.rx_missing_seq, 0u);
  EXPECT_LE(outcome.rx.tx_ack_ctl_os, 20'000u * 1000 / 2048 + 1) << "no closer than the spacing";
}

TEST(LlrProperty, NumbersWrapAround) {
  // More frames than 20 bits of numbers, over a channel that now and then damages one.
  Channel channel;
  channel.damage = 0.0005;
  constexpr std::uint64_t kFrames = (1u << 20) + 5000;
  const Outcome outcome = run(3, patient(), channel, kFrames, 4'000'000);
  ASSERT_EQ(outcome.delivered.size(), kFrames);
  for (std::uint64_t i = 0; i < kFrames; ++i) ASSERT_EQ(outcome.delivered[i], i);
  EXPECT_GT(outcome.tx.tx_replay, 0u);
}

TEST(LlrProperty, GivingUpLosesOnlyWhatIsCountedAndNeverReorders) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    LlrConfig config = patient();
    config.replay_count = 1;
    config.re_init_on_flush = true;
    Channel channel;
    channel.loss = 0.05;
    channel.control_loss = 0.2;
    const Outcome outcome = run(seed, config, channel, 2000, 400'000);
    for (std::size_t i = 1; i < outcome.delivered.size(); ++i)
      ASSERT_LT(outcome.delivered[i - 1], outcome.delivered[i]) << "seed " << seed;
    EXPECT_EQ(outcome.offered, 2000u);
    EXPECT_GE(outcome.delivered.size() + outcome.tx.flushed_frames, 2000u);
  }
}

TEST(LlrProperty, GarbageNeverCrashesNorOverfills) {
  RandomStream random(7, "llr garbage");
  const auto word = [&random] {
    return static_cast<std::uint32_t>(random.uniform_below(1ull << 32));
  };
  LlrConfig config = patient();
  config.replay_count = 3;
  config.re_init_on_flush = true;
  LlrTransmitter tx(config);
  LlrReceiver rx(config);
  tx.enable(0);
  rx.enable();
  Picoseconds now = 0;
  std::uint64_t received = 0;
  for (int i = 0; i < 300'000; ++i) {
    now += random.uniform_below(100'000);
    LlrControlSet set;
    set.kind = static_cast<LlrControl>(random.uniform_below(6));
    set.sequence = random.bernoulli(0.5) ? word() : word() % 128;
    tx.receive(set, now);
    rx.receive(set);
    ++received;
    LlrFrame frame;
    frame.sequence = random.bernoulli(0.5) ? word() : rx.expected_sequence() + word() % 3;
    frame.check = static_cast<FrameCheck>(random.uniform_below(3));
    frame.numbered = random.bernoulli(0.9);
    frame.bytes = word();
    rx.receive(frame);
    tx.offer(word(), word(), now);
    tx.replay(now);
    tx.control(now);
    tx.pcs(random.bernoulli(0.9), now);
    tx.tick(now);
    rx.control(static_cast<std::uint64_t>(i) * 100);
    ASSERT_LE(tx.outstanding_frames(), config.outstanding_frames);
    ASSERT_LE(rx.expected_sequence(), kLlrSequenceMask);
  }
  // Each control set went to both halves; the receiver knows INIT only.
  EXPECT_EQ(rx.counters().rx_init_ctl_os + rx.counters().ignored_ctl_os, received);
}

}  // namespace
}  // namespace antares::protocols
