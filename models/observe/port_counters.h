// SPDX-License-Identifier: Apache-2.0
// What each direction of a port carried, and what it did with its time: busy, blocked on credit,
// blocked on the arbiter, or idle. The four add up to the elapsed time by construction: every
// instant is counted once, for the interval that was entered first, and idle is what is left.
//
// Intervals may reach into the future, since a transfer's times are known when it is granted; a
// reading takes only their past part. Times in picoseconds.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/units.h"

namespace antares::models {

using protocols::Picoseconds;

/// Readings of one direction, or the difference of two: what happened in a window.
struct DirectionReading {
  std::uint64_t payload_bytes = 0;
  std::uint64_t wire_bytes = 0;
  std::uint64_t packets = 0;
  std::uint64_t link_packets = 0;
  Picoseconds busy_ps = 0;
  Picoseconds blocked_credit_ps = 0;
  Picoseconds blocked_arbiter_ps = 0;
  Picoseconds elapsed_ps = 0;

  Picoseconds idle_ps() const {
    return elapsed_ps - busy_ps - blocked_credit_ps - blocked_arbiter_ps;
  }
  /// Shares of the elapsed time; all of it is idle while none has passed. The sum busy +
  /// blocked_credit + blocked_arbiter + idle, taken in this order, is exactly 1.
  double busy_share() const { return share(busy_ps); }
  double blocked_credit_share() const { return share(blocked_credit_ps); }
  double blocked_arbiter_share() const { return share(blocked_arbiter_ps); }
  double idle_share() const {
    return 1 - (busy_share() + blocked_credit_share() + blocked_arbiter_share());
  }
  /// Bytes a nanosecond = GB/s (1e9), averaged over the window.
  double payload_GBps() const { return rate_GBps(payload_bytes); }
  double wire_GBps() const { return rate_GBps(wire_bytes); }

 private:
  double share(Picoseconds part_ps) const {
    return elapsed_ps == 0 ? 0 : static_cast<double>(part_ps) / static_cast<double>(elapsed_ps);
  }
  double rate_GBps(std::uint64_t bytes) const {
    return elapsed_ps == 0 ? 0
                           : static_cast<double>(bytes) * protocols::kPicosecondsPerNanosecond /
                                 static_cast<double>(elapsed_ps);
  }
};

/// What happened between two readings of the same direction.
DirectionReading operator-(const DirectionReading& end, const DirectionReading& begin);

enum class LinkUse : std::uint8_t { busy, blocked_credit, blocked_arbiter };

class DirectionCounters {
 public:
  /// One train on the link during [from_ps, to_ps); it counts from its start on. now_ps as in
  /// spent().
  void carried(Picoseconds from_ps, Picoseconds to_ps, std::uint64_t train_payload_bytes,
               std::uint64_t train_wire_bytes, std::uint32_t link_packets, Picoseconds now_ps) {
    const auto payload_bytes = static_cast<std::uint32_t>(train_payload_bytes);
    const auto wire_bytes = static_cast<std::uint32_t>(train_wire_bytes);
    totals_.payload_bytes += payload_bytes;
    totals_.wire_bytes += wire_bytes;
    ++totals_.packets;
    totals_.link_packets += link_packets;
    enter({from_ps, to_ps, payload_bytes, wire_bytes, link_packets, LinkUse::busy}, now_ps);
  }
  /// The direction spent [from_ps, to_ps) so. What an earlier interval already covers is not
  /// counted again: a packet that waits for credit while the link is busy does not block it.
  /// now_ps: no later reading asks for a time before it.
  void spent(LinkUse use, Picoseconds from_ps, Picoseconds to_ps, Picoseconds now_ps) {
    if (to_ps > covered_ps_) enter({from_ps, to_ps, 0, 0, 0, use}, now_ps);
  }
  /// Totals from time 0 to now_ps.
  DirectionReading at(Picoseconds now_ps) const;

 private:
  static Picoseconds& time_of(DirectionReading& reading, LinkUse use) {
    return use == LinkUse::busy             ? reading.busy_ps
           : use == LinkUse::blocked_credit ? reading.blocked_credit_ps
                                            : reading.blocked_arbiter_ps;
  }

  struct Interval {
    Picoseconds from_ps = 0;
    Picoseconds to_ps = 0;
    std::uint32_t payload_bytes = 0;  ///< of one train: below 4 GiB
    std::uint32_t wire_bytes = 0;
    std::uint32_t link_packets = 0;  ///< 0: no train
    LinkUse use = LinkUse::busy;
  };
  void enter(Interval interval, Picoseconds now_ps) {
    if (interval.from_ps < covered_ps_) interval.from_ps = covered_ps_;
    if (interval.to_ps < interval.from_ps) interval.to_ps = interval.from_ps;
    time_of(totals_, interval.use) += interval.to_ps - interval.from_ps;
    covered_ps_ = interval.to_ps;
    if (next_ - first_ > mask_) make_room(now_ps);
    recent_[next_++ & mask_] = interval;
  }
  /// Forgets what is over by now_ps; a queue may have been sent on far ahead: then the ring grows.
  void make_room(Picoseconds now_ps);

  DirectionReading totals_;
  Picoseconds covered_ps_ = 0;  ///< end of the last interval
  // Intervals in their order: a ring, counted without end; some of them may lie ahead.
  static_assert(sizeof(Interval) == 32, "found by a shift");
  std::size_t mask_ = 15;
  std::vector<Interval> recent_ = std::vector<Interval>(mask_ + 1);
  std::size_t first_ = 0;
  std::size_t next_ = 0;
};

struct PortCounters {
  DirectionCounters ingress;
  DirectionCounters egress;
};

}  // namespace antares::models
