// SPDX-License-Identifier: Apache-2.0
// Global address -> endpoint and local port, one table a partition. Address windows are disjoint
// and looked up by binary search with a memory of the last hit; routing by id serves completions
// and what crosses several switches. Several ports may lead to one endpoint equally well: who
// chooses, and by what, is adaptive_routes.h. Where ways would wait for each other in a ring, they
// are kept apart by virtual channel, one a destination. Pure. Addresses and sizes in bytes.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "antares/protocols/common/ids.h"

namespace antares::models {

struct AddressWindow {
  std::uint64_t base = 0;
  std::uint64_t size_bytes = 0;
  protocols::EndpointId endpoint;
  protocols::PortId port;
  /// What the device behind the port sees for `base`: 0 gives it window-relative addresses.
  std::uint64_t local_base = 0;

  std::uint64_t to_local(std::uint64_t address) const { return address - base + local_base; }
  std::uint64_t to_global(std::uint64_t address) const { return address - local_base + base; }
};

class RouteTable {
 public:
  /// Throws std::invalid_argument naming both windows when they overlap, or an empty or wrapping
  /// one.
  void add(const AddressWindow& window);
  /// The window that holds all of [address, address + bytes); nullptr if none does.
  const AddressWindow* find(std::uint64_t address, std::uint64_t bytes) const;
  const std::vector<AddressWindow>& windows() const { return windows_; }
  /// The lowest window of an endpoint; nullptr if it has none.
  const AddressWindow* window_of(protocols::EndpointId endpoint) const {
    const std::size_t id = endpoint.value();
    return id < by_owner_.size() && by_owner_[id] != 0 ? &windows_[by_owner_[id] - 1] : nullptr;
  }
  /// Packets to this endpoint leave by this port. Throws std::invalid_argument when another port is
  /// entered for it already.
  void add_id(protocols::EndpointId endpoint, protocols::PortId port);
  bool knows(protocols::EndpointId endpoint) const {
    return endpoint.value() < by_id_.size() && by_id_[endpoint.value()] != kNoPort;
  }
  /// knows(endpoint) must be true.
  protocols::PortId port_of(protocols::EndpointId endpoint) const {
    return protocols::PortId(by_id_[endpoint.value()]);
  }
  /// Another port that leads to the endpoint equally well. Throws std::invalid_argument where none
  /// is entered for it yet.
  void add_way(protocols::EndpointId endpoint, protocols::PortId port);
  /// All of them, the one of add_id() first; empty: there is no choice.
  const std::vector<protocols::PortId>& ways_to(protocols::EndpointId endpoint) const {
    return endpoint.value() < ways_.size() ? ways_[endpoint.value()] : no_ways_;
  }
  /// Requests from here to the endpoint, and what answers them, travel on this virtual channel of
  /// the links between switches.
  void set_channel(protocols::EndpointId endpoint, protocols::VcId channel);
  bool has_channels() const { return !channels_.empty(); }
  protocols::VcId channel_to(protocols::EndpointId endpoint) const {
    return protocols::VcId(endpoint.value() < channels_.size() ? channels_[endpoint.value()] : 0);
  }
  /// Forgets the windows and endpoints that a port leads to.
  void remove(protocols::PortId port);
  /// Forgets the windows of an endpoint and all ways to it, but not its virtual channel.
  void remove(protocols::EndpointId endpoint);
  /// One line a window, sorted by address: a wrong map is seen, not guessed.
  std::string to_string() const;

 private:
  void index_windows();
  void index_by_high_bits();

  std::vector<AddressWindow> windows_;  ///< sorted by base
  /// By address >> shift_: number of the window + 1, 0 = none. Empty: not spaced that way.
  std::vector<std::uint16_t> by_high_bits_;
  unsigned shift_ = 0;
  /// By endpoint: number of its lowest window + 1, 0 = none.
  std::vector<std::uint16_t> by_owner_;
  static constexpr std::uint16_t kNoPort = std::numeric_limits<std::uint16_t>::max();
  std::vector<std::uint16_t> by_id_;                  ///< port by endpoint
  std::vector<std::vector<protocols::PortId>> ways_;  ///< by endpoint, where there is a choice
  std::vector<protocols::PortId> no_ways_;
  std::vector<std::uint8_t> channels_;  ///< by endpoint; empty: requests say so themselves
  mutable std::size_t last_ = 0;
};

}  // namespace antares::models
