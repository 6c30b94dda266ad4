// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/pcie_policy.h"

#include <algorithm>
#include <stdexcept>

#include "antares/protocols/common/error_log.h"
#include "antares/protocols/common/go_back_n_link.h"
#include "antares/protocols/pcie/framing.h"
#include "antares/protocols/pcie/l0p_width_end.h"
#include "antares/protocols/pcie/messages.h"
#include "antares/protocols/pcie/ordering.h"
#include "antares/protocols/pcie/pcie_refusals.h"

namespace antares::protocols {
namespace {

/// Quarter bytes that a TLP occupies at least: 236 B / 16 TLPs = 14.75 B. Headers are whole DW, so
/// 12 B TLPs without data are the only ones below it.
constexpr std::uint32_t kLeastQuarterBytes = kFlitTlpBytes * 4 / kTlpsPerFlit;

bool is_small(std::uint32_t bytes) { return bytes * 4 < kLeastQuarterBytes; }

bool has_data(const Packet& packet) {
  return payload_bytes(packet) != 0 || packet.kind == PacketKind::write ||
         packet.kind == PacketKind::atomic;
}

/// Pad bytes of the first and last TLP count for nothing in models that price payload bytes only.
void drop_padding(TlpSplit& split) {
  split.first_payload -= split.pad_front;
  split.last_payload -= split.pad_back;
  if (split.count == 1) split.first_payload = split.last_payload -= split.pad_front;
  split.payload -= split.pad_front + split.pad_back;
}

}  // namespace

PciePolicy::PciePolicy(const PcieLinkConfig& config) : config_(config) {
  const std::vector<std::string> found = problems(config);
  if (!found.empty()) {
    std::string text = "PCIe link cannot be built:";
    for (const std::string& each : found) text += "\n  " + each;
    throw std::invalid_argument(text);
  }
  rate_ = pcie_rate(config);
  flits_ = config.uses_flits();
  uio_vc_ = config.uio_vc == 0 ? kNoVc : static_cast<std::uint8_t>(config.uio_vc);
  for (unsigned i = 0; i < kTlpTypes; ++i) {
    overhead_bytes_[i] = tlp_overhead_bytes(config, static_cast<TlpType>(i));
  }
  // What doesn't divide evenly goes to the first channel, so that the last has the fewest.
  constexpr auto kNonPosted = static_cast<std::size_t>(TrafficClass::non_posted);
  const CreditLedgerConfig credits = receiver_credits();
  non_posted_data_credits_ =
      credits.grants[(config.virtual_channels - 1) * kTrafficClasses + kNonPosted].dedicated.data +
      credits.shared[kNonPosted].data;
}

std::shared_ptr<const LinkPolicy> PciePolicy::at_lanes(unsigned lanes) const {
  // A link without flit mode has no L0p, but may train with fewer lanes (facts/pcie6.md 4.9, C).
  // problems() knows which widths there are.
  if (lanes > config_.lanes) return nullptr;
  PcieLinkConfig narrower = config_;
  narrower.lanes = lanes;
  if (!problems(narrower).empty()) return nullptr;
  return std::make_shared<PciePolicy>(narrower);
}

std::shared_ptr<const LinkPolicy> PciePolicy::slower() const {
  // A link that fails at 64 GT/s drops to 32, any other to 2.5 (facts/pcie6.md 4.9, C). Flit mode
  // is decided at the first training and stays (1.2).
  if (config_.generation == 1) return nullptr;
  PcieLinkConfig fallen = config_;
  fallen.generation = config_.generation == 6 ? 5 : 1;
  fallen.flit_mode = flits_ ? FlitMode::on : FlitMode::off;
  if (!problems(fallen).empty()) return nullptr;
  return std::make_shared<PciePolicy>(fallen);
}

std::unique_ptr<WidthEnd> PciePolicy::make_width_end() const {
  if (!flits_) return nullptr;
  L0pConfig config;
  config.configured_lanes = config_.lanes;
  config.exit_latency_ps = config_.l0p_exit_latency_ns * 1000;
  return std::make_unique<L0pWidthEnd>(config);
}

Refusal PciePolicy::refuses(const RequestShape& request) const {
  return pcie_refusal(config_, non_posted_data_credits_, request);
}

std::string_view PciePolicy::status_name(ErrorKind error) const {
  // public: facts/pcie6.md 4.8, S7, S8 A. An ACS violation would be answered with CA (D); the model
  // says UR, so that a hidden address cannot be told from one that is nobody's.
  switch (error) {
    case ErrorKind::unsupported_request:
    case ErrorKind::access_violation:
    case ErrorKind::poison_blocked:
      return "UR";
    case ErrorKind::completer_abort:
      return "CA";
    default:  // dropped without a completion, or no request's end
      return {};
  }
}

MessageRoute PciePolicy::route_message(const MessageHead& head, PortId ingress,
                                       const MessagePorts& ports,
                                       std::optional<PortId> target) const {
  return route_pcie_message(head, ingress, ports, target);
}

void PciePolicy::classify(Packet& packet) const {
  packet.form = 0;
  if ((packet.flags & kUnorderedIo) != 0 && uio_vc_ != kNoVc) {
    packet.form = kUioForm;
    packet.vc = VcId(uio_vc_);
  } else {
    packet.vc = VcId(0);  // whatever it has on another link: see request_channels()
  }
  packet.traffic_class = tlp_row(tlp_type(packet)).traffic_class;
}

TlpType PciePolicy::tlp_type(const Packet& packet) const {
  if (packet.form == kUioForm) return uio_type(packet);
  const bool wide = config_.address64 || (packet.flags & kLongAddress) != 0;
  switch (packet.kind) {
    case PacketKind::read:
      return wide ? TlpType::mrd64 : TlpType::mrd32;
    case PacketKind::write:
      if ((packet.flags & kWantsAnswer) != 0) return wide ? TlpType::dmwr64 : TlpType::dmwr32;
      return wide ? TlpType::mwr64 : TlpType::mwr32;
    case PacketKind::completion:
      return payload_bytes(packet) == 0 ? TlpType::cpl : TlpType::cpl_d;
    case PacketKind::atomic:
      return wide ? TlpType::fetch_add64 : TlpType::fetch_add32;
    case PacketKind::message:
      break;
  }
  return packet.bytes == 0 ? TlpType::msg : TlpType::msg_d;
}

TlpType PciePolicy::uio_type(const Packet& packet) {
  if (packet.kind == PacketKind::read) return TlpType::uio_mrd;
  if (packet.kind != PacketKind::completion) return TlpType::uio_mwr;
  return payload_bytes(packet) == 0 ? TlpType::uio_wr_cpl : TlpType::uio_rd_cpl_d;
}

std::uint32_t PciePolicy::limit_bytes(const Packet& packet, PacketKind kind) const {
  const std::uint32_t limit = max_link_payload_bytes(kind);
  if (packet.request_bytes == 0) return limit;
  return std::clamp<std::uint32_t>(packet.request_bytes, kBytesPerDword, limit);
}

CompletionLimits PciePolicy::completion_limits(const Packet& packet) const {
  return {limit_bytes(packet, PacketKind::completion), limit_bytes(packet, PacketKind::read),
          packet.form == kUioForm ? kUioCompletionBoundaryBytes : config_.rcb_bytes};
}

std::uint32_t PciePolicy::train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                                      std::uint32_t limit_bytes_wanted) const {
  const std::uint32_t rest = whole.bytes - offset_bytes;
  if (whole.form == kUioForm && config_.uio_256b_rule) {
    return whole.kind == PacketKind::completion
               ? completion_train_bytes<kUioRegionBytes>(whole.address_low, offset_bytes, rest,
                                                         completion_limits(whole),
                                                         limit_bytes_wanted)
               : request_train_bytes<kUioRegionBytes>(whole.address_low, offset_bytes, rest,
                                                      limit_bytes(whole, whole.kind),
                                                      limit_bytes_wanted);
  }
  if (whole.kind == PacketKind::completion) {
    return completion_train_bytes(whole.address_low, offset_bytes, rest, completion_limits(whole),
                                  limit_bytes_wanted);
  }
  const std::uint32_t address_low = whole.kind == PacketKind::message ? 0 : whole.address_low;
  return request_train_bytes(address_low, offset_bytes, rest, limit_bytes(whole, whole.kind),
                             limit_bytes_wanted);
}

