// SPDX-License-Identifier: Apache-2.0
// Sets of ports as bits, one row of 64-bit words a port: what an arbiter looks at. Everything is
// inline because it is the hottest code of the model; up to 64 ports (one word) it costs a mask and
// a count of trailing zeros.
// Bits beyond the last column are never set. No time.
#pragma once
#include <algorithm>
#include <cassert>
#include <cstdint>
#include <vector>

#include "antares/protocols/common/bits.h"

namespace antares::models {

using protocols::lowest_bit;

inline constexpr unsigned kBitsPerWord = 64;

constexpr unsigned words_for(unsigned columns) {
  return (columns + kBitsPerWord - 1) / kBitsPerWord;
}

/// First bit of row & mask at or cyclically after `from`, -1 if there is none. from < 64 * words.
inline int first_from(const std::uint64_t* row, const std::uint64_t* mask, unsigned words,
                      unsigned from) {
  assert(from < words * kBitsPerWord);
  const unsigned start = from / kBitsPerWord;
  const std::uint64_t candidates = row[start] & mask[start];
  const std::uint64_t at_or_after = candidates & (~std::uint64_t{0} << (from % kBitsPerWord));
  if (at_or_after != 0) return static_cast<int>(start * kBitsPerWord + lowest_bit(at_or_after));
  for (unsigned word = start + 1; word < words; ++word) {
    const std::uint64_t bits = row[word] & mask[word];
    if (bits != 0) return static_cast<int>(word * kBitsPerWord + lowest_bit(bits));
  }
  for (unsigned word = 0; word < start; ++word) {
    const std::uint64_t bits = row[word] & mask[word];
    if (bits != 0) return static_cast<int>(word * kBitsPerWord + lowest_bit(bits));
  }
  // What is left of the first word lies below `from`: the very end of the cycle.
  return candidates != 0 ? static_cast<int>(start * kBitsPerWord + lowest_bit(candidates)) : -1;
}

/// Number of bits in row & mask.
inline unsigned count(const std::uint64_t* row, const std::uint64_t* mask, unsigned words) {
  unsigned bits = 0;
  for (unsigned word = 0; word < words; ++word) {
    bits += static_cast<unsigned>(__builtin_popcountll(row[word] & mask[word]));
  }
  return bits;
}

/// Position of the bit of row & mask that has `rank` others below it; rank < count().
inline int select_bit(const std::uint64_t* row, const std::uint64_t* mask, unsigned words,
                      unsigned rank) {
  for (unsigned word = 0; word < words; ++word) {
    std::uint64_t bits = row[word] & mask[word];
    const auto here = static_cast<unsigned>(__builtin_popcountll(bits));
    if (rank >= here) {
      rank -= here;
      continue;
    }
    for (; rank > 0; --rank) bits &= bits - 1;
    return static_cast<int>(word * kBitsPerWord + lowest_bit(bits));
  }
  assert(false && "rank is not below the number of bits");
  return -1;
}

/// Calls visit(position) for each bit of row & mask in rising order. Each word is read once, before
/// its bits are visited: visit may clear bits.
template <class Visit>
inline void for_each(const std::uint64_t* row, const std::uint64_t* mask, unsigned words,
                     Visit&& visit) {
  for (unsigned word = 0; word < words; ++word) {
    for (std::uint64_t bits = row[word] & mask[word]; bits != 0; bits &= bits - 1) {
      visit(word * kBitsPerWord + lowest_bit(bits));
    }
  }
}

/// One word or two: a plain loop, which the library's algorithms unroll by four.
inline bool any_of(const std::uint64_t* words, std::size_t count) {
  std::uint64_t any = 0;
  for (std::size_t word = 0; word < count; ++word) any |= words[word];
  return any != 0;
}

/// A set of ports that owns its words.
class BitRow {
 public:
  explicit BitRow(unsigned columns, bool full = false)
      : columns_(columns), words_(words_for(columns), 0) {
    if (full) set_all();
  }
  unsigned columns() const { return columns_; }
  unsigned words() const { return static_cast<unsigned>(words_.size()); }
  const std::uint64_t* data() const { return words_.data(); }

  bool test(unsigned column) const {
    assert(column < columns_);
    return (words_[column / kBitsPerWord] >> (column % kBitsPerWord) & 1) != 0;
  }
  void set(unsigned column) {
    assert(column < columns_);
    words_[column / kBitsPerWord] |= std::uint64_t{1} << (column % kBitsPerWord);
  }
  void clear(unsigned column) {
    assert(column < columns_);
    words_[column / kBitsPerWord] &= ~(std::uint64_t{1} << (column % kBitsPerWord));
  }
  void set_all() {
    std::fill(words_.begin(), words_.end(), ~std::uint64_t{0});
    if (columns_ % kBitsPerWord != 0) words_.back() >>= kBitsPerWord - columns_ % kBitsPerWord;
  }
  void clear_all() {
    for (std::uint64_t& word : words_) word = 0;
  }
  void merge(const std::uint64_t* row) {
    for (std::size_t word = 0; word < words_.size(); ++word) words_[word] |= row[word];
  }
  // One word or two: a loop, where std::copy and std::fill would call the library.
  void assign(const std::uint64_t* row) {
    for (std::size_t word = 0; word < words_.size(); ++word) words_[word] = row[word];
  }
  bool any() const { return any_of(words_.data(), words_.size()); }

 private:
  unsigned columns_;
  std::vector<std::uint64_t> words_;
};

class BitMatrix {
 public:
  BitMatrix(unsigned rows, unsigned columns)
      : rows_(rows),
        columns_(columns),
        stride_(words_for(columns)),
        words_(std::size_t{rows} * stride_, 0) {}
  unsigned rows() const { return rows_; }
  unsigned columns() const { return columns_; }
  /// Words in a row.
  unsigned words() const { return stride_; }
  const std::uint64_t* row(unsigned row) const {
    assert(row < rows_);
    return &words_[std::size_t{row} * stride_];
  }

  bool test(unsigned row, unsigned column) const {
    return (words_[index(row, column)] >> (column % kBitsPerWord) & 1) != 0;
  }
  void set(unsigned row, unsigned column) {
    words_[index(row, column)] |= std::uint64_t{1} << (column % kBitsPerWord);
  }
  void clear(unsigned row, unsigned column) {
    words_[index(row, column)] &= ~(std::uint64_t{1} << (column % kBitsPerWord));
  }
  void clear_row(unsigned row) {
    assert(row < rows_);
    std::fill_n(words_.begin() + std::size_t{row} * stride_, stride_, 0);
  }
  bool any(unsigned row) const { return any_of(this->row(row), stride_); }

 private:
  std::size_t index(unsigned row, unsigned column) const {
    assert(row < rows_ && column < columns_);
    return std::size_t{row} * stride_ + column / kBitsPerWord;
  }

  unsigned rows_;
  unsigned columns_;
  unsigned stride_;
  std::vector<std::uint64_t> words_;
};

}  // namespace antares::models
