// SPDX-License-Identifier: Apache-2.0
// Into how many TL flits the items of a train go, half-flit by half-flit after the published rules
// (facts/ualink_nvlink.md A.4 [SEC]), in closed form: a train of 1 MiB costs no more than a
// request.
//  - a flit is a lower and an upper half of 32 B, with at most one control half, in the lower
//  place;
//  - a control half has eight sectors for items; the halves that they need (tags, data, byte
//    enables) come after it; with none to send the upper half is a NOP;
//  - an odd last data half lies in the upper place, and the next control half below it.
// What trains leave of control halves (one half at most) and of the last flit, the next one fills
// if there is no gap between them; else it goes out as NOPs. assumption: what waits takes any place
// that it fits into, whoever came first: a transmitter looks one train ahead. No unit of time.
#pragma once
#include <cstdint>

#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {

/// What a train brings.
struct TlLoad {
  std::uint64_t items = 0;    ///< requests or responses; flow control counts by its sectors alone
  std::uint64_t sectors = 0;  ///< of control halves, all items together
  std::uint64_t halves = 0;   ///< of data and byte enables
};

class TlPacking {
 public:
  explicit TlPacking(bool authentication) : authentication_(authentication) {}

  /// Flits that the train adds. back_to_back: it follows the last one without a gap.
  std::uint64_t add(const TlLoad& load, bool back_to_back);

 private:
  /// Flits of the train before that data may still join, at most: it was not there for long.
  static constexpr std::uint64_t kMostUppers = 2;

  /// Takes what fits of `load` into what control halves have left.
  void fill(TlLoad& load);

  bool authentication_;
  std::uint64_t sectors_left_ = 0;  ///< of control halves, 0..8
  std::uint64_t tags_left_ = 0;     ///< of the tag halves beside them, 0..4
  std::uint64_t uppers_left_ = 0;   ///< flits of control halves alone
  bool lower_left_ = false;         ///< the last flit has an odd data half alone
};

}  // namespace antares::protocols
