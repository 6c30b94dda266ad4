// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/ualink_policy.h"

#include <algorithm>
#include <stdexcept>

#include "antares/protocols/common/go_back_n_link.h"
#include "antares/protocols/ualink/codeword.h"
#include "antares/protocols/ualink/refusals.h"
#include "antares/protocols/ualink/region_order.h"
#include "antares/protocols/ualink/ualink_encoder.h"
#include "antares/protocols/ualink/upli.h"

namespace antares::protocols {
UalinkPolicy::UalinkPolicy(const UalinkLinkConfig& config) : config_(config) {
  const std::vector<std::string> found = problems(config);
  if (!found.empty()) {
    std::string text = "UALink-class link cannot be built:";
    for (const std::string& each : found) text += "\n  " + each;
    throw std::invalid_argument(text);
  }
  rate_ = ualink_rate(config);
}

std::shared_ptr<const LinkPolicy> UalinkPolicy::at_lanes(unsigned lanes) const {
  if (lanes != 1 && lanes != 2 && lanes != 4) return nullptr;
  UalinkLinkConfig config = config_;
  config.lanes = lanes;
  return std::make_shared<UalinkPolicy>(config);
}

std::shared_ptr<const LinkPolicy> UalinkPolicy::slower() const {
  // assumption: the other published lane rate is what a link falls back to.
  if (config_.lane_rate_mtps == 106250) return nullptr;
  UalinkLinkConfig config = config_;
  config.lane_rate_mtps = 106250;
  return std::make_shared<UalinkPolicy>(config);
}

Picoseconds UalinkPolicy::fec_ps() const { return fec_delay_ps(config_); }

Refusal UalinkPolicy::refuses(const RequestShape& request) const { return ualink_refuses(request); }

std::string UalinkPolicy::request_channels_setting(unsigned channels) const {
  UalinkLinkConfig config = config_;
  config.virtual_channels = channels;
  if (!problems(config).empty()) return {};
  return "ualink.virtual_channels: " + std::to_string(channels);
}

std::string_view UalinkPolicy::packet_name(const Packet& packet) const {
  if (packet.kind == PacketKind::completion)
    return upli_channel(is_write_response(packet) ? UpliChannel::write_response
                                                  : UpliChannel::read_response)
        .name;
  return upli_command(static_cast<std::uint8_t>(upli_command_of(packet)))->name;
}

std::string_view UalinkPolicy::status_name(ErrorKind error) const {
  const std::optional<UpliStatus> status = upli_status_of(error);
  return status ? upli_status(static_cast<std::uint8_t>(*status))->meaning : std::string_view();
}

MessageRoute UalinkPolicy::route_message(const MessageHead& head, PortId ingress,
                                         const MessagePorts& ports,
                                         std::optional<PortId> target) const {
  return route_upli_message(head, ingress, ports, target);
}

std::unique_ptr<LinkEncoder> UalinkPolicy::make_encoder() const {
  return std::make_unique<UalinkEncoder>(config_);
}

void UalinkPolicy::classify(Packet& packet) const {
  const bool response = packet.kind == PacketKind::completion;
  packet.traffic_class = response ? TrafficClass::completion : TrafficClass::non_posted;
  if (packet.vc.value() >= config_.virtual_channels) packet.vc = VcId(0);
  const UalinkShape shape = ualink_shape(packet, config_.address_cache);
  const bool loads = shape.compressible && shape.pieces.first.whole_beats && packet.bytes != 0;
  packet.form = !response && loads ? ualink_form::kFirstLoads : 0;
}

std::uint32_t UalinkPolicy::control_bytes(std::uint32_t sectors) const {
  if (!config_.authentication) return sectors * kSectorBytes;
  // A control half and its tag half go together, 64 B for eight sectors or four tags, whichever is
  // used up first.
  constexpr std::uint32_t kPair = 2 * kHalfFlitBytes;
  return std::max(sectors * (kPair / kSectorsPerHalf), kPair / kTagsPerHalf);
}

std::uint32_t UalinkPolicy::flow_control_bytes() const {
  const std::uint32_t response = tl_item_sectors(TlItemType::compressed_response);
  return control_bytes(response + tl_item_sectors(TlItemType::flow_control)) -
         control_bytes(response);
}

std::uint32_t UalinkPolicy::piece_bytes(const Packet& packet, const UalinkShape& shape,
                                        const RequestPiece& piece) const {
  std::uint32_t sectors = tl_item_sectors(TlItemType::request);
  if (packet.kind == PacketKind::completion) {
    sectors = tl_item_sectors(TlItemType::compressed_response);
  } else if (shape.compressible && piece.whole_beats) {
    sectors = tl_item_sectors(TlItemType::compressed_request);
  }
  std::uint32_t bytes = control_bytes(sectors);
  if (!shape.data) return bytes;
  bytes += piece.beats * kBeatBytes;
  const bool partial_write = packet.kind == PacketKind::write && !piece.whole_beats;
  if (shape.byte_enables || partial_write) bytes += kHalfFlitBytes;
  return bytes;
}

WireCost UalinkPolicy::wire_cost(const Packet& packet) const {
  const UalinkShape shape = ualink_shape(packet, config_.address_cache);
  const RequestSplit& pieces = shape.pieces;
  RequestPiece whole;
  RequestPiece partial;
  partial.whole_beats = false;
  WireCost cost;
  cost.link_packets = pieces.count();
  cost.first_bytes = piece_bytes(packet, shape, pieces.first);
  cost.last_bytes =
      pieces.count() == 1 ? cost.first_bytes : piece_bytes(packet, shape, pieces.last);
  cost.bytes = std::uint64_t{pieces.whole} * piece_bytes(packet, shape, whole) +
               std::uint64_t{pieces.partial} * piece_bytes(packet, shape, partial) +
               (shape.data ? std::uint64_t{pieces.beats} * kBeatBytes : 0);
  if (packet.kind == PacketKind::completion) {
    add_flow_control(cost, packet.form);
  } else if (shape.compressible) {
    add_loads(cost, packet.form);
  }
  if (const unsigned saved = packet.form >> ualink_form::kSavedShift; saved != 0) {
    const TlLoad load = ualink_load(packet, shape, config_);
    const std::uint64_t flits = TlPacking(config_.authentication).add(load, false) - (saved - 1);
    cost.filler_bytes = static_cast<std::int32_t>(static_cast<std::int64_t>(flits * kTlFlitBytes) -
                                                  static_cast<std::int64_t>(cost.bytes));
  }
  return cost;
}

void UalinkPolicy::add_loads(WireCost& cost, std::uint8_t form) const {
  const std::uint32_t more = control_bytes(tl_item_sectors(TlItemType::request)) -
                             control_bytes(tl_item_sectors(TlItemType::compressed_request));
  const bool single = cost.link_packets == 1;
  const std::uint32_t first = form & ualink_form::kFirstLoads ? more : 0;
  const std::uint32_t last = form & ualink_form::kLastLoads && !single ? more : 0;
  const std::uint32_t middle =
      ((form & ualink_form::kMiddleMask) >> ualink_form::kMiddleShift) * more;
  cost.first_bytes += first;
  cost.last_bytes += single ? first : last;
  cost.bytes += first + middle + last;
}

void UalinkPolicy::add_flow_control(WireCost& cost, std::uint8_t form) const {
  const std::uint32_t group = config_.responses_per_flow_control;
  if (group == 0) return;
  const std::uint32_t more = flow_control_bytes();
  const bool extra = (form & ualink_form::kFlowControl) != 0;
  const bool single = cost.link_packets == 1;
  // One item with the last of each full group, the odd one with the last response.
  const bool on_last = extra || cost.link_packets % group == 0;
  const bool on_first = single ? on_last : group == 1;
  cost.bytes += (std::uint64_t{cost.link_packets / group} + (extra ? 1 : 0)) * more;
  if (on_first) cost.first_bytes += more;
  if (on_last) cost.last_bytes += more;
}

CreditAmount UalinkPolicy::demand(const Packet& packet) const {
  // Byte enables ride for nothing: only 64 B buffers are counted.
  const UalinkShape shape = ualink_shape(packet, config_.address_cache);
  return {shape.pieces.count(), shape.data ? shape.pieces.beats : 0};
}

CreditLedgerConfig UalinkPolicy::receiver_credits() const {
  struct Pool {
    TrafficClass traffic_class;
    CreditAmount total;
  };
  const Pool pools[] = {
      {TrafficClass::non_posted, {config_.request_command_credits, config_.request_data_credits}},
      {TrafficClass::completion,
       {config_.response_command_credits, config_.response_data_credits}}};
  const std::uint32_t channels = config_.virtual_channels;
  CreditLedgerConfig credits;
  credits.virtual_channels = static_cast<std::uint8_t>(channels);
  credits.grants.resize(std::size_t{channels} * kTrafficClasses);
  // One VC: all credits are one pool, and whether it's called shared makes no difference.
  const double share = channels == 1 ? 0 : config_.shared_credits;
  for (const Pool& pool : pools) {
    const unsigned index = static_cast<unsigned>(pool.traffic_class);
    const CreditAmount own = {
        static_cast<std::uint32_t>(pool.total.header * (1 - share)) / channels,
        static_cast<std::uint32_t>(pool.total.data * (1 - share)) / channels};
    for (std::uint32_t vc = 0; vc < channels; ++vc) {
      credits.grants[vc * kTrafficClasses + index].dedicated = own;
    }
    // What doesn't divide evenly is shared where a shared pool exists, else VC0's.
    CreditAmount& rest = share > 0 ? credits.shared[index] : credits.grants[index].dedicated;
    rest.header += pool.total.header - own.header * channels;
    rest.data += pool.total.data - own.data * channels;
  }
  return credits;
}

bool UalinkPolicy::may_pass(const Packet& later, const Packet& earlier) const {
  return ualink_may_pass(later, earlier, config_.strict_ordering);
}

std::uint32_t UalinkPolicy::max_link_payload_bytes(PacketKind kind) const {
  const bool one_beat = kind == PacketKind::atomic || kind == PacketKind::message;
  return one_beat ? kBeatBytes : kRequestBytes;
}

std::uint32_t UalinkPolicy::train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                                        std::uint32_t limit_bytes) const {
  const std::uint32_t rest = whole.bytes - offset_bytes;
  if (whole.kind == PacketKind::atomic) return rest;
  if (whole.kind == PacketKind::message) {
    return std::min(rest, std::max(kBeatBytes, limit_bytes - limit_bytes % kBeatBytes));
  }
  return request_train_bytes(whole.address_low + offset_bytes, rest, ualink_request_limit(whole),
                             limit_bytes);
}

