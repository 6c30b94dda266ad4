// SPDX-License-Identifier: Apache-2.0
// Open-addressing table from a non-zero 64-bit key to a small value: linear probing, at most half
// full, removal closes the gap so that no tombstones gather over a long run. It grows with what it
// holds at once, never with what has passed through.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace antares::models {

template <class Value>
class IdTable {
 public:
  IdTable() : slots_(kFirstSize) {}

  std::size_t size() const { return size_; }
  bool contains(std::uint64_t key) const { return key != 0 && slots_[position_of(key)].key == key; }
  /// nullptr: not there. Holds until the next insert or take.
  Value* find(std::uint64_t key) {
    Slot& slot = slots_[position_of(key)];
    return key != 0 && slot.key == key ? &slot.value : nullptr;
  }
  /// The value of key and whether it was new (then value-initialised). The pointer holds until the
  /// next insert or take.
  std::pair<Value*, bool> insert(std::uint64_t key) {
    assert(key != 0);
    std::size_t position = position_of(key);
    if (slots_[position].key == key) return {&slots_[position].value, false};
    if (2 * (size_ + 1) > slots_.size()) {
      grow();
      position = position_of(key);
    }
    slots_[position] = {key, Value{}};
    ++size_;
    return {&slots_[position].value, true};
  }
  /// Removes key if it is there and gives its value out; false if it was not.
  bool take(std::uint64_t key, Value& value) {
    const std::size_t position = position_of(key);
    if (slots_[position].key != key || key == 0) return false;
    value = slots_[position].value;
    close_gap(position);
    --size_;
    return true;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.key != 0) visit(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    std::uint64_t key = 0;  ///< 0: empty
    Value value{};
  };
  static constexpr std::size_t kFirstSize = 64;  // a power of two, as every size

  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t home_of(std::uint64_t key) const {
    // Fibonacci hashing: the high half of the product depends on all bits of the key.
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ull) >> 32) & mask();
  }
  std::size_t position_of(std::uint64_t key) const {
    std::size_t position = home_of(key);
    while (slots_[position].key != key && slots_[position].key != 0) {
      position = (position + 1) & mask();
    }
    return position;
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) slots_[position_of(slot.key)] = slot;
    }
  }
  void close_gap(std::size_t gap) {
    for (std::size_t next = (gap + 1) & mask(); slots_[next].key != 0; next = (next + 1) & mask()) {
      // An element may move back to the gap unless its home lies cyclically behind the gap.
      if (((next - home_of(slots_[next].key)) & mask()) >= ((next - gap) & mask())) {
        slots_[gap] = slots_[next];
        gap = next;
      }
    }
    slots_[gap] = Slot{};
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace antares::models
