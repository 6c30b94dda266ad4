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
  assert(now_ps >= last_from_ps_ && "an interval was entered before it started");
  DirectionReading reading = totals_;
  reading.elapsed_ps = now_ps;
  if (covered_ps_ > now_ps) {
    time_of(reading, last_use_) -= covered_ps_ - std::max(now_ps, last_from_ps_);
  }
  return reading;
}

}  // namespace antares::models
