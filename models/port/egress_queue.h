// SPDX-License-Identifier: Apache-2.0
// Space and order of one egress port: a queue a virtual channel and
// traffic class (queue_index), each of stated size. A train takes
// its place at grant and leaves it when the link has sent it; since departures are known once the
// link is reserved, space is computed and needs no events. Trains that wait for credits of the far
// end stand in their class queue; other classes pass them as the protocol's ordering rules allow.
// Pure.
#pragma once
#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <vector>

#include "antares/models/sockets/fabric_interfaces.h"

namespace antares::models {

/// A train that the crossbar has handed over and the link has not taken yet.
struct WaitingTrain {
  Packet* packet = nullptr;
  Picoseconds head_ps = 0;  ///< earliest start on the egress link
  Picoseconds tail_ps = 0;  ///< last byte there
  std::uint64_t wire_bytes = 0;
  std::uint64_t sequence = 0;  ///< order of acceptance over all queues
};

class EgressQueue {
 public:
  EgressQueue(std::uint64_t capacity_bytes, unsigned virtual_channels);

  /// See EgressStage::room_at.
  Picoseconds room_at(unsigned queue, std::uint64_t wire_bytes, Picoseconds now_ps);
  void take_room(unsigned queue, std::uint64_t wire_bytes);
  /// The train's bytes leave the queue at leaves_ps; non-decreasing within a queue.
  void leaves(unsigned queue, std::uint64_t wire_bytes, Picoseconds leaves_ps);

  boost::circular_buffer<WaitingTrain>& waiting(unsigned queue) { return queues_[queue].waiting; }
  bool anything_waits() const { return waiting_ != 0; }
  /// Bit q set: trains wait in queue q.
  std::uint64_t waiting_queues() const { return waiting_; }
  unsigned queues() const { return static_cast<unsigned>(queues_.size()); }
  void push_waiting(unsigned queue, const WaitingTrain& train);
  void pop_waiting(unsigned queue);
  void remove_waiting(unsigned queue, std::size_t place);
  /// The bytes of a train that the link never takes.
  void forget_room(unsigned queue, std::uint64_t wire_bytes) {
    queues_[queue].occupied_bytes -= wire_bytes;
  }
  std::uint64_t next_sequence() { return sequence_++; }

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
  std::vector<ClassQueue> queues_;
  std::uint64_t waiting_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace antares::models
