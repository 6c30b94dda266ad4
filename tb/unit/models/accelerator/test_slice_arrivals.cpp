// SPDX-License-Identifier: Apache-2.0
// Slices complete in order, however their pieces come.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <stdexcept>
#include <vector>

#include "antares/models/accelerator/slice_arrivals.h"

namespace antares::models {
namespace {

constexpr std::uint64_t kSlice = 4096;

Program program_of(std::vector<std::uint64_t> sizes) {
  Program program;
  for (const std::uint64_t bytes : sizes) {
    Message message;
    message.bytes = bytes;
    program.messages.push_back(message);
  }
  return program;
}

TEST(SliceArrivals, InOrderEachSliceCountsAtOnce) {
  const Program program = program_of({2 * kSlice + 5});
  SliceArrivals arrivals(program, kSlice);
  EXPECT_EQ(arrivals.add(0, 0, kSlice), 1u);
  EXPECT_EQ(arrivals.add(0, kSlice, kSlice), 1u);
  EXPECT_EQ(arrivals.add(0, 2 * kSlice, 5), 1u) << "the last one is short";
}

TEST(SliceArrivals, ALateFirstPieceBringsAllThatWaited) {
  const Program program = program_of({3 * kSlice, kSlice});
  SliceArrivals arrivals(program, kSlice);
  EXPECT_EQ(arrivals.add(0, kSlice, kSlice), 0u);
  EXPECT_EQ(arrivals.add(0, kSlice / 2, kSlice / 2), 0u);
  EXPECT_EQ(arrivals.add(1, 0, kSlice), 1u) << "messages are apart";
  EXPECT_EQ(arrivals.add(0, 0, kSlice / 2), 2u);
  EXPECT_EQ(arrivals.add(0, 2 * kSlice, kSlice), 1u);
}

TEST(SliceArrivals, AnyOrderOfPiecesEndsWithAllSlices) {
  boost::random::mt19937 draw(3);
  for (unsigned round = 0; round < 200; ++round) {
    const std::uint64_t bytes =
        boost::random::uniform_int_distribution<std::uint64_t>(1, 40'000)(draw);
    const Program program = program_of({bytes});
    SliceArrivals arrivals(program, kSlice);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pieces;
    for (std::uint64_t at = 0; at < bytes;) {
      const auto size = std::min<std::uint64_t>(
          bytes - at, boost::random::uniform_int_distribution<std::uint64_t>(1, 3000)(draw));
      pieces.emplace_back(at, size);
      at += size;
    }
    for (std::size_t i = pieces.size(); i > 1; --i)
      std::swap(pieces[i - 1],
                pieces[boost::random::uniform_int_distribution<std::size_t>(0, i - 1)(draw)]);
    std::vector<bool> in(bytes, false);
    std::uint64_t slices = 0;
    for (const auto& [at, size] : pieces) {
      std::fill_n(in.begin() + static_cast<std::ptrdiff_t>(at), size, true);
      slices += arrivals.add(0, at, size);
      const auto gap =
          static_cast<std::uint64_t>(std::find(in.begin(), in.end(), false) - in.begin());
      ASSERT_EQ(slices, gap == bytes ? (bytes + kSlice - 1) / kSlice : gap / kSlice);
    }
  }
}

TEST(SliceArrivals, WhatIsTwiceOrOutsideIsAnError) {
  const Program program = program_of({kSlice});
  SliceArrivals arrivals(program, kSlice);
  EXPECT_EQ(arrivals.add(0, 100, 100), 0u);
  EXPECT_THROW(arrivals.add(0, 100, 100), std::invalid_argument);
  EXPECT_THROW(arrivals.add(0, 99, 2), std::invalid_argument);
  EXPECT_THROW(arrivals.add(0, 199, 2), std::invalid_argument);
  EXPECT_THROW(arrivals.add(0, 0, 101), std::invalid_argument);
  EXPECT_THROW(arrivals.add(0, 150, 0), std::invalid_argument);
  EXPECT_THROW(arrivals.add(0, 300, ~std::uint64_t{0} - 200), std::invalid_argument) << "wraps";
  EXPECT_THROW(arrivals.add(0, kSlice - 1, 2), std::invalid_argument);
  EXPECT_EQ(arrivals.add(0, 0, 100), 0u);
  EXPECT_THROW(arrivals.add(0, 0, 100), std::invalid_argument);
}

}  // namespace
}  // namespace antares::models
