// SPDX-License-Identifier: Apache-2.0
// A port's part in routing by load, or by a hash of the endpoints (ECMP), where
// SwitchConfig::other_ways gives a choice: which of several links a packet that enters here leaves
// by, and what is on its way to this port's own link. The
// rules of when a packet may choose are AdaptiveRoutes'.
//
// Groups, and what a reduction engine makes, keep to the fixed way. Loosely timed calls are priced
// by it: links that packets choose among had better be alike. Times in picoseconds.
#pragma once
#include "antares/models/port/port.h"
#include "antares/models/routing/adaptive_routes.h"

namespace antares::models {

class AdaptiveExit {
 public:
  explicit AdaptiveExit(PortAdapter& port) : port_(port) {}

  /// The port of this switch by which a packet that has come in here goes on. Where it has a
  /// choice, credit decides, and the decision is remembered as long as order asks for it.
  PortAdapter& choose(EndpointId destination, const Packet& packet);

  /// Requests of this port's device to another switch.
  static void begin(Transaction& transaction, Picoseconds now_ps);
  static void end(const Transaction& transaction, Picoseconds now_ps);

  /// The packet is on its way to this port's link; it has left on it, or ended before.
  void bind(const Packet& packet) { count(packet, +1); }
  void unbind(const Packet& packet) { count(packet, -1); }
  bool anything_bound() const { return (data_ | header_ | bytes_) != 0; }

 private:
  static AdaptiveRoutes* keeper_of(const Transaction& transaction);
  void count(const Packet& packet, int sign);
  ExitState state(const Packet& packet, Picoseconds now_ps) const;
  bool keeps_order(const Packet& packet) const;
  /// Of the two endpoints: what ties and ECMP go by.
  std::uint64_t hash_of(const Packet& packet) const;
  PortId pick(const std::vector<PortId>& ways, const Packet& packet);

  PortAdapter& port_;
  std::vector<ExitState> exits_;  ///< kept for its memory
  /// Credits of the next switch that trains on their way to this link will take, and their bytes.
  std::int64_t data_ = 0;
  std::int64_t header_ = 0;
  std::int64_t bytes_ = 0;
};

inline PortAdapter& PortAdapter::exit_to(PortAdapter& to, const Packet& packet) const {
  return adaptive_ == nullptr || &to.context_ == &context_
             ? exit_to(to)
             : adaptive_->choose(to.endpoint_, packet);
}

}  // namespace antares::models
