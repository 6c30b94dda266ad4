// SPDX-License-Identifier: Apache-2.0
// Every program computes what its collective is defined to compute, in any legal order of delivery.
#include <gtest/gtest.h>

#include <ostream>

#include "antares/platforms/workload/collective_bytes.h"
#include "tb/unit/workload/interpreter.h"

namespace antares::platforms {

void PrintTo(const AlgorithmInfo& info, std::ostream* out) {
  *out << info.collective << " by " << info.algorithm;
}

namespace {

using testing::wrong_elements;

class Programs : public ::testing::TestWithParam<AlgorithmInfo> {
 protected:
  CollectiveRequest request(std::uint32_t ranks, std::uint64_t count, std::uint32_t element_bytes) {
    CollectiveRequest request;
    request.collective = GetParam().collective;
    request.algorithm = GetParam().algorithm;
    request.ranks = ranks;
    request.bytes = count * element_bytes;
    request.element_bytes = element_bytes;
    request.root = static_cast<std::uint32_t>(random_() % ranks);
    request.peer = static_cast<std::uint32_t>(random_() % ranks);
    return request;
  }
  std::mt19937_64 random_{20240607};
};

TEST_P(Programs, ComputeTheirDefinitionForEveryRankCountUpTo17) {
  for (std::uint32_t ranks = 1; ranks <= 17; ++ranks) {
    for (std::uint64_t count : {0u, 1u, 2u, ranks - 1, ranks, ranks + 1, 5 * ranks + 3}) {
      const CollectiveRequest asked = request(ranks, count, 8);
      const models::Program program = make_program(asked);
      const std::uint64_t slice_bytes = 8 * (1 + random_() % (count + 2));
      ASSERT_EQ(wrong_elements<std::int64_t>(asked, program, slice_bytes, random_), 0u)
          << ranks << " ranks, " << count << " elements, slices of " << slice_bytes << " bytes";
      if (ranks == 1) {
        ASSERT_TRUE(program.messages.empty());
      }
    }
  }
}

TEST_P(Programs, ComputeTheirDefinitionInRandomOrdersAndSlices) {
  for (int round = 0; round < 150; ++round) {
    const std::uint32_t ranks = 1 + static_cast<std::uint32_t>(random_() % 24);
    const std::uint64_t count = random_() % 200;
    const CollectiveRequest asked = request(ranks, count, 4);
    const std::uint64_t slice_bytes = 4 * (1 + random_() % 40);
    ASSERT_EQ(wrong_elements<float>(asked, make_program(asked), slice_bytes, random_), 0u)
        << "round " << round << ", " << ranks << " ranks, " << count << " elements";
  }
}

// The interpreter must be able to notice: drop any one dependency and some order goes wrong.
TEST_P(Programs, NeedEachOfTheirDependencies) {
  if (GetParam().collective == "barrier") GTEST_SKIP() << "no data: see Barrier";
  const CollectiveRequest asked = request(5, 10, 8);
  const models::Program program = make_program(asked);
  for (std::size_t dropped = 0; dropped < program.dependencies.size(); ++dropped) {
    models::Program broken = program;
    broken.dependencies.clear();
    for (models::Message& message : broken.messages) {
      const std::size_t first = broken.dependencies.size();
      for (std::uint32_t d = 0; d < message.dependency_count; ++d) {
        if (message.first_dependency + d == dropped) continue;
        broken.dependencies.push_back(program.dependencies[message.first_dependency + d]);
      }
      message.first_dependency = static_cast<std::uint32_t>(first);
      message.dependency_count = static_cast<std::uint32_t>(broken.dependencies.size() - first);
    }
    bool noticed = false;
    for (int attempt = 0; attempt < 400 && !noticed; ++attempt) {
      noticed = wrong_elements<std::int64_t>(asked, broken, 80, random_) > 0;
    }
    EXPECT_TRUE(noticed) << "dependency " << dropped << " on message "
                         << program.dependencies[dropped].message << " seems to be superfluous";
  }
}

TEST_P(Programs, MoveExactlyTheBytesOfTheClosedForm) {
  for (std::uint32_t ranks = 1; ranks <= 80; ++ranks) {
    for (std::uint64_t count : {0u, 1u, ranks - 1, 4 * ranks, 7 * ranks + 5, 1000003u}) {
      const CollectiveRequest asked = request(ranks, count, 4);
      const std::vector<RankBytes> bytes = bytes_by_rank(make_program(asked));
      for (std::uint32_t rank = 0; rank < ranks; ++rank) {
        const RankBytes expected = expected_bytes(asked, rank);
        ASSERT_EQ(bytes[rank].sent_bytes, expected.sent_bytes)
            << ranks << " ranks, " << count << " elements, rank " << rank;
        ASSERT_EQ(bytes[rank].received_bytes, expected.received_bytes)
            << ranks << " ranks, " << count << " elements, rank " << rank;
      }
    }
  }
}

std::string test_name(const ::testing::TestParamInfo<AlgorithmInfo>& info) {
  return info.param.collective + "_" + info.param.algorithm;
}
INSTANTIATE_TEST_SUITE_P(All, Programs, ::testing::ValuesIn(algorithms()), test_name);

}  // namespace
}  // namespace antares::platforms
