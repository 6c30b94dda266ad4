// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/tl_packing.h"

#include <algorithm>

namespace antares::protocols {
namespace {

std::uint64_t rounded_up(std::uint64_t amount, std::uint64_t unit) {
  return (amount + unit - 1) / unit;
}

std::uint64_t capped(std::uint64_t amount, std::uint64_t most) { return std::min(amount, most); }

}  // namespace

void TlPacking::fill(TlLoad& load) {
  // Items that fit beside those that are there; each takes its share of the sectors, and a tag.
  std::uint64_t items = load.items;
  if (sectors_left_ < load.sectors) items = sectors_left_ * load.items / load.sectors;
  if (authentication_) items = std::min(items, tags_left_);
  if (items == 0) return;
  const std::uint64_t sectors = load.sectors * items / load.items;
  load.sectors -= sectors;
  load.items -= items;
  sectors_left_ -= sectors;
  if (authentication_) tags_left_ -= items;
}

std::uint64_t TlPacking::add(const TlLoad& load, bool back_to_back) {
  if (!back_to_back) {
    sectors_left_ = tags_left_ = 0;
    uppers_left_ = 0;
    lower_left_ = false;
  }
  TlLoad rest = load;
  fill(rest);
  // Its data beside control halves that went before; one half may also complete an odd one.
  const std::uint64_t beside = capped(rest.halves, uppers_left_);
  rest.halves -= beside;
  uppers_left_ -= beside;
  if (lower_left_ && rest.halves > 0) {
    --rest.halves;
    lower_left_ = false;
  }
  std::uint64_t controls = rounded_up(rest.sectors, kSectorsPerHalf);
  std::uint64_t halves = rest.halves;
  if (controls > 0) {
    if (authentication_) {
      controls = std::max(controls, rounded_up(rest.items, kTagsPerHalf));
      tags_left_ = capped(tags_left_ + controls * kTagsPerHalf - rest.items, kTagsPerHalf);
      halves += controls;
    }
    // A place that is too small for this item is right for one of those that wait behind it.
    sectors_left_ =
        capped(sectors_left_ + controls * kSectorsPerHalf - rest.sectors, kSectorsPerHalf);
    if (lower_left_) {
      --controls;  // below the odd half of the train before
      lower_left_ = false;
    }
  }
  if (controls == 0 && halves == 0) return 0;
  const std::uint64_t flits = std::max(controls, rounded_up(controls + halves, 2));
  const std::uint64_t nops = 2 * flits - controls - halves;
  lower_left_ = controls <= halves && nops == 1;
  uppers_left_ = controls > halves ? capped(uppers_left_ + nops, kMostUppers) : 0;
  return flits;
}

}  // namespace antares::protocols
