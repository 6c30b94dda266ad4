// SPDX-License-Identifier: Apache-2.0
// Writes tracks, slices and instants in Perfetto's format (perfetto_format.h), as they come. Each
// message of the file stands for itself (no interned names, no deltas) and the file only ever grows
// by whole messages, so whatever ends the run, what is there can be opened.
//
// Perfetto counts whole nanoseconds: times are rounded down to them, which keeps slices of one
// track from overlapping, and each slice says its exact picoseconds beside. Times in picoseconds.
#pragma once
#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "antares/protocols/common/units.h"

namespace antares::platforms {

/// What a slice or instant says of itself.
struct TraceLabel {
  struct Note {
    std::string_view name;
    std::uint64_t number = 0;
    std::string_view text = {};  ///< in place of the number, if there is one
  };
  std::string_view name;
  std::string_view category;
  std::uint64_t flow = 0;  ///< slices of one flow are joined by arrows; 0: none
  boost::container::static_vector<Note, 4> notes;
};

class PerfettoWriter {
 public:
  using TrackId = std::uint64_t;

  /// Throws OutputError if the file cannot be made.
  explicit PerfettoWriter(const std::string& path);
  ~PerfettoWriter() { flush(); }
  PerfettoWriter(const PerfettoWriter&) = delete;
  PerfettoWriter& operator=(const PerfettoWriter&) = delete;

  /// A group of tracks.
  TrackId add_group(std::string_view name);
  /// Viewers draw tracks of one name and group as one.
  TrackId add_track(TrackId group, std::string_view name);
  /// Slices of a track must come in order and must not overlap.
  void slice(TrackId track, protocols::Picoseconds begin_ps, protocols::Picoseconds end_ps,
             const TraceLabel& label);
  void instant(TrackId track, protocols::Picoseconds at_ps, const TraceLabel& label);

  /// Brings all that was written into the file. Never throws: see problem().
  void flush();
  /// Why the file is not whole; empty: it is.
  const std::string& problem() const { return problem_; }
  std::uint64_t bytes() const { return written_bytes_ + buffer_.size(); }
  const std::string& path() const { return path_; }

 private:
  void flush_if_full();

  std::string path_;
  std::ofstream file_;
  std::string buffer_;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t tracks_ = 0;
  std::int32_t groups_ = 0;
  std::string problem_;
};

}  // namespace antares::platforms
