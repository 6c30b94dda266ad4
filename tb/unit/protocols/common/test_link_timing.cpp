// SPDX-License-Identifier: Apache-2.0
// Link occupancy is exact: sums of many reservations equal the closed form to the picosecond, and
// a train occupies the link as its link packets one by one would. Tolerance 0.
#include <gtest/gtest.h>

#include "antares/protocols/common/link_timing.h"

namespace antares::protocols {
namespace {

/// 256 B flits at 32 GT/s x16 on the bare line: 16 lanes x 32e9 x 128/130 / 8 bytes a second.
LinkRate gen5_x16_flits() {
  LinkRate rate;
  rate.per_byte = {130 * 8 * 1000, 128 * 32 * 16};
  rate.flit_usable_bytes = 256;
  return rate;
}

TEST(LinkTiming, AMillionFlitsAt32GtsX16TakeExactly4062500000Picoseconds) {
  LinkTiming timing(gen5_x16_flits());
  for (int i = 0; i < 1000000; ++i) timing.reserve(0, 256, 256);
  EXPECT_EQ(timing.free_ps(), 4062500000u);
  EXPECT_EQ(timing.busy_ps(), 4062500000u);
}

TEST(LinkTiming, OneTrainOccupiesTheLinkAsItsPacketsOneByOne) {
  for (const std::uint64_t packets : {1u, 2u, 3u, 7u, 256u, 4096u}) {
    for (const std::uint32_t bytes : {12u, 16u, 272u, 273u}) {
      LinkTiming one(gen5_x16_flits());
      LinkTiming each(gen5_x16_flits());
      const LinkTiming::Reservation train = one.reserve(777, packets * bytes, bytes);
      LinkTiming::Reservation last;
      for (std::uint64_t i = 0; i < packets; ++i) last = each.reserve(777, bytes, bytes);
      EXPECT_EQ(one.free_ps(), each.free_ps()) << packets << " x " << bytes;
      EXPECT_EQ(one.busy_ps(), each.busy_ps()) << packets << " x " << bytes;
      EXPECT_EQ(train.tail_ps, last.tail_ps) << packets << " x " << bytes;
    }
  }
}

TEST(LinkTiming, AGapDropsTheRemainderAndBackToBackKeepsIt) {
  LinkTiming timing(gen5_x16_flits());
  timing.reserve(0, 256, 256);  // 4062.5 ps
  EXPECT_EQ(timing.free_ps(), 4062u);
  timing.reserve(0, 256, 256);
  EXPECT_EQ(timing.free_ps(), 8125u);
  timing.reserve(0, 256, 256);
  EXPECT_EQ(timing.reserve(20000, 256, 256).start_ps, 20000u);
  EXPECT_EQ(timing.free_ps(), 24062u);
}

TEST(LinkTiming, ACallerMayRememberWhatNeedsDivisions) {
  LinkTiming works_it_out(gen5_x16_flits());
  LinkTiming told(gen5_x16_flits());
  for (const std::uint64_t packets : {1u, 2u, 7u}) {
    const auto expected = works_it_out.reserve(5000, packets * 272, 272);
    const auto given =
        told.reserve(5000, occupancy_of(told.rate(), packets * 272),
                     occupancy_of(told.rate(), (packets - 1) * 272), told.rate().collect_ps(272));
    EXPECT_EQ(given.start_ps, expected.start_ps);
    EXPECT_EQ(given.tail_ps, expected.tail_ps);
    EXPECT_EQ(told.free_ps(), works_it_out.free_ps());
  }
}

TEST(LinkTiming, TheTailIsCollectedInWholeFlitsAndNeverRoundedDown) {
  const LinkRate rate = gen5_x16_flits();
  EXPECT_EQ(rate.collect_ps(1), 4063u) << "4062.5 ps, usable when all of it is in";
  EXPECT_EQ(rate.collect_ps(256), 4063u);
  EXPECT_EQ(rate.collect_ps(257), 8125u);
  EXPECT_EQ(rate.head_collect_ps(4096), 4063u);
  // A train's tail: nine flits' occupancy, then all of the last one.
  EXPECT_EQ(LinkTiming(rate).reserve(0, 10 * 256, 256).tail_ps, 9 * 8125u / 2 + 4063u);
}

TEST(LinkTiming, WithoutFlitsTheHeaderIsCollected) {
  LinkRate rate;
  rate.per_byte = {250, 1};  // 4 GB/s
  rate.header_collect_bytes = 20;
  EXPECT_EQ(rate.head_collect_ps(280), 20 * 250u);
  EXPECT_EQ(rate.head_collect_ps(8), 8 * 250u) << "never more than the packet has";
  EXPECT_DOUBLE_EQ(rate.usable_GBps(), 4.0);
}

}  // namespace
}  // namespace antares::protocols
