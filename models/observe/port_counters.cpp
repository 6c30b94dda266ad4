// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/port_counters.h"

#include <algorithm>
#include <cassert>

namespace antares::models {

DirectionReading operator-(const DirectionReading& end, const DirectionReading& begin) {
  DirectionReading window = end;
  window.payload_bytes -= begin.payload_bytes;
  window.wire_bytes -= begin.wire_bytes;
  window.packets -= begin.packets;
  window.link_packets -= begin.link_packets;
  window.busy_ps -= begin.busy_ps;
  window.blocked_credit_ps -= begin.blocked_credit_ps;
  window.blocked_arbiter_ps -= begin.blocked_arbiter_ps;
  window.elapsed_ps -= begin.elapsed_ps;
  return window;
}

void DirectionCounters::make_room(Picoseconds now_ps) {
  // They end in their order, and hardly ever is more than the newest still to come: half of them
  // are looked at in one step.
  const std::size_t half = (next_ - first_) / 2;
  if (recent_[(first_ + half) & mask_].to_ps <= now_ps) {
    first_ += half + 1;
    return;
  }
  while (first_ != next_ && recent_[first_ & mask_].to_ps <= now_ps) ++first_;
  if (next_ - first_ < recent_.size()) return;
  std::vector<Interval> larger(2 * recent_.size());
  for (std::size_t i = first_; i != next_; ++i)
    larger[i & (larger.size() - 1)] = recent_[i & mask_];
  recent_.swap(larger);
  mask_ = recent_.size() - 1;
}

DirectionReading DirectionCounters::at(Picoseconds now_ps) const {
  DirectionReading reading = totals_;
  reading.elapsed_ps = now_ps;
  for (std::size_t i = next_; i != first_; --i) {
    const Interval& interval = recent_[(i - 1) & mask_];
    if (interval.to_ps <= now_ps && interval.from_ps < now_ps) break;
    if (interval.to_ps > now_ps)
      time_of(reading, interval.use) -= interval.to_ps - std::max(now_ps, interval.from_ps);
    if (interval.link_packets == 0 || interval.from_ps <= now_ps) continue;
    reading.payload_bytes -= interval.payload_bytes;
    reading.wire_bytes -= interval.wire_bytes;
    --reading.packets;
    reading.link_packets -= interval.link_packets;
  }
  assert(reading.busy_ps + reading.blocked_credit_ps + reading.blocked_arbiter_ps <= now_ps);
  return reading;
}

}  // namespace antares::models
