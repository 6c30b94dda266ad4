// SPDX-License-Identifier: Apache-2.0
// The ports that get a copy of one packet, as a value: three words, no allocation, so that a packet
// keeps the set that it was given whatever happens to the group afterwards. A BitRow
// (models/crossbar/bit_matrix.h) has as many columns as its switch has ports and owns memory.
// Pure; no time.
#pragma once
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "antares/models/crossbar/bit_matrix.h"
#include "antares/protocols/common/ids.h"

namespace antares::models {

/// 320 lanes as x2 ports (facts/product_and_collectives.md 5: the full x2..x16 map).
inline constexpr unsigned kMostPorts = 160;

class PortSet {
 public:
  static constexpr unsigned kWords = words_for(kMostPorts);

  /// `port` < kMostPorts in all of these.
  bool test(protocols::PortId port) const {
    return (words_[word_of(port)] >> (port.value() % kBitsPerWord) & 1) != 0;
  }
  void set(protocols::PortId port) { words_[word_of(port)] |= bit_of(port); }
  void clear(protocols::PortId port) { words_[word_of(port)] &= ~bit_of(port); }
  /// The set less one port, which need not be in it: a sender gets no copy of its own packet.
  PortSet without(protocols::PortId port) const {
    PortSet rest = *this;
    rest.clear(port);
    return rest;
  }

  bool any() const { return *this != PortSet(); }
  unsigned count() const { return models::count(data(), data(), kWords); }
  /// Calls visit(PortId) in rising order. visit may change the set.
  template <class Visit>
  void for_each(Visit&& visit) const {
    models::for_each(data(), data(), kWords, [&](unsigned port) {
      visit(protocols::PortId(static_cast<std::uint16_t>(port)));
    });
  }
  /// kWords words, port p in bit p % 64 of word p / 64: a row as arbiters read it.
  const std::uint64_t* data() const { return words_.data(); }

  friend bool operator==(const PortSet& a, const PortSet& b) { return a.words_ == b.words_; }
  friend bool operator!=(const PortSet& a, const PortSet& b) { return !(a == b); }

 private:
  static std::size_t word_of(protocols::PortId port) {
    assert(port.value() < kMostPorts);
    return port.value() / kBitsPerWord;
  }
  static std::uint64_t bit_of(protocols::PortId port) {
    return std::uint64_t{1} << (port.value() % kBitsPerWord);
  }

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace antares::models
