// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/nvlink/nvlink_split.h"

#include <algorithm>
#include <cassert>

#include "antares/protocols/nvlink/nvlink_generation.h"

namespace antares::protocols {
namespace {

constexpr std::uint32_t kEnabledBytes = 8 * kNvlinkFlitBytes;  // one bit a byte

class Cutter {
 public:
  Cutter(std::uint32_t limit, std::uint32_t head_flits, NvlinkContent content)
      : limit_(limit), head_flits_(head_flits), content_(content) {}

  /// The packets of [from, to) within a region, `times` over.
  void add_region(std::uint32_t from, std::uint32_t to, std::uint32_t times) {
    if (from == to || times == 0) return;
    const std::uint32_t packets = split_.packets;
    const std::uint32_t flits = split_.flits;
    while (from < to) {
      const std::uint32_t end = std::min(to, (from / limit_ + 1) * limit_);
      add_cell(from, end);
      from = end;
    }
    split_.packets += (times - 1) * (split_.packets - packets);
    split_.flits += (times - 1) * (split_.flits - flits);
  }
  void add_packet(std::uint32_t from, std::uint32_t to) {
    std::uint32_t flits = head_flits_ + (needs_enables(from, to) ? 1 : 0);
    if (content_ != NvlinkContent::nothing && from != to)
      flits += (to - 1) / kNvlinkFlitBytes - from / kNvlinkFlitBytes + 1;
    if (split_.packets == 0) split_.first_flits = flits;
    split_.last_flits = flits;
    split_.most_flits = std::max(split_.most_flits, flits);
    split_.flits += flits;
    ++split_.packets;
  }
  const NvlinkSplit& split() const { return split_; }

 private:
  bool needs_enables(std::uint32_t from, std::uint32_t to) const {
    if (content_ == NvlinkContent::data_and_enables) return true;
    return content_ == NvlinkContent::data_or_enables &&
           (from % kNvlinkFlitBytes != 0 || to % kNvlinkFlitBytes != 0);
  }
  void add_cell(std::uint32_t from, std::uint32_t to) {
    const bool too_wide = from / kEnabledBytes != (to - 1) / kEnabledBytes;
    if (!too_wide || !needs_enables(from, to)) return add_packet(from, to);
    add_packet(from, kEnabledBytes);
    add_packet(kEnabledBytes, to);
  }

  std::uint32_t limit_;
  std::uint32_t head_flits_;
  NvlinkContent content_;
  NvlinkSplit split_;
};

}  // namespace

NvlinkSplit split_nvlink(std::uint32_t address_low, std::uint32_t bytes, std::uint32_t limit,
                         std::uint32_t head_flits, NvlinkContent content) {
  assert(limit >= 1 && limit <= kNvlinkRegionBytes);
  Cutter cutter(limit, head_flits, content);
  if (bytes == 0) {
    cutter.add_packet(0, 0);
    return cutter.split();
  }
  const std::uint32_t from = address_low % kNvlinkRegionBytes;
  const std::uint32_t first = std::min(bytes, kNvlinkRegionBytes - from);
  const std::uint32_t rest = bytes - first;
  cutter.add_region(from, from + first, 1);
  cutter.add_region(0, kNvlinkRegionBytes, rest / kNvlinkRegionBytes);
  cutter.add_region(0, rest % kNvlinkRegionBytes, 1);
  return cutter.split();
}

std::uint32_t nvlink_train_bytes(std::uint32_t address, std::uint32_t rest, std::uint32_t limit,
                                 std::uint32_t train_bytes) {
  assert(limit >= 1 && limit <= kNvlinkRegionBytes);
  const std::uint32_t from = address % kNvlinkRegionBytes;
  if (rest <= train_bytes) return rest;
  const std::uint64_t end = std::uint64_t{from} + train_bytes;
  const std::uint64_t within = end % kNvlinkRegionBytes;
  std::uint64_t cut = end - within + within / limit * limit;
  if (cut <= from)  // not even one packet: take it nevertheless
    cut = std::min(kNvlinkRegionBytes, (from / limit + 1) * limit);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, cut - from));
}

}  // namespace antares::protocols
