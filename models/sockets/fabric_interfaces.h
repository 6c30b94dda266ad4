// SPDX-License-Identifier: Apache-2.0
// Typed interfaces between the units of a switch: one object a unit, many ports, packets and
// credits with picosecond times. A recorder, a checker or a new stage (Hypercast, reduction) is
// slid between two units by implementing the same interface on both sides.
#pragma once
#include "antares/models/sockets/train_cost.h"
#include "antares/protocols/common/packet.h"

namespace antares::models {

using protocols::kNever;
using protocols::Packet;
using protocols::Picoseconds;
using protocols::PortId;
using protocols::TrafficClass;

/// Takes packets at their head time: called in the instant packet.head_ps, inside the wheel.
/// packet.input and packet.output are set.
class PacketSink {
 public:
  virtual void push(Packet& packet) = 0;
  /// Copies of one packet, linked by `next`, each with an id, an output and kIsCopy of its own;
  /// called in the instant original.head_ps. Their heads may be later. The
  /// original holds the input's buffer for all of them; IngressStage::copies_left() says when it
  /// holds it no more.
  virtual void push_copies(Packet& original, Packet* first) = 0;
  /// Copies that belong to `owner` and wait to be granted end here: EgressStage::drop().
  virtual void drop_copies(const void* owner) = 0;

 protected:
  virtual ~PacketSink() = default;
};

/// When a train that is being read out of an input will have left it.
struct Transfer {
  Picoseconds granted_ps = 0;
  Picoseconds first_packet_left_ps = 0;  ///< the first link packet's buffer is free
  Picoseconds left_ps = 0;               ///< the whole train's buffer is free
  Picoseconds tail_ps = 0;               ///< the last byte has crossed
  PortId input;                          ///< where it came in, and what it holds there:
  protocols::VcId vc;
  TrafficClass traffic_class = TrafficClass::posted;
  protocols::CreditAmount held;
  const TrainCost* cost = nullptr;  ///< on the egress link; holds while accept() begins
};

/// The egress side of the ports, as the crossbar sees it.
class EgressStage {
 public:
  /// What this train costs on the link of `output`: the unit of queue space and crossbar time.
  virtual const TrainCost& cost(PortId output, const Packet& packet) = 0;
  /// now_ps if the output's class queue has room for the train; a later time at which it will have;
  /// kNever if only room_again() can tell (the queue waits for credits).
  virtual Picoseconds room_at(PortId output, const Packet& packet, Picoseconds now_ps) = 0;
  virtual void accept(Packet& packet, const Transfer& transfer) = 0;
  /// A copy that will not come.
  virtual void drop(Packet& packet) = 0;

 protected:
  virtual ~EgressStage() = default;
};

/// The ingress side of the ports: learns when buffer space of an input comes free.
class IngressStage {
 public:
  virtual void left_input(const Transfer& transfer) = 0;
  /// The last copy of a packet has left. It is the stage's again.
  virtual void copies_left(Packet& original, const Transfer& transfer) = 0;
  /// What this train costs on the link it came in on.
  virtual const TrainCost& cost_at_input(const Packet& packet) = 0;
  /// The packets of one flow (same input, output) may this one overtake that one?
  virtual bool may_pass(const Packet& later, const Packet& earlier) const = 0;

 protected:
  virtual ~IngressStage() = default;
};

/// Told by the egress when a full queue has room again.
class RoomListener {
 public:
  virtual void room_again(PortId output, Picoseconds now_ps) = 0;

 protected:
  virtual ~RoomListener() = default;
};

}  // namespace antares::models
