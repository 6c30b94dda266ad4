// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ethernet/ethernet_policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "antares/protocols/ethernet/cbfc_return.h"
#include "antares/protocols/ethernet/llr_link.h"

namespace antares::protocols {
namespace {

const EthernetLinkConfig& checked(const EthernetLinkConfig& config) {
  const std::vector<std::string> found = problems(config);
  if (found.empty()) return config;
  std::string text = "Ethernet link cannot be built:";
  for (const std::string& each : found) text += "\n  " + each;
  throw std::invalid_argument(text);
}

LinkRate rate_of(const EthernetLinkConfig& config, std::uint32_t forwarding_bytes) {
  LinkRate rate;
  // 212.5 GT/s x 514/544 (or 257/272) x 256/257 = 200 Gb/s: FEC and line code are in the lane rate.
  const std::uint64_t Gbps = std::uint64_t{config.lane_Gbps()} * config.lanes;
  rate.per_byte = {8000, Gbps};
  if (config.control_share > 0) {
    // Parts in a million, so that occupancy stays an exact ratio.
    const auto left =
        static_cast<std::uint64_t>(std::llround((1 - config.control_share) * 1'000'000));
    rate.per_byte = {8000ull * 1'000'000, Gbps * left};
  }
  const std::uint64_t divisor = std::gcd(rate.per_byte.numerator, rate.per_byte.denominator);
  rate.per_byte.numerator /= divisor;
  rate.per_byte.denominator /= divisor;
  rate.header_collect_bytes =
      config.forwarding == EthernetForwarding::cut_through ? forwarding_bytes : 0;
  rate.raw_GBps = static_cast<double>(Gbps) / 8;
  return rate;
}

std::uint32_t capped(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, ~std::uint32_t{0}));
}

}  // namespace

EthernetPolicy::EthernetPolicy(const EthernetLinkConfig& config)
    : config_(checked(config)),
      frames_(config),
      rate_(rate_of(config, frames_.forwarding_bytes())) {}

std::shared_ptr<const LinkPolicy> EthernetPolicy::at_lanes(unsigned lanes) const {
  EthernetLinkConfig narrower = config_;
  narrower.lanes = lanes;
  if (!problems(narrower).empty()) return nullptr;
  return std::make_shared<EthernetPolicy>(narrower);
}

std::shared_ptr<const LinkPolicy> EthernetPolicy::slower() const {
  // assumption: as for UALink, which shares the lanes; Ethernet itself would be set up anew.
  if (config_.lane_GTps == 106.25) return nullptr;
  EthernetLinkConfig slower = config_;
  slower.lane_GTps = 106.25;
  return std::make_shared<EthernetPolicy>(slower);
}

Picoseconds EthernetPolicy::link_delay_ps() const {
  // Both are totals of a path over two links (device, switch, device).
  const double ns = (config_.phy_ns + config_.bridge_ns) / 2;
  const auto whole_ps = static_cast<Picoseconds>(std::llround(ns * kPicosecondsPerNanosecond));
  const auto phy_ps =
      static_cast<Picoseconds>(std::llround(config_.phy_ns / 2 * kPicosecondsPerNanosecond));
  // Of a phy_ns that does not even hold the codewords of RS-544 nothing more than all is saved.
  return whole_ps -
         std::min(phy_ps, config_.codeword_ps(EthernetFec::rs544) - config_.codeword_ps());
}

Picoseconds EthernetPolicy::fec_ps() const {
  const auto phy_ps =
      static_cast<Picoseconds>(std::llround(config_.phy_ns / 2 * kPicosecondsPerNanosecond));
  return std::min(config_.codeword_ps(), std::min(phy_ps, link_delay_ps()));
}

std::unique_ptr<LinkReplay> EthernetPolicy::make_replay() const {
  if (!config_.llr_on) return nullptr;
  Packet full;
  full.kind = PacketKind::write;
  full.bytes = frames_.frame_payload_bytes(0);
  return std::make_unique<LlrLink>(config_.llr, rate_, wire_cost(full).first_bytes);
}

