// SPDX-License-Identifier: Apache-2.0
// Ports of a crossbar that become free at the same future time share one model event: on a common
// grid of times that spares most of its wakes. A set is the ports to wake at one time; times that
// fall on one place of the look-up table get sets of their own, which costs an event and nothing
// else. Pure; times in picoseconds.
#pragma once
#include <array>
#include <cassert>
#include <cstdint>
#include <vector>

#include "antares/models/crossbar/bit_matrix.h"
#include "antares/protocols/common/units.h"

namespace antares::models {

class WakeSets {
 public:
  using Picoseconds = protocols::Picoseconds;

  WakeSets(unsigned inputs, unsigned outputs)
      : input_words_(words_for(inputs)), stride_(input_words_ + words_for(outputs)) {
    recent_.fill(kNone);
  }

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// The set of a time for which there is one; kNone: not known (any more).
  std::uint32_t find(Picoseconds at_ps) const {
    const std::uint32_t recent = recent_[place_of(at_ps)];
    return recent != kNone && times_[recent] == at_ps ? recent : kNone;
  }
  /// A new one, for which nobody has posted an event yet.
  std::uint32_t make(Picoseconds at_ps) {
    if (free_.empty()) grow();
    const std::uint32_t set = free_.back();
    free_.pop_back();
    times_[set] = at_ps;
    return recent_[place_of(at_ps)] = set;
  }
  void add_input(std::uint32_t set, unsigned input) { add(set, 0, input); }
  void add_output(std::uint32_t set, unsigned output) { add(set, input_words_, output); }
  /// The time has come: the set's ports join the two rows, and the set is free for another time.
  void take(std::uint32_t set, BitRow& inputs, BitRow& outputs) {
    assert(times_[set] != protocols::kNever);
    std::uint64_t* words = &words_[std::size_t{set} * stride_];
    inputs.merge(words);
    outputs.merge(words + input_words_);
    for (unsigned word = 0; word < stride_; ++word) words[word] = 0;
    times_[set] = protocols::kNever;
    free_.push_back(set);
  }
  std::size_t in_use() const { return times_.size() - free_.size(); }

 private:
  static constexpr unsigned kLogRecent = 6;

  static std::size_t place_of(Picoseconds at_ps) {
    return (at_ps * 0x9e3779b97f4a7c15ull) >> (64 - kLogRecent);
  }
  void add(std::uint32_t set, unsigned first_word, unsigned port) {
    words_[std::size_t{set} * stride_ + first_word + port / kBitsPerWord] |=
        std::uint64_t{1} << (port % kBitsPerWord);
  }
  void grow() {
    free_.push_back(static_cast<std::uint32_t>(times_.size()));
    times_.push_back(protocols::kNever);
    words_.resize(words_.size() + stride_, 0);
  }

  unsigned input_words_;
  unsigned stride_;  ///< words of a set: inputs, then outputs
  std::array<std::uint32_t, 1u << kLogRecent> recent_;
  std::vector<Picoseconds> times_;  ///< by set; kNever: free
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> free_;
};

}  // namespace antares::models
