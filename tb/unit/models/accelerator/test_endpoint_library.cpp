// SPDX-License-Identifier: Apache-2.0
// What a collective library puts beside its data, which protocol it takes, and what ranks share.
#include <gtest/gtest.h>

#include <numeric>

#include "antares/models/accelerator/endpoint_library.h"

namespace antares::models {
namespace {

constexpr StoreFlags kAll[] = {StoreFlags::none, StoreFlags::each_word, StoreFlags::each_line};

TEST(StoreFormat, WhatIsStoredHoldsTheDataAndTheFlags) {
  std::vector<unsigned char> data(1000);
  std::iota(data.begin(), data.end(), static_cast<unsigned char>(0));
  for (const StoreFlags flags : kAll) {
    const StoreUnit unit = store_unit(flags);
    for (const std::uint64_t bytes : {1u, 4u, 119u, 120u, 121u, 512u, 1000u}) {
      std::vector<unsigned char> stored, back;
      pack(flags, data.data(), bytes, stored);
      const std::uint64_t units = (bytes + unit.data - 1) / unit.data;
      ASSERT_EQ(stored.size(), units * unit.bytes);
      ASSERT_EQ(stored_bytes(flags, bytes), stored.size());
      ASSERT_EQ(data_bytes(flags, stored.size()), units * unit.data);
      for (std::uint64_t u = 0; u < units; ++u) {
        for (std::uint32_t b = unit.data; b < unit.bytes; ++b)
          ASSERT_EQ(stored[u * unit.bytes + b], 0xFF) << "the flag of unit " << u;
      }
      unpack(flags, stored.data(), bytes, back);
      ASSERT_EQ(back, std::vector<unsigned char>(
                          data.begin(), data.begin() + static_cast<std::ptrdiff_t>(bytes)));
    }
  }
}

// A piece may begin at any unit: planes cut what is stored at multiples of 256 B.
TEST(StoreFormat, APieceOfWhatIsStoredIsReadByItself) {
  std::vector<unsigned char> data(2000);
  std::iota(data.begin(), data.end(), static_cast<unsigned char>(7));
  for (const StoreFlags flags : kAll) {
    std::vector<unsigned char> stored, back;
    pack(flags, data.data(), data.size(), stored);
    const std::uint64_t from = data_bytes(flags, 256), bytes = data_bytes(flags, 512);
    unpack(flags, stored.data() + 256, bytes, back);
    for (std::uint64_t b = 0; b < bytes; ++b) ASSERT_EQ(back[b], data[from + b]);
  }
}

TEST(EndpointLibrary, TheSizeDecidesAboutTheProtocol) {
  EndpointLibrary library;
  EXPECT_EQ(&library.protocol_for(1), &library.bulk) << "a generic library has one";
  library.low_latency_up_to_bytes = 1 << 20;
  EXPECT_EQ(&library.protocol_for(1 << 20), &library.low_latency);
  EXPECT_EQ(&library.protocol_for((1 << 20) + 1), &library.bulk);
}

TEST(EndpointLibrary, TheSizeIsThatOfTheLargerBuffer) {
  Program program;
  program.input_bytes = 100;  // reduce_scatter: the input is the full buffer
  program.output_bytes = 25;
  program.scratch_bytes = 1000;
  EXPECT_EQ(collective_bytes(program), 100u);
  program.output_bytes = 400;  // all_gather: the output
  EXPECT_EQ(collective_bytes(program), 400u);
}

TEST(EndpointLibrary, TheSlowestRankSetsThePace) {
  LibraryProtocol a, b;
  a.launch_ns = 8000, a.message_overhead_ns = 1, a.arrival_overhead_ns = 30;
  b.launch_ns = 7000, b.message_overhead_ns = 2, b.arrival_overhead_ns = 20;
  a.slice_bytes = 100'000, b.slice_bytes = 8191;
  b.flags = StoreFlags::each_word, a.flags = StoreFlags::each_line;
  const LibraryTiming timing = shared_timing({&a, &b});
  EXPECT_EQ(timing.launch_ps, 8'000'000u);
  EXPECT_EQ(timing.runner.message_overhead_ps, 2'000u);
  EXPECT_EQ(timing.runner.arrival_overhead_ps, 30'000u);
  EXPECT_EQ(timing.runner.slice_bytes, 4096u) << "whole pages, so that slices hold whole elements";
  EXPECT_EQ(timing.flags, StoreFlags::each_word) << "the one that stores most";
  a.slice_bytes = 256;
  EXPECT_EQ(shared_timing({&a}).runner.slice_bytes, 4096u);
  a.slice_bytes = 1ull << 32;
  EXPECT_EQ(shared_timing({&a}).runner.slice_bytes, 1u << 30) << "twice that fits into a payload";
}

}  // namespace
}  // namespace antares::models
