// SPDX-License-Identifier: Apache-2.0
// Collectives in place: input and result in one buffer, in random orders of arrivals; what has no
// such form is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/in_place.h"
#include "tb/unit/workload/interpreter.h"
#include "tb/unit/workload/requests.h"

namespace antares::platforms {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::vector<AlgorithmInfo> with_in_place() {
  std::vector<AlgorithmInfo> list;
  for (const AlgorithmInfo& info : algorithms())
    if (has_in_place(info.collective) &&
        (info.collective != "scatter" || info.algorithm != "hypercast"))
      list.push_back(info);
  return list;
}

class InPlace : public ::testing::TestWithParam<AlgorithmInfo> {};

TEST_P(InPlace, ComputesItsDefinition) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto ranks = 1 + static_cast<std::uint32_t>(random() % 12);
    const CollectiveRequest asked = request(GetParam(), ranks, random() % 60);
    const models::Program program = in_place(make_program(asked), asked);
    EXPECT_EQ(program.input_bytes, 0u);
    const std::uint64_t slice_bytes = 8 * (1 + random() % 20);
    ASSERT_EQ(wrong_elements<std::int64_t>(asked, program, slice_bytes, random, true), 0u)
        << "round " << round << ", " << ranks << " ranks, " << asked.bytes / 8 << " elements";
  }
}

/// What travels is what travels out of place.
TEST_P(InPlace, MovesTheSameBytes) {
  for (const std::uint32_t ranks : {2u, 5u, 72u}) {
    const CollectiveRequest asked = request(GetParam(), ranks, 1000);
    const auto bytes = bytes_by_rank(in_place(make_program(asked), asked));
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      EXPECT_EQ(bytes[rank].sent_bytes, expected_bytes(asked, rank).sent_bytes);
      EXPECT_EQ(bytes[rank].received_bytes, expected_bytes(asked, rank).received_bytes);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, InPlace, ::testing::ValuesIn(with_in_place()), [](const auto& entry) {
  return entry.param.collective + "_" + entry.param.algorithm;
});

TEST(InPlaceForms, AreThoseOfNcclTests) {
  const auto at = [](const char* collective, std::uint32_t rank) {
    CollectiveRequest asked = request({collective, "", ""}, 4, 40);
    return std::make_pair(input_in_place(asked, rank), result_in_place(asked, rank));
  };
  using Places = std::pair<std::uint64_t, std::uint64_t>;
  const std::uint64_t part = 3 * 10 * 8;  // of rank 3
  for (const char* whole : {"all_reduce", "broadcast", "reduce"}) EXPECT_EQ(at(whole, 3), Places());
  for (const char* in : {"all_gather", "gather"}) EXPECT_EQ(at(in, 3), Places(part, 0));
  for (const char* out : {"reduce_scatter", "scatter"}) EXPECT_EQ(at(out, 3), Places(0, part));
}

TEST(InPlaceForms, WhatHasNoneIsRefused) {
  const auto refusal = [](const char* collective, const char* algorithm) -> std::string {
    const CollectiveRequest asked = request({collective, algorithm, ""}, 4, 40);
    try {
      in_place(make_program(asked), asked);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal("all_to_all", "direct"), HasSubstr("no in-place form"));
  EXPECT_THAT(refusal("send_recv", "ring"), HasSubstr("no in-place form"));
  EXPECT_THAT(refusal("scatter", "hypercast"), HasSubstr("the switch knows one place for all"));
}

}  // namespace
}  // namespace antares::platforms
