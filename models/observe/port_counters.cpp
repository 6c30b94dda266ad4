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

DirectionReading DirectionCounters::at(Picoseconds now_ps) const {
  DirectionReading reading = totals_;
  reading.elapsed_ps = now_ps;
  for (const Interval& interval : recent_) {
    if (interval.to_ps <= now_ps) continue;
    time_of(reading, interval.use) -= interval.to_ps - std::max(now_ps, interval.from_ps);
  }
  assert(reading.busy_ps + reading.blocked_credit_ps + reading.blocked_arbiter_ps <= now_ps &&
         "more intervals lie ahead than are remembered");
  return reading;
}

}  // namespace antares::models