std::unique_ptr<CreditReturn> EthernetPolicy::make_credit_return() const {
  if (config_.flow_control != EthernetFlowControl::cbfc) return nullptr;
  return std::make_unique<CbfcReturn>(config_.cbfc, rate_, config_.virtual_channels / 2,
                                      config_.vc_buffer_bytes / config_.cbfc.credit_bytes);
}

std::string EthernetPolicy::request_channels_setting(unsigned channels) const {
  // One in two is for requests.
  EthernetLinkConfig config = config_;
  config.virtual_channels = 2 * channels;
  if (!problems(config).empty()) return {};
  return "ethernet.virtual_channels: " + std::to_string(config.virtual_channels);
}

Refusal EthernetPolicy::refuses(const RequestShape& request) const {
  using Why = Refusal::Why;
  if (request.kind == PacketKind::completion) {
    return {Why::command, "Ethernet: a completion is not a request"};
  }
  // Lengths are in bytes, so that a range without holes is an ordinary, shorter request.
  const bool range = request.kind == PacketKind::write || request.kind == PacketKind::read;
  if ((request.flags & kByteEnables) != 0 && (request.byte_enable_holes || !range)) {
    return {Why::byte_enables,
            config_.is_roce() ? "RoCEv2: no byte enables; only one range of bytes can be written"
                              : "SUE/ESUN: no byte enables are known in public documents; only one "
                                "range of bytes can be written"};
  }
  return config_.is_roce() ? refuses_roce(request) : refuses_sue(request);
}

Refusal EthernetPolicy::refuses_roce(const RequestShape& request) const {
  using Why = Refusal::Why;
  if (request.kind != PacketKind::atomic) return {};
  if (request.atomic == AtomicOp::swap) {
    return {Why::command, "RoCEv2: atomics are fetch-and-add and compare-and-swap; no swap"};
  }
  const std::uint32_t bytes = request.atomic == AtomicOp::compare_and_swap ? 16 : 8;
  if (request.bytes != bytes) {
    return {Why::size, "RoCEv2: atomics work on 8 B; compare-and-swap brings two operands, 16 B"};
  }
  if (request.address % 8 != 0) {
    return {Why::address, "RoCEv2: an atomic's address is a multiple of 8"};
  }
  return {};
}

Refusal EthernetPolicy::refuses_sue(const RequestShape& request) const {
  using Why = Refusal::Why;
  if (request.kind == PacketKind::message) {
    return {Why::command, "SUE/ESUN: no message command is known in public documents"};
  }
  if (request.bytes == 0) {
    return {Why::size, "SUE/ESUN: a transaction carries or asks for 1 to 256 B, not 0"};
  }
  if (request.kind == PacketKind::atomic && request.bytes > kSueTransactionBytes) {
    return {Why::size, "SUE/ESUN: an atomic is one transaction of at most 256 B"};
  }
  return {};
}

MessageRoute EthernetPolicy::route_message(const MessageHead& head, PortId ingress,
                                           const MessagePorts& ports,
                                           std::optional<PortId> target) const {
  if (!config_.is_roce()) return LinkPolicy::route_message(head, ingress, ports, target);
  if (head.routing != MessageRouting::by_id)
    return MessageRoute::refused(MessageFault::malformed,
                                 "RoCEv2: a message (SEND) goes to an endpoint's id");
  return route_to_endpoint(ingress, ports, target);
}

bool EthernetPolicy::completes(const Packet& request) const {
  return request.kind != PacketKind::completion;
}

void EthernetPolicy::classify(Packet& packet) const {
  // Reads and writes of one flow keep their order, so they share a class; `posted` because its
  // trains are sized by what writes need.
  packet.traffic_class =
      packet.kind == PacketKind::completion ? TrafficClass::completion : TrafficClass::posted;
  if (packet.vc.value() >= config_.virtual_channels / 2) packet.vc = VcId(0);
}