TlpSplit PciePolicy::split(const Packet& packet) const {
  // Another protocol may acknowledge each of its packets; here one completion answers for all.
  if (packet.kind == PacketKind::completion && payload_bytes(packet) == 0) return {};
  if (packet.form == kUioForm) return uio_split(packet);
  if (packet.kind == PacketKind::completion) {
    return split_completion(packet.address_low, packet.bytes, completion_limits(packet));
  }
  const std::uint32_t limit = limit_bytes(packet, packet.kind);
  if (packet.kind == PacketKind::message) {
    // A message's data isn't at an address, so nothing but its length counts.
    return packet.bytes == 0 ? TlpSplit{} : split_request(0, packet.bytes, limit);
  }
  return split_request(packet.address_low, packet.bytes, limit);
}

TlpSplit PciePolicy::uio_split(const Packet& packet) const {
  const bool in_regions = config_.uio_256b_rule;
  if (packet.kind == PacketKind::completion) {
    const auto cut = in_regions ? split_completion<kUioRegionBytes> : split_completion<kPageBytes>;
    return cut(packet.address_low, packet.bytes, completion_limits(packet));
  }
  const auto cut = in_regions ? split_request<kUioRegionBytes> : split_request<kPageBytes>;
  return cut(packet.address_low, packet.bytes, limit_bytes(packet, packet.kind));
}

