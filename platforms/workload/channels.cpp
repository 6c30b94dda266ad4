// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/channels.h"

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/workload/chunking.h"

namespace antares::platforms {
namespace {

using models::Buffer;
using models::LocalCopy;
using models::Message;
using models::Program;
using models::Region;

/// Which buffers of a collective hold a chunk of each rank, one behind the other.
struct Layout {
  bool input = false;
  bool output = false;
  bool any() const { return input || output; }
};

Layout layout_of(const std::string& collective) {
  if (collective == "all_to_all") return {true, true};
  if (collective == "all_gather" || collective == "gather") return {false, true};
  if (collective == "reduce_scatter" || collective == "scatter") return {true, false};
  return {};
}

/// The program of one channel, its regions moved to where they are in the whole.
class Channel {
 public:
  Channel(const CollectiveRequest& whole, std::uint32_t channels, std::uint32_t number)
      : whole_(whole), layout_(layout_of(whole.collective)), number_(number) {
    CollectiveRequest part = whole;
    const Chunking shares(whole.bytes, whole.element_bytes, channels);
    part.bytes = shares.bytes(number);
    begin_bytes_ = shares.offset_bytes(number);
    if (layout_.any()) {
      chunk_bytes_ = whole.bytes / whole.ranks;
      piece_bytes_ = chunk_bytes_ / channels;
      begin_bytes_ = number * piece_bytes_;
    }
    program = make_program(part);
  }

  Program program;

  /// `scratch_begin`: behind that of the channels before.
  void move(std::uint64_t scratch_begin) {
    scratch_begin_ = scratch_begin;
    for (Message& message : program.messages) {
      require_one_piece(message.from, message.bytes);
      require_one_piece(message.to, message.bytes);
      message.from = moved(message.from);
      message.to = moved(message.to);
      message.from_rank = rank(message.from_rank);
      message.to_rank = rank(message.to_rank);
    }
    std::vector<LocalCopy> copies;
    for (const LocalCopy& copy : program.initial_copies) cut(copy, copies);
    program.initial_copies = std::move(copies);
  }

 private:
  bool in_pieces(Buffer buffer) const {
    return (buffer == Buffer::input && layout_.input) ||
           (buffer == Buffer::output && layout_.output);
  }
  Region moved(Region region) const {
    if (region.buffer == Buffer::scratch)
      region.offset_bytes += scratch_begin_;
    else if (in_pieces(region.buffer))
      region.offset_bytes = region.offset_bytes / piece_bytes_ * chunk_bytes_ + begin_bytes_ +
                            region.offset_bytes % piece_bytes_;
    else
      region.offset_bytes += begin_bytes_;
    return region;
  }
  void require_one_piece(const Region& region, std::uint64_t bytes) const {
    if (in_pieces(region.buffer) && region.offset_bytes % piece_bytes_ + bytes > piece_bytes_)
      throw std::logic_error(program.collective + " by " + program.algorithm +
                             ": a message of several ranks' chunks has no place in channels");
  }
  /// A copy of several ranks' chunks becomes one of each.
  void cut(const LocalCopy& copy, std::vector<LocalCopy>& copies) const {
    for (std::uint64_t done = 0; done < copy.bytes;) {
      LocalCopy next = copy;
      next.from.offset_bytes += done;
      next.to.offset_bytes += done;
      next.bytes = copy.bytes - done;
      for (const Region& region : {next.from, next.to})
        if (in_pieces(region.buffer))
          next.bytes = std::min(next.bytes, piece_bytes_ - region.offset_bytes % piece_bytes_);
      done += next.bytes;
      next.from = moved(next.from);
      next.to = moved(next.to);
      next.rank = rank(next.rank);
      copies.push_back(next);
    }
  }
  /// Of all_reduce any rank may do any rank's part.
  std::uint16_t rank(std::uint16_t own) const {
    const std::uint32_t group = whole_.group_ranks == 0 ? whole_.ranks : whole_.group_ranks;
    if (whole_.collective != "all_reduce") return own;
    return static_cast<std::uint16_t>(own / group * group + (own + number_) % group);
  }

  const CollectiveRequest& whole_;
  Layout layout_;
  std::uint32_t number_;
  std::uint64_t begin_bytes_ = 0;  ///< of its part, in a buffer or in each rank's chunk
  std::uint64_t chunk_bytes_ = 0;  ///< of a rank
  std::uint64_t piece_bytes_ = 0;  ///< ... and of it, this channel's
  std::uint64_t scratch_begin_ = 0;
};

void check(const CollectiveRequest& request, std::uint32_t channels) {
  if (request.collective == "barrier")
    throw std::invalid_argument("a barrier in channels: its messages are flags; take one channel");
  if (uses_switch(request.algorithm))
    throw std::invalid_argument(request.collective + " by " + request.algorithm +
                                " in channels: what the switch does is not cut; take one channel");
  const std::uint64_t unit = std::uint64_t{request.ranks} * channels * request.element_bytes;
  if (layout_of(request.collective).any() && request.bytes % unit != 0)
    throw std::invalid_argument(request.collective + " of " + std::to_string(request.bytes) +
                                " bytes can't be cut into " + std::to_string(channels) +
                                " channels of whole elements a rank; take a multiple of " +
                                std::to_string(unit) + " bytes");
}

}  // namespace

Program make_program_in_channels(const CollectiveRequest& request, std::uint32_t channels) {
  if (channels <= 1) return make_program(request);
  CollectiveRequest whole = request;
  whole.in_switch = {};
  // By the size of the whole: an algorithm that auto takes for the parts might be another.
  if (whole.algorithm == "auto" || whole.algorithm.empty())
    whole.algorithm = default_algorithm(whole);
  check(whole, channels);
  std::vector<Channel> parts;
  Program merged;
  std::uint64_t scratch = 0;
  std::size_t longest = 0;
  for (std::uint32_t c = 0; c < channels; ++c) {
    parts.emplace_back(whole, channels, c);
    parts.back().move(scratch);
    scratch += parts.back().program.scratch_bytes;
    longest = std::max(longest, parts.back().program.messages.size());
  }
  const Program& first = parts.front().program;
  merged.collective = first.collective;
  merged.algorithm = first.algorithm;
  merged.ranks = first.ranks;
  for (const Channel& part : parts) {
    merged.input_bytes += part.program.input_bytes;
    merged.output_bytes += part.program.output_bytes;
    merged.initial_copies.insert(merged.initial_copies.end(), part.program.initial_copies.begin(),
                                 part.program.initial_copies.end());
  }
  merged.scratch_bytes = scratch;
  std::vector<std::vector<std::uint32_t>> place(channels);
  for (std::size_t m = 0; m < longest; ++m) {
    for (std::uint32_t c = 0; c < channels; ++c) {
      if (m >= parts[c].program.messages.size()) continue;
      place[c].push_back(static_cast<std::uint32_t>(merged.messages.size()));
      merged.messages.push_back(parts[c].program.messages[m]);
    }
  }
  for (std::uint32_t c = 0; c < channels; ++c) {
    const auto begin = static_cast<std::uint32_t>(merged.dependencies.size());
    for (const models::Dependency& each : parts[c].program.dependencies)
      merged.dependencies.push_back({place[c][each.message], each.aligned});
    for (const std::uint32_t message : place[c]) merged.messages[message].first_dependency += begin;
  }
  return merged;
}

}  // namespace antares::platforms
