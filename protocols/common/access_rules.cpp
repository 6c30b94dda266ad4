// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/access_rules.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace antares::protocols {
namespace {

bool holds(const std::vector<EndpointId>& list, EndpointId endpoint) {
  return list.empty() || std::find(list.begin(), list.end(), endpoint) != list.end();
}

}  // namespace

std::vector<std::string> problems(const AccessLists& lists) {
  std::vector<std::string> found;
  for (const AddressRange& range : lists.addresses) {
    if (range.first <= range.last) continue;
    char text[96];
    std::snprintf(text, sizeof text,
                  "the address range 0x%" PRIx64 " - 0x%" PRIx64 " ends before it begins",
                  range.first, range.last);
    found.emplace_back(text);
  }
  return found;
}

AccessRules::AccessRules(AccessLists lists) : lists_(std::move(lists)) {
  auto& ranges = lists_.addresses;
  std::sort(ranges.begin(), ranges.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; });
  std::vector<AddressRange> joined;
  for (const AddressRange& range : ranges) {
    // Written so that the last address of all does not wrap round.
    if (!joined.empty() && (range.first == 0 || range.first - 1 <= joined.back().last))
      joined.back().last = std::max(joined.back().last, range.last);
    else
      joined.push_back(range);
  }
  ranges = std::move(joined);
}

const AddressRange* AccessRules::find(std::uint64_t address) const {
  const auto& ranges = lists_.addresses;
  auto after = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](std::uint64_t value, const AddressRange& range) { return value < range.first; });
  if (after == ranges.begin()) return nullptr;
  --after;
  return address <= after->last ? &*after : nullptr;
}

AccessVerdict AccessRules::ask(const AccessQuestion& question) const {
  if (!question.request) return {};
  if (!holds(lists_.sources, question.source))
    return {AccessAction::hide, "access rules: the request claims a source id that may not enter"};
  if (!holds(lists_.destinations, question.destination))
    return {AccessAction::hide, "access rules: the endpoint may not be asked from here"};
  if (lists_.addresses.empty() || !question.has_address) return {};
  const AddressRange* range = find(question.address);
  const std::uint64_t more = question.bytes == 0 ? 0 : question.bytes - 1;
  if (range == nullptr || more > range->last - question.address)
    return {AccessAction::hide, "access rules: the address range may not be touched from here"};
  return {};
}

AddressRange AccessRules::alike(std::uint64_t address) const {
  const AddressRange* range = find(address);
  return range == nullptr ? AddressRange{} : *range;
}

}  // namespace antares::protocols