WireCost EthernetPolicy::wire_cost(const Packet& packet) const {
  const FrameSum sum = frames_.frames_of(packet);
  WireCost cost;
  cost.bytes = sum.wire_bytes;
  cost.first_bytes = sum.first_wire_bytes;
  cost.last_bytes = sum.last_wire_bytes;
  cost.link_packets = sum.frames;
  return cost;
}

CreditAmount EthernetPolicy::demand(const Packet& packet) const {
  const FrameSum sum = frames_.frames_of(packet);
  return {sum.frames, capped(sum.cells)};
}

CreditLedgerConfig EthernetPolicy::receiver_credits() const {
  std::uint32_t buffer_bytes = config_.vc_buffer_bytes;
  if (config_.flow_control == EthernetFlowControl::pfc) {
    buffer_bytes -= std::min(buffer_bytes, config_.pfc_headroom_bytes);
  }
  // There are no header credits: as many as cells never bind, since a frame takes a cell at least.
  const std::uint32_t cells = buffer_bytes / config_.cbfc.credit_bytes;
  CreditLedgerConfig credits;
  credits.virtual_channels = static_cast<std::uint8_t>(config_.virtual_channels / 2);
  credits.grants.resize(std::size_t{credits.virtual_channels} * kTrafficClasses);
  for (std::size_t vc = 0; vc < credits.virtual_channels; ++vc) {
    for (const TrafficClass each : {TrafficClass::posted, TrafficClass::completion}) {
      credits.grants[vc * kTrafficClasses + static_cast<std::size_t>(each)].dedicated = {cells,
                                                                                         cells};
    }
  }
  return credits;
}

bool EthernetPolicy::may_pass(const Packet& later, const Packet& earlier) const {
  return later.vc != earlier.vc || later.traffic_class != earlier.traffic_class;
}

std::uint32_t EthernetPolicy::max_link_payload_bytes(PacketKind kind) const {
  // A RoCE read request asks for a whole message; a SUE packet of requests is taken to be answered
  // by one packet of responses.
  return kind == PacketKind::read ? frames_.message_payload_bytes(0)
                                  : frames_.frame_payload_bytes(0);
}

std::uint32_t EthernetPolicy::train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                                          std::uint32_t limit_bytes) const {
  // Whole messages where one fits, else whole frames of it, which then are messages of their own.
  std::uint32_t unit = frames_.message_payload_bytes(whole.request_bytes);
  if (unit > limit_bytes && whole.kind != PacketKind::read) {
    unit = frames_.frame_payload_bytes(whole.request_bytes);
  }
  const std::uint32_t cut = limit_bytes < unit ? unit : limit_bytes - limit_bytes % unit;
  return std::min(whole.bytes - offset_bytes, cut);
}

double EthernetPolicy::efficiency(PacketKind kind, std::uint32_t payload_bytes) const {
  const Shares shares = shares_of(kind, payload_bytes);
  // An acknowledge is smaller than any write, so that it never binds; a read's request may.
  const std::uint64_t bytes =
      kind == PacketKind::read ? std::max(shares.request, shares.answer) : shares.request;
  return share_of_line(payload_bytes, bytes);
}

double EthernetPolicy::efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const {
  const Shares shares = shares_of(kind, payload_bytes);
  return share_of_line(payload_bytes, shares.request + shares.answer);
}

EthernetPolicy::Shares EthernetPolicy::shares_of(PacketKind kind,
                                                 std::uint32_t payload_bytes) const {
  Packet packet;
  packet.kind = kind;
  packet.bytes = payload_bytes;
  Shares shares;
  shares.request = wire_cost(packet).bytes;
  if (!completes(packet)) return shares;
  packet.kind = PacketKind::completion;
  // Each message of RoCE and each packed frame of the others is acknowledged.
  if (kind != PacketKind::read && kind != PacketKind::atomic) packet.flags |= kAcknowledges;
  shares.answer = wire_cost(packet).bytes;
  return shares;
}

double EthernetPolicy::share_of_line(std::uint32_t payload_bytes, std::uint64_t wire_bytes) const {
  return payload_bytes / static_cast<double>(wire_bytes) * rate_.usable_GBps() / rate_.raw_GBps;
}

}  // namespace antares::protocols
