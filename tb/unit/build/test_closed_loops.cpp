// SPDX-License-Identifier: Apache-2.0
// What two closed loops settle at, each case worked out by hand from Little's law and from what the
// station that is full can carry. Tolerance: 1e-6 of the value, for waits found by halving.
#include <gtest/gtest.h>

#include <cmath>

#include "antares/platforms/build/closed_loops.h"

namespace antares::platforms {
namespace {

constexpr double kUnbound = 1e6;

/// Reads: a byte of answer takes 0.9 of its link's time, the request for it 0.1.
SharedLink link_of(double GBps) { return {0.1 / GBps, 0.9 / GBps, kUnbound, kUnbound}; }
ClosedLoop loop_of(double bytes, double round_trip_ns) { return {bytes, round_trip_ns, kUnbound}; }

void expect(const MeetingLoops& loops, double there_GBps, double back_GBps) {
  const LoopRates rates = settled(loops);
  EXPECT_NEAR(rates.there_GBps, there_GBps, 1e-6 * there_GBps);
  EXPECT_NEAR(rates.back_GBps, back_GBps, 1e-6 * back_GBps);
}

TEST(ClosedLoops, WhatNoLinkHoldsUpGoesAsFastAsItsRequestsInFlight) {
  expect({loop_of(100, 1000), loop_of(50, 500), link_of(1), link_of(1)}, 0.1, 0.1);
}

TEST(ClosedLoops, InOneQueueWhoHasMoreInFlightGetsMore) {
  // To the near device: 0.9 of `there` and 0.1 of `back`. Both wait alike and have one round trip,
  // so their rates are as 2000 to 1000.
  const double back = 1 / (2 * 0.9 + 0.1);
  expect({loop_of(2000, 100), loop_of(1000, 100), link_of(1), link_of(100)}, 2 * back, back);
}

TEST(ClosedLoops, FewRequestsWaitBehindTheBacklogOfTheOthers) {
  // A host with 100 B in flight would carry 1 GB/s alone: 100 B in 100 ns. Its requests to the slow
  // device stand behind that device's own answers: rates as 100 to 1000.
  const double back = 1 / (0.9 + 0.1 * 0.1);
  expect({loop_of(100, 100), loop_of(1000, 100), link_of(100), link_of(1)}, back / 10, back);
}

TEST(ClosedLoops, NoMoreStandsInTheQueueThanItHasRoomFor) {
  MeetingLoops loops{loop_of(100, 100), loop_of(1000, 100), link_of(100), link_of(1)};
  loops.far.egress_queue_ns = 50;
  const double there = 100.0 / (100 + 50);
  expect(loops, there, (1 - 0.1 * there) / 0.9);
}

TEST(ClosedLoops, BetweenEqualLinksNothingPilesUpAndTheSmallerStreamGetsAll) {
  expect({loop_of(50, 100), loop_of(1000, 100), link_of(1), link_of(1)}, 0.5,
         (1 - 0.1 * 0.5) / 0.9);
  expect({loop_of(500, 100), loop_of(1000, 100), link_of(1), link_of(1)}, 1, 1);
}

TEST(ClosedLoops, AnswersOfTheBridgeTakeTimeOfTheInputThatRequestsFill) {
  // Writes: `there` is answered on its own link by the bridge, `back` by nobody. The far device's
  // requests fill its crossbar input, 0.9 a byte; answers cross by it, 0.2 a byte of `there`.
  MeetingLoops loops{loop_of(1000, 1000),
                     loop_of(9000, 1000),
                     {0.1, 0.2, kUnbound, kUnbound},
                     {0.9, 0, kUnbound, 100}};
  loops.there.most_GBps = 0.5;
  loops.back.most_GBps = 1 / 0.9;
  expect(loops, 0.5, 1 / 0.9);  // the same protocol: nothing is made in the switch
  loops.bridge_answers = true;
  expect(loops, 0.5, (1 - 0.2 * 0.5) / 0.9);
  loops.input_speedup = 1.05;
  expect(loops, 0.5, (1.05 - 0.2 * 0.5) / 0.9);
  loops.input_speedup = 1.2;
  expect(loops, 0.5, 1 / 0.9);
}

}  // namespace
}  // namespace antares::platforms
