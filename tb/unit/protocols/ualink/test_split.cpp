// SPDX-License-Identifier: Apache-2.0
// Splitting at 256 B boundaries: the closed form against a walk byte by byte, and that trains of
// any size make the same requests. Tolerance 0.
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

void expect_as_listed(std::uint32_t address, std::uint32_t bytes, std::uint32_t limit) {
  SCOPED_TRACE(testing::Message() << bytes << " B at " << address << " by " << limit);
  const RequestSplit split = split_requests(address, bytes, limit);
  std::uint32_t whole = 0;
  std::uint32_t partial = 0;
  std::uint32_t beats = 0;
  const std::vector<PlacedPiece> pieces = list_pieces(address, bytes, limit);
  for (const PlacedPiece& piece : pieces) {
    const std::uint32_t end = piece.address + piece.bytes;
    ASSERT_EQ(piece.address / 256, (end - 1) / 256) << "a request crosses a 256 B boundary";
    (piece.address % 64 == 0 && end % 64 == 0 ? whole : partial) += 1;
    beats += (end - 1) / 64 - piece.address / 64 + 1;
  }
  ASSERT_EQ(split.whole, whole);
  ASSERT_EQ(split.partial, partial);
  ASSERT_EQ(split.beats, beats);
  ASSERT_EQ(split.first.bytes, pieces.front().bytes);
  ASSERT_EQ(split.last.bytes, pieces.back().bytes);
}

TEST(UalinkSplit, EveryShortTrainIsSplitAsTheListSays) {
  for (const std::uint32_t limit : {1u, 63u, 64u, 100u, 128u, 192u, 256u}) {
    for (std::uint32_t address = 0; address < 256; address += 7) {
      for (std::uint32_t bytes = 1; bytes < 1100; bytes += 5) {
        expect_as_listed(address, bytes, limit);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(UalinkSplit, RandomShapesAreSplitAsTheListSays) {
  RandomStream random(1, "ualink.split");
  for (int i = 0; i < 500; ++i) {
    expect_as_listed(static_cast<std::uint32_t>(random.uniform_below(4096)),
                     1 + static_cast<std::uint32_t>(random.uniform_below(70000)),
                     1 + static_cast<std::uint32_t>(random.uniform_below(256)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(UalinkSplit, TrainsOfAnySizeMakeTheSameRequests) {
  RandomStream random(2, "ualink.trains");
  const UalinkPolicy policy;
  for (int i = 0; i < 500; ++i) {
    Packet whole = ualink_packet(random.bernoulli(0.5) ? PacketKind::write : PacketKind::read,
                                 1 + static_cast<std::uint32_t>(random.uniform_below(9000)),
                                 static_cast<std::uint32_t>(random.uniform_below(4096)));
    if (random.bernoulli(0.5))
      whole.request_bytes = static_cast<std::uint16_t>(1 + random.uniform_below(300));
    const std::uint32_t wanted = 1 + static_cast<std::uint32_t>(random.uniform_below(4000));
    const std::uint32_t limit =
        whole.request_bytes == 0 ? 256u : std::min<std::uint32_t>(256, whole.request_bytes);
    const std::vector<PlacedPiece> pieces = list_pieces(whole.address_low, whole.bytes, limit);
    std::size_t next = 0;
    for (std::uint32_t offset = 0; offset < whole.bytes;) {
      const std::uint32_t train = policy.train_bytes(whole, offset, wanted);
      ASSERT_GT(train, 0u);
      ASSERT_LE(train, std::max(wanted, pieces[next].bytes));
      std::uint32_t done = 0;
      while (done < train) done += pieces[next++].bytes;
      ASSERT_EQ(done, train) << "a train ends inside a request";
      // As long as it may be: with the next request it would be too long.
      if (next < pieces.size()) {
        ASSERT_GT(train + pieces[next].bytes, wanted);
      }
      offset += train;
    }
    ASSERT_EQ(next, pieces.size());
  }
}

TEST(UalinkSplit, MessagesFallIntoBeatsAndAtomicsStayWhole) {
  const UalinkPolicy policy;
  EXPECT_EQ(policy.train_bytes(ualink_packet(PacketKind::message, 200), 0, 130), 128u);
  EXPECT_EQ(policy.train_bytes(ualink_packet(PacketKind::message, 200), 192, 130), 8u);
  EXPECT_EQ(policy.train_bytes(ualink_packet(PacketKind::atomic, 16), 0, 1), 16u);
  EXPECT_EQ(policy.max_link_payload_bytes(PacketKind::write), 256u);
  EXPECT_EQ(policy.max_link_payload_bytes(PacketKind::read), 256u);
  EXPECT_EQ(policy.max_link_payload_bytes(PacketKind::completion), 256u);
  EXPECT_EQ(policy.max_link_payload_bytes(PacketKind::atomic), 64u);
}

}  // namespace
}  // namespace antares::protocols
