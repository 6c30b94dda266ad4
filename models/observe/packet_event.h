// SPDX-License-Identifier: Apache-2.0
// The only observation record: every arrow of the data path reports one when a packet passes.
// Statistics, scoreboard, trace and watchdog are listeners; the model itself never reads them.
// A packet here is a train (protocols/common/packet.h). Times in picoseconds.
#pragma once
#include <cstddef>
#include <cstdint>

#include "antares/protocols/common/packet.h"

namespace antares::models {

using protocols::EndpointId;
using protocols::PacketKind;
using protocols::Picoseconds;
using protocols::TrafficClass;
using protocols::VcId;

enum class PacketWhat : std::uint8_t {
  injected,         ///< an endpoint handed it to the fabric
  arrived,          ///< a switch holds it in an ingress buffer
  granted,          ///< it starts to cross the crossbar
  departed,         ///< its tail left on the egress link
  delivered,        ///< its tail is at the destination endpoint
  dropped,          ///< it ended for the reason given
  credit_blocked,   ///< it starts to wait for credit of the next receiver
  arbiter_blocked,  ///< it starts to wait for a crossbar input or output
};

inline constexpr std::size_t kPacketWhats = 8;

enum class DropReason : std::uint8_t { none, no_route, refused, link_down, poisoned, timeout };

enum class UnitKind : std::uint8_t { endpoint, ingress, crossbar, egress, link };

/// A place in the platform. For an endpoint `index` is its EndpointId, otherwise its SwitchId.
struct PacketWhere {
  UnitKind unit = UnitKind::endpoint;
  std::uint16_t index = 0;
  std::uint16_t port = 0;
};

struct PacketEvent {
  Picoseconds time_ps = 0;
  std::uint64_t packet_id = 0;
  std::uint32_t bytes = 0;  ///< as Packet::bytes
  PacketWhere where;
  EndpointId source;
  EndpointId destination;
  TrafficClass traffic_class = TrafficClass::posted;
  VcId vc;
  PacketWhat what = PacketWhat::injected;
  DropReason reason = DropReason::none;
  PacketKind kind = PacketKind::write;
};

/// The record of a packet; `reason` is set by whoever drops one.
inline PacketEvent packet_event(Picoseconds time_ps, PacketWhat what, PacketWhere where,
                                const protocols::Packet& packet) {
  return {time_ps,       packet.id,          packet.bytes,         where,
          packet.source, packet.destination, packet.traffic_class, packet.vc,
          what,          DropReason::none,   packet.kind};
}

constexpr std::uint32_t bit_of(PacketWhat what) {
  return std::uint32_t{1} << static_cast<unsigned>(what);
}

class PacketListener {
 public:
  virtual void on(const PacketEvent& event) = 0;
  /// Events it wants to hear, a bit a PacketWhat; asked once, when it is added.
  virtual std::uint32_t wants() const { return ~std::uint32_t{0}; }

 protected:
  virtual ~PacketListener() = default;
};

const char* to_string(PacketWhat what);
const char* to_string(DropReason reason);
const char* to_string(UnitKind unit);
using protocols::to_string;  // of a PacketKind

}  // namespace antares::models
