// SPDX-License-Identifier: Apache-2.0
// The lives of packets as intervals: a listener that pairs packet events into spans and hands each
// on as soon as both of its ends are known. Who keeps them (a file, a test) is the sink's business.
// One trace may listen to several switches: spans at a switch repeat hop by hop, the stay lasts
// from injection to delivery.
//
// A packet is chosen when it is injected, by time and number (packet_trace_config.h), and then told
// whole. The others are counted as left out. Memory follows the chosen packets in flight.
//
// Spans come in the order in which their ends are told, which is not always that of time. Left out:
// the copies of a multicast packet after the first one delivered, and all LT calls, which make no
// events. Times in picoseconds.
#pragma once
#include <cstdint>

#include "antares/models/observe/id_table.h"
#include "antares/models/observe/packet_event.h"
#include "antares/models/observe/packet_trace_config.h"

namespace antares::models {

enum class SpanKind : std::uint8_t {
  stay,          ///< injected until delivered or dropped, at the endpoint that injected it
  ingress_wait,  ///< arrived until granted, in an ingress buffer
  egress,        ///< granted until its tail has left: crossbar, egress queue and link
};

struct PacketSpan {
  SpanKind kind = SpanKind::stay;
  PacketWhere where;  ///< of the buffer or endpoint that the span belongs to
  Picoseconds begin_ps = 0;
  Picoseconds end_ps = 0;
  bool ended = true;  ///< false: cut off by the end of the run
  /// The event that ended it: id, kind, bytes, source, destination. Where the span was cut off only
  /// the id is known for sure; the rest is as injected.
  PacketEvent packet;
};

class PacketSpanSink {
 public:
  virtual void span(const PacketSpan& span) = 0;
  /// A packet that was dropped, at `event.where`; its stay has been handed on.
  virtual void dropped(const PacketEvent& event) = 0;

 protected:
  virtual ~PacketSpanSink() = default;
};

/// Packets injected, by what became of them here.
struct TracedPackets {
  std::uint64_t traced = 0;
  std::uint64_t before_from = 0;
  std::uint64_t after_to = 0;
  std::uint64_t beyond_bound = 0;
};

class PacketTrace final : public PacketListener {
 public:
  PacketTrace(const PacketTraceConfig& config, PacketSpanSink& sink);

  std::uint32_t wants() const override;
  void on(const PacketEvent& event) override {
    if (event.what == PacketWhat::injected) {
      injected(event);
    } else if (flying_.size() != 0) {
      went_on(event);
    }
  }
  /// The run is over: spans of packets still in flight end now, oldest packet first.
  void finish(Picoseconds now_ps);

  const TracedPackets& packets() const { return packets_; }

 private:
  struct Passage {
    PacketEvent injected;
    PacketWhere ingress;
    PacketWhere egress;
    Picoseconds arrived_ps = protocols::kNever;  ///< kNever: waits at no ingress
    Picoseconds granted_ps = protocols::kNever;  ///< kNever: crosses no switch
  };
  void injected(const PacketEvent& event);
  void went_on(const PacketEvent& event);
  void end_stay(const PacketEvent& event);

  Picoseconds from_ps_;
  Picoseconds to_ps_;
  std::uint64_t most_packets_;
  PacketSpanSink& sink_;
  IdTable<Passage> flying_;
  TracedPackets packets_;
};

}  // namespace antares::models
