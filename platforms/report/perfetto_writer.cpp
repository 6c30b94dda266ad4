// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/perfetto_writer.h"

#include <cerrno>
#include <protozero/pbf_writer.hpp>

#include "antares/platforms/report/output_file.h"
#include "antares/platforms/report/perfetto_format.h"

namespace antares::platforms {
namespace {

using protocols::Picoseconds;
using protozero::pbf_writer;

constexpr std::size_t kFlushBytes = 256 * 1024;
constexpr std::uint32_t kSequence = 1;  // all of the file is one producer's

std::uint64_t whole_ns(Picoseconds time_ps) {
  return time_ps / protocols::kPicosecondsPerNanosecond;
}

void add_note(pbf_writer& event, const TraceLabel::Note& note) {
  using Field = perfetto::DebugAnnotation;
  pbf_writer annotation(event, perfetto::TrackEvent::kDebugAnnotations);
  annotation.add_string(Field::kName, note.name.data(), note.name.size());
  if (note.text.empty()) {
    annotation.add_uint64(Field::kUint, note.number);
  } else {
    annotation.add_string(Field::kText, note.text.data(), note.text.size());
  }
}

void add_label(pbf_writer& event, const TraceLabel& label) {
  using Field = perfetto::TrackEvent;
  event.add_string(Field::kCategories, label.category.data(), label.category.size());
  event.add_string(Field::kName, label.name.data(), label.name.size());
  if (label.flow != 0) event.add_fixed64(Field::kFlowIds, label.flow);
  for (const TraceLabel::Note& note : label.notes) add_note(event, note);
}

/// One message of the file with an event in it; fill(event) adds what is particular.
template <class Fill>
void add_event(std::string& buffer, Picoseconds at_ps, perfetto::TrackEvent::Type type,
               std::uint64_t track, Fill&& fill) {
  pbf_writer trace(buffer);
  pbf_writer packet(trace, perfetto::Trace::kPacket);
  packet.add_uint64(perfetto::TracePacket::kTimestamp, whole_ns(at_ps));
  packet.add_uint32(perfetto::TracePacket::kSequenceId, kSequence);
  pbf_writer event(packet, perfetto::TracePacket::kTrackEvent);
  event.add_enum(perfetto::TrackEvent::kType, type);
  event.add_uint64(perfetto::TrackEvent::kTrackUuid, track);
  fill(event);
}

template <class Fill>
void add_descriptor(std::string& buffer, std::uint64_t uuid, Fill&& fill) {
  pbf_writer trace(buffer);
  pbf_writer packet(trace, perfetto::Trace::kPacket);
  packet.add_uint32(perfetto::TracePacket::kSequenceId, kSequence);
  pbf_writer descriptor(packet, perfetto::TracePacket::kTrackDescriptor);
  descriptor.add_uint64(perfetto::TrackDescriptor::kUuid, uuid);
  fill(descriptor);
}

}  // namespace

PerfettoWriter::PerfettoWriter(const std::string& path) : path_(path) {
  // Without a buffer of the stream's own each flush is one write of whole messages.
  file_.rdbuf()->pubsetbuf(nullptr, 0);
  errno = 0;
  file_.open(path, std::ios::binary | std::ios::trunc);
  if (!file_) throw OutputError(unwritable(path, errno));
  buffer_.reserve(2 * kFlushBytes);
}

PerfettoWriter::TrackId PerfettoWriter::add_group(std::string_view name) {
  const TrackId id = ++tracks_;
  ++groups_;
  add_descriptor(buffer_, id, [&](pbf_writer& descriptor) {
    // Viewers group tracks by process.
    pbf_writer process(descriptor, perfetto::TrackDescriptor::kProcess);
    process.add_int32(perfetto::ProcessDescriptor::kPid, groups_);
    process.add_string(perfetto::ProcessDescriptor::kName, name.data(), name.size());
  });
  return id;
}

PerfettoWriter::TrackId PerfettoWriter::add_track(TrackId group, std::string_view name) {
  const TrackId id = ++tracks_;
  add_descriptor(buffer_, id, [&](pbf_writer& descriptor) {
    descriptor.add_string(perfetto::TrackDescriptor::kName, name.data(), name.size());
    descriptor.add_uint64(perfetto::TrackDescriptor::kParentUuid, group);
  });
  return id;
}

void PerfettoWriter::slice(TrackId track, Picoseconds begin_ps, Picoseconds end_ps,
                           const TraceLabel& label) {
  add_event(buffer_, begin_ps, perfetto::TrackEvent::kSliceBegin, track, [&](pbf_writer& event) {
    add_label(event, label);
    add_note(event, {"begin_ps", begin_ps});
    add_note(event, {"duration_ps", end_ps - begin_ps});
  });
  add_event(buffer_, end_ps, perfetto::TrackEvent::kSliceEnd, track, [](pbf_writer&) {});
  flush_if_full();
}

void PerfettoWriter::instant(TrackId track, Picoseconds at_ps, const TraceLabel& label) {
  add_event(buffer_, at_ps, perfetto::TrackEvent::kInstant, track, [&](pbf_writer& event) {
    add_label(event, label);
    add_note(event, {"at_ps", at_ps});
  });
  flush_if_full();
}

void PerfettoWriter::flush_if_full() {
  if (buffer_.size() >= kFlushBytes) flush();
}

void PerfettoWriter::flush() {
  if (problem_.empty() && !buffer_.empty()) {
    errno = 0;
    file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    file_.flush();
    // The caller is in the middle of a simulation, where nothing may be thrown.
    if (!file_) problem_ = unwritable(path_, errno);
  }
  written_bytes_ += buffer_.size();
  buffer_.clear();
}

}  // namespace antares::platforms
