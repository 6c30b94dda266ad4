// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/protocols/ualink/tl_packer.h"

namespace antares::protocols {

void TlPacker::push(const TlItem& item) {
  switch (item.type) {
    case TlItemType::flow_control:
      return lanes_[kFlowControl].push_back(item);
    case TlItemType::request:
    case TlItemType::compressed_request:
      return lanes_[kRequest].push_back(item);
    case TlItemType::response:
    case TlItemType::compressed_beat_response:
    case TlItemType::compressed_response:
      return lanes_[kResponse].push_back(item);
  }
}

bool TlPacker::waiting() const {
  for (const auto& lane : lanes_) {
    if (!lane.empty()) return true;
  }
  return false;
}

bool TlPacker::take(std::deque<TlItem>& lane, std::uint32_t& sectors, std::uint32_t& tags) {
  if (lane.empty()) return false;
  const TlItem& item = lane.front();
  const TlItemRow& row = tl_item_row(item.type);
  const std::uint32_t tag = authentication_ && row.tagged ? 1 : 0;
  if (sectors + row.sectors > kSectorsPerHalf || tags + tag > kTagsPerHalf) return false;
  sectors += row.sectors;
  tags += tag;
  following_.insert(following_.end(), item.data_halves, HalfFlit::data);
  following_.insert(following_.end(), item.byte_enable_halves, HalfFlit::byte_enables);
  ++items_[static_cast<unsigned>(item.type)];
  lane.pop_front();
  return true;
}

void TlPacker::fill_control() {
  std::uint32_t sectors = 0;
  std::uint32_t tags = 0;
  for (bool any = true; any;) {
    any = false;
    for (auto& lane : lanes_) any = take(lane, sectors, tags) || any;
  }
  if (tags != 0) following_.push_front(HalfFlit::tags);
  used_sectors_ += sectors;
}

HalfFlit TlPacker::pop_following() {
  if (following_.empty()) return HalfFlit::nop;
  const HalfFlit half = following_.front();
  following_.pop_front();
  return half;
}

bool TlPacker::next(TlFlit& flit) {
  if (following_.empty() && !waiting()) return false;
  if (following_.size() > 1) {
    flit.lower = pop_following();
    flit.upper = pop_following();
  } else {
    // The swap rule: an odd half goes up, whether or not a control half takes the place below.
    const bool odd = !following_.empty();
    flit.upper = pop_following();
    flit.lower = HalfFlit::nop;
    if (waiting()) {
      flit.lower = HalfFlit::control;
      fill_control();
      if (!odd) flit.upper = pop_following();
    }
  }
  ++flits_;
  ++halves_[static_cast<unsigned>(flit.lower)];
  ++halves_[static_cast<unsigned>(flit.upper)];
  return true;
}

void TlPacker::drain() {
  TlFlit flit;
  while (next(flit)) {
  }
}

}  // namespace antares::protocols
