// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_timing.h"

#include <algorithm>

namespace antares::protocols {

double LinkRate::usable_GBps() const {
  return 1000.0 * static_cast<double>(per_byte.denominator) /
         static_cast<double>(per_byte.numerator);
}

Picoseconds LinkRate::occupancy_ps(std::uint64_t bytes) const {
  return bytes * per_byte.numerator / per_byte.denominator;
}

Picoseconds LinkRate::collect_ps(std::uint64_t bytes) const {
  const std::uint64_t flits = (bytes + flit_usable_bytes - 1) / flit_usable_bytes;
  // Rounded up: a flit is usable at the first picosecond at which all of it has arrived.
  const std::uint64_t scaled = flits * flit_usable_bytes * per_byte.numerator;
  return (scaled + per_byte.denominator - 1) / per_byte.denominator;
}

Picoseconds LinkRate::head_collect_ps(std::uint64_t bytes) const {
  if (flit_usable_bytes > 1) return collect_ps(1);
  const std::uint64_t header = header_collect_bytes == 0 ? bytes : header_collect_bytes;
  return collect_ps(std::min(bytes, header));
}

LinkTiming::Reservation LinkTiming::reserve(Picoseconds earliest_ps, std::uint64_t bytes,
                                            std::uint64_t last_bytes) {
  Reservation reservation;
  reservation.start_ps = std::max(free_ps_, earliest_ps);
  if (reservation.start_ps > free_ps_) remainder_ = 0;
  const auto [numerator, denominator] = rate_.per_byte;
  reservation.tail_ps = reservation.start_ps +
                        ((bytes - last_bytes) * numerator + remainder_) / denominator +
                        rate_.collect_ps(last_bytes);
  const std::uint64_t scaled = bytes * numerator + remainder_;
  const Picoseconds duration = scaled / denominator;
  remainder_ = scaled % denominator;
  free_ps_ = reservation.start_ps + duration;
  busy_ps_ += duration;
  return reservation;
}

Picoseconds tail_offset_ps(const LinkRate& rate, std::uint64_t train_bytes,
                           std::uint64_t last_bytes) {
  return rate.occupancy_ps(train_bytes - last_bytes) + rate.collect_ps(last_bytes);
}

}  // namespace antares::protocols
