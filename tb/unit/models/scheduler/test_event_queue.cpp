// SPDX-License-Identifier: Apache-2.0
// The calendar queue against std::priority_queue: whatever is pushed, events leave in the order
// {time, order}. Loads are chosen so that each mechanism is used: dense and sparse buckets, the
// heap beyond the horizon, both directions of retuning, pushes earlier than an event already looked
// at.
#include <gtest/gtest.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <queue>

#include "antares/models/scheduler/event_queue.h"

namespace antares::models {
namespace {

struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.time_ps != b.time_ps ? a.time_ps > b.time_ps : a.order > b.order;
  }
};

/// Both queues side by side; pop() compares.
class Pair {
 public:
  void push(Picoseconds time_ps, std::uint64_t order) {
    const Event event{time_ps, order, nullptr, next_++};
    queue_.push(event);
    reference_.push(event);
  }
  bool pop() {
    const Event expected = reference_.top();
    reference_.pop();
    const Event& top = queue_.top();
    const bool same_top = top.what == expected.what;
    const Event got = queue_.pop();
    now_ps_ = expected.time_ps;
    EXPECT_EQ(got.time_ps, expected.time_ps);
    EXPECT_EQ(got.order, expected.order);
    EXPECT_EQ(queue_.size(), reference_.size());
    return same_top && got.what == expected.what;
  }
  bool empty() const { return reference_.empty(); }
  std::size_t size() const { return reference_.size(); }
  Picoseconds now_ps() const { return now_ps_; }
  Picoseconds look() { return queue_.top().time_ps; }
  bool drain() {
    while (!empty()) {
      if (!pop()) return false;
    }
    return queue_.empty();
  }

 private:
  EventQueue queue_;
  std::priority_queue<Event, std::vector<Event>, Later> reference_;
  std::uint64_t next_ = 0;
  Picoseconds now_ps_ = 0;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint64_t operator()(std::uint64_t low, std::uint64_t high) {
    return boost::random::uniform_int_distribution<std::uint64_t>(low, high)(engine_);
  }

 private:
  boost::random::mt19937 engine_;
};

/// Holds about `population` events; each pop is followed by pushes up to `reach_ps` ahead of it.
bool hold(Pair& pair, Random& random, std::size_t population, std::uint64_t reach_ps,
          int operations) {
  std::uint64_t order = 0;
  for (int i = 0; i < operations; ++i) {
    if (pair.empty() || (pair.size() < 2 * population && random(0, 1) == 0)) {
      ++order;
      pair.push(pair.now_ps() + random(0, reach_ps), order * 7919 % 65536 << 20 | order);
    } else if (!pair.pop()) {
      return false;
    }
  }
  return pair.drain();
}

TEST(EventQueue, AgreesWithAPriorityQueueAtEveryTimeScale) {
  // From all events in one bucket to most of them beyond the horizon (2,048 buckets of 512 ps).
  for (const std::uint64_t reach_ps :
       {0ull, 10ull, 1000ull, 100'000ull, 2'000'000ull, 50'000'000ull, 5'000'000'000ull}) {
    for (const std::size_t population : {2u, 50u, 3000u}) {
      Pair pair;
      Random random(static_cast<unsigned>(reach_ps + population));
      EXPECT_TRUE(hold(pair, random, population, reach_ps, 30'000))
          << reach_ps << " ps, " << population << " events";
    }
  }
}

TEST(EventQueue, ScalesMayChangeWhileItIsInUse) {
  // Crowded buckets narrow them, a short horizon widens them: each needs some hundred signs.
  Pair pair;
  Random random(3);
  for (const std::uint64_t reach_ps : {100ull, 1'000'000'000ull, 2000ull, 40'000'000ull, 10ull})
    EXPECT_TRUE(hold(pair, random, 2000, reach_ps, 20'000)) << reach_ps;
}

TEST(EventQueue, AnEventEarlierThanTheOneLookedAtComesFirst) {
  // What a call from outside does: the wheel has looked at its next event, far away, and then
  // something nearer is posted. The far event's neighbours must not be mixed up with near ones.
  for (const std::uint64_t distance_ps : {1ull, 600ull, 5'000ull, 500'000ull, 1'000'000ull}) {
    Pair pair;
    pair.push(2'000'000, 1);
    EXPECT_EQ(pair.look(), 2'000'000u);
    for (std::uint64_t ahead = 0; ahead <= 1'048'000; ahead += 512) pair.push(2'000'000 + ahead, 2);
    pair.push(2'000'000 - distance_ps, 3);
    EXPECT_EQ(pair.look(), 2'000'000 - distance_ps);
    EXPECT_TRUE(pair.drain()) << distance_ps;
  }
}

TEST(EventQueue, RandomLooksBetweenPushesChangeNothing) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Pair pair;
    Random random(seed);
    std::uint64_t order = 0;
    bool same = true;
    for (int i = 0; i < 5000 && same; ++i) {
      const auto choice = random(0, 9);
      if (pair.empty() || choice < 5)
        pair.push(pair.now_ps() + random(0, choice == 0 ? 3'000'000 : 900'000), ++order);
      else if (choice < 7)
        pair.look();
      else
        same = pair.pop();
    }
    EXPECT_TRUE(same && pair.drain()) << "seed " << seed;
  }
}

TEST(EventQueue, CoincidingTimesLeaveByTheirOrderAlone) {
  EventQueue queue;
  for (std::uint64_t order : {5u, 3u, 9u, 1u, 7u}) queue.push({1000, order, nullptr, 0});
  queue.top();
  for (std::uint64_t order : {4u, 0u, 8u, 2u, 6u}) queue.push({1000, order, nullptr, 0});
  for (std::uint64_t order = 0; order < 10; ++order) EXPECT_EQ(queue.pop().order, order);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace antares::models
