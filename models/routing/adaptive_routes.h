// SPDX-License-Identifier: Apache-2.0
// Choice by load among links that lead to a destination equally well: most free credit first. Pure;
// what a link has is told by whoever asks. Which packets may choose anew, and when, is kept here:
//
//   flow    what one endpoint sends another, where the protocol promises an order. It stays on its
//           links while any transaction between the two is under way, and chooses anew after that.
//   whole   the trains of one transaction, where the protocol promises none (PCIe: unordered I/O).
//
// A pair of endpoints has an epoch, which the switch of one of them counts; a choice holds for one
// epoch. An instant in which the last transaction ends and another begins belongs to the old epoch,
// so that it does not matter which of two switches is asked first. assumption: how a Scorpio-class
// switch chooses is not published; hardware that is not told of deliveries would stay on a link for
// a time without packets instead. By a hash (ECMP) nothing of this is needed: a pair of endpoints
// has one way, also when its link is down. Times in picoseconds.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

#include "antares/protocols/common/ids.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

/// What one link can take: what its receiver grants, less what is on its way to the link already.
struct ExitState {
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
  std::int64_t data_credits = 0;
  std::int64_t header_credits = 0;
  /// All that is on its way to the link will have left by then: where credits do not tell.
  protocols::Picoseconds drained_ps = 0;
  bool up = true;
};

/// The one with most free credit, data first if the packet carries any, else headers; of equal
/// ones the link that is free first, of those the first from place `tie` on, counted round. Links
/// that are down only if all are. exits: at least one.
std::size_t best_exit(const std::vector<ExitState>& exits, bool carries_data, std::uint64_t tie);

class AdaptiveRoutes {
 public:
  using EndpointId = protocols::EndpointId;
  using PortId = protocols::PortId;
  using Picoseconds = protocols::Picoseconds;

  /// `by_hash`: nothing is chosen by load, a pair of endpoints has one way (ECMP).
  explicit AdaptiveRoutes(bool by_hash = false) : by_hash_(by_hash) {}
  bool by_hash() const { return by_hash_; }

  /// A transaction between the two, whoever asked, begins or is over.
  void begin(EndpointId a, EndpointId b, Picoseconds now_ps);
  void end(EndpointId a, EndpointId b, Picoseconds now_ps);
  std::uint32_t epoch(EndpointId a, EndpointId b) const;
  /// Transactions under way.
  std::size_t under_way() const { return under_way_; }

  std::optional<PortId> flow_way(EndpointId source, EndpointId destination,
                                 std::uint32_t epoch) const;
  void set_flow_way(EndpointId source, EndpointId destination, std::uint32_t epoch, PortId port);

  /// `whole`: what stands for the transaction, and for its request or its response.
  std::optional<PortId> whole_way(std::uintptr_t whole) const;
  void set_whole_way(std::uintptr_t whole, PortId port) { whole_ways_[whole] = port; }
  void forget_whole(std::uintptr_t whole) { whole_ways_.erase(whole); }

 private:
  struct Pair {
    std::uint32_t epoch = 0;
    std::uint32_t under_way = 0;
    Picoseconds idle_since_ps = 0;
  };
  struct Way {
    std::uint32_t epoch;
    PortId port;
  };
  static std::uint32_t key_of(EndpointId from, EndpointId to) {
    return std::uint32_t{from.value()} << 16 | to.value();
  }
  /// Both directions are one.
  static std::uint32_t pair_of(EndpointId a, EndpointId b) {
    return a.value() < b.value() ? key_of(a, b) : key_of(b, a);
  }

  bool by_hash_;
  std::unordered_map<std::uint32_t, Pair> pairs_;
  std::unordered_map<std::uint32_t, Way> flow_ways_;
  std::unordered_map<std::uintptr_t, PortId> whole_ways_;
  std::size_t under_way_ = 0;
};

}  // namespace antares::models
