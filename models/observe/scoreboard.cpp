// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/scoreboard.h"

#include <algorithm>
#include <utility>

#include "antares/models/observe/text.h"

namespace antares::models {
namespace {

constexpr unsigned kSequenceBits = 40;

std::uint64_t source_of(std::uint64_t packet_id) { return packet_id >> kSequenceBits; }
std::uint64_t sequence_of(std::uint64_t packet_id) {
  return packet_id & ((std::uint64_t{1} << kSequenceBits) - 1);
}
/// EndpointId has 16 bits and ids count from endpoint + 1: a larger source is no packet id.
bool plausible(std::uint64_t packet_id) { return packet_id != 0 && source_of(packet_id) <= 65536; }

std::string where_text(const PacketEvent& event) {
  std::string text = event.where.unit == UnitKind::endpoint ? " at endpoint " : " at switch ";
  text += std::to_string(event.where.index);
  if (event.where.unit != UnitKind::endpoint) text += " port " + std::to_string(event.where.port);
  return text + " at " + time_text(event.time_ps);
}

std::string route_text(EndpointId source, EndpointId destination) {
  return " (endpoint " + std::to_string(source.value()) + " to " +
         std::to_string(destination.value()) + ")";
}

}  // namespace

template <class MakeText>
void Scoreboard::problem(MakeText&& text) {
  ++problem_count_;
  if (texts_.size() < config_.most_problem_texts) texts_.push_back(text());
}

void Scoreboard::injected(const PacketEvent& event) {
  if (!plausible(event.packet_id)) {
    problem([&] {
      return packet_text(event.packet_id) + " injected" + where_text(event) +
             ": not a valid id, (source + 1) << 40 | sequence is expected";
    });
    return;
  }
  const auto [flight, is_new] = in_flight_.insert(event.packet_id);
  if (!is_new) {
    problem([&] {
      return packet_text(event.packet_id) + " injected" + where_text(event) +
             " while a packet of the same id is in flight";
    });
    return;
  }
  *flight = {event.time_ps, event.bytes, event.source, event.destination};
  ++injected_.packets;
  injected_.bytes += event.bytes;
  const std::uint64_t source = source_of(event.packet_id);
  if (source >= highest_sequence_.size()) highest_sequence_.resize(source + 1, 0);
  std::uint64_t& highest = highest_sequence_[source];
  highest = std::max(highest, sequence_of(event.packet_id) + 1);
}

std::string Scoreboard::why_unknown(const PacketEvent& event, const char* verb) const {
  const std::uint64_t source = source_of(event.packet_id);
  const bool known = plausible(event.packet_id) && source < highest_sequence_.size() &&
                     sequence_of(event.packet_id) < highest_sequence_[source];
  return packet_text(event.packet_id) + route_text(event.source, event.destination) + " " + verb +
         where_text(event) +
         (known ? " a second time: it had left the fabric already" : " but was never injected");
}

bool Scoreboard::end_flight(const PacketEvent& event, const char* verb, PacketTotals& totals) {
  Flight flight;
  if (!in_flight_.take(event.packet_id, flight)) {
    problem([&] { return why_unknown(event, verb); });
    return false;
  }
  ++totals.packets;
  // What was injected is what left, so that conservation counts bytes; a difference is told below.
  totals.bytes += flight.bytes;
  if (event.bytes != flight.bytes) {
    problem([&] {
      return packet_text(event.packet_id) + route_text(flight.source, flight.destination) + " " +
             verb + where_text(event) + " with " + std::to_string(event.bytes) +
             " bytes; it was injected with " + std::to_string(flight.bytes);
    });
  }
  const bool wrong_place = event.what == PacketWhat::delivered &&
                           event.where.unit == UnitKind::endpoint &&
                           event.where.index != flight.destination.value();
  if (wrong_place || event.source != flight.source || event.destination != flight.destination) {
    problem([&] {
      return packet_text(event.packet_id) + " " + verb + where_text(event) + " as one of" +
             route_text(event.source, event.destination) + "; it was injected as one of" +
             route_text(flight.source, flight.destination);
    });
  }
  return true;
}

void Scoreboard::delivered(const PacketEvent& event) {
  // A packet that should not be here says nothing about the order of those that should.
  if (!end_flight(event, "delivered", delivered_)) return;
  if ((config_.ordered_classes >> static_cast<unsigned>(event.traffic_class) & 1) != 0) {
    check_order(event);
  }
}

void Scoreboard::dropped(const PacketEvent& event) {
  end_flight(event, "dropped", dropped_);
  if (event.reason == DropReason::none) {
    problem([&] {
      return packet_text(event.packet_id) + " dropped" + where_text(event) + " with no reason";
    });
  }
}

void Scoreboard::check_order(const PacketEvent& event) {
  // The top bit keeps the key of flow 0 to 0 from being 0.
  const std::uint64_t flow = std::uint64_t{1} << 63 | std::uint64_t{event.vc.value()} << 40 |
                             std::uint64_t{static_cast<std::uint8_t>(event.traffic_class)} << 32 |
                             std::uint64_t{event.source.value()} << 16 | event.destination.value();
  std::uint64_t& last = *last_in_flow_.insert(flow).first;
  if (event.packet_id < last) {
    problem([&] {
      return packet_text(event.packet_id) + route_text(event.source, event.destination) +
             " delivered" + where_text(event) + " out of order: " + packet_text(last) +
             " of the same flow came before it";
    });
  } else {
    last = event.packet_id;
  }
}

bool Scoreboard::conserved() const {
  PacketTotals flying;
  in_flight_.for_each([&](std::uint64_t, const Flight& flight) {
    ++flying.packets;
    flying.bytes += flight.bytes;
  });
  return injected_.packets == delivered_.packets + dropped_.packets + flying.packets &&
         injected_.bytes == delivered_.bytes + dropped_.bytes + flying.bytes;
}

void Scoreboard::finish(Picoseconds now_ps) {
  std::vector<std::pair<std::uint64_t, Flight>> lost;
  in_flight_.for_each(
      [&](std::uint64_t id, const Flight& flight) { lost.emplace_back(id, flight); });
  std::sort(lost.begin(), lost.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.second.injected_ps, a.first) <
           std::make_pair(b.second.injected_ps, b.first);
  });
  for (const auto& entry : lost) {
    problem([&] {
      return packet_text(entry.first) + route_text(entry.second.source, entry.second.destination) +
             " of " + std::to_string(entry.second.bytes) + " bytes, injected at " +
             time_text(entry.second.injected_ps) + ", has not arrived at " + time_text(now_ps);
    });
  }
}

std::vector<std::string> Scoreboard::problems() const {
  std::vector<std::string> lines = texts_;
  if (problem_count_ > texts_.size()) {
    lines.push_back("and " + std::to_string(problem_count_ - texts_.size()) + " more problems");
  }
  return lines;
}

}  // namespace antares::models
