// SPDX-License-Identifier: Apache-2.0
// Packs requests, responses and flow-control items into TL flits, half-flit by half-flit, after the
// published rules (facts/ualink_nvlink.md A.4 [SEC]). The slow, obvious oracle of TlPacking, which
// counts the flits of a train of thousands in closed form, and of the averages that
// UalinkPolicy::efficiency tells.
//  - a flit is a lower and an upper half of 32 B; at most one non-NOP control half a flit, in the
//    lower place; with no data to send the upper half is a NOP;
//  - a control half has eight sectors; the halves its items need follow it: tags, then data and
//    byte enables in the items' order;
//  - an odd last data half moves up, and the next control half takes the lower place beside it.
// assumption: requests, responses and flow control wait in queues of their own and take turns,
// first flow control, then response and request; each takes the place that is left in a control
// half if it fits. Tags come right after their control half. No unit of time.
#pragma once
#include <array>
#include <cstdint>
#include <deque>

#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {

struct TlItem {
  TlItemType type = TlItemType::flow_control;
  std::uint32_t data_halves = 0;  ///< 2 a beat of 64 B
  std::uint32_t byte_enable_halves = 0;
};

enum class HalfFlit : std::uint8_t { nop, control, tags, data, byte_enables };
inline constexpr unsigned kHalfFlitKinds = 5;

struct TlFlit {
  HalfFlit lower = HalfFlit::nop;
  HalfFlit upper = HalfFlit::nop;
};

class TlPacker {
 public:
  explicit TlPacker(bool authentication) : authentication_(authentication) {}

  void push(const TlItem& item);
  /// Makes the next flit; false when nothing waits.
  bool next(TlFlit& flit);
  /// Sends all that waits.
  void drain();

  std::uint64_t flits() const { return flits_; }
  std::uint64_t wire_bytes() const { return flits_ * kTlFlitBytes; }
  std::uint64_t halves(HalfFlit kind) const { return halves_[static_cast<unsigned>(kind)]; }
  std::uint64_t items(TlItemType type) const { return items_[static_cast<unsigned>(type)]; }
  /// Sectors of control halves that carried an item; the others were NOPs.
  std::uint64_t used_sectors() const { return used_sectors_; }

 private:
  enum Lane : unsigned { kFlowControl, kResponse, kRequest, kLanes };

  bool waiting() const;
  void fill_control();
  bool take(std::deque<TlItem>& lane, std::uint32_t& sectors, std::uint32_t& tags);
  HalfFlit pop_following();

  bool authentication_;
  std::array<std::deque<TlItem>, kLanes> lanes_;
  std::deque<HalfFlit> following_;  ///< halves that the last control half announced
  std::uint64_t flits_ = 0;
  std::uint64_t used_sectors_ = 0;
  std::array<std::uint64_t, kHalfFlitKinds> halves_ = {};
  std::array<std::uint64_t, kTlItemTypes> items_ = {};
};

}  // namespace antares::protocols
