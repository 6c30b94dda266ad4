// SPDX-License-Identifier: Apache-2.0
// Two closed loops of the same request in opposite directions between two ports: what both carry
// together once they have settled. A fluid closed form, in three steps: each loop has its requests
// in flight all the time, so that rate x round trip = bytes in flight (Little's law); what both
// would overfill makes them wait; who waits depends on where.
//  - Switch to device: one queue in order of arrival, as far as the egress queue has room. Both
//    loops wait alike there, a request behind a backlog of answers as long as those themselves.
//    So the loop with more in flight gets more of the link, and one that has few requests (a host)
//    loses what it could have had at zero load.
//  - Crossbar input: the same, as far as the ingress buffer has room, where answers that the bridge
//    makes cross by the input that its device's requests fill already.
//  - Device to switch, and beyond the room of those queues: the two kinds take turns, so that the
//    smaller stream gets all it asks for and the larger one the rest.
// Left out: what is not fluid (trains, bursts). Times in nanoseconds; a GB/s is a byte a ns.
#pragma once

namespace antares::platforms {

struct ClosedLoop {
  double in_flight_bytes = 0;
  double round_trip_ns = 0;  ///< unloaded
  double most_GBps = 0;      ///< alone
};

/// One of the two ports: time that a byte of payload takes, the same for both loops.
struct SharedLink {
  double request_ns = 0;        ///< in the direction of its request
  double answer_ns = 0;         ///< in the direction of its answer; 0: nothing answers on this link
  double egress_queue_ns = 0;   ///< longest wait in the switch's queue to the device: its room
  double ingress_queue_ns = 0;  ///< longest wait at the crossbar: the ingress buffer
};

struct MeetingLoops {
  ClosedLoop there;
  ClosedLoop back;
  SharedLink near;              ///< of the port where `there` starts
  SharedLink far;               ///< where `back` starts
  bool bridge_answers = false;  ///< a loop's answers are made in the switch, at its far port
  double input_speedup = 1;
};

struct LoopRates {
  double there_GBps = 0;
  double back_GBps = 0;
};

LoopRates settled(const MeetingLoops& loops);

}  // namespace antares::platforms
