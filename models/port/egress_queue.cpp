// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/egress_queue.h"

#include <cassert>

#include "antares/protocols/common/bits.h"

namespace antares::models {

EgressQueue::EgressQueue(std::uint64_t capacity_bytes, unsigned virtual_channels)
    : capacity_bytes_(capacity_bytes), queues_(virtual_channels * protocols::kTrafficClasses) {}

Picoseconds EgressQueue::room_at(unsigned index, std::uint64_t wire_bytes, Picoseconds now_ps) {
  ClassQueue& queue = queues_[index];
  while (!queue.leaving.empty() && queue.leaving.front().at_ps <= now_ps) {
    queue.occupied_bytes -= queue.leaving.front().bytes;
    queue.leaving.pop_front();
  }
  // A train larger than the queue may pass an empty one: it must not wait for ever.
  if (queue.occupied_bytes == 0 || queue.occupied_bytes + wire_bytes <= capacity_bytes_)
    return now_ps;
  std::uint64_t occupied = queue.occupied_bytes;
  for (const Leaving& leaving : queue.leaving) {
    occupied -= leaving.bytes;
    if (occupied == 0 || occupied + wire_bytes <= capacity_bytes_) return leaving.at_ps;
  }
  return kNever;
}

void EgressQueue::take_room(unsigned index, std::uint64_t wire_bytes) {
  queues_[index].occupied_bytes += wire_bytes;
}

void EgressQueue::leaves(unsigned index, std::uint64_t wire_bytes, Picoseconds leaves_ps) {
  ClassQueue& queue = queues_[index];
  assert(queue.leaving.empty() || queue.leaving.back().at_ps <= leaves_ps);
  push_growing(queue.leaving, Leaving{leaves_ps, wire_bytes});
}

void EgressQueue::push_waiting(unsigned index, const WaitingTrain& train) {
  push_growing(queues_[index].waiting, train);
  waiting_ |= protocols::bit(index);
}

void EgressQueue::pop_waiting(unsigned index) {
  queues_[index].waiting.pop_front();
  if (queues_[index].waiting.empty()) waiting_ &= ~protocols::bit(index);
}

void EgressQueue::remove_waiting(unsigned index, std::size_t place) {
  auto& waiting = queues_[index].waiting;
  waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(place));
  if (waiting.empty()) waiting_ &= ~protocols::bit(index);
}

}  // namespace antares::models
