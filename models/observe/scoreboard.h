// SPDX-License-Identifier: Apache-2.0
// Watches that every injected packet is delivered exactly once, whole and to the right endpoint, or
// dropped for a stated reason. Memory follows what is in flight, so it is flat over a run.
// Conservation: injected = delivered + dropped + in flight, in packets and in payload bytes.
//
// Packet ids are (source + 1) << 40 | sequence, with rising sequence at each source
// (protocols/common/packet.h). So a window of recent sequences for each source finds a packet
// without hashing (flight_window.h), and an id that comes back or falls behind is a problem.
//
// Optional order check: within a flow (source, destination, class, VC) packet ids are delivered in
// rising order. Which classes promise that is the protocol's business: give their mask.
//
// A packet for several is delivered where its copies are made, and each of them is a packet of its
// own, which stands in the flow from the sender to its member where the original would. That holds
// in the switch that the sender is at; behind others, copies and other packets may have taken
// different links. Left out: the same where packets are numbered by port (planes); a delivery of a
// sequence that its source skipped may be told as a second one. Times in picoseconds.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/models/observe/flight_window.h"
#include "antares/models/observe/id_table.h"
#include "antares/models/observe/packet_event.h"

namespace antares::models {

struct ScoreboardConfig {
  /// Bit c set: flows of TrafficClass c must keep their order.
  std::uint8_t ordered_classes = 0;
  /// Problems kept as text; all are counted.
  std::size_t most_problem_texts = 20;
  /// Bit v set: flows of virtual channel v need not, whatever their class (PCIe: unordered I/O).
  std::uint32_t unordered_channels = 0;
};

struct PacketTotals {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

class Scoreboard final : public PacketListener {
 public:
  explicit Scoreboard(const ScoreboardConfig& config = {}) : config_(config) {}

  std::uint32_t wants() const override {
    return bit_of(PacketWhat::injected) | bit_of(PacketWhat::delivered) |
           bit_of(PacketWhat::dropped);
  }
  void on(const PacketEvent& event) override {
    switch (event.what) {
      case PacketWhat::injected:
        if (split_ != 0) enter_copy(event);
        injected(event);
        break;
      case PacketWhat::delivered:
        delivered(event);
        split_ = event.where.unit == UnitKind::ingress ? event.packet_id : 0;
        split_source_ = event.source;
        break;
      case PacketWhat::dropped:
        dropped(event);
        break;
      default:
        break;
    }
  }
  void injected(const PacketEvent& event);
  void delivered(const PacketEvent& event);
  void dropped(const PacketEvent& event);

  /// The run is over: whatever is in flight is lost and becomes a problem, oldest first.
  void finish(Picoseconds now_ps);

  const PacketTotals& injected_totals() const { return injected_; }
  const PacketTotals& delivered_totals() const { return delivered_; }
  const PacketTotals& dropped_totals() const { return dropped_; }
  std::uint64_t in_flight() const { return in_flight_; }
  /// injected = delivered + dropped + in flight, counted independently of each other.
  bool conserved() const;

  bool ok() const { return problem_count_ == 0; }
  std::uint64_t problem_count() const { return problem_count_; }
  /// For a person; the last line says how many more there were.
  std::vector<std::string> problems() const;

 private:
  /// Last id delivered by one source, by lane (VC and class) and destination: the order check.
  using LastInFlow = std::vector<std::vector<std::uint64_t>>;

  /// Injections that do not simply continue the sequence of their source.
  void inject_slowly(const PacketEvent& event);
  /// Takes the flight out wherever it is held; false if there is none.
  bool take(std::uint64_t packet_id, Flight& flight);
  void check_flight(const PacketEvent& event, const Flight& flight, const char* verb);
  void check_order(const PacketEvent& event, std::uint64_t place);
  /// What is injected where a packet has just ended: is it a copy of that?
  void enter_copy(const PacketEvent& event);
  /// The id by which it has its place among the packets of its sender.
  std::uint64_t place_of(std::uint64_t packet_id);
  std::uint64_t& last_in_flow(const PacketEvent& event);
  std::uint64_t& new_flow(const PacketEvent& event, std::size_t lane);
  std::string why_unknown(const PacketEvent& event, const char* verb) const;
  /// False if no such packet is in flight, which is a problem and told.
  bool end_flight(const PacketEvent& event, const char* verb, PacketTotals& totals);
  template <class Visit>
  void for_each_flight(Visit&& visit) const;
  template <class MakeText>
  void problem(MakeText&& text);

  ScoreboardConfig config_;
  std::vector<FlightWindow> windows_;     ///< by the packet id's source part, endpoint + 1
  std::vector<LastInFlow> last_in_flow_;  ///< by source endpoint
  IdTable<Flight> strays_;                ///< in flight, but not in the window of their source
  IdTable<std::uint64_t> original_of_;    ///< of copies in flight whose original an endpoint sent
  std::uint64_t split_ = 0;               ///< the packet that has just ended in a switch; 0: none
  EndpointId split_source_;
  std::uint64_t in_flight_ = 0;
  PacketTotals injected_;
  PacketTotals delivered_;
  PacketTotals dropped_;
  std::uint64_t problem_count_ = 0;
  std::vector<std::string> texts_;
};

}  // namespace antares::models
