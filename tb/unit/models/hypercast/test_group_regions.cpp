// SPDX-License-Identifier: Apache-2.0
// Addresses that mean a group: edges, PCIe's formula, and every kind of mistake refused.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "antares/models/hypercast/group_regions.h"

namespace antares::models {
namespace {

constexpr unsigned kGroups = 100;

std::string why_refused(GroupRegions regions, const GroupRegion& region) {
  try {
    regions.add(region);
  } catch (const std::invalid_argument& refused) {
    return refused.what();
  }
  return "accepted";
}

TEST(GroupRegions, EachWindowIsItsGroupFromTheFirstByteToTheLast) {
  GroupRegions regions(kGroups);
  EXPECT_FALSE(regions.find(0, 1)) << "no region";
  // Windows need be no power of two, and regions come in any order.
  const GroupRegion high{0x9000, 0x300, 5, GroupId(7)};
  const GroupRegion low{0x1000, 0x1000, 1, GroupId(99)};
  regions.add(high);
  regions.add(low);
  for (unsigned k = 0; k < high.groups; ++k) {
    const std::uint64_t first = high.base + k * high.group_bytes;
    EXPECT_EQ(regions.find(first, 1), GroupId(7 + k));
    EXPECT_EQ(regions.find(first, high.group_bytes), GroupId(7 + k)) << "the whole window";
    EXPECT_EQ(regions.find(first + high.group_bytes - 1, 1), GroupId(7 + k));
    EXPECT_FALSE(regions.find(first + high.group_bytes - 1, 2)) << "over the border";
  }
  EXPECT_EQ(regions.find(0x1FFF, 1), GroupId(99));
  EXPECT_FALSE(regions.find(0xFFF, 1));
  EXPECT_FALSE(regions.find(0xFFF, 2)) << "begins before the region";
  EXPECT_FALSE(regions.find(0x2000, 1));
  EXPECT_FALSE(regions.find(0x8FFF, 1));
  EXPECT_FALSE(regions.find(high.base + high.groups * high.group_bytes, 1));
  EXPECT_FALSE(regions.find(0x9000, ~0ull)) << "a length that wraps";
  EXPECT_FALSE(regions.find(0x9000, 0));
}

TEST(GroupRegions, PcieGroupIsTheAddressLessTheBaseShifted) {
  for (const unsigned index : {12u, 16u, 30u}) {
    const std::uint64_t base = 0x40'0000'1000;
    GroupRegions regions(kPcieMostGroups);
    regions.add(pcie_region(base, index, kPcieMostGroups));
    const std::uint64_t size = std::uint64_t{kPcieMostGroups} << index;
    for (std::uint64_t offset = 0; offset < size; offset += (1ull << index) / 4) {
      EXPECT_EQ(regions.find(base + offset, 4), GroupId(static_cast<unsigned>(offset >> index)));
    }
    EXPECT_FALSE(regions.find(base - 1, 1));
    EXPECT_FALSE(regions.find(base + size, 1));
  }
}

TEST(GroupRegions, WhatPcieRegistersCannotSayIsRefused) {
  EXPECT_NO_THROW(pcie_region(0x1000, 12, 1));
  EXPECT_NO_THROW(pcie_region(0, 57, 64));
  EXPECT_THROW(pcie_region(0x1000, 12, 0), std::invalid_argument);
  EXPECT_THROW(pcie_region(0x1000, 12, 65), std::invalid_argument);
  EXPECT_THROW(pcie_region(0x1000, 11, 64), std::invalid_argument);
  EXPECT_THROW(pcie_region(0x1000, 58, 64), std::invalid_argument);
  EXPECT_THROW(pcie_region(0x1800, 12, 64), std::invalid_argument);
}

TEST(GroupRegions, EmptyWrappingOverlappingAndTooLargeRegionsAreRefused) {
  GroupRegions regions(kGroups);
  regions.add({0x2000, 0x100, 16, GroupId(0)});  // up to 0x2FFF
  const auto refused = [&](const GroupRegion& region, const std::string& part) {
    const std::string why = why_refused(regions, region);
    EXPECT_NE(why.find(part), std::string::npos) << why;
  };
  refused({0, 0, 1, GroupId(0)}, "empty");
  refused({0, 0x100, 0, GroupId(0)}, "empty");
  refused({~0ull - 0xFE, 0x80, 2, GroupId(0)}, "wraps");
  refused({0, 1ull << 63, 3, GroupId(0)}, "wraps");
  EXPECT_EQ(why_refused(regions, {~0ull - 0xFF, 0x80, 2, GroupId(0)}), "accepted")
      << "up to the last address there is";
  refused({0x1F01, 0x100, 1, GroupId(0)}, "overlap");
  refused({0x2FFF, 1, 1, GroupId(0)}, "overlap");
  refused({0x1000, 0x10000, 1, GroupId(0)}, "overlap");
  EXPECT_EQ(why_refused(regions, {0x1F00, 0x100, 1, GroupId(0)}), "accepted");
  EXPECT_EQ(why_refused(regions, {0x3000, 0x100, 1, GroupId(0)}), "accepted");
  refused({0x8000, 0x100, 2, GroupId(kGroups - 1)}, "beyond the 100");
  refused({0x8000, 0x100, kGroups + 1, GroupId(0)}, "beyond the 100");
  refused({0x8000, 0x100, 1, GroupId(~0u)}, "beyond the 100");
  EXPECT_EQ(why_refused(regions, {0x8000, 0x100, 2, GroupId(kGroups - 2)}), "accepted");
}

}  // namespace
}  // namespace antares::models
