// SPDX-License-Identifier: Apache-2.0
// Latency of a packet that meets nobody, from first bit sent by one device to last bit held by the
// other, with its parts. LT returns it, AT reproduces it to the picosecond, `describe` prints it.
// Pure; picoseconds.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "antares/models/port/link_transmitter.h"
#include "antares/models/port/port_config.h"

namespace antares::models {

inline Picoseconds to_picoseconds(double ns) { return static_cast<Picoseconds>(ns * 1000.0 + 0.5); }

/// The fixed delays of a switch in picoseconds, in the order a packet meets them.
struct HopDelays {
  Picoseconds rx_ps = 0;     ///< SerDes, FEC and CRC, lookup: before the crossbar
  Picoseconds fixed_ps = 0;  ///< arbitration, crossbar, transmit: after the grant

  HopDelays() = default;
  explicit HopDelays(const HopLatency& latency)
      : rx_ps(to_picoseconds(latency.serdes_rx_ns) + to_picoseconds(latency.fec_crc_ns) +
              to_picoseconds(latency.route_lookup_ns)),
        fixed_ps(to_picoseconds(latency.arbitration_ns) + to_picoseconds(latency.crossbar_ns) +
                 to_picoseconds(latency.serdes_tx_ns)) {}
};

/// From the last bit sent at one end of a link to the first that the other end may use: cable, and
/// what the protocol adds (FEC, PHY, the device's bridge).
inline Picoseconds crossing_ps(const PortConfig& port) {
  return to_picoseconds(port.propagation_ns) + port.policy->link_delay_ps();
}

/// One pass through a switch: the link it comes in on, the one it leaves on.
struct ZeroLoadHop {
  const protocols::LinkPolicy* in = nullptr;
  const protocols::LinkPolicy* out = nullptr;
  Picoseconds out_propagation_ps = 0;
  Picoseconds bridge_ps = 0;  ///< where two protocols meet
  HopDelays delays;
  double input_speedup = 1.0;
  double output_speedup = 1.0;
  Picoseconds in_credit_update_ps = 0;
  std::uint64_t egress_queue_bytes = 0;
};

/// All switches from one port to another.
class ZeroLoadWay {
 public:
  /// At most protocols::kMostHops, which the caller knows.
  void add(const ZeroLoadHop& hop) { hops_[count_++] = hop; }
  const ZeroLoadHop* begin() const { return hops_; }
  const ZeroLoadHop* end() const { return hops_ + count_; }

 private:
  ZeroLoadHop hops_[protocols::kMostHops];
  unsigned count_ = 0;
};

/// Tail and head after all hops, with no parts (the LT path: no allocation).
Sent zero_load_path(const Packet& packet, const protocols::LinkPolicy& first_link,
                    Picoseconds first_propagation_ps, const ZeroLoadWay& way);

/// The rest of the way of a train that is in the first switch, with its cost there `in`, its last
/// byte at the look-up at tail_ps, and is granted at granted_ps.
Sent zero_load_granted(const Packet& packet, const ZeroLoadWay& way, const TrainCost& in,
                       Picoseconds tail_ps, Picoseconds granted_ps);

/// The same for a completion that the bridge of the first hop makes at time 0.
Sent zero_load_from_bridge(const Packet& packet, const ZeroLoadWay& way);

/// When the copies of one train may ask for their outputs: all at once, so that they can share a
/// read, which is when the one may that has to wait longest for its data (for the fastest link).
/// Copies that are bridged come behind, by as much. LT and AT both ask here.
class CopyHeads {
 public:
  /// head_ps, tail_ps: of the original at the look-up; `in`: its cost on the link it came by.
  CopyHeads(Picoseconds head_ps, const TrainCost& in, Picoseconds tail_ps)
      : head_ps_(head_ps),
        first_tail_ps_(head_ps + in.first_collect_ps - in.head_collect_ps),
        tail_ps_(tail_ps) {}
  void add(const TrainCost& out, Picoseconds bridge_ps) {
    Picoseconds& head = bridge_ps == 0 ? direct_ps_ : bridged_ps_;
    const Picoseconds no_gap =
        first_tail_ps_ > out.first_occupancy_ps ? first_tail_ps_ - out.first_occupancy_ps : 0;
    head = std::max({head, head_ps_, no_gap});
  }
  Picoseconds of(Picoseconds bridge_ps) const {
    return bridge_ps == 0 ? direct_ps_ : bridged_ps_ + bridge_ps;
  }
  Picoseconds tail_ps() const { return tail_ps_; }

 private:
  Picoseconds head_ps_;
  Picoseconds first_tail_ps_;
  Picoseconds tail_ps_;
  Picoseconds direct_ps_ = 0;
  Picoseconds bridged_ps_ = 0;
};

/// How long a crossbar port is busy with what takes its link duration_ps.
inline Picoseconds at_speed(Picoseconds duration_ps, double speedup) {
  return speedup == 1.0 ? duration_ps
                        : static_cast<Picoseconds>(static_cast<double>(duration_ps) / speedup);
}

/// When the last byte of a train is past the crossbar that was granted at granted_ps and whose last
/// byte is in at tail_ps: as if each of its link packets had been granted by itself, one after the
/// other at the pace of the slower of the two crossbar ports, none before its header is in or so
/// early that it runs dry. So trains of any size end at the same time.
Picoseconds crossbar_tail_ps(Picoseconds granted_ps, Picoseconds tail_ps, const TrainCost& in,
                             double input_speedup, const TrainCost& out, double output_speedup);

}  // namespace antares::models
