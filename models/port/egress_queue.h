// SPDX-License-Identifier: Apache-2.0
// Space and order of one egress port: a queue a traffic class, each of stated size. A train takes
// its place at grant and leaves it when the link has sent it; since departures are known once the
// link is reserved, space is computed and needs no events. Trains that wait for credits of the far
// end stand in their class queue; other classes pass them as the protocol's ordering rules allow.
// Pure.
#pragma once
#include <boost/circular_buffer.hpp>
#include <cstdint>

#include "antares/models/sockets/fabric_interfaces.h"

namespace antares::models {

/// A train that the crossbar has handed over and the link has not taken yet.
struct WaitingTrain {
  Packet* packet = nullptr;
  Picoseconds head_ps = 0;  ///< earliest start on the egress link
  Picoseconds tail_ps = 0;  ///< last byte there
  std::uint64_t wire_bytes = 0;
  std::uint64_t sequence = 0;  ///< order of acceptance over all classes
};

class EgressQueue {
 public:
  explicit EgressQueue(std::uint64_t capacity_bytes);

  /// See EgressStage::room_at.
  Picoseconds room_at(protocols::TrafficClass traffic_class, std::uint64_t wire_bytes,
                      Picoseconds now_ps);
  void take_room(protocols::TrafficClass traffic_class, std::uint64_t wire_bytes);
  /// The train's bytes leave the class queue at leaves_ps; non-decreasing within a class.
  void leaves(protocols::TrafficClass traffic_class, std::uint64_t wire_bytes,
              Picoseconds leaves_ps);

  boost::circular_buffer<WaitingTrain>& waiting(protocols::TrafficClass traffic_class) {
    return classes_[static_cast<unsigned>(traffic_class)].waiting;
  }
  bool anything_waits() const { return waiting_ != 0; }
  void push_waiting(protocols::TrafficClass traffic_class, const WaitingTrain& train);
  void pop_waiting(protocols::TrafficClass traffic_class);
  std::uint64_t next_sequence() { return sequence_++; }
  std::uint64_t capacity_bytes() const { return capacity_bytes_; }

 private:
  struct Leaving {
    Picoseconds at_ps;
    std::uint64_t bytes;
  };
  struct ClassQueue {
    std::uint64_t occupied_bytes = 0;
    boost::circular_buffer<Leaving> leaving;
    boost::circular_buffer<WaitingTrain> waiting;
  };
  template <class T>
  static void push_growing(boost::circular_buffer<T>& buffer, const T& item) {
    if (buffer.full()) buffer.set_capacity(buffer.capacity() == 0 ? 16 : 2 * buffer.capacity());
    buffer.push_back(item);
  }

  std::uint64_t capacity_bytes_;
  ClassQueue classes_[protocols::kTrafficClasses];
  unsigned waiting_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace antares::models
