// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/packet_trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "antares/platforms/report/output_file.h"

namespace antares::platforms {
namespace {

using models::PacketEvent;
using models::PacketSpan;
using models::PacketWhere;
using models::Picoseconds;
using models::SpanKind;

constexpr unsigned kSequenceBits = 40;  // protocols/common/packet.h: Packet::id

const char* category_of(SpanKind kind) {
  switch (kind) {
    case SpanKind::stay:
      return "stay";
    case SpanKind::ingress_wait:
      return "ingress";
    case SpanKind::egress:
      return "egress";
  }
  return "packet";
}

/// `before` and `after` go around it.
fmt::memory_buffer name_of(const PacketEvent& packet, const char* before, const char* after) {
  fmt::memory_buffer name;
  fmt::format_to(std::back_inserter(name), "{}{} {} B #{}{}", before,
                 models::to_string(packet.kind), packet.bytes,
                 packet.packet_id & ((std::uint64_t{1} << kSequenceBits) - 1), after);
  return name;
}

std::string_view text_of(const fmt::memory_buffer& buffer) {
  return {buffer.data(), buffer.size()};
}

}  // namespace

PacketTraceFile::PacketTraceFile(const std::string& path, const models::PacketTraceConfig& config)
    : config_(config), writer_(path), trace_(config, *this) {}

void PacketTraceFile::listen_to(Platform& platform) {
  const auto endpoints = writer_.add_group("endpoints");
  for (const PlatformEndpoint& endpoint : platform.endpoints())
    endpoints_.push_back({endpoints, endpoint.name, {}});
  endpoints_.push_back({endpoints, "no endpoint", {}});
  for (const auto& fabric : platform.switches()) {
    const auto group = writer_.add_group(fabric->name());
    switches_.emplace_back();
    for (const models::PortConfig& port : fabric->config().ports) {
      switches_.back().push_back({group, port.name + " ingress", {}});
      switches_.back().push_back({group, port.name + " egress", {}});
    }
    fabric->observe().add_listener(trace_);
  }
}

void PacketTraceFile::check() const {
  if (failed()) throw OutputError(writer_.problem());
}

void PacketTraceFile::finish(Picoseconds now_ps) {
  trace_.finish(now_ps);
  writer_.flush();
}

std::string PacketTraceFile::summary() const {
  const models::TracedPackets& packets = trace_.packets();
  std::string text = fmt::format("packet trace {}: {} packets, {:.1f} MB", writer_.path(),
                                 packets.traced, static_cast<double>(writer_.bytes()) * 1e-6);
  if (packets.before_from != 0)
    text += fmt::format("; left out: {} before observe.trace.from_us ({:g})", packets.before_from,
                        config_.from_us);
  if (packets.after_to != 0)
    text += fmt::format("; left out: {} from observe.trace.to_us ({:g}) on", packets.after_to,
                        config_.to_us);
  if (packets.beyond_bound != 0)
    text += fmt::format("; left out: {} beyond observe.trace.packets ({}; 0 traces all)",
                        packets.beyond_bound, config_.packets);
  return text;
}

PacketTraceFile::Place& PacketTraceFile::endpoint(models::EndpointId id) {
  return endpoints_[std::min<std::size_t>(id.value(), endpoints_.size() - 1)];
}

PacketTraceFile::Place& PacketTraceFile::place(SpanKind kind, const PacketWhere& where) {
  if (kind == SpanKind::stay) return endpoint(models::EndpointId(where.index));
  return switches_.at(where.index).at(2u * where.port + (kind == SpanKind::egress ? 1 : 0));
}

PacketTraceFile::Lane& PacketTraceFile::lane(Place& place, Picoseconds begin_ps) {
  const auto found = std::find_if(place.lanes.begin(), place.lanes.end(),
                                  [&](const Lane& lane) { return lane.free_ps <= begin_ps; });
  if (found != place.lanes.end()) return *found;
  place.lanes.push_back(Lane{writer_.add_track(place.group, place.name), 0});
  return place.lanes.back();
}

void PacketTraceFile::span(const PacketSpan& span) {
  Lane& at = lane(place(span.kind, span.where), span.begin_ps);
  at.free_ps = span.end_ps;
  const fmt::memory_buffer name = name_of(span.packet, "", span.ended ? "" : " (cut off)");
  TraceLabel label;
  label.name = text_of(name);
  label.category = category_of(span.kind);
  label.flow = span.packet.packet_id;
  const TraceLabel::Note from{"from", 0, endpoint(span.packet.source).name};
  const TraceLabel::Note to{"to", 0, endpoint(span.packet.destination).name};
  // What the track does not say already; the arrows lead to the rest.
  if (span.kind == SpanKind::stay)
    label.notes = {{"packet_id", span.packet.packet_id}, {"bytes", span.packet.bytes}, from, to};
  else
    label.notes = {span.kind == SpanKind::ingress_wait ? to : from};
  writer_.slice(at.track, span.begin_ps, span.end_ps, label);
}

void PacketTraceFile::dropped(const PacketEvent& event) {
  const SpanKind kind = event.where.unit == models::UnitKind::endpoint  ? SpanKind::stay
                        : event.where.unit == models::UnitKind::ingress ? SpanKind::ingress_wait
                                                                        : SpanKind::egress;
  Lane& at = lane(place(kind, event.where), event.time_ps);
  at.free_ps = event.time_ps;
  const fmt::memory_buffer name = name_of(event, "dropped: ", "");
  TraceLabel label;
  label.name = text_of(name);
  label.category = "drop";
  label.notes = {{"packet_id", event.packet_id}, {"reason", 0, models::to_string(event.reason)}};
  writer_.instant(at.track, event.time_ps, label);
}

}  // namespace antares::platforms
