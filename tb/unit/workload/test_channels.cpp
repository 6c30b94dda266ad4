// SPDX-License-Identifier: Apache-2.0
// Collectives in channels: right in any order of arrivals, the same bytes in all, cut where they
// should be; what can't be cut is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "antares/platforms/workload/channels.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/in_place.h"
#include "tb/unit/workload/interpreter.h"
#include "tb/unit/workload/requests.h"

namespace antares::platforms {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::vector<AlgorithmInfo> with_channels() {
  std::vector<AlgorithmInfo> list;
  for (const AlgorithmInfo& info : algorithms())
    if (!uses_switch(info.algorithm) && info.collective != "barrier") list.push_back(info);
  return list;
}

/// A chunk of each rank stands in one of its buffers: those have to be cut alike.
bool by_rank(const std::string& collective) {
  const std::set<std::string> names = {"all_gather", "reduce_scatter", "all_to_all", "gather",
                                       "scatter"};
  return names.count(collective) != 0;
}

class Channels : public ::testing::TestWithParam<AlgorithmInfo> {};

TEST_P(Channels, ComputeTheirDefinition) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    const auto channels = 1 + static_cast<std::uint32_t>(random() % 6);
    const auto ranks = 1 + static_cast<std::uint32_t>(random() % 12);
    std::uint64_t elements = random() % 90;
    if (by_rank(GetParam().collective)) elements = random() % 6 * ranks * channels;
    CollectiveRequest asked = request(GetParam(), ranks, elements);
    for (std::uint32_t group = 1; group <= ranks; ++group)
      if (ranks % group == 0 && random() % 3 == 0) asked.group_ranks = group;
    const models::Program program = make_program_in_channels(asked, channels);
    const std::uint64_t slice_bytes = 8 * (1 + random() % 20);
    ASSERT_EQ(wrong_elements<std::int64_t>(asked, program, slice_bytes, random), 0u)
        << "round " << round << ", " << ranks << " ranks, " << elements << " elements, " << channels
        << " channels";
    if (!has_in_place(asked.collective)) continue;
    ASSERT_EQ(
        wrong_elements<std::int64_t>(asked, in_place(program, asked), slice_bytes, random, true),
        0u)
        << "in place, round " << round;
  }
}

/// What travels is what travels in one; that of all_reduce's tree and doubling moves to other
/// ranks.
TEST_P(Channels, MoveTheSameBytes) {
  for (const std::uint32_t ranks : {2u, 6u, 8u}) {
    const std::uint32_t channels = 4;
    const CollectiveRequest asked = request(GetParam(), ranks, 30u * ranks * channels);
    const auto one = bytes_by_rank(make_program(asked));
    const auto many = bytes_by_rank(make_program_in_channels(asked, channels));
    std::uint64_t sent[2] = {0, 0};
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      sent[0] += one[rank].sent_bytes;
      sent[1] += many[rank].sent_bytes;
      if (asked.collective != "all_reduce") {
        EXPECT_EQ(many[rank].sent_bytes, one[rank].sent_bytes) << rank;
        EXPECT_EQ(many[rank].received_bytes, one[rank].received_bytes) << rank;
      }
    }
    EXPECT_EQ(sent[0], sent[1]);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Channels, ::testing::ValuesIn(with_channels()),
                         [](const auto& entry) {
                           return entry.param.collective + "_" + entry.param.algorithm;
                         });

// Eight ranks, four on each switch: a ring leaves the switch once, each channel by another rank.
TEST(ChannelsOfARing, LeaveTheSwitchByAnotherRankEach) {
  CollectiveRequest asked = request({"all_reduce", "ring", ""}, 8, 8 * 4 * 10);
  asked.group_ranks = 4;
  const models::Program program = make_program_in_channels(asked, 4);
  std::set<std::uint32_t> leave;
  for (const models::Message& message : program.messages)
    if (message.from_rank < 4 && message.to_rank >= 4) leave.insert(message.from_rank);
  EXPECT_EQ(leave, (std::set<std::uint32_t>{0, 1, 2, 3}));
  const models::Program one = make_program_in_channels(asked, 1);
  leave.clear();
  for (const models::Message& message : one.messages)
    if (message.from_rank < 4 && message.to_rank >= 4) leave.insert(message.from_rank);
  EXPECT_EQ(leave, (std::set<std::uint32_t>{3}));
}

std::string refusal(const CollectiveRequest& asked, std::uint32_t channels) {
  try {
    make_program_in_channels(asked, channels);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(ChannelsThatCannotBe, AreRefusedWithWhatWouldBeRight) {
  EXPECT_THAT(refusal(request({"all_gather", "ring", ""}, 4, 4 * 3 + 1), 3),
              HasSubstr("take a multiple of 96 bytes"));
  EXPECT_THAT(refusal(request({"all_reduce", "in_switch_push", ""}, 4, 64), 2),
              HasSubstr("take one channel"));
  EXPECT_THAT(refusal(request({"barrier", "dissemination", ""}, 4, 1), 2),
              HasSubstr("take one channel"));
  EXPECT_EQ(refusal(request({"all_reduce", "ring", ""}, 4, 1), 3), "") << "parts may be empty";
}

}  // namespace
}  // namespace antares::platforms
