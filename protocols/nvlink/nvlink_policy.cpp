// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/nvlink/nvlink_policy.h"

#include <algorithm>
#include <stdexcept>

#include "antares/protocols/common/go_back_n_link.h"

namespace antares::protocols {
namespace {

NvlinkLinkConfig checked(const NvlinkLinkConfig& config) {
  const std::vector<std::string> found = problems(config);
  if (found.empty()) return config;
  std::string text = "NVLink port cannot be built:";
  for (const std::string& each : found) text += "\n  " + each;
  throw std::invalid_argument(text);
}

/// An answer without data: to writes, or to a request that failed.
bool is_bare_answer(const Packet& packet) {
  return packet.kind == PacketKind::completion && payload_bytes(packet) == 0;
}

Packet packet_of(PacketKind kind, std::uint32_t bytes) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  return packet;
}

Refusal refuse_nvlink_atomic(const RequestShape& request) {
  // assumption: the operands of PTX atomics (E.1, B.5); which sizes the link carries isn't public.
  const bool two = request.atomic == AtomicOp::compare_and_swap;
  const std::uint32_t operand = two ? request.bytes / 2 : request.bytes;
  if ((operand != 4 && operand != 8) || (two && request.bytes % 2 != 0)) {
    return {Refusal::Why::size,
            "NVLink: an atomic has operands of 4 or 8 B (compare-and-swap: two of them)"};
  }
  // public: facts/ualink_nvlink.md B.5, SPEC (PTX): natural alignment.
  if (request.address % operand != 0)
    return {Refusal::Why::address, "NVLink: an atomic is aligned to its operand"};
  return {};
}

}  // namespace

NvlinkPolicy::NvlinkPolicy(const NvlinkLinkConfig& config) : NvlinkPolicy(config, config.links) {}

NvlinkPolicy::NvlinkPolicy(const NvlinkLinkConfig& config, std::uint32_t active_links)
    : config_(checked(config)),
      active_links_(active_links),
      rate_(nvlink_rate(config_, active_links)) {}

unsigned NvlinkPolicy::lanes() const {
  return nvlink_generation(config_.generation).lanes * active_links_;
}

std::shared_ptr<const LinkPolicy> NvlinkPolicy::at_lanes(unsigned lanes) const {
  const std::uint32_t each = nvlink_generation(config_.generation).lanes;
  const std::uint32_t links = lanes / each;
  if (lanes % each != 0 || links == 0 || links > config_.links) return nullptr;
  return std::shared_ptr<const LinkPolicy>(new NvlinkPolicy(config_, links));
}

Picoseconds NvlinkPolicy::fec_ps() const {
  if (!nvlink_uses_fec(config_)) return 0;
  // assumption: a packet waits for one whole codeword, wherever in it its flits lie.
  return nvlink_codeword_ps(config_.generation) + config_.fec_decode_ns * kPicosecondsPerNanosecond;
}

std::string NvlinkPolicy::request_channels_setting(unsigned channels) const {
  NvlinkLinkConfig config = config_;
  config.vc_sets = channels;
  if (!problems(config).empty()) return {};
  return "nvlink.vc_sets: " + std::to_string(config.vc_sets);
}

Refusal NvlinkPolicy::refuses(const RequestShape& request) const {
  if (request.kind == PacketKind::message)
    return {Refusal::Why::command, "NVLink: no message has a public encoding; use a write"};
  if (request.kind == PacketKind::completion)
    return {Refusal::Why::command, "NVLink: a completion is not a request"};
  if (request.bytes == 0)
    return {Refusal::Why::size, "NVLink: a request for 0 B does not exist; ask for 1 B or more"};
  if ((request.flags & kByteEnables) != 0 && request.kind != PacketKind::write)
    return {Refusal::Why::byte_enables, "NVLink: only writes carry byte enables"};
  const std::uint64_t last = request.address + (request.bytes - 1);
  const bool wraps = last < request.address;
  if (wraps || (config_.address_bits < 64 && last >> config_.address_bits != 0)) {
    return {Refusal::Why::address,
            "NVLink: the address lies beyond the link's width; see address_bits"};
  }
  return request.kind == PacketKind::atomic ? refuse_nvlink_atomic(request) : Refusal{};
}

bool NvlinkPolicy::completes(const Packet& request) const {
  if (request.kind == PacketKind::read || request.kind == PacketKind::atomic) return true;
  // An answer that was asked for has to travel even where plain writes are posted.
  const bool asked_for = (request.flags & (kWantsAnswer | kUnorderedIo)) != 0;
  return request.kind == PacketKind::write && (config_.write_ack_bytes != 0 || asked_for);
}

void NvlinkPolicy::classify(Packet& packet) const {
  packet.traffic_class =
      packet.kind == PacketKind::completion ? TrafficClass::completion : TrafficClass::posted;
  if (packet.vc.value() >= config_.vc_sets) packet.vc = VcId(0);
  const bool multicast = (packet.crossing & kIsCopy) != 0 && packet.kind == PacketKind::write;
  packet.form = multicast && marks_copies() ? kMulticastForm : 0;
}

std::uint32_t NvlinkPolicy::limit_bytes(const Packet& packet) const {
  if (packet.request_bytes == 0) return config_.max_payload_bytes;
  return std::min<std::uint32_t>(packet.request_bytes, config_.max_payload_bytes);
}

