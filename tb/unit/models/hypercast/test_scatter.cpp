// SPDX-License-Identifier: Apache-2.0
// Slices of a scattered packet: together the packet, in order, equal within one unit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "antares/models/hypercast/scatter.h"

namespace antares::models {
namespace {

constexpr unsigned kMostPorts = 160;  // 320 lanes as x2 ports

TEST(Scatter, SlicesJoinToThePacketAndDifferByOneUnit) {
  for (const std::uint64_t unit : {1u, 2u, 4u, 16u, 128u}) {
    for (const std::uint64_t bytes : {0u, 1u, 15u, 128u, 1000u, 4096u, 4099u}) {
      for (unsigned members = 1; members <= kMostPorts; ++members) {
        std::uint64_t next = 0;
        std::uint64_t least = bytes;
        std::uint64_t most = 0;
        for (unsigned k = 0; k < members; ++k) {
          const Slice slice = scatter_slice(bytes, unit, members, k);
          ASSERT_EQ(slice.offset_bytes, next) << bytes << " B, " << members << " members";
          // The formula as platforms/workload/collective.h states it.
          ASSERT_EQ(slice.offset_bytes, k * (bytes / unit) / members * unit);
          next += slice.bytes;
          const std::uint64_t tail = k + 1 == members ? bytes % unit : 0;
          ASSERT_EQ((slice.bytes - tail) % unit, 0u) << "a cut within a unit";
          least = std::min(least, slice.bytes - tail);
          most = std::max(most, slice.bytes - tail);
        }
        ASSERT_EQ(next, bytes);
        ASSERT_LE(most, least + unit);
      }
    }
  }
}

TEST(Scatter, FewerUnitsThanMembersLeaveSomeWithNothing) {
  unsigned with_bytes = 0;
  for (unsigned k = 0; k < 8; ++k) with_bytes += scatter_slice(12, 4, 8, k).bytes > 0 ? 1 : 0;
  EXPECT_EQ(with_bytes, 3u);
}

TEST(Scatter, TheLargestSizeDoesNotWrap) {
  const std::uint64_t bytes = ~std::uint64_t{0};
  std::uint64_t sum = 0;
  for (unsigned k = 0; k < kMostPorts; ++k) {
    const Slice slice = scatter_slice(bytes, 1, kMostPorts, k);
    EXPECT_EQ(slice.offset_bytes, sum);
    EXPECT_LE(slice.bytes, bytes / kMostPorts + 1);
    sum += slice.bytes;
  }
  EXPECT_EQ(sum, bytes);
}

}  // namespace
}  // namespace antares::models
