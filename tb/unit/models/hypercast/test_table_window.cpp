// SPDX-License-Identifier: Apache-2.0
// The window by which groups change in band: whose entry an address is, and members as bytes.
#include <gtest/gtest.h>

#include <stdexcept>

#include "antares/models/hypercast/table_window.h"

namespace antares::models {
namespace {

TEST(TableWindow, EachGroupHasAnEntryThatHoldsAllMembersItMayHave) {
  constexpr std::uint64_t kBase = 1ull << 50;
  constexpr unsigned kGroups = 100;
  for (const unsigned most : {1u, 3u, 64u, 1000u}) {
    const TableWindow window(kBase, kGroups, most);
    const std::uint64_t entry = window.entry_bytes();
    EXPECT_GE(entry, most * kTableMemberBytes);
    EXPECT_LT(entry, 2 * most * kTableMemberBytes) << "the next power of two";
    EXPECT_EQ(entry & (entry - 1), 0u);
    EXPECT_EQ(window.size_bytes(), kGroups * entry);
    EXPECT_FALSE(window.holds(kBase - 1));
    EXPECT_TRUE(window.holds(kBase));
    EXPECT_TRUE(window.holds(kBase + kGroups * entry - 1));
    EXPECT_FALSE(window.holds(kBase + kGroups * entry));
    for (const unsigned g : {0u, 1u, kGroups - 1}) {
      const std::uint64_t at = window.address_of(GroupId(g));
      EXPECT_EQ(at, kBase + g * entry);
      EXPECT_EQ(window.group_at(at, kTableMemberBytes), GroupId(g));
      EXPECT_EQ(window.group_at(at, entry), GroupId(g));
      EXPECT_FALSE(window.group_at(at, entry + kTableMemberBytes)) << "into the next one";
      EXPECT_FALSE(window.group_at(at, 0));
      EXPECT_FALSE(window.group_at(at, kTableMemberBytes - 1)) << "no whole member";
      EXPECT_FALSE(window.group_at(at + kTableMemberBytes, entry == kTableMemberBytes
                                                               ? kTableMemberBytes + 1
                                                               : kTableMemberBytes))
          << "a set is written from its first member on";
    }
  }
}

TEST(TableWindow, WithoutOneNoAddressIsInIt) {
  const TableWindow none;
  EXPECT_FALSE(none.holds(0));
  EXPECT_FALSE(none.group_at(0, kTableMemberBytes));
  EXPECT_THROW(TableWindow(~0ull - 4096, 1024, 1024), std::invalid_argument) << "it would wrap";
}

TEST(TableWindow, MembersAreEightBytesEachLittleEndian) {
  const MemberList members = {{protocols::EndpointId(0x1234), 0x56789ABCDEF0},
                              {protocols::EndpointId(7), 0}};
  const auto data = table_entry(members);
  const std::vector<unsigned char> bytes = {0xF0, 0xDE, 0xBC, 0x9A, 0x78, 0x56, 0x34, 0x12,
                                            0,    0,    0,    0,    0,    0,    7,    0};
  EXPECT_EQ(data, bytes);
  EXPECT_EQ(members_of_entry(data.data(), data.size()), members);
}

}  // namespace
}  // namespace antares::models