NvlinkSplit NvlinkPolicy::split(const Packet& packet) const {
  const bool extended = config_.address_extension == NvlinkAddressExtension::always ||
                        (config_.address_extension == NvlinkAddressExtension::when_needed &&
                         (packet.flags & kLongAddress) != 0);
  const std::uint32_t head = extended ? 2 : 1;
  const std::uint32_t limit = limit_bytes(packet);
  switch (packet.kind) {
    case PacketKind::read:
      return split_nvlink(packet.address_low, packet.bytes, limit, head, NvlinkContent::nothing);
    case PacketKind::completion:
      // A tag finds its request: no address, so no extension.
      return split_nvlink(packet.address_low, packet.bytes, limit, 1, NvlinkContent::data);
    case PacketKind::atomic:
      // Operands lie together, wherever the address points; 32 B is more than any that is legal.
      return split_nvlink(0, std::min(packet.bytes, 2 * kNvlinkFlitBytes), kNvlinkRegionBytes, head,
                          NvlinkContent::data);
    case PacketKind::write:
    case PacketKind::message:
      break;
  }
  const bool masked = (packet.flags & kByteEnables) != 0;
  return split_nvlink(packet.address_low, packet.bytes, limit, head,
                      masked ? NvlinkContent::data_and_enables : NvlinkContent::data_or_enables);
}

WireCost NvlinkPolicy::wire_cost(const Packet& packet) const {
  WireCost cost;
  if (is_bare_answer(packet)) {
    const std::uint32_t each =
        config_.write_ack_bytes != 0 ? config_.write_ack_bytes : kNvlinkFlitBytes;
    cost.link_packets = answers(packet);
    cost.first_bytes = cost.last_bytes = each;
    cost.bytes = std::uint64_t{each} * cost.link_packets;
    return cost;
  }
  const NvlinkSplit packets = split(packet);
  cost.link_packets = packets.packets;
  cost.first_bytes = packets.first_flits * kNvlinkFlitBytes;
  cost.last_bytes = packets.last_flits * kNvlinkFlitBytes;
  cost.bytes = std::uint64_t{packets.flits} * kNvlinkFlitBytes;
  if (packet.form == kMulticastForm) {
    cost.first_bytes += config_.multicast_extra_bytes;
    cost.last_bytes += config_.multicast_extra_bytes;
    cost.bytes += std::uint64_t{config_.multicast_extra_bytes} * cost.link_packets;
  }
  return cost;
}

CreditAmount NvlinkPolicy::demand(const Packet& packet) const {
  return {is_bare_answer(packet) ? answers(packet) : split(packet).packets, 0};
}

std::uint32_t NvlinkPolicy::answers(const Packet& packet) const {
  if (packet.bytes == 0) return 1;  // to a request that failed, or to all of a transaction
  return split_nvlink(packet.address_low, packet.bytes, limit_bytes(packet), 1, NvlinkContent::data)
      .packets;
}

CreditLedgerConfig NvlinkPolicy::receiver_credits() const {
  CreditLedgerConfig credits;
  credits.virtual_channels = static_cast<std::uint8_t>(config_.vc_sets);
  credits.grants.resize(std::size_t{config_.vc_sets} * kTrafficClasses);
  // Of all links, also those not in use: a narrower port keeps its buffers.
  const CreditAmount packets = {nvlink_credits_per_vc(config_) * config_.links, 0};
  for (std::uint32_t set = 0; set < config_.vc_sets; ++set) {
    for (const TrafficClass each : {TrafficClass::posted, TrafficClass::completion})
      credits.grants[set * kTrafficClasses + static_cast<unsigned>(each)].dedicated = packets;
  }
  return credits;
}

bool NvlinkPolicy::may_pass(const Packet& later, const Packet& earlier) const {
  const auto response = [](const Packet& packet) {
    return packet.traffic_class == TrafficClass::completion;
  };
  return later.vc != earlier.vc || response(later) != response(earlier);
}

std::uint32_t NvlinkPolicy::max_link_payload_bytes(PacketKind) const {
  return config_.max_payload_bytes;
}

std::uint32_t NvlinkPolicy::train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                                        std::uint32_t limit_bytes_wanted) const {
  const std::uint32_t rest = whole.bytes - offset_bytes;
  if (whole.kind == PacketKind::atomic) return rest;
  return nvlink_train_bytes(whole.address_low + offset_bytes, rest, limit_bytes(whole),
                            limit_bytes_wanted);
}

double NvlinkPolicy::share_of_raw(std::uint32_t payload_bytes, std::uint64_t wire_bytes) const {
  return payload_bytes / static_cast<double>(wire_bytes) * rate_.usable_GBps() / rate_.raw_GBps;
}

double NvlinkPolicy::efficiency(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  std::uint64_t bytes = wire_cost(packet_of(kind, payload_bytes)).bytes;
  if (kind == PacketKind::read) {
    bytes = std::max(bytes, wire_cost(packet_of(PacketKind::completion, payload_bytes)).bytes);
  }
  return share_of_raw(payload_bytes, bytes);
}

double NvlinkPolicy::efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  const Packet request = packet_of(kind, payload_bytes);
  const WireCost cost = wire_cost(request);
  std::uint64_t bytes = cost.bytes;
  if (kind == PacketKind::read || kind == PacketKind::atomic) {
    bytes += wire_cost(packet_of(PacketKind::completion, payload_bytes)).bytes;
  } else if (completes(request)) {
    bytes +=
        std::uint64_t{cost.link_packets} * wire_cost(packet_of(PacketKind::completion, 0)).bytes;
  }
  return share_of_raw(payload_bytes, bytes);
}

std::unique_ptr<LinkReplay> NvlinkPolicy::make_replay() const {
  // Positive acknowledgements only, replay on timeout (facts/ualink_nvlink.md B.2, VEND).
  // assumption: 10-bit numbers from 0 on; not published.
  return std::make_unique<GoBackNLink>(
      config_.replay.state_machines(ReplayScheme::timeout_only, 10, false));
}

}  // namespace antares::protocols
