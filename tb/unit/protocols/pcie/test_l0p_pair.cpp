// SPDX-License-Identifier: Apache-2.0
// Two L0p ends over a link with a delay: they agree on the width whatever they ask for, whenever,
// and with whatever priority (facts/pcie6.md 1.7).
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <deque>

#include "antares/protocols/pcie/l0p.h"

namespace antares::protocols {
namespace {

constexpr Picoseconds kMicrosecondPs = 1000000;
constexpr Picoseconds kDelayPs = 10000;

class Pair {
 public:
  Pair(const L0pConfig& a, const L0pConfig& b) : ends_{L0pEnd(a), L0pEnd(b)} {}

  L0pEnd& end(unsigned side) { return ends_[side]; }
  L0pEnd::Answer ask(unsigned side, unsigned lanes) {
    L0pMessage message;
    const L0pEnd::Answer answer = ends_[side].ask(lanes, now_ps_, message);
    if (answer == L0pEnd::Answer::sent) send(side, message);
    return answer;
  }
  /// Handles everything up to this time.
  void run_until(Picoseconds end_ps) {
    for (;;) {
      unsigned side = 0;
      bool message = false;
      Picoseconds next = kNever;
      for (unsigned each = 0; each < 2; ++each) {
        if (!to_[each].empty() && to_[each].front().at_ps < next) {
          next = to_[each].front().at_ps;
          side = each;
          message = true;
        }
        if (ends_[each].next_ps() < next) {
          next = ends_[each].next_ps();
          side = each;
          message = false;
        }
      }
      if (next > end_ps) break;
      now_ps_ = next;
      if (message) {
        const L0pMessage arrived = to_[side].front().message;
        to_[side].pop_front();
        if (const auto answer = ends_[side].receive(arrived, now_ps_)) send(side, *answer);
      } else if (const auto done = ends_[side].poll(now_ps_)) {
        send(side, *done);
      }
    }
    now_ps_ = end_ps;
  }
  Picoseconds now_ps() const { return now_ps_; }
  void expect_agreed(unsigned lanes) {
    for (const L0pEnd& each : ends_) {
      EXPECT_EQ(each.lanes(), lanes);
      EXPECT_FALSE(each.changing());
      EXPECT_FALSE(each.waiting_for_answer());
      EXPECT_EQ(each.unexpected(), 0u);
    }
  }

 private:
  struct Travelling {
    Picoseconds at_ps;
    L0pMessage message;
  };
  void send(unsigned from, const L0pMessage& message) {
    to_[1 - from].push_back({now_ps_ + kDelayPs, message});
  }

  L0pEnd ends_[2];
  std::deque<Travelling> to_[2];
  Picoseconds now_ps_ = 0;
};

TEST(L0pPair, NarrowsInARoundTripAndWidensAfterTraining) {
  Pair pair({}, {});
  ASSERT_EQ(pair.ask(0, 4), L0pEnd::Answer::sent);
  pair.run_until(2 * kDelayPs);
  pair.expect_agreed(4);
  pair.run_until(2 * kMicrosecondPs);
  ASSERT_EQ(pair.ask(1, 16), L0pEnd::Answer::sent);
  // The answering end starts to train a delay after the request, the asking one two delays after;
  // each has the width when both have trained and heard of it.
  const Picoseconds trained = 2 * kMicrosecondPs + 2 * kDelayPs + L0pConfig{}.exit_latency_ps;
  pair.run_until(trained - 1);
  EXPECT_EQ(pair.end(0).lanes(), 4u);
  EXPECT_EQ(pair.end(1).lanes(), 4u);
  pair.run_until(trained + kDelayPs);
  pair.expect_agreed(16);
}

TEST(L0pPair, AnEndThatTrainsSlowlyHoldsTheOther) {
  L0pConfig slow;
  slow.exit_latency_ps = 32 * kMicrosecondPs;
  Pair pair({}, slow);
  ASSERT_EQ(pair.ask(0, 1), L0pEnd::Answer::sent);
  pair.run_until(3 * kMicrosecondPs);
  ASSERT_EQ(pair.ask(0, 8), L0pEnd::Answer::sent);
  pair.run_until(3 * kMicrosecondPs + kDelayPs + slow.exit_latency_ps - 1);
  EXPECT_EQ(pair.end(0).lanes(), 1u);
  pair.run_until(3 * kMicrosecondPs + 2 * kDelayPs + slow.exit_latency_ps);
  pair.expect_agreed(8);
}

struct Crossing {
  bool priority0, priority1;
  unsigned lanes0, lanes1, agreed;
};

TEST(L0pPair, OfTwoRequestsAtOncePriorityWinsThenWidth) {
  for (const Crossing& row : {Crossing{true, false, 1, 8, 1}, Crossing{false, true, 1, 8, 8},
                              Crossing{false, false, 1, 8, 8}, Crossing{true, true, 8, 1, 8},
                              Crossing{false, false, 4, 4, 4}, Crossing{true, false, 4, 4, 4}}) {
    L0pConfig first, second;
    first.priority = row.priority0;
    second.priority = row.priority1;
    Pair pair(first, second);
    ASSERT_EQ(pair.ask(0, row.lanes0), L0pEnd::Answer::sent);
    ASSERT_EQ(pair.ask(1, row.lanes1), L0pEnd::Answer::sent);
    pair.run_until(2 * kDelayPs);
    SCOPED_TRACE(testing::Message() << "x" << row.lanes0 << " and x" << row.lanes1);
    pair.expect_agreed(row.agreed);
  }
}

TEST(L0pPair, AWinnerThatTheOtherCannotAcceptLeavesTheWidthAlone) {
  L0pConfig first, second;
  first.priority = true;
  second.least_lanes = 4;
  Pair pair(first, second);
  ASSERT_EQ(pair.ask(0, 2), L0pEnd::Answer::sent);
  ASSERT_EQ(pair.ask(1, 8), L0pEnd::Answer::sent);
  pair.run_until(kMicrosecondPs / 2);
  pair.expect_agreed(16);
}

TEST(L0pPair, RandomRequestsNeverDisagreeForLong) {
  boost::random::mt19937 engine(3);
  const auto pick = [&engine](unsigned low, unsigned high) {
    return boost::random::uniform_int_distribution<unsigned>(low, high)(engine);
  };
  for (int run = 0; run < 200; ++run) {
    L0pConfig configs[2];
    for (L0pConfig& config : configs) {
      config.priority = pick(0, 1) == 1;
      config.least_lanes = 1u << pick(0, 3);
      config.exit_latency_ps = pick(0, 4) * kMicrosecondPs;
    }
    Pair pair(configs[0], configs[1]);
    for (int i = 0; i < 100; ++i) {
      pair.ask(pick(0, 1), 1u << pick(0, 4));
      // Often within the delay of the link, so that requests cross.
      pair.run_until(pair.now_ps() +
                     (pick(0, 1) == 0 ? pick(0, 2 * kDelayPs) : pick(0, 3 * kMicrosecondPs)));
    }
    pair.run_until(pair.now_ps() + 20 * kMicrosecondPs);
    pair.expect_agreed(pair.end(0).lanes());
    if (testing::Test::HasFailure()) FAIL() << "run " << run;
  }
}

}  // namespace
}  // namespace antares::protocols
