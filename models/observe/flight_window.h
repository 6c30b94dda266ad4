// SPDX-License-Identifier: Apache-2.0
// The packets of one source that are on their way, found by their sequence in O(1) without hashing:
// a ring of the sequences from the oldest that may still be in flight to the newest injected.
// Sequences come in rising order; what was skipped counts as left.
//
// The ring is at most a few times as long as there are packets in flight: one that stays behind
// while its source goes on is handed out by make_room() for the owner to keep elsewhere, so that a
// lost packet does not make the ring grow over a run. No clock; times in picoseconds.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "antares/models/observe/packet_event.h"

namespace antares::models {

/// A packet as it was injected; 16 bytes, of which the time also says that nothing flies here.
struct Flight {
  static constexpr Picoseconds kLeft = ~Picoseconds{0};         ///< delivered or dropped
  static constexpr Picoseconds kSkipped = ~Picoseconds{0} - 1;  ///< never injected

  Flight() = default;
  explicit Flight(const PacketEvent& event)
      : injected_ps(std::min(event.time_ps, kSkipped - 1)),
        bytes(event.bytes),
        source(event.source),
        destination(event.destination) {}
  bool flies() const { return injected_ps < kSkipped; }

  Picoseconds injected_ps = kLeft;
  std::uint32_t bytes = 0;
  EndpointId source;
  EndpointId destination;
};
static_assert(sizeof(Flight) == 16, "four flights a cache line");

/// A cache line each, so that one of many is found by a shift.
class alignas(64) FlightWindow {
 public:
  /// The sequence that continues the source's count.
  std::uint64_t next() const { return next_; }
  /// False if `sequence` is not the next one or the ring is full: make_room() first.
  bool append(std::uint64_t sequence, const Flight& flight) {
    if (sequence != next_ || next_ - first_ >= ring_.size()) return false;
    ring_[slot(sequence)] = flight;
    ++next_;
    ++in_flight_;
    return true;
  }
  bool holds(std::uint64_t sequence) const {
    return inside(sequence) && ring_[slot(sequence)].flies();
  }
  /// Ends a flight and gives it out; false if none of that sequence is held here.
  bool take(std::uint64_t sequence, Flight& flight) {
    if (!inside(sequence)) return false;
    Flight& held = ring_[slot(sequence)];
    if (!held.flies()) return false;
    flight = held;
    held.injected_ps = Flight::kLeft;
    --in_flight_;
    if (sequence == first_) drop_left();
    return true;
  }
  /// Of one that is not held: had it been injected? Older than the ring is taken for a yes.
  bool was_injected(std::uint64_t sequence) const {
    if (inside(sequence)) return ring_[slot(sequence)].injected_ps != Flight::kSkipped;
    return sequence < first_;
  }
  /// Makes `sequence` (>= next()) the next one, with a place for it. Flights that would keep the
  /// ring from being short go to keep(sequence, flight).
  template <class Keep>
  void make_room(std::uint64_t sequence, Keep&& keep) {
    const std::uint64_t most =
        std::max<std::uint64_t>({kFirstSize, ring_.size(), kSlack * (in_flight_ + 1)});
    while (first_ != next_ && sequence - first_ >= most) {
      const Flight& oldest = ring_[slot(first_)];
      if (oldest.flies()) {
        keep(first_, oldest);
        --in_flight_;
      }
      ++first_;
      drop_left();
    }
    if (first_ == next_) first_ = next_ = sequence;
    if (sequence - first_ >= ring_.size()) grow(sequence - first_ + 1);
    for (; next_ != sequence; ++next_) ring_[slot(next_)].injected_ps = Flight::kSkipped;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint64_t sequence = first_; sequence != next_; ++sequence) {
      if (ring_[slot(sequence)].flies()) visit(sequence, ring_[slot(sequence)]);
    }
  }

 private:
  static constexpr std::uint64_t kFirstSize = 16;  // a power of two, as every size
  static constexpr std::uint64_t kSlack = 4;       ///< ring places a packet in flight, at most

  std::size_t slot(std::uint64_t sequence) const { return sequence & (ring_.size() - 1); }
  bool inside(std::uint64_t sequence) const { return sequence - first_ < next_ - first_; }
  void drop_left() {
    while (first_ != next_ && !ring_[slot(first_)].flies()) ++first_;
  }
  void grow(std::uint64_t least) {
    std::uint64_t size = std::max<std::uint64_t>(kFirstSize, ring_.size());
    while (size < least) size *= 2;
    std::vector<Flight> larger(size);
    for (std::uint64_t sequence = first_; sequence != next_; ++sequence) {
      larger[sequence & (size - 1)] = ring_[slot(sequence)];
    }
    ring_.swap(larger);
  }

  std::vector<Flight> ring_;
  std::uint64_t first_ = 0;  ///< oldest sequence in the ring; it flies, unless the ring is empty
  std::uint64_t next_ = 0;
  std::uint64_t in_flight_ = 0;
};

}  // namespace antares::models
