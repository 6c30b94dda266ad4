// SPDX-License-Identifier: Apache-2.0
// What a protocol must answer so that a port can carry it. Pure functions of the packet and of the
// link's configuration: no clock, no kernel, no state that traffic changes. PortAdapter is the only
// caller; nothing outside protocols/ may ask which protocol it talks to.
#pragma once
#include <cstdint>
#include <string_view>

#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/link_timing.h"
#include "antares/protocols/common/packet.h"

namespace antares::protocols {

/// Bytes that a train puts on the link above the line code and the flit framing: payload, headers,
/// trailers of all its link packets. A NOP or padding belongs to LinkTiming, not here.
struct WireCost {
  std::uint64_t bytes = 0;         ///< all link packets together
  std::uint32_t first_bytes = 0;   ///< the first link packet
  std::uint32_t last_bytes = 0;    ///< the last link packet (= first when there is only one)
  std::uint32_t link_packets = 0;  ///< >= 1
};

class LinkPolicy {
 public:
  virtual ~LinkPolicy() = default;

  virtual std::string_view protocol() const = 0;
  /// Rates and flit geometry of the link, the same in both directions.
  virtual const LinkRate& rate() const = 0;
  /// Sets traffic_class and vc of a packet whose kind, flags and bytes are filled in.
  virtual void classify(Packet& packet) const = 0;
  /// wire_cost and demand depend on kind, bytes, address_low, request_bytes and flags, and on
  /// nothing else of the packet, so that a caller may remember the answers.
  virtual WireCost wire_cost(const Packet& packet) const = 0;
  virtual CreditAmount demand(const Packet& packet) const = 0;
  /// What a receiver at either end of this link grants to its transmitter (CreditLedger's start).
  virtual CreditLedgerConfig receiver_credits() const = 0;
  /// May `later` overtake `earlier`, both of one source-destination flow and VC? Answers what the
  /// model does; where a standard leaves the choice open, the room's README says which one is
  /// taken.
  virtual bool may_pass(const Packet& later, const Packet& earlier) const = 0;
  /// Largest payload of one link packet of this kind in bytes (writes and completions: MPS; a read
  /// request: the largest read, MRRS). Trains are cut to multiples of it.
  virtual std::uint32_t max_link_payload_bytes(PacketKind kind) const = 0;
  /// Payload of the next train of a transaction, offset_bytes into it: limit_bytes at most (where
  /// that holds a link packet), and cut where a link packet ends, so that trains of any size make
  /// the same link packets. `whole` tells kind, bytes, address_low, request_bytes of the
  /// transaction.
  virtual std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                                    std::uint32_t limit_bytes) const {
    std::uint32_t link_packet = max_link_payload_bytes(whole.kind);
    if (whole.request_bytes != 0 && whole.request_bytes < link_packet)
      link_packet = whole.request_bytes;
    const std::uint32_t cut =
        limit_bytes < link_packet ? link_packet : limit_bytes - limit_bytes % link_packet;
    const std::uint32_t rest = whole.bytes - offset_bytes;
    return rest < cut ? rest : cut;
  }
  /// Read requests (link packets) that one requester may have in flight on this link: its tags.
  virtual std::uint32_t tags() const { return ~std::uint32_t{0}; }
  /// Share of the raw line rate (LinkRate::raw_GBps) that a saturating stream of transactions of
  /// this size carries as payload, 0..1, closed form; flit and packet framing included. For reads:
  /// of the busier direction, requests one way and completions the other.
  virtual double efficiency(PacketKind kind, std::uint32_t payload_bytes) const = 0;
};

}  // namespace antares::protocols
