// SPDX-License-Identifier: Apache-2.0
// Calendar queue of model events, ordered by {time, order key}. Pure: no SystemC.
//
// Buckets of 2^shift ps hold unsorted events; a bucket is sorted once, when it becomes the
// earliest. Events beyond the horizon wait in a heap. The bucket width follows the traffic
// (retune), which never changes the order in which events leave: that is fixed by the key alone.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::kNever;
using protocols::Picoseconds;

/// Receives the events it posted. `what` is whatever the poster passed (a pointer, an index).
class EventTarget {
 public:
  virtual void fire(std::uint64_t what, Picoseconds now_ps) = 0;

 protected:
  virtual ~EventTarget() = default;
};

struct Event {
  Picoseconds time_ps;
  std::uint64_t order;  ///< phase, switch, port, sequence: see Scheduler
  EventTarget* target;
  std::uint64_t what;
};

class EventQueue {
 public:
  EventQueue();
  void push(const Event& event) {
    // Almost always: within the horizon, behind the earliest bucket, not alone in its own.
    const std::uint64_t slot = slot_of(event.time_ps);
    if (slot - base_slot_ - 1 < kBuckets - 1 && near_ != 0) {
      auto& bucket = buckets_[slot & kMask];
      if (!bucket.empty() && bucket.size() != bucket.capacity()) {
        bucket.push_back(event);
        ++near_;
        return;
      }
    }
    push_otherwise(event, slot);
  }
  bool empty() const { return near_ == 0 && far_.empty(); }
  std::size_t size() const { return near_ + far_.size(); }
  /// The earliest event; precondition: not empty. The reference holds until the next call.
  const Event& top() {
    if (current_ == nullptr) advance_to_earliest();
    return current_->back();
  }
  /// The same; nullptr: there is none.
  const Event* peek() {
    if (current_ != nullptr) return &current_->back();
    return empty() ? nullptr : &top();
  }
  /// Removes the event that top() has just returned.
  void drop_top() {
    current_->pop_back();
    --near_;
    if (current_->empty()) retire_current();
  }
  /// Removes and returns the earliest event; precondition: not empty.
  Event pop() {
    const Event event = top();
    drop_top();
    return event;
  }

 private:
  /// A type, not a function: the library's sort then compares without a call.
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      // One number of 128 bits: compared without a branch.
      __extension__ using Key = unsigned __int128;
      return (Key{a.time_ps} << 64 | a.order) > (Key{b.time_ps} << 64 | b.order);
    }
  };
  static constexpr Later later{};
  static void sort_latest_first(std::vector<Event>& bucket);
  [[gnu::noinline]] void push_otherwise(const Event& event, std::uint64_t slot);
  std::uint64_t slot_of(Picoseconds time_ps) const { return time_ps >> shift_; }
  void insert_near(const Event& event, std::uint64_t slot);
  void lower_base(std::uint64_t slot);
  void advance_to_earliest();
  void retire_current();
  std::uint64_t find_slot() const;
  void retune(int shift_change);

  static constexpr unsigned kLogBuckets = 11;
  static constexpr std::uint64_t kBuckets = 1u << kLogBuckets;
  static constexpr std::uint64_t kMask = kBuckets - 1;

  std::vector<std::vector<Event>> buckets_;
  std::vector<std::uint64_t> occupied_;  ///< one bit a bucket
  std::vector<Event> far_;               ///< heap
  unsigned shift_ = 9;
  std::uint64_t base_slot_ = 0;  ///< no near event is earlier than this slot
  std::vector<Event>* current_ =
      nullptr;  ///< bucket of base_slot_, sorted (latest first), if known
  /// Storage of emptied buckets, the last one used first: it is still in the cache.
  std::vector<std::vector<Event>> spares_;
  std::size_t near_ = 0;
  int votes_ = 0;  ///< > 0: buckets too wide, < 0: horizon too short
};

}  // namespace antares::models
