// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/ualink_encoder.h"

#include <algorithm>
#include <cassert>

#include "antares/protocols/ualink/train_shape.h"

namespace antares::protocols {

void UalinkEncoder::encode(Packet& packet, std::uint64_t address, bool back_to_back) {
  const UalinkShape shape = ualink_shape(packet, config_.address_cache);
  switch (packet.kind) {
    case PacketKind::read:
    case PacketKind::write:
      packet.form = form_of_request(packet, shape.pieces, address);
      break;
    case PacketKind::completion:
      packet.form = form_of_response(shape.pieces);
      break;
    case PacketKind::atomic:
    case PacketKind::message:
      // assumption: neither fills the cache; both are sent whole by rule.
      packet.form = 0;
      break;
  }
  const TlLoad load = ualink_load(packet, shape, config_);
  const std::uint64_t alone = TlPacking(config_.authentication).add(load, false);
  const std::uint64_t saved = alone - packing_.add(load, back_to_back);
  assert(saved <= ualink_form::kMostSaved);
  packet.form |= static_cast<std::uint8_t>((saved + 1) << ualink_form::kSavedShift);
}

std::uint8_t UalinkEncoder::form_of_request(const Packet& packet, const RequestSplit& split,
                                            std::uint64_t address) {
  if (!config_.address_cache || packet.bytes == 0) return 0;
  using namespace ualink_form;
  const std::uint64_t end = address + packet.bytes;
  const std::uint64_t last_start = end - split.last.bytes;
  const std::uint64_t last_region = AddressCache::region_of(end - 1);
  std::uint64_t region = AddressCache::region_of(address);
  std::uint8_t form = 0;
  if (!cache_.use(region) && split.first.whole_beats) form |= kFirstLoads;
  unsigned middle = 0;
  // A region begins with a request of its own, since 1 MB is a multiple of 256 B.
  while (region != last_region) {
    ++region;
    const std::uint64_t start = region << AddressCache::kRegionBits;
    if (cache_.use(region)) continue;
    if (start == last_start) {
      if (split.last.whole_beats) form |= kLastLoads;
    } else if (ualink_request_limit(packet) % kBeatBytes == 0) {
      ++middle;  // not the last one, so it has the limit's full size
    }
  }
  return form | static_cast<std::uint8_t>(std::min(middle, 7u) << kMiddleShift);
}

std::uint8_t UalinkEncoder::form_of_response(const RequestSplit& answered) {
  const std::uint32_t group = config_.responses_per_flow_control;
  if (group == 0) return 0;
  responses_ += answered.count() % group;
  if (responses_ < group) return 0;
  responses_ -= group;
  return ualink_form::kFlowControl;
}

}  // namespace antares::protocols
