// SPDX-License-Identifier: Apache-2.0
#include "antares/models/scheduler/event_queue.h"

#include <algorithm>
#include <cassert>

namespace antares::models {
namespace {
constexpr std::size_t kCrowdedBucket = 32;
constexpr int kVotesToRetune = 512;
constexpr unsigned kWidestShift = 24;  // 2,048 buckets of 16.8 us: far beyond any train
}  // namespace

EventQueue::EventQueue() : buckets_(kBuckets), occupied_(kBuckets / 64) {}

void EventQueue::push_otherwise(const Event& event, std::uint64_t slot) {
  if (near_ == 0 && far_.empty()) {
    base_slot_ = slot;
    current_ = nullptr;
  }
  if (slot >= base_slot_ + kBuckets) {
    far_.push_back(event);
    std::push_heap(far_.begin(), far_.end(), later);
    if (--votes_ < -kVotesToRetune) retune(+1);
    return;
  }
  insert_near(event, slot);
}

void EventQueue::insert_near(const Event& event, std::uint64_t slot) {
  if (slot < base_slot_) lower_base(slot);  // after top() looked ahead, an earlier event may come
  auto& bucket = buckets_[slot & kMask];
  if (bucket.empty()) {
    occupied_[(slot & kMask) >> 6] |= 1ull << (slot & 63);
    if (bucket.capacity() == 0 && !spares_.empty()) {
      bucket.swap(spares_.back());
      spares_.pop_back();
    }
  }
  bucket.push_back(event);
  ++near_;
  if (&bucket == current_) {
    for (std::size_t i = bucket.size() - 1; i > 0 && later(bucket[i], bucket[i - 1]); --i)
      std::swap(bucket[i], bucket[i - 1]);
  }
}

void EventQueue::sort_latest_first(std::vector<Event>& bucket) {
  if (bucket.size() > kCrowdedBucket) {
    std::sort(bucket.begin(), bucket.end(), later);
    return;
  }
  for (std::size_t sorted = 1; sorted < bucket.size(); ++sorted) {
    const Event event = bucket[sorted];
    std::size_t place = sorted;
    for (; place > 0 && later(event, bucket[place - 1]); --place) bucket[place] = bucket[place - 1];
    bucket[place] = event;
  }
}

void EventQueue::retire_current() {
  occupied_[(base_slot_ & kMask) >> 6] &= ~(1ull << (base_slot_ & 63));
  spares_.emplace_back();
  spares_.back().swap(*current_);
  current_ = nullptr;
}

void EventQueue::lower_base(std::uint64_t slot) {
  // Slots beyond the lowered horizon share their bucket with nearer ones: they go to the heap.
  const std::uint64_t old_horizon = base_slot_ + kBuckets;
  for (std::uint64_t far = std::max(slot + kBuckets, base_slot_); far < old_horizon; ++far) {
    if ((occupied_[(far & kMask) >> 6] >> (far & 63) & 1) == 0) continue;
    auto& bucket = buckets_[far & kMask];
    for (const Event& event : bucket) {
      far_.push_back(event);
      std::push_heap(far_.begin(), far_.end(), later);
    }
    near_ -= bucket.size();
    bucket.clear();
    occupied_[(far & kMask) >> 6] &= ~(1ull << (far & 63));
  }
  base_slot_ = slot;
  current_ = nullptr;
}

std::uint64_t EventQueue::find_slot() const {
  const std::uint64_t start = base_slot_ & kMask;
  std::uint64_t word = start >> 6;
  std::uint64_t bits = occupied_[word] & (~0ull << (start & 63));
  while (bits == 0) {
    word = (word + 1) & (kBuckets / 64 - 1);
    bits = occupied_[word];
  }
  const std::uint64_t position = (word << 6) + static_cast<std::uint64_t>(__builtin_ctzll(bits));
  return base_slot_ + ((position - base_slot_) & kMask);
}

void EventQueue::advance_to_earliest() {
  assert(!empty());
  base_slot_ = near_ == 0 ? slot_of(far_.front().time_ps) : find_slot();
  current_ = nullptr;
  // Events of the heap that the moved horizon now covers; the earliest near slot stays earliest,
  // because the heap only holds events beyond the old horizon (or nothing is near at all).
  while (!far_.empty() && slot_of(far_.front().time_ps) < base_slot_ + kBuckets) {
    std::pop_heap(far_.begin(), far_.end(), later);
    const Event event = far_.back();
    far_.pop_back();
    insert_near(event, slot_of(event.time_ps));
  }
  auto& bucket = buckets_[base_slot_ & kMask];
  sort_latest_first(bucket);
  current_ = &bucket;
  if (bucket.size() > kCrowdedBucket && bucket.front().time_ps != bucket.back().time_ps &&
      ++votes_ > kVotesToRetune) {
    retune(-1);
    advance_to_earliest();
  }
}

void EventQueue::retune(int shift_change) {
  votes_ = 0;
  const int wanted = static_cast<int>(shift_) + shift_change;
  if (wanted < 0 || wanted > static_cast<int>(kWidestShift)) return;
  std::vector<Event> all = std::move(far_);
  far_.clear();
  for (auto& bucket : buckets_) {
    all.insert(all.end(), bucket.begin(), bucket.end());
    bucket.clear();
  }
  std::fill(occupied_.begin(), occupied_.end(), 0);
  near_ = 0;
  current_ = nullptr;
  shift_ = static_cast<unsigned>(wanted);
  Picoseconds earliest = kNever;
  for (const Event& event : all) earliest = std::min(earliest, event.time_ps);
  base_slot_ = slot_of(earliest);
  for (const Event& event : all) {
    const std::uint64_t slot = slot_of(event.time_ps);
    if (slot < base_slot_ + kBuckets) {
      insert_near(event, slot);
    } else {
      far_.push_back(event);
      std::push_heap(far_.begin(), far_.end(), later);
    }
  }
}

}  // namespace antares::models
