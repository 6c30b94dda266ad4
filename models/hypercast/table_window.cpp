// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/table_window.h"

#include <limits>
#include <stdexcept>

namespace antares::models {
namespace {

constexpr unsigned kEndpointBit = 48;
constexpr std::uint64_t kOffsetBits = (std::uint64_t{1} << kEndpointBit) - 1;

}  // namespace

TableWindow::TableWindow(std::uint64_t base, unsigned groups, unsigned most_members)
    : base_(base), entry_bytes_(kTableMemberBytes) {
  while (entry_bytes_ < std::uint64_t{most_members} * kTableMemberBytes) entry_bytes_ *= 2;
  size_bytes_ = entry_bytes_ * groups;
  if (size_bytes_ != 0 && size_bytes_ - 1 > std::numeric_limits<std::uint64_t>::max() - base)
    throw std::invalid_argument(
        "the window of the group table wraps around: " + std::to_string(size_bytes_) +
        " bytes from " + std::to_string(base) + " on");
}

std::optional<GroupId> TableWindow::group_at(std::uint64_t address, std::uint64_t bytes) const {
  if (!holds(address) || (address - base_) % entry_bytes_ != 0) return std::nullopt;
  if (bytes == 0 || bytes % kTableMemberBytes != 0 || bytes > entry_bytes_) return std::nullopt;
  return GroupId(static_cast<std::uint32_t>((address - base_) / entry_bytes_));
}

std::vector<unsigned char> table_entry(const MemberList& members) {
  std::vector<unsigned char> data;
  for (const GroupMember& member : members) {
    const std::uint64_t word = std::uint64_t{member.endpoint.value()} << kEndpointBit |
                               (member.offset_bytes & kOffsetBits);
    for (unsigned byte = 0; byte < kTableMemberBytes; ++byte)
      data.push_back(static_cast<unsigned char>(word >> 8 * byte));
  }
  return data;
}

MemberList members_of_entry(const unsigned char* data, std::uint64_t bytes) {
  MemberList members;
  for (std::uint64_t at = 0; at + kTableMemberBytes <= bytes; at += kTableMemberBytes) {
    std::uint64_t word = 0;
    for (unsigned byte = 0; byte < kTableMemberBytes; ++byte)
      word |= std::uint64_t{data[at + byte]} << 8 * byte;
    members.push_back({protocols::EndpointId(static_cast<std::uint16_t>(word >> kEndpointBit)),
                       word & kOffsetBits});
  }
  return members;
}

}  // namespace antares::models
