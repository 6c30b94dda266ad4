// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/cbfc_receiver.h"

#include <stdexcept>
#include <string>

namespace antares::protocols {

CbfcReceiver::CbfcReceiver(const CbfcConfig& config, const std::vector<std::uint32_t>& vc_limits)
    : config_(config) {
  if (vc_limits.empty() || vc_limits.size() > kCbfcMostVirtualChannels) {
    throw std::invalid_argument("a port has " + std::to_string(vc_limits.size()) +
                                " virtual channels; it must have from 1 to 32");
  }
  for (const std::uint32_t limit : vc_limits) {
    if (limit > kCbfcCounterMask) {
      throw std::invalid_argument(
          "credit limit of virtual channel " + std::to_string(channels_.size()) + " is " +
          std::to_string(limit) + "; counters of 20 bits allow at most 1048575");
    }
    channels_.push_back({limit, 0, 0, false});
  }
}

std::uint32_t CbfcReceiver::held(std::uint32_t vc) const {
  const Channel& channel = channels_.at(vc);
  return (channel.consumed - channel.freed) & kCbfcCounterMask;
}

bool CbfcReceiver::take(std::uint32_t vc, std::uint32_t credits) {
  const std::uint64_t cost = credits;
  if (vc >= channels_.size() || held(vc) + cost > channels_[vc].limit) {
    ++counters_.overflowing_packets;
    return false;
  }
  Channel& channel = channels_[vc];
  channel.consumed = static_cast<std::uint32_t>(channel.consumed + cost) & kCbfcCounterMask;
  return true;
}

bool CbfcReceiver::release(std::uint32_t vc, std::uint32_t cost) {
  if (vc >= channels_.size() || cost > held(vc)) {
    ++counters_.bad_frees;
    return false;
  }
  Channel& channel = channels_[vc];
  channel.freed = (channel.freed + cost) & kCbfcCounterMask;
  channel.changed = true;
  return true;
}

void CbfcReceiver::receive_cc_update(const std::vector<std::uint32_t>& consumed) {
  ++counters_.cc_updates_received;
  if (consumed.size() != channels_.size()) {
    ++counters_.bad_cc_updates;
    return;
  }
  for (std::size_t vc = 0; vc < channels_.size(); ++vc) {
    Channel& channel = channels_[vc];
    const std::uint32_t lost = (consumed[vc] - channel.consumed) & kCbfcCounterMask;
    if (lost == 0) continue;
    // What is missing is still in use at the sender, so with what is held it fits the limit.
    const std::uint64_t in_use = std::uint64_t{held(static_cast<std::uint32_t>(vc))} + lost;
    if (consumed[vc] > kCbfcCounterMask || in_use > channel.limit) {
      ++counters_.bad_cc_updates;
      continue;
    }
    channel.consumed = consumed[vc];
    channel.freed = (channel.freed + lost) & kCbfcCounterMask;
    channel.changed = true;
    counters_.repaired_credits += lost;
  }
}

std::optional<CfUpdate> CbfcReceiver::cf_update(std::uint64_t line_bytes) {
  const std::uint64_t gap = line_bytes - last_cf_line_bytes_;
  if (sent_any_ && gap < config_.cf_min_spacing_bytes) return std::nullopt;
  const auto count = static_cast<std::uint32_t>(channels_.size());
  std::uint32_t next = count;
  for (std::uint32_t i = 0; i < count && next == count; ++i) {
    if (channels_[(turn_ + i) % count].changed) next = (turn_ + i) % count;
  }
  if (next == count) {
    if (gap < config_.cf_max_spacing_bytes) return std::nullopt;
    next = turn_;
  }
  turn_ = (next + 1) % count;
  sent_any_ = true;
  last_cf_line_bytes_ = line_bytes;
  channels_[next].changed = false;
  ++counters_.cf_updates_sent;
  return CfUpdate{next, channels_[next].freed};
}

}  // namespace antares::protocols
