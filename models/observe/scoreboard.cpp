// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/scoreboard.h"

#include <algorithm>
#include <utility>

#include "antares/models/observe/packet_origin.h"
#include "antares/models/observe/text.h"

namespace antares::models {
namespace {

std::uint64_t source_of(std::uint64_t packet_id) { return packet_id >> kPacketSequenceBits; }
std::uint64_t sequence_of(std::uint64_t packet_id) {
  return packet_id & ((std::uint64_t{1} << kPacketSequenceBits) - 1);
}

/// Any other origin is no packet id.
bool plausible(std::uint64_t packet_id) {
  return source_of(packet_id) != 0 && source_of(packet_id) <= kPacketOrigins;
}

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

template <class Visit>
void Scoreboard::for_each_flight(Visit&& visit) const {
  for (std::size_t source = 0; source < windows_.size(); ++source) {
    windows_[source].for_each([&](std::uint64_t sequence, const Flight& flight) {
      visit(std::uint64_t{source} << kPacketSequenceBits | sequence, flight);
    });
  }
  strays_.for_each(visit);
}

/// The entry, made if it is not there yet.
template <class Entry>
Entry& entry_of(std::vector<Entry>& entries, std::size_t index) {
  if (index >= entries.size()) entries.resize(index + 1);
  return entries[index];
}

void Scoreboard::injected(const PacketEvent& event) {
  const std::uint64_t source = source_of(event.packet_id);
  const Flight flight(event);
  if (source >= windows_.size() || !windows_[source].append(sequence_of(event.packet_id), flight)) {
    return inject_slowly(event);
  }
  ++in_flight_;
  ++injected_.packets;
  injected_.bytes += event.bytes;
}

void Scoreboard::enter_copy(const PacketEvent& event) {
  // Copies are numbered by the port that makes them, behind all endpoints; what follows on the link
  // is the sender's own.
  const bool is_copy = event.source == split_source_ &&
                       source_of(event.packet_id) > kEndpointOrigins &&
                       source_of(split_) <= kEndpointOrigins;
  if (is_copy)
    *original_of_.insert(event.packet_id).first = split_;
  else
    split_ = 0;
}

std::uint64_t Scoreboard::place_of(std::uint64_t packet_id) {
  if (original_of_.size() == 0 || source_of(packet_id) <= kEndpointOrigins) return packet_id;
  std::uint64_t original = packet_id;
  original_of_.take(packet_id, original);
  return original;
}

void Scoreboard::inject_slowly(const PacketEvent& event) {
  if (!plausible(event.packet_id)) {
    problem([&] {
      return packet_text(event.packet_id) + " injected" + where_text(event) +
             ": not a valid id, (source + 1) << 40 | sequence is expected";
    });
    return;
  }
  FlightWindow& window = entry_of(windows_, source_of(event.packet_id));
  const std::uint64_t sequence = sequence_of(event.packet_id);
  const bool late = sequence < window.next();
  if (window.holds(sequence) || strays_.contains(event.packet_id)) {
    problem([&] {
      return packet_text(event.packet_id) + " injected" + where_text(event) +
             " while a packet of the same id is in flight";
    });
    return;
  }
  if (late) {
    problem([&] {
      return packet_text(event.packet_id) + " injected" + where_text(event) +
             " out of sequence: its source must count up, the next was to be " +
             std::to_string(window.next());
    });
    *strays_.insert(event.packet_id).first = Flight(event);
  } else {
    window.make_room(sequence, [&](std::uint64_t moved, const Flight& flight) {
      *strays_.insert(source_of(event.packet_id) << kPacketSequenceBits | moved).first = flight;
    });
    window.append(sequence, Flight(event));
  }
  ++in_flight_;
  ++injected_.packets;
  injected_.bytes += event.bytes;
}

std::string Scoreboard::why_unknown(const PacketEvent& event, const char* verb) const {
  const std::uint64_t source = source_of(event.packet_id);
  const bool known = plausible(event.packet_id) && source < windows_.size() &&
                     windows_[source].was_injected(sequence_of(event.packet_id));
  return packet_text(event.packet_id) + route_text(event.source, event.destination) + " " + verb +
         where_text(event) +
         (known ? " a second time: it had left the fabric already" : " but was never injected");
}

bool Scoreboard::take(std::uint64_t packet_id, Flight& flight) {
  const std::uint64_t source = source_of(packet_id);
  if (source < windows_.size() && windows_[source].take(sequence_of(packet_id), flight)) {
    return true;
  }
  return strays_.size() != 0 && strays_.take(packet_id, flight);
}

bool Scoreboard::end_flight(const PacketEvent& event, const char* verb, PacketTotals& totals) {
  Flight flight;
  if (!take(event.packet_id, flight)) {
    problem([&] { return why_unknown(event, verb); });
    return false;
  }
  --in_flight_;
  ++totals.packets;
  // What was injected is what left, so that conservation counts bytes; a difference is told below.
  totals.bytes += flight.bytes;
  const bool as_injected = event.bytes == flight.bytes && event.source == flight.source &&
                           event.destination == flight.destination &&
                           event.where.unit == UnitKind::endpoint &&
                           event.where.index == flight.destination.value();
  if (!as_injected) check_flight(event, flight, verb);
  return true;
}

void Scoreboard::check_flight(const PacketEvent& event, const Flight& flight, const char* verb) {
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
}

void Scoreboard::delivered(const PacketEvent& event) {
  const std::uint64_t place = place_of(event.packet_id);
  // A packet that should not be here says nothing about the order of those that should.
  if (!end_flight(event, "delivered", delivered_)) return;
  // What ends inside a switch has no order with what goes on to an endpoint.
  const bool ordered =
      (config_.ordered_classes >> static_cast<unsigned>(event.traffic_class) & 1) != 0 &&
      (config_.unordered_channels >> event.vc.value() & 1) == 0;
  if (ordered && event.where.unit == UnitKind::endpoint) {
    check_order(event, place);
  }
}

void Scoreboard::dropped(const PacketEvent& event) {
  place_of(event.packet_id);
  end_flight(event, "dropped", dropped_);
  if (event.reason == DropReason::none) {
    problem([&] {
      return packet_text(event.packet_id) + " dropped" + where_text(event) + " with no reason";
    });
  }
}

std::uint64_t& Scoreboard::last_in_flow(const PacketEvent& event) {
  const std::size_t lane = event.vc.value() * protocols::kTrafficClasses +
                           static_cast<std::uint8_t>(event.traffic_class);
  const std::size_t source = event.source.value();
  const std::size_t destination = event.destination.value();
  if (source < last_in_flow_.size() && lane < last_in_flow_[source].size()) {
    auto& by_destination = last_in_flow_[source][lane];
    if (destination < by_destination.size()) return by_destination[destination];
  }
  return new_flow(event, lane);
}

std::uint64_t& Scoreboard::new_flow(const PacketEvent& event, std::size_t lane) {
  auto& by_destination = entry_of(entry_of(last_in_flow_, event.source.value()), lane);
  return entry_of(by_destination, event.destination.value());
}

void Scoreboard::check_order(const PacketEvent& event, std::uint64_t place) {
  std::uint64_t& last = last_in_flow(event);
  // Of two origins (copies made at another switch than the sender's) ids say nothing of the order.
  if (place < last && source_of(place) == source_of(last)) {
    problem([&] {
      return packet_text(event.packet_id) + route_text(event.source, event.destination) +
             " delivered" + where_text(event) + " out of order: " + packet_text(last) +
             " of the same flow came before it";
    });
  } else {
    last = place;
  }
}

bool Scoreboard::conserved() const {
  PacketTotals flying;
  for_each_flight([&](std::uint64_t, const Flight& flight) {
    ++flying.packets;
    flying.bytes += flight.bytes;
  });
  return injected_.packets == delivered_.packets + dropped_.packets + flying.packets &&
         injected_.bytes == delivered_.bytes + dropped_.bytes + flying.bytes;
}

void Scoreboard::finish(Picoseconds now_ps) {
  std::vector<std::pair<std::uint64_t, Flight>> lost;
  for_each_flight([&](std::uint64_t id, const Flight& flight) { lost.emplace_back(id, flight); });
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
