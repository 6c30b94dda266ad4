// SPDX-License-Identifier: Apache-2.0
// Changes of groups in band: a write to the switch's table window sets the members of a group. It
// costs its link, buffers and credits what any write of as many bytes does. Group g has
// [base, base + entry_bytes) at base + g * entry_bytes; a write begins there and is the whole new
// set, 8 bytes a member, little endian: bits 63:48 the endpoint, 47:0 where the group's window
// begins in its memory.
// assumption: no format is public, nor that there is such a window (only that groups change,
// facts/product_and_collectives.md 1.2).
// Pure; bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "antares/models/hypercast/group_regions.h"
#include "antares/models/hypercast/member_set.h"

namespace antares::models {

inline constexpr unsigned kTableMemberBytes = 8;

class TableWindow {
 public:
  TableWindow() = default;
  /// Throws std::invalid_argument where it would reach beyond 64 bits.
  TableWindow(std::uint64_t base, unsigned groups, unsigned most_members);

  std::uint64_t base() const { return base_; }
  std::uint64_t entry_bytes() const { return entry_bytes_; }
  /// 0: there is none.
  std::uint64_t size_bytes() const { return size_bytes_; }
  bool holds(std::uint64_t address) const { return address - base_ < size_bytes_; }
  std::uint64_t address_of(GroupId group) const { return base_ + group.value() * entry_bytes_; }
  /// Whose entry is written: it begins there and `bytes` are whole members of one entry.
  std::optional<GroupId> group_at(std::uint64_t address, std::uint64_t bytes) const;

 private:
  std::uint64_t base_ = 0;
  std::uint64_t entry_bytes_ = 0;
  std::uint64_t size_bytes_ = 0;
};

std::vector<unsigned char> table_entry(const MemberList& members);
/// `bytes`: whole members.
MemberList members_of_entry(const unsigned char* data, std::uint64_t bytes);

}  // namespace antares::models
