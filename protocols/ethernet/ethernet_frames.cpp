// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/ethernet_frames.h"

#include <algorithm>

namespace antares::protocols {
namespace {

std::uint32_t network_header_bytes(const EthernetLinkConfig& config) {
  if (config.is_roce()) return kMacBytes + kIpv4Bytes + kUdpBytes;
  if (config.framing == EthernetFraming::esun) return kMacBytes + kEsunBytes;
  switch (config.sue_header) {
    case SueHeader::automatic:
      break;
    case SueHeader::ip_udp:
      return kIpUdpHeaderBytes;
    case SueHeader::compressed:
      return kCompressedHeaderBytes;
    case SueHeader::afh_gen1:
      return kMacBytes;
    case SueHeader::afh_gen2:
      return kAfhGen2Bytes + kEtherTypeBytes;
    case SueHeader::afh_gen2_short:
      return kAfhGen2ShortBytes + kEtherTypeBytes;
  }
  return config.framing == EthernetFraming::sue_lite ? kAfhGen2ShortBytes + kEtherTypeBytes
                                                     : kCompressedHeaderBytes;
}

bool has_reliability(const EthernetLinkConfig& config) {
  return config.reliability && config.framing != EthernetFraming::sue_lite;
}

std::uint32_t transport_header_bytes(const EthernetLinkConfig& config) {
  if (config.is_roce()) return kBthBytes + kIcrcBytes;
  return has_reliability(config) ? kReliabilityBytes + kReliabilityCrcBytes : 0;
}

std::uint32_t or_if_smaller(std::uint32_t limit, std::uint32_t request_bytes) {
  return request_bytes == 0 ? limit : std::min(limit, request_bytes);
}

}  // namespace

EthernetFrames::EthernetFrames(const EthernetLinkConfig& config)
    : config_(config),
      network_bytes_(network_header_bytes(config)),
      transport_bytes_(transport_header_bytes(config)) {}

std::uint32_t EthernetFrames::forwarding_bytes() const {
  return network_bytes_ + (config_.count_preamble_gap_fcs ? kPreambleBytes : 0);
}

std::uint32_t EthernetFrames::transaction_bytes(std::uint32_t request_bytes) const {
  return or_if_smaller(kSueTransactionBytes, request_bytes);
}

std::uint32_t EthernetFrames::transactions_a_frame(std::uint32_t request_bytes) const {
  if (!config_.packing) return 1;
  const std::uint32_t each = transaction_bytes(request_bytes) + config_.command_bytes;
  return std::max(1u, config_.packet_limit_bytes() / each);
}

std::uint32_t EthernetFrames::frame_payload_bytes(std::uint32_t request_bytes) const {
  if (config_.is_roce()) {
    return std::min(config_.packet_limit_bytes(), message_payload_bytes(request_bytes));
  }
  return transactions_a_frame(request_bytes) * transaction_bytes(request_bytes);
}

std::uint32_t EthernetFrames::message_payload_bytes(std::uint32_t request_bytes) const {
  if (config_.is_roce()) return or_if_smaller(config_.message_bytes, request_bytes);
  return frame_payload_bytes(request_bytes);
}

void EthernetFrames::add(FrameSum& sum, std::uint32_t content_bytes, std::uint32_t times) const {
  if (times == 0) return;
  // The least size of a frame includes its FCS, and padding is the same whether that is counted.
  const std::uint32_t frame = std::max(content_bytes + kFcsBytes, config_.min_frame_bytes);
  const std::uint32_t wire =
      config_.count_preamble_gap_fcs ? frame + kPreambleBytes + kGapBytes : frame - kFcsBytes;
  if (sum.frames == 0) sum.first_wire_bytes = wire;
  sum.last_wire_bytes = wire;
  sum.frames += times;
  sum.wire_bytes += std::uint64_t{wire} * times;
  sum.cells += std::uint64_t{cbfc_credits(config_.cbfc, frame)} * times;
}

FrameSum EthernetFrames::frames_of(const Packet& packet) const {
  if (packet.kind == PacketKind::completion && payload_bytes(packet) == 0) {
    return acknowledge(packet);
  }
  return config_.is_roce() ? roce(packet) : packed(packet);
}

FrameSum EthernetFrames::acknowledge(const Packet& packet) const {
  FrameSum sum;
  std::uint32_t content = network_bytes_ + transport_bytes_;
  if (config_.is_roce()) {
    content += kAethBytes;
  } else if (!has_reliability(config_)) {
    // Nothing below the accelerators acknowledges, so their own response does.
    content += config_.command_bytes;
  }
  add(sum, content, 1);
  // Each completion pays its share of the packet that acknowledges several of them.
  const auto share = static_cast<std::uint32_t>((sum.wire_bytes + config_.writes_per_ack - 1) /
                                                config_.writes_per_ack);
  sum.first_wire_bytes = sum.last_wire_bytes = share;
  // One for each message of RoCE, one for each packed frame of the others.
  const std::uint32_t unit = message_payload_bytes(packet.request_bytes);
  const std::uint32_t answers = std::max(1u, (packet.bytes + unit - 1) / unit);
  sum.wire_bytes = std::uint64_t{share} * answers;
  sum.cells *= answers;
  sum.frames = answers;
  return sum;
}

void EthernetFrames::add_message(FrameSum& sum, const Packet& packet, std::uint32_t bytes,
                                 std::uint32_t times) const {
  const bool response = packet.kind == PacketKind::completion;
  const std::uint32_t base = network_bytes_ + transport_bytes_;
  const std::uint32_t first = packet.kind == PacketKind::write ? kRethBytes
                              : response                       ? kAethBytes
                                                               : 0;
  const std::uint32_t last = response ? kAethBytes : 0;
  const std::uint32_t limit = frame_payload_bytes(packet.request_bytes);
  const std::uint32_t frames = std::max(1u, (bytes + limit - 1) / limit);
  if (frames == 1) return add(sum, base + first + bytes, times);
  const std::uint32_t rest = bytes - (frames - 1) * limit;
  add(sum, base + first + limit, times);
  add(sum, base + limit, (frames - 2) * times);
  add(sum, base + last + rest, times);
}

FrameSum EthernetFrames::roce(const Packet& packet) const {
  FrameSum sum;
  const std::uint32_t base = network_bytes_ + transport_bytes_;
  const std::uint32_t limit = message_payload_bytes(packet.request_bytes);
  const std::uint32_t messages = std::max(1u, (packet.bytes + limit - 1) / limit);
  switch (packet.kind) {
    case PacketKind::atomic:
      add(sum, base + kAtomicEthBytes, 1);  // operands are in the header
      return sum;
    case PacketKind::read:
      add(sum, base + kRethBytes, messages);
      return sum;
    case PacketKind::write:
    case PacketKind::completion:
    case PacketKind::message:
      break;
  }
  const std::uint32_t rest = packet.bytes - (messages - 1) * limit;
  if (messages > 1) add_message(sum, packet, limit, messages - 1);
  add_message(sum, packet, rest, 1);
  return sum;
}

FrameSum EthernetFrames::packed(const Packet& packet) const {
  FrameSum sum;
  const std::uint32_t base = network_bytes_ + transport_bytes_;
  const std::uint32_t each = transaction_bytes(packet.request_bytes);
  const std::uint32_t a_frame = transactions_a_frame(packet.request_bytes);
  const std::uint32_t transactions = std::max(1u, (packet.bytes + each - 1) / each);
  const std::uint32_t full_frames = (transactions - 1) / a_frame;
  const std::uint32_t last_transactions = transactions - full_frames * a_frame;
  const bool data = packet.kind != PacketKind::read;
  const std::uint32_t full = a_frame * each;
  const std::uint32_t last = packet.bytes - full_frames * full;
  add(sum, base + a_frame * config_.command_bytes + (data ? full : 0), full_frames);
  add(sum, base + last_transactions * config_.command_bytes + (data ? last : 0), 1);
  return sum;
}

}  // namespace antares::protocols
