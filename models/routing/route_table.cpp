// SPDX-License-Identifier: Apache-2.0
#include "antares/models/routing/route_table.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <stdexcept>

namespace antares::models {
namespace {
constexpr std::uint64_t kMostSlots = 4096;

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
  index_windows();
}

void RouteTable::add_id(protocols::EndpointId endpoint, protocols::PortId port) {
  const std::size_t id = endpoint.value();
  if (knows(endpoint) && port_of(endpoint) != port) {
    throw std::invalid_argument("endpoint " + std::to_string(id) + " is reached by port " +
                                std::to_string(by_id_[id]) + " and by port " +
                                std::to_string(port.value()) + "; one way a destination");
  }
  if (by_id_.size() <= id) by_id_.resize(id + 1, kNoPort);
  by_id_[id] = port.value();
}

void RouteTable::add_way(protocols::EndpointId endpoint, protocols::PortId port) {
  const std::size_t id = endpoint.value();
  if (!knows(endpoint)) {
    throw std::invalid_argument("endpoint " + std::to_string(id) + " has another way by port " +
                                std::to_string(port.value()) + ", but no first one");
  }
  if (ways_.size() <= id) ways_.resize(id + 1);
  if (ways_[id].empty()) ways_[id].push_back(port_of(endpoint));
  if (std::find(ways_[id].begin(), ways_[id].end(), port) == ways_[id].end())
    ways_[id].push_back(port);
}

void RouteTable::set_channel(protocols::EndpointId endpoint, protocols::VcId channel) {
  if (channels_.size() <= endpoint.value()) channels_.resize(endpoint.value() + 1u, 0);
  channels_[endpoint.value()] = channel.value();
}

void RouteTable::remove(protocols::PortId port) {
  const auto is_its = [&](const AddressWindow& window) { return window.port == port; };
  windows_.erase(std::remove_if(windows_.begin(), windows_.end(), is_its), windows_.end());
  for (std::uint16_t& to : by_id_)
    if (to == port.value()) to = kNoPort;
  // What may be chosen among are links between switches, and those are never taken away: a choice
  // that has lost a port is none.
  for (auto& ways : ways_)
    if (std::find(ways.begin(), ways.end(), port) != ways.end()) ways.clear();
  index_windows();
}

void RouteTable::remove(protocols::EndpointId endpoint) {
  const auto is_its = [&](const AddressWindow& window) { return window.endpoint == endpoint; };
  windows_.erase(std::remove_if(windows_.begin(), windows_.end(), is_its), windows_.end());
  const std::size_t id = endpoint.value();
  if (id < by_id_.size()) by_id_[id] = kNoPort;
  if (id < ways_.size()) ways_[id].clear();
  index_windows();
}

void RouteTable::index_windows() {
  last_ = 0;
  std::fill(by_owner_.begin(), by_owner_.end(), std::uint16_t{0});
  for (std::size_t i = windows_.size(); i-- > 0;) {
    const std::size_t id = windows_[i].endpoint.value();
    if (by_owner_.size() <= id) by_owner_.resize(id + 1, 0);
    by_owner_[id] = static_cast<std::uint16_t>(i + 1);
  }
  index_by_high_bits();
}

void RouteTable::index_by_high_bits() {
  by_high_bits_.clear();
  std::uint64_t low_bits = 0;
  for (const AddressWindow& window : windows_) low_bits |= window.base;
  if (low_bits == 0) return;
  shift_ = static_cast<unsigned>(__builtin_ctzll(low_bits));
  const std::uint64_t slots = (windows_.back().base >> shift_) + 1;
  if (slots > kMostSlots) return;
  for (const AddressWindow& window : windows_) {
    if (window.size_bytes > std::uint64_t{1} << shift_) return;
  }
  by_high_bits_.assign(slots, 0);
  for (std::size_t i = 0; i < windows_.size(); ++i)
    by_high_bits_[windows_[i].base >> shift_] = static_cast<std::uint16_t>(i + 1);
}

const AddressWindow* RouteTable::find(std::uint64_t address, std::uint64_t bytes) const {
  const auto holds = [&](const AddressWindow& window) {
    return address >= window.base && address - window.base < window.size_bytes &&
           bytes <= window.size_bytes - (address - window.base);
  };
  if (windows_.empty()) return nullptr;
  if (!by_high_bits_.empty()) {
    const std::uint64_t slot = address >> shift_;
    if (slot >= by_high_bits_.size() || by_high_bits_[slot] == 0) return nullptr;
    const AddressWindow& window = windows_[by_high_bits_[slot] - 1];
    return holds(window) ? &window : nullptr;
  }
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