WireCost PciePolicy::wire_cost(const Packet& packet) const {
  TlpSplit tlps = split(packet);
  const bool partial_front = tlps.pad_front != 0;
  const bool partial_back = tlps.pad_back != 0;
  if (!has_data(packet)) {
    tlps.payload = tlps.first_payload = tlps.last_payload = 0;
  } else if (!config_.dword_padding) {
    drop_padding(tlps);
  }
  const std::uint32_t overhead = overhead_bytes_[static_cast<unsigned>(tlp_type(packet))];
  WireCost cost;
  cost.link_packets = tlps.count;
  cost.first_bytes = overhead + tlps.first_payload;
  cost.last_bytes = overhead + tlps.last_payload;
  cost.bytes = std::uint64_t{overhead} * tlps.count + tlps.payload;
  if (!flits_) return cost;

  // Partial byte enables ride in OHC-A1, low address bits of a completion in OHC-A5; messages have
  // neither.
  const bool completion = packet.kind == PacketKind::completion;
  const bool has_ohc_a =
      (completion ? config_.completion_ohc_dwords : config_.request_ohc_dwords) != 0;
  if (!has_ohc_a && (packet.flags & kByteEnables) != 0 && !completion) {
    // All TLPs of such a request carry it: the cost is the same however trains are cut.
    cost.first_bytes += kBytesPerDword;
    cost.last_bytes += kBytesPerDword;
    cost.bytes += std::uint64_t{kBytesPerDword} * tlps.count;
  } else if (!has_ohc_a && packet.kind != PacketKind::message && (partial_front || partial_back)) {
    const bool first = partial_front || (!completion && tlps.count == 1);
    const bool last = tlps.count > 1 ? partial_back && !completion : first;
    if (first) cost.first_bytes += kBytesPerDword;
    if (last) cost.last_bytes += kBytesPerDword;
    cost.bytes += kBytesPerDword * (tlps.count == 1 ? first : first + last);
  }
  if (is_small(overhead) && tlps.payload == 0) pad_small(cost, overhead);
  return cost;
}

