// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ideal/ideal_policy.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace antares::protocols {

std::vector<std::string> problems(const IdealLinkConfig& config) {
  std::vector<std::string> found;
  const auto positive = [&found](std::uint64_t value, const char* key) {
    if (value == 0) found.push_back(std::string(key) + " is 0; it must be at least 1");
  };
  positive(config.bytes_per_slot, "bytes_per_slot");
  positive(config.slot_ps, "slot_ps");
  positive(config.flit_bytes, "flit_bytes");
  positive(config.max_payload_bytes, "max_payload_bytes");
  return found;
}

IdealPolicy::IdealPolicy(const IdealLinkConfig& config) : config_(config) {
  const std::vector<std::string> found = problems(config);
  if (!found.empty()) {
    std::string text = "ideal link cannot be built:";
    for (const std::string& each : found) text += "\n  " + each;
    throw std::invalid_argument(text);
  }
  const std::uint64_t divisor = std::gcd<std::uint64_t>(config.slot_ps, config.bytes_per_slot);
  rate_.per_byte = {config.slot_ps / divisor, config.bytes_per_slot / divisor};
  rate_.flit_usable_bytes = config.flit_bytes;
  rate_.raw_GBps = rate_.usable_GBps();
}

void IdealPolicy::classify(Packet& packet) const {
  packet.vc = VcId(0);
  switch (packet.kind) {
    case PacketKind::read:
    case PacketKind::atomic:
      packet.traffic_class = TrafficClass::non_posted;
      break;
    case PacketKind::write:
    case PacketKind::message:
      packet.traffic_class = TrafficClass::posted;
      break;
    case PacketKind::completion:
      packet.traffic_class = TrafficClass::completion;
      break;
  }
}

std::uint32_t IdealPolicy::flits(std::uint32_t payload_bytes) const {
  const std::uint32_t bytes = payload_bytes + config_.header_bytes;
  // A request without header and data still has to be seen by somebody: one flit.
  return std::max(1u, (bytes + config_.flit_bytes - 1) / config_.flit_bytes);
}

WireCost IdealPolicy::wire_cost(const Packet& packet) const {
  const std::uint32_t bytes = payload_bytes(packet);
  const std::uint32_t limit = config_.max_payload_bytes;
  const std::uint32_t largest =
      packet.request_bytes == 0 ? limit : std::min<std::uint32_t>(limit, packet.request_bytes);
  // A read is asked for in as many packets as it would be answered in.
  const std::uint32_t covered = packet.kind == PacketKind::read ? packet.bytes : bytes;
  WireCost cost;
  cost.link_packets = std::max(1u, (covered + largest - 1) / largest);
  const std::uint32_t others = cost.link_packets - 1;
  const bool data = packet.kind != PacketKind::read;
  cost.first_bytes = flits(std::min(bytes, largest)) * config_.flit_bytes;
  cost.last_bytes = flits(data ? bytes - others * largest : 0) * config_.flit_bytes;
  cost.bytes = std::uint64_t{others} * cost.first_bytes + cost.last_bytes;
  return cost;
}

CreditAmount IdealPolicy::demand(const Packet& packet) const {
  const WireCost cost = wire_cost(packet);
  return {cost.link_packets, static_cast<std::uint32_t>(cost.bytes / config_.flit_bytes)};
}

CreditLedgerConfig IdealPolicy::receiver_credits() const {
  CreditLedgerConfig credits;
  const bool infinite = config_.buffer_packets == 0;
  const CreditAmount each = {config_.buffer_packets,
                             config_.buffer_packets * flits(config_.max_payload_bytes)};
  credits.grants.assign(kTrafficClasses, {each, infinite, infinite});
  return credits;
}

bool IdealPolicy::may_pass(const Packet& later, const Packet& earlier) const {
  return earlier.traffic_class == TrafficClass::non_posted &&
         later.traffic_class != TrafficClass::non_posted;
}

std::uint32_t IdealPolicy::max_link_payload_bytes(PacketKind) const {
  return config_.max_payload_bytes;
}

double IdealPolicy::efficiency(PacketKind kind, std::uint32_t payload_bytes) const {
  Packet packet;
  packet.kind = kind;
  packet.bytes = payload_bytes;
  std::uint64_t bytes = wire_cost(packet).bytes;
  if (kind == PacketKind::read) {
    packet.kind = PacketKind::completion;
    bytes = std::max(bytes, wire_cost(packet).bytes);
  }
  return static_cast<double>(payload_bytes) / static_cast<double>(bytes);
}

}  // namespace antares::protocols
