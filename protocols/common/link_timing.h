// SPDX-License-Identifier: Apache-2.0
// Exact link occupancy in integer picoseconds with a carried remainder: a million 256 B flits at
// 32 GT/s x16 take exactly 4,062,500,000 ps although one takes 4,062.5.
//
// Occupancy counts fractional flits (packets share flits), latency counts whole flits collected:
// nothing of a flit may be used before its CRC is checked (facts/pcie6.md 1.2, 3.3). The phase of
// the free-running flit clock is not modelled (assumption: an idle link starts a flit at once).
#pragma once
#include <cstdint>

#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// A positive rational number of picoseconds a byte.
struct PicosecondsPerByte {
  std::uint64_t numerator = 1;
  std::uint64_t denominator = 1;
};

/// Rate and framing of one link direction. `per_byte` is the time one *usable* byte (what WireCost
/// counts) occupies the link, framing included. A flit is the smallest unit a receiver can use.
struct LinkRate {
  PicosecondsPerByte per_byte;
  std::uint32_t flit_usable_bytes = 1;  ///< usable bytes in a flit; 1 = no flits (non-flit modes)
  /// Link packets without flits: bytes a receiver must hold before it may cut through (framing and
  /// header). Ignored when flit_usable_bytes > 1.
  std::uint32_t header_collect_bytes = 0;
  double raw_GBps = 0;  ///< line rate after the line code, before framing, for reports

  /// Usable bytes a second in GB/s (1e9).
  double usable_GBps() const;
  /// Time that `bytes` occupy the link, rounded down to a picosecond (the link carries the rest).
  Picoseconds occupancy_ps(std::uint64_t bytes) const {
    return bytes * per_byte.numerator / per_byte.denominator;
  }
  /// Time from the first bit until all flits that hold `bytes` are in, starting at a flit boundary.
  Picoseconds collect_ps(std::uint64_t bytes) const {
    const std::uint64_t flits = (bytes + flit_usable_bytes - 1) / flit_usable_bytes;
    // Rounded up: a flit is usable at the first picosecond at which all of it has arrived.
    const std::uint64_t scaled = flits * flit_usable_bytes * per_byte.numerator;
    return (scaled + per_byte.denominator - 1) / per_byte.denominator;
  }
  /// Time until the header of a link packet of `bytes` is usable (one flit, or the header itself).
  Picoseconds head_collect_ps(std::uint64_t bytes) const;
};

/// An occupancy with what is left below a picosecond (in 1/denominator ps of its rate).
struct Occupancy {
  Picoseconds whole_ps = 0;
  std::uint64_t remainder = 0;
};

inline Occupancy occupancy_of(const LinkRate& rate, std::uint64_t bytes) {
  const std::uint64_t scaled = bytes * rate.per_byte.numerator;
  return {scaled / rate.per_byte.denominator, scaled % rate.per_byte.denominator};
}

/// One direction of a link: who occupies it until when. No clock inside; time is an argument.
class LinkTiming {
 public:
  explicit LinkTiming(const LinkRate& rate) : rate_(rate) {}

  /// First instant at which a new train may start.
  Picoseconds free_ps() const { return free_ps_; }
  /// Occupies the link with a train from max(free_ps, earliest_ps). A gap drops the carried
  /// remainder, back-to-back trains keep it: trains of any size add up to the same times.
  struct Reservation {
    Picoseconds start_ps = 0;
    Picoseconds tail_ps = 0;  ///< all flits of the train have left (and, less propagation, are in)
  };
  Reservation reserve(Picoseconds earliest_ps, std::uint64_t bytes, std::uint64_t last_bytes) {
    return reserve(earliest_ps, occupancy_of(rate_, bytes), occupancy_of(rate_, bytes - last_bytes),
                   rate_.collect_ps(last_bytes));
  }
  /// The same for a caller that remembers what needs divisions: the occupancy of the train, of all
  /// but its last link packet, and the time to collect that one.
  Reservation reserve(Picoseconds earliest_ps, const Occupancy& train, const Occupancy& but_last,
                      Picoseconds last_collect_ps) {
    const std::uint64_t denominator = rate_.per_byte.denominator;
    Reservation reservation;
    reservation.start_ps = free_ps_;
    if (earliest_ps > free_ps_) {
      reservation.start_ps = earliest_ps;
      remainder_ = 0;
    }
    // Two remainders add up to less than two picoseconds: a comparison, not a division.
    const bool carry_last = but_last.remainder + remainder_ >= denominator;
    reservation.tail_ps =
        reservation.start_ps + but_last.whole_ps + (carry_last ? 1 : 0) + last_collect_ps;
    remainder_ += train.remainder;
    Picoseconds duration = train.whole_ps;
    if (remainder_ >= denominator) {
      remainder_ -= denominator;
      ++duration;
    }
    free_ps_ = reservation.start_ps + duration;
    busy_ps_ += duration;
    return reservation;
  }
  /// Nothing starts before at_ps. The time until then does not count as busy.
  void hold_until(Picoseconds at_ps) {
    if (at_ps <= free_ps_) return;
    free_ps_ = at_ps;
    remainder_ = 0;
  }
  /// What was reserved last takes so much longer (it was sent again).
  void delay(Picoseconds lost_ps) {
    free_ps_ += lost_ps;
    busy_ps_ += lost_ps;
  }
  const LinkRate& rate() const { return rate_; }
  /// The link goes on at another rate; what is reserved already keeps its times.
  void change_rate(const LinkRate& rate) {
    rate_ = rate;
    remainder_ = 0;
  }
  /// Total time reserved so far, for the busy share of a link.
  Picoseconds busy_ps() const { return busy_ps_; }

 private:
  LinkRate rate_;
  Picoseconds free_ps_ = 0;
  std::uint64_t remainder_ = 0;  ///< in 1/denominator ps, < denominator
  Picoseconds busy_ps_ = 0;
};

}  // namespace antares::protocols
