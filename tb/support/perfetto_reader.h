// SPDX-License-Identifier: Apache-2.0
// Reads a Perfetto trace back as a viewer would: tracks with their groups, and slices put together
// from the begins and ends of each track, which must nest. A file that ends within a message, an
// end without a begin or a begin without an end fails the test. Times in the file's nanoseconds,
// and the picoseconds that slices say.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <vector>

#include "antares/platforms/report/perfetto_format.h"

namespace antares::tb {

struct ReadTrack {
  std::string group;
  std::string name;
};
struct ReadSlice {
  ReadTrack track;
  std::string name;
  std::string category;
  std::uint64_t flow = 0;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::map<std::string, std::uint64_t> numbers;
  std::map<std::string, std::string> texts;

  std::uint64_t begin_ps() const { return numbers.at("begin_ps"); }
  std::uint64_t end_ps() const { return begin_ps() + numbers.at("duration_ps"); }
};

class PerfettoReader {
 public:
  explicit PerfettoReader(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    try {
      protozero::pbf_reader trace(bytes);
      while (trace.next(format::Trace::kPacket)) read_packet(trace.get_message());
    } catch (const protozero::exception& error) {
      ADD_FAILURE() << path << ": " << error.what();
    }
    pair_events();
  }

  std::vector<ReadSlice> slices;
  std::vector<ReadSlice> instants;

  std::vector<ReadSlice> of_category(const std::string& category) const {
    std::vector<ReadSlice> some;
    std::copy_if(slices.begin(), slices.end(), std::back_inserter(some),
                 [&](const ReadSlice& slice) { return slice.category == category; });
    return some;
  }

 private:
  struct format : platforms::perfetto::TrackEvent {
    using Trace = platforms::perfetto::Trace;
    using TracePacket = platforms::perfetto::TracePacket;
    using TrackDescriptor = platforms::perfetto::TrackDescriptor;
    using ProcessDescriptor = platforms::perfetto::ProcessDescriptor;
    using TrackEvent = platforms::perfetto::TrackEvent;
    using DebugAnnotation = platforms::perfetto::DebugAnnotation;
  };
  struct Event {
    std::int32_t type = 0;
    std::uint64_t track = 0;
    std::uint64_t at_ns = 0;
    ReadSlice what;
  };

  void read_packet(protozero::pbf_reader packet) {
    std::uint64_t at_ns = 0;
    while (packet.next()) {
      switch (packet.tag()) {
        case format::TracePacket::kTimestamp:
          at_ns = packet.get_uint64();
          break;
        case format::TracePacket::kTrackDescriptor:
          read_track(packet.get_message());
          break;
        case format::TracePacket::kTrackEvent:
          read_event(packet.get_message(), at_ns);
          break;
        default:
          packet.skip();
      }
    }
  }

  void read_track(protozero::pbf_reader descriptor) {
    std::uint64_t uuid = 0;
    std::uint64_t parent = 0;
    std::string name;
    while (descriptor.next()) {
      switch (descriptor.tag()) {
        case format::TrackDescriptor::kUuid:
          uuid = descriptor.get_uint64();
          break;
        case format::TrackDescriptor::kName:
          name = descriptor.get_string();
          break;
        case format::TrackDescriptor::kParentUuid:
          parent = descriptor.get_uint64();
          break;
        case format::TrackDescriptor::kProcess: {
          protozero::pbf_reader process = descriptor.get_message();
          while (process.next(format::ProcessDescriptor::kName))
            groups_[uuid] = process.get_string();
          break;
        }
        default:
          descriptor.skip();
      }
    }
    if (groups_.count(uuid) != 0) return;
    EXPECT_EQ(groups_.count(parent), 1u) << "track " << name << " is in no group";
    EXPECT_TRUE(tracks_.emplace(uuid, ReadTrack{groups_[parent], name}).second)
        << "twice: " << uuid;
  }

  void read_event(protozero::pbf_reader message, std::uint64_t at_ns) {
    Event event;
    event.at_ns = at_ns;
    while (message.next()) {
      switch (message.tag()) {
        case format::TrackEvent::kType:
          event.type = message.get_enum();
          break;
        case format::TrackEvent::kTrackUuid:
          event.track = message.get_uint64();
          break;
        case format::TrackEvent::kName:
          event.what.name = message.get_string();
          break;
        case format::TrackEvent::kCategories:
          event.what.category = message.get_string();
          break;
        case format::TrackEvent::kFlowIds:
          event.what.flow = message.get_fixed64();
          break;
        case format::TrackEvent::kDebugAnnotations:
          read_annotation(message.get_message(), event.what);
          break;
        default:
          message.skip();
      }
    }
    EXPECT_EQ(tracks_.count(event.track), 1u) << "an event on a track that nobody has described";
    events_.push_back(event);
  }

  void read_annotation(protozero::pbf_reader annotation, ReadSlice& what) {
    std::string name;
    while (annotation.next()) {
      switch (annotation.tag()) {
        case format::DebugAnnotation::kName:
          name = annotation.get_string();
          break;
        case format::DebugAnnotation::kUint:
          what.numbers[name] = annotation.get_uint64();
          break;
        case format::DebugAnnotation::kText:
          what.texts[name] = annotation.get_string();
          break;
        default:
          annotation.skip();
      }
    }
  }

  /// By time, and at one time in the order of the file: as viewers sort.
  void pair_events() {
    std::stable_sort(events_.begin(), events_.end(),
                     [](const Event& a, const Event& b) { return a.at_ns < b.at_ns; });
    std::map<std::uint64_t, std::vector<ReadSlice>> open;
    for (Event& event : events_) {
      event.what.track = tracks_[event.track];
      event.what.begin_ns = event.what.end_ns = event.at_ns;
      std::vector<ReadSlice>& begun = open[event.track];
      if (event.type == format::TrackEvent::kSliceBegin) {
        EXPECT_TRUE(begun.empty()) << event.what.name << " begins within another slice";
        begun.push_back(event.what);
      } else if (event.type == format::TrackEvent::kInstant) {
        instants.push_back(event.what);
      } else if (event.type == format::TrackEvent::kSliceEnd && !begun.empty()) {
        begun.back().end_ns = event.at_ns;
        slices.push_back(begun.back());
        begun.pop_back();
      } else {
        ADD_FAILURE() << "an end without a begin, or no known type: " << event.type;
      }
    }
    for (const auto& [track, begun] : open)
      EXPECT_TRUE(begun.empty()) << tracks_[track].name << ": a slice does not end";
  }

  std::map<std::uint64_t, std::string> groups_;
  std::map<std::uint64_t, ReadTrack> tracks_;
  std::vector<Event> events_;
};

}  // namespace antares::tb
