// SPDX-License-Identifier: Apache-2.0
// Addresses that mean a group: a region is a run of equal windows, one a group in rising order.
// PCIe's multicast (facts/pcie6.md 2.7) is the case of one region of at most 64 groups:
//     region = [base, base + groups * 2^index), group = (address - base) >> index
// Leaves out: overlay, block bits, and which kinds of packet may hit a region.
// Pure; bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "antares/protocols/common/ids.h"

namespace antares::models {

using GroupId = protocols::StrongId<struct GroupIdKind, std::uint32_t>;

/// The limit of the standard, not of a part (facts/pcie6.md 2.7, S7 A).
inline constexpr unsigned kPcieMostGroups = 64;

struct GroupRegion {
  std::uint64_t base = 0;
  std::uint64_t group_bytes = 0;  ///< of each window
  unsigned groups = 0;            ///< windows
  GroupId first;                  ///< group of the lowest window
};

/// The region of PCIe's multicast registers. Throws std::invalid_argument when `groups` is not 1 to
/// 64, `base` has bits below 12 (the register has no place for them), or `index_position` is not 12
/// to 57 (assumption: a window is at least 4 KiB, so that no TLP reaches over two; 57 keeps 64 of
/// them within 64 bits).
GroupRegion pcie_region(std::uint64_t base, unsigned index_position, unsigned groups);

class GroupRegions {
 public:
  /// `table_groups`: groups 0 to table_groups - 1 exist.
  explicit GroupRegions(unsigned table_groups) : table_groups_(table_groups) {}
  /// Throws std::invalid_argument for a region that is empty, wraps around, overlaps another one
  /// (both are named), or means groups beyond the table.
  void add(const GroupRegion& region);
  /// The group whose window holds all of [address, address + bytes), bytes >= 1; nothing if none
  /// does, also for what reaches over two windows: that would need two sets.
  std::optional<GroupId> find(std::uint64_t address, std::uint64_t bytes) const;
  const std::vector<GroupRegion>& regions() const { return regions_; }

 private:
  unsigned table_groups_;
  std::vector<GroupRegion> regions_;  ///< sorted by base, disjoint
};

}  // namespace antares::models
