// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/cbfc_sender.h"

#include <stdexcept>
#include <string>

namespace antares::protocols {
namespace {

constexpr Picoseconds kPicosecondsPerMicrosecond = 1000 * kPicosecondsPerNanosecond;

void require_limit(std::uint32_t limit, const std::string& whose) {
  if (limit <= kCbfcCounterMask) return;
  throw std::invalid_argument("credit limit of " + whose + " is " + std::to_string(limit) +
                              "; counters of 20 bits allow at most 1048575");
}

}  // namespace

CbfcSender::CbfcSender(const CbfcConfig& config, std::vector<std::uint32_t> vc_limits,
                       std::uint32_t port_limit)
    : config_(config),
      port_limit_(port_limit),
      next_cc_update_ps_(config.cc_timer_us * kPicosecondsPerMicrosecond) {
  if (vc_limits.empty() || vc_limits.size() > kCbfcMostVirtualChannels) {
    throw std::invalid_argument("a port has " + std::to_string(vc_limits.size()) +
                                " virtual channels; it must have from 1 to 32");
  }
  require_limit(port_limit, "the port");
  for (const std::uint32_t limit : vc_limits) {
    require_limit(limit, "virtual channel " + std::to_string(channels_.size()));
    channels_.push_back({limit, 0, 0, 0});
  }
}

std::uint32_t CbfcSender::in_use(std::uint32_t vc) const {
  const Channel& channel = channels_.at(vc);
  return (channel.consumed - channel.freed) & kCbfcCounterMask;
}

bool CbfcSender::can_take(std::uint32_t vc, std::uint32_t credits) const {
  if (vc >= channels_.size()) return false;
  const std::uint64_t cost = credits;
  if (in_use(vc) + cost > channels_[vc].limit) return false;
  return port_limit_ == 0 || port_in_use_ + cost <= port_limit_;
}

bool CbfcSender::take(std::uint32_t vc, std::uint32_t cost) {
  if (!can_take(vc, cost)) {
    ++counters_.refused_sends;
    return false;
  }
  Channel& channel = channels_[vc];
  channel.consumed = (channel.consumed + cost) & kCbfcCounterMask;
  channel.most_in_use = std::max(channel.most_in_use, in_use(vc));
  port_in_use_ += cost;
  counters_.most_in_use = std::max(counters_.most_in_use, port_in_use_);
  return true;
}

void CbfcSender::receive_cf_update(std::uint32_t vc, std::uint32_t freed) {
  ++counters_.cf_updates_received;
  if (vc >= channels_.size() || freed > kCbfcCounterMask) {
    ++counters_.bad_cf_updates;
    return;
  }
  Channel& channel = channels_[vc];
  const std::uint32_t newly_freed = (freed - channel.freed) & kCbfcCounterMask;
  // More than is in use: a corrupt count, or an old one. The next good one repairs it.
  if (newly_freed > in_use(vc)) {
    ++counters_.bad_cf_updates;
    return;
  }
  channel.freed = freed;
  port_in_use_ -= newly_freed;
}

std::vector<std::uint32_t> CbfcSender::cc_update(Picoseconds now_ps) {
  next_cc_update_ps_ = now_ps + config_.cc_timer_us * kPicosecondsPerMicrosecond;
  ++counters_.cc_updates_sent;
  std::vector<std::uint32_t> consumed;
  consumed.reserve(channels_.size());
  for (const Channel& channel : channels_) consumed.push_back(channel.consumed);
  return consumed;
}

}  // namespace antares::protocols