void PciePolicy::pad_small(WireCost& cost, std::uint32_t overhead) {
  // Exact over the train, rounded up to a byte once: 16 such TLPs take 236 B, a single one 15 B.
  const std::uint32_t lack = kLeastQuarterBytes - overhead * 4;  // quarter bytes a TLP
  const bool first_small = is_small(cost.first_bytes);
  const bool last_small = is_small(cost.last_bytes);
  const std::uint32_t others = cost.link_packets > 2 ? cost.link_packets - 2 : 0;
  const std::uint32_t ends = cost.link_packets == 1 ? first_small : first_small + last_small;
  cost.bytes += (std::uint64_t{others + ends} * lack + 3) / 4;
  if (first_small) cost.first_bytes += (lack + 3) / 4;
  if (last_small) cost.last_bytes += (lack + 3) / 4;
}

CreditAmount PciePolicy::demand(const Packet& packet) const {
  const TlpSplit tlps = split(packet);
  return {tlps.count, has_data(packet) ? tlps.data_credits : 0};
}

CreditLedgerConfig PciePolicy::receiver_credits() const {
  const CreditAmount totals[] = {
      {config_.posted_header_credits, config_.posted_data_credits},
      {config_.non_posted_header_credits, config_.non_posted_data_credits},
      {config_.completion_header_credits, config_.completion_data_credits}};
  const std::uint32_t channels = config_.virtual_channels;
  CreditLedgerConfig credits;
  credits.virtual_channels = static_cast<std::uint8_t>(channels);
  credits.grants.resize(std::size_t{channels} * kTrafficClasses);
  // One VC: all credits are one pool, and whether it's called shared makes no difference.
  const double share = channels == 1 ? 0 : config_.shared_credits;
  for (unsigned index = 0; index < 3; ++index) {
    const CreditAmount own = {
        static_cast<std::uint32_t>(totals[index].header * (1 - share)) / channels,
        static_cast<std::uint32_t>(totals[index].data * (1 - share)) / channels};
    for (std::uint32_t vc = 0; vc < channels; ++vc) {
      credits.grants[vc * kTrafficClasses + index].dedicated = own;
    }
    // What doesn't divide evenly is shared where a shared pool exists, else VC0's.
    const CreditAmount left = {totals[index].header - own.header * channels,
                               totals[index].data - own.data * channels};
    CreditAmount& rest = share > 0 ? credits.shared[index] : credits.grants[index].dedicated;
    rest.header += left.header;
    rest.data += left.data;
  }
  return credits;
}

bool PciePolicy::may_pass(const Packet& later, const Packet& earlier) const {
  if (later.vc != earlier.vc || later.vc.value() == uio_vc_) return true;
  return pcie_may_pass(ordering_type(later), ordering_type(earlier),
                       (later.flags & kRelaxedOrdering) != 0, (later.flags & kIdBasedOrdering) != 0,
                       later.source == earlier.source);
}

std::uint32_t PciePolicy::max_link_payload_bytes(PacketKind kind) const {
  return kind == PacketKind::read ? config_.mrrs_bytes : config_.mps_bytes;
}

double PciePolicy::efficiency(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  Packet packet;
  packet.kind = kind;
  packet.bytes = payload_bytes;
  std::uint64_t bytes = wire_cost(packet).bytes;
  if (kind == PacketKind::read) {
    packet.kind = PacketKind::completion;
    bytes = std::max(bytes, wire_cost(packet).bytes);
  }
  return payload_bytes / static_cast<double>(bytes) * rate_.usable_GBps() / rate_.raw_GBps;
}

std::unique_ptr<LinkReplay> PciePolicy::make_replay() const {
  // Flits: 10-bit numbers, 0 reserved (facts/pcie6.md 1.4). TLPs of the older modes: 12-bit numbers
  // from 0 on, standard NAK.
  const bool flits = replay_unit_bytes() != 0;
  const auto scheme =
      flits && config_.selective_nak ? ReplayScheme::selective : ReplayScheme::go_back_n;
  GoBackNConfig config = config_.replay.state_machines(scheme, flits ? 10 : 12, flits);
  config.trainings = config_.replay_trainings;
  return std::make_unique<GoBackNLink>(config);
}

std::uint32_t PciePolicy::replay_unit_bytes() const {
  return rate_.flit_usable_bytes > 1 ? rate_.flit_usable_bytes : 0;
}

}  // namespace antares::protocols