UalinkPolicy::Streams UalinkPolicy::streams_of(PacketKind kind, std::uint32_t payload_bytes) const {
  Packet request;
  request.kind = kind == PacketKind::completion ? PacketKind::read : kind;
  request.bytes = payload_bytes;
  Packet response = request;
  response.kind = PacketKind::completion;
  const bool data = request.kind == PacketKind::read || request.kind == PacketKind::atomic;
  if (!data) response.flags = kWantsAnswer;
  const WireCost answer = wire_cost(response);
  Streams streams;
  streams.request = static_cast<double>(wire_cost(request).bytes);
  streams.answer = static_cast<double>(answer.bytes);
  if (const std::uint32_t group = config_.responses_per_flow_control; group != 0) {
    // The group that this transaction leaves begun, as a mean over many.
    const double begun = answer.link_packets % group / static_cast<double>(group);
    streams.answer += begun * flow_control_bytes();
  }
  return streams;
}

double UalinkPolicy::efficiency(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  const Streams streams = streams_of(kind, payload_bytes);
  return payload_bytes / std::max(streams.request, streams.answer) * rate_.usable_GBps() /
         rate_.raw_GBps;
}

double UalinkPolicy::efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  const Streams streams = streams_of(kind, payload_bytes);
  return payload_bytes / (streams.request + streams.answer) * rate_.usable_GBps() / rate_.raw_GBps;
}

std::unique_ptr<LinkReplay> UalinkPolicy::make_replay() const {
  // Numbers 1..511, a request ignored for 12 flits after one was served, up to 3 repeats
  // (facts/ualink_nvlink.md A.5, SEC).
  GoBackNConfig config = config_.replay.state_machines(ReplayScheme::go_back_n, 9, true);
  config.ignored_units = 12;
  config.request_repeats = 3;
  return std::make_unique<GoBackNLink>(config);
}

std::uint32_t UalinkPolicy::replay_unit_bytes() const { return rate_.flit_usable_bytes; }

}  // namespace antares::protocols
