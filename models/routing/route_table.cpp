// SPDX-License-Identifier: Apache-2.0
#include "antares/models/routing/route_table.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <stdexcept>

namespace antares::models {
namespace {
std::string line_of(const AddressWindow& window) {
  char text[160];
  std::snprintf(text, sizeof text,
                "0x%016" PRIx64 " - 0x%016" PRIx64 "  endpoint %u  port %u  local 0x%" PRIx64,
                window.base, window.base + (window.size_bytes - 1), window.endpoint.value(),
                window.port.value(), window.local_base);
  return text;
}
}  // namespace

void RouteTable::add(const AddressWindow& window) {
  if (window.size_bytes == 0 || window.base + (window.size_bytes - 1) < window.base) {
    throw std::invalid_argument("address window is empty or wraps around: " + line_of(window));
  }
  const auto after = std::upper_bound(
      windows_.begin(), windows_.end(), window.base,
      [](std::uint64_t base, const AddressWindow& other) { return base < other.base; });
  const auto overlaps = [&](const AddressWindow& other) {
    return window.base <= other.base + (other.size_bytes - 1) &&
           other.base <= window.base + (window.size_bytes - 1);
  };
  for (auto it : {after, after == windows_.begin() ? windows_.end() : after - 1}) {
    if (it != windows_.end() && overlaps(*it)) {
      throw std::invalid_argument("address windows overlap: " + line_of(*it) + " and " +
                                  line_of(window));
    }
  }
  windows_.insert(after, window);
}

const AddressWindow* RouteTable::find(std::uint64_t address, std::uint64_t bytes) const {
  const auto holds = [&](const AddressWindow& window) {
    return address >= window.base && address - window.base < window.size_bytes &&
           bytes <= window.size_bytes - (address - window.base);
  };
  if (windows_.empty()) return nullptr;
  if (holds(windows_[last_])) return &windows_[last_];
  auto after = std::upper_bound(
      windows_.begin(), windows_.end(), address,
      [](std::uint64_t value, const AddressWindow& other) { return value < other.base; });
  if (after == windows_.begin()) return nullptr;
  --after;
  if (!holds(*after)) return nullptr;
  last_ = static_cast<std::size_t>(after - windows_.begin());
  return &*after;
}

std::string RouteTable::to_string() const {
  std::string text;
  for (const AddressWindow& window : windows_) text += line_of(window) + "\n";
  return text;
}

}  // namespace antares::models
