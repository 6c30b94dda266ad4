// SPDX-License-Identifier: Apache-2.0
// How times and packets read in messages for a person: nanoseconds with all picosecond digits, and
// a packet by its source and sequence as protocols/common/packet.h composes its id, queues by
// class.
#pragma once
#include <cstdint>
#include <string>

#include "antares/protocols/common/packet.h"

namespace antares::models {

inline std::string time_text(protocols::Picoseconds time_ps) {
  const std::string fraction = std::to_string(time_ps % protocols::kPicosecondsPerNanosecond);
  return std::to_string(time_ps / protocols::kPicosecondsPerNanosecond) + "." +
         std::string(3 - fraction.size(), '0') + fraction + " ns";
}

inline std::string packet_text(std::uint64_t packet_id) {
  constexpr unsigned kSequenceBits = 40;
  const std::uint64_t source = packet_id >> kSequenceBits;
  if (source == 0) return "packet id " + std::to_string(packet_id);
  return "packet " + std::to_string(packet_id & ((std::uint64_t{1} << kSequenceBits) - 1)) +
         " of endpoint " + std::to_string(source - 1);
}

/// Virtual channel and class of a queue_index(): "posted", "VC 1 completion".
inline std::string queue_text(unsigned queue) {
  const auto [vc, traffic_class] = protocols::queue_at(queue);
  return (vc.value() == 0 ? "" : "VC " + std::to_string(vc.value()) + " ") +
         protocols::to_string(traffic_class);
}

}  // namespace antares::models
