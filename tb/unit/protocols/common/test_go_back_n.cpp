// SPDX-License-Identifier: Apache-2.0
// The two state machines: what is asked, done, and the earliest time of a timer; a peer that talks
// nonsense; and the pair over a line that loses units and messages.
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "antares/protocols/common/go_back_n.h"
#include "antares/protocols/common/random_stream.h"

namespace antares::protocols {
namespace {

GoBackNConfig small(ReplayScheme scheme) {
  GoBackNConfig config;
  config.scheme = scheme;
  config.sequence_bits = 4;  // numbers 1..15
  config.depth_units = 7;
  config.timeout_ps = 100;
  config.limit = 3;
  return config;
}

TEST(ReplayTransmitter, TimerIsTightAndGivesUpAtTheLimit) {
  ReplayCounts counts;
  ReplayTransmitter tx(small(ReplayScheme::go_back_n), counts);
  EXPECT_EQ(tx.deadline_ps(), ReplayTransmitter::kNever);
  EXPECT_EQ(tx.send(5), 1u);
  for (Picoseconds at : {105, 205, 305}) {
    tx.on_time(at - 1);
    EXPECT_FALSE(tx.replaying()) << at;
    tx.on_time(at);
    ASSERT_TRUE(tx.replaying()) << at;
    EXPECT_EQ(tx.send(at), 1u);
  }
  tx.on_time(405);
  EXPECT_TRUE(tx.gave_up());
  EXPECT_STRNE(tx.why(), "");
  EXPECT_EQ(tx.deadline_ps(), ReplayTransmitter::kNever);
  EXPECT_EQ(counts.timeouts, 4u);
  EXPECT_EQ(counts.gave_up, 1u);
}

TEST(ReplayTransmitter, WindowClosesAtTheDepthAndSkipsZero) {
  ReplayCounts counts;
  ReplayTransmitter tx(small(ReplayScheme::go_back_n), counts);
  tx.skip(12);
  std::vector<std::uint32_t> sent;
  while (tx.can_send_new()) sent.push_back(tx.send(0));
  EXPECT_EQ(sent, (std::vector<std::uint32_t>{13, 14, 15, 1, 2, 3, 4}));
  tx.on_ack(15, 0);
  EXPECT_EQ(tx.outstanding(), 4u);
}

TEST(ReplayTransmitter, NonsenseIsCountedAndChangesNothing) {
  ReplayCounts counts;
  ReplayTransmitter tx(small(ReplayScheme::go_back_n), counts);
  tx.send(0);
  tx.send(0);
  for (const std::uint32_t number : {0u, 4u, 9u, 16u, ~0u}) {
    tx.on_ack(number, 0);
    tx.on_request(number, false, 0);
  }
  EXPECT_EQ(counts.bad_sequence, 10u);
  EXPECT_EQ(tx.outstanding(), 2u);
  EXPECT_FALSE(tx.replaying());
  for (int i = 0; i < 100; ++i) tx.on_request(1, false, 0);  // NAK for ever
  EXPECT_TRUE(tx.gave_up());
}

TEST(ReplayReceiver, APeerThatReplaysForEverOrTalksNonsenseIsCounted) {
  for (const auto scheme : {ReplayScheme::go_back_n, ReplayScheme::selective}) {
    ReplayCounts counts;
    ReplayReceiver rx(small(scheme), counts);
    for (const std::uint32_t number : {1u, 2u, 3u}) EXPECT_TRUE(rx.arrive(true, number));
    for (unsigned i = 0; i < 1000; ++i) {
      const auto said = rx.arrive(true, 1 + i % 3);
      EXPECT_EQ(rx.handed_up(), 0u) << "nothing twice";
      ASSERT_TRUE(said && !said->request);
      EXPECT_EQ(said->number, 3u);
    }
    EXPECT_EQ(counts.duplicates, 1000u);
    for (const std::uint32_t number : {0u, 16u, ~0u}) EXPECT_FALSE(rx.arrive(true, number));
    EXPECT_EQ(counts.bad_sequence, 3u);
    EXPECT_EQ(rx.expected(), 4u);
  }
}

TEST(ReplayTransmitter, FurtherRequestsWaitForTheirUnits) {
  ReplayCounts counts;
  GoBackNConfig config = small(ReplayScheme::go_back_n);
  config.ignored_units = 12;
  ReplayTransmitter tx(config, counts);
  tx.send(0);
  tx.on_request(1, false, 0);
  tx.send(0);
  tx.on_units_received(11);
  tx.on_request(1, false, 0);
  EXPECT_FALSE(tx.replaying());
  tx.on_units_received(1);
  tx.on_request(1, false, 0);
  EXPECT_TRUE(tx.replaying());
}

/// Sends 3000 units over a line that loses a share `p` of units and of messages.
void run_pair(ReplayScheme scheme, double p) {
  ReplayCounts counts;
  GoBackNConfig config = small(scheme);
  config.limit = 1000;
  ReplayTransmitter tx(config, counts);
  ReplayReceiver rx(config, counts);
  const SequenceRing ring(config);
  RandomStream random(3, "pair");
  struct Unit {
    std::uint32_t number;
    bool whole;
  };
  std::deque<Unit> forward;
  std::deque<std::optional<ReplayMessage>> back;
  constexpr std::uint64_t kUnits = 3000;
  std::uint64_t handed_up = 0;
  Picoseconds now = 0;
  for (; handed_up < kUnits && now < 10'000'000; now += 10) {
    tx.on_time(now);
    ASSERT_FALSE(tx.gave_up()) << tx.why();
    const bool sends = tx.replaying() || (counts.units < kUnits && tx.can_send_new());
    if (sends) forward.push_back({tx.send(now), !random.bernoulli(p)});
    if (forward.size() > 2 || (!sends && !forward.empty())) {
      const std::uint32_t expected = rx.expected();
      std::optional<ReplayMessage> said = rx.arrive(forward.front().whole, forward.front().number);
      forward.pop_front();
      handed_up += rx.handed_up();
      // In order, once each: the expected number moves by what was handed up.
      ASSERT_EQ(rx.expected(), ring.plus(expected, rx.handed_up()));
      ASSERT_LE(handed_up, counts.units);
      if (random.bernoulli(p)) said.reset();
      back.push_back(said);
    }
    if (back.size() > 2 || (!sends && !back.empty())) {
      tx.on_units_received(1);
      if (back.front() && back.front()->request)
        tx.on_request(back.front()->number, back.front()->one_only, now);
      else if (back.front())
        tx.on_ack(back.front()->number, now);
      back.pop_front();
    }
  }
  EXPECT_EQ(handed_up, kUnits);
  EXPECT_EQ(counts.bad_sequence, 0u);
}

TEST(ReplayPair, GoBackNLosesNothing) {
  for (const double p : {0.0, 0.01, 0.1, 0.3}) run_pair(ReplayScheme::go_back_n, p);
}
TEST(ReplayPair, SelectiveLosesNothing) {
  for (const double p : {0.0, 0.01, 0.1, 0.3}) run_pair(ReplayScheme::selective, p);
}
TEST(ReplayPair, TimeoutOnlyLosesNothing) {
  for (const double p : {0.0, 0.01, 0.1, 0.3}) run_pair(ReplayScheme::timeout_only, p);
}

}  // namespace
}  // namespace antares::protocols
