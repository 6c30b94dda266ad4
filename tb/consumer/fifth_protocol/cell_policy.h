// SPDX-License-Identifier: Apache-2.0
// A made-up fifth protocol, the whole of it: what LinkPolicy asks, and nothing of Antares is
// touched. A frame (at most 256 B of payload behind an 8 B command) is cut into cells of 64 B, 4 B
// of which are the cell's header. A receiver uses whole cells, credits are counted in cells, every
// request is answered: writes by an acknowledge of one cell. No product; left out: errors, virtual
// channels, transmitters with a memory (LinkEncoder). Picoseconds.
#pragma once
#include <algorithm>

#include "antares/protocols/common/link_policy.h"

namespace cells {

using antares::protocols::CreditAmount;
using antares::protocols::CreditLedgerConfig;
using antares::protocols::kTrafficClasses;
using antares::protocols::LinkPolicy;
using antares::protocols::LinkRate;
using antares::protocols::Packet;
using antares::protocols::PacketKind;
using antares::protocols::payload_bytes;
using antares::protocols::Picoseconds;
using antares::protocols::Refusal;
using antares::protocols::RequestShape;
using antares::protocols::TrafficClass;
using antares::protocols::VcId;
using antares::protocols::WireCost;

constexpr std::uint32_t kCellBytes = 64;
constexpr std::uint32_t kCellPayloadBytes = 60;
constexpr std::uint32_t kCommandBytes = 8;
constexpr std::uint32_t kFrameBytes = 256;
constexpr std::uint32_t kBufferCells = 4096;
constexpr Picoseconds kByte_ps = 40;  // 25 GB/s

class CellPolicy final : public LinkPolicy {
 public:
  std::string_view protocol() const override { return "cells"; }
  Picoseconds link_delay_ps() const override { return 12'000; }
  bool acknowledges_each_packet() const override { return true; }
  bool completes(const Packet& request) const override {
    return request.kind != PacketKind::completion;
  }
  Refusal refuses(const RequestShape& request) const override {
    if (request.kind == PacketKind::message)
      return {Refusal::Why::command, "cells: there is no message; write into a mailbox"};
    if (request.byte_enable_holes)
      return {Refusal::Why::byte_enables, "cells: bytes inside a cell cannot be left out"};
    return {};
  }
  const LinkRate& rate() const override { return rate_; }
  void classify(Packet& packet) const override {
    packet.vc = VcId(0);
    packet.form = 0;
    packet.traffic_class =
        packet.kind == PacketKind::completion ? TrafficClass::completion : TrafficClass::posted;
  }
  WireCost wire_cost(const Packet& packet) const override {
    const std::uint32_t limit = frame_of(packet);
    // Asked for or acknowledged bytes travel in no frame, but each frame they stand for has one.
    const std::uint32_t frames = std::max(1u, (packet.bytes + limit - 1) / limit);
    const std::uint32_t carried = payload_bytes(packet);
    WireCost cost;
    cost.link_packets = frames;
    cost.first_bytes = frame_cells(std::min(carried, limit)) * kCellBytes;
    cost.last_bytes = frame_cells(carried == 0 ? 0 : carried - (frames - 1) * limit) * kCellBytes;
    cost.bytes = std::uint64_t{frames - 1} * cost.first_bytes + cost.last_bytes;
    return cost;
  }
  CreditAmount demand(const Packet& packet) const override {
    return {0, static_cast<std::uint32_t>(wire_cost(packet).bytes / kCellBytes)};
  }
  CreditLedgerConfig receiver_credits() const override {
    CreditLedgerConfig credits;
    credits.grants.assign(kTrafficClasses, {{0, kBufferCells}, true, false});
    return credits;
  }
  /// Requests of a flow keep their order; answers overtake them, so that nothing waits in a circle.
  bool may_pass(const Packet& later, const Packet& earlier) const override {
    return later.kind == PacketKind::completion && earlier.kind != PacketKind::completion;
  }
  std::uint32_t max_link_payload_bytes(PacketKind) const override { return kFrameBytes; }
  double efficiency(PacketKind kind, std::uint32_t bytes) const override {
    Packet packet;
    packet.kind = kind == PacketKind::read ? PacketKind::completion : kind;
    packet.bytes = bytes;
    return static_cast<double>(bytes) / static_cast<double>(wire_cost(packet).bytes);
  }

  static constexpr std::uint32_t frame_cells(std::uint32_t payload) {
    return (kCommandBytes + payload + kCellPayloadBytes - 1) / kCellPayloadBytes;
  }

 private:
  static std::uint32_t frame_of(const Packet& packet) {
    return packet.request_bytes == 0 ? kFrameBytes
                                     : std::min<std::uint32_t>(kFrameBytes, packet.request_bytes);
  }
  static LinkRate make_rate() {
    LinkRate rate;
    rate.per_byte = {kByte_ps, 1};
    rate.flit_usable_bytes = kCellBytes;
    rate.raw_GBps = rate.usable_GBps();
    return rate;
  }
  LinkRate rate_ = make_rate();
};

}  // namespace cells
