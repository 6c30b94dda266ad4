// SPDX-License-Identifier: Apache-2.0
// Numbers of the messages and fields that a Perfetto trace of tracks and slices needs: the part of
// the format that is written here and read back by its test.
// public: protos/perfetto/trace/{trace,trace_packet}.proto and track_event/*.proto of
// github.com/google/perfetto (Apache-2.0). Unit of time: nanoseconds of the trace's boot clock.
#pragma once
#include <cstdint>

namespace antares::platforms::perfetto {

using Tag = std::uint32_t;

struct Trace {
  static constexpr Tag kPacket = 1;
};
struct TracePacket {
  static constexpr Tag kTimestamp = 8;
  static constexpr Tag kSequenceId = 10;
  static constexpr Tag kTrackEvent = 11;
  static constexpr Tag kTrackDescriptor = 60;
};
struct TrackDescriptor {
  static constexpr Tag kUuid = 1;
  static constexpr Tag kName = 2;
  static constexpr Tag kProcess = 3;
  static constexpr Tag kParentUuid = 5;
};
struct ProcessDescriptor {
  static constexpr Tag kPid = 1;
  static constexpr Tag kName = 6;
};
struct TrackEvent {
  static constexpr Tag kDebugAnnotations = 4;
  static constexpr Tag kType = 9;
  static constexpr Tag kTrackUuid = 11;
  static constexpr Tag kCategories = 22;
  static constexpr Tag kName = 23;
  static constexpr Tag kFlowIds = 47;
  enum Type : std::int32_t { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3 };
};
struct DebugAnnotation {
  static constexpr Tag kUint = 3;
  static constexpr Tag kText = 6;
  static constexpr Tag kName = 10;
};

}  // namespace antares::platforms::perfetto
