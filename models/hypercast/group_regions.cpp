// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/group_regions.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>

namespace antares::models {
namespace {

/// Of a region that does not wrap.
std::uint64_t last_byte(const GroupRegion& region) {
  return region.base + (region.group_bytes * region.groups - 1);
}

bool empty_or_wraps(const GroupRegion& region) {
  if (region.groups == 0 || region.group_bytes == 0) return true;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return region.group_bytes > most / region.groups ||
         region.group_bytes * region.groups - 1 > most - region.base;
}

std::string text_of(const GroupRegion& region) {
  char text[120];
  std::snprintf(text, sizeof text,
                "%u windows of 0x%" PRIx64 " bytes from 0x%016" PRIx64 " for groups from %u",
                region.groups, region.group_bytes, region.base, region.first.value());
  return text;
}

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

}  // namespace

GroupRegion pcie_region(std::uint64_t base, unsigned index_position, unsigned groups) {
  constexpr unsigned kLowest = 12;
  constexpr unsigned kHighest = 57;
  if (groups == 0 || groups > kPcieMostGroups) {
    refuse("PCIe multicast has 1 to " + std::to_string(kPcieMostGroups) + " groups, not " +
           std::to_string(groups));
  }
  if (index_position < kLowest || index_position > kHighest) {
    refuse("the index position of PCIe multicast is " + std::to_string(kLowest) + " to " +
           std::to_string(kHighest) + ", not " + std::to_string(index_position));
  }
  if (base % (std::uint64_t{1} << kLowest) != 0) {
    char text[96];
    std::snprintf(text, sizeof text,
                  "the base of PCIe multicast is a multiple of 4 KiB, not 0x%" PRIx64, base);
    refuse(text);
  }
  return {base, std::uint64_t{1} << index_position, groups, GroupId(0)};
}

void GroupRegions::add(const GroupRegion& region) {
  if (empty_or_wraps(region)) refuse("group region is empty or wraps around: " + text_of(region));
  if (region.groups > table_groups_ || region.first.value() > table_groups_ - region.groups) {
    refuse("group region means groups beyond the " + std::to_string(table_groups_) +
           " of the table: " + text_of(region));
  }
  const auto after = std::upper_bound(
      regions_.begin(), regions_.end(), region.base,
      [](std::uint64_t base, const GroupRegion& other) { return base < other.base; });
  const auto overlaps = [&](const GroupRegion& other) {
    return region.base <= last_byte(other) && other.base <= last_byte(region);
  };
  // The regions are disjoint, so only the neighbours can reach into the new one.
  for (const auto it : {after, after == regions_.begin() ? regions_.end() : after - 1}) {
    if (it != regions_.end() && overlaps(*it))
      refuse("group regions overlap: " + text_of(*it) + " and " + text_of(region));
  }
  regions_.insert(after, region);
}

std::optional<GroupId> GroupRegions::find(std::uint64_t address, std::uint64_t bytes) const {
  const auto after = std::upper_bound(
      regions_.begin(), regions_.end(), address,
      [](std::uint64_t at, const GroupRegion& region) { return at < region.base; });
  if (after == regions_.begin() || bytes == 0) return std::nullopt;
  const GroupRegion& region = *(after - 1);
  const std::uint64_t offset = address - region.base;
  const std::uint64_t window = offset / region.group_bytes;
  if (window >= region.groups) return std::nullopt;
  // Compared with what is left of the window: address + bytes may wrap.
  if (bytes > region.group_bytes - offset % region.group_bytes) return std::nullopt;
  return GroupId(region.first.value() + static_cast<std::uint32_t>(window));
}

}  // namespace antares::models
