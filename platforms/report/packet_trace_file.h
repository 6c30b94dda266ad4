// SPDX-License-Identifier: Apache-2.0
// The packet trace of a run (models/observe/packet_trace.h) as a file for ui.perfetto.dev. One
// group of tracks for the endpoints and one for each switch, in it a track for each port's ingress
// buffer and egress. Packets that are in one place at the same time lie on tracks of the same name,
// which viewers draw as one; a name costs a track only where something happened. A slice is called
// after kind, payload and sequence of its packet; arrows lead a packet from slice to slice. The
// file has at most about kFlushBytes in memory and is written as the run goes. Times in
// picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/models/observe/packet_trace.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/report/perfetto_writer.h"

namespace antares::platforms {

class PacketTraceFile : private models::PacketSpanSink {
 public:
  /// Makes the file. Throws OutputError.
  PacketTraceFile(const std::string& path, const models::PacketTraceConfig& config);

  /// Listens to all switches from now on; both must outlive the run.
  void listen_to(Platform& platform);
  bool failed() const { return !writer_.problem().empty(); }
  /// Throws OutputError if writing has failed meanwhile; not to be called inside a simulation.
  void check() const;
  /// Packets still in flight end here, the rest goes into the file. Never throws: check().
  void finish(models::Picoseconds now_ps);
  /// What is in the file and what was left out, for a person.
  std::string summary() const;

  const models::TracedPackets& packets() const { return trace_.packets(); }
  std::uint64_t bytes() const { return writer_.bytes(); }

 private:
  struct Lane {
    PerfettoWriter::TrackId track = 0;
    models::Picoseconds free_ps = 0;
  };
  /// Slices of one place may overlap: as many tracks of one name as that takes.
  struct Place {
    PerfettoWriter::TrackId group = 0;
    std::string name;
    std::vector<Lane> lanes;
  };
  void span(const models::PacketSpan& span) override;
  void dropped(const models::PacketEvent& event) override;
  Place& place(models::SpanKind kind, const models::PacketWhere& where);
  Lane& lane(Place& place, models::Picoseconds begin_ps);
  Place& endpoint(models::EndpointId id);

  models::PacketTraceConfig config_;
  PerfettoWriter writer_;
  models::PacketTrace trace_;
  std::vector<Place> endpoints_;  ///< by EndpointId; the last one: ports with nothing behind them
  /// By switch: of each port its ingress and its egress.
  std::vector<std::vector<Place>> switches_;
};

}  // namespace antares::platforms
