// SPDX-License-Identifier: Apache-2.0
// What a protocol must answer so that a port can carry it. Pure functions of the packet and of the
// link's configuration: no clock, no kernel, no state that traffic changes. PortAdapter is the only
// caller; nothing outside protocols/ may ask which protocol it talks to.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "antares/protocols/common/credit_return.h"
#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/link_replay.h"
#include "antares/protocols/common/link_timing.h"
#include "antares/protocols/common/messages.h"
#include "antares/protocols/common/packet.h"
#include "antares/protocols/common/width_end.h"

namespace antares::protocols {

/// Bytes that a train puts on the link above the line code and the flit framing: payload, headers,
/// trailers of all its link packets.
struct WireCost {
  std::uint64_t bytes = 0;         ///< all link packets together
  std::uint32_t first_bytes = 0;   ///< the first link packet
  std::uint32_t last_bytes = 0;    ///< the last link packet (= first when there is only one)
  std::uint32_t link_packets = 0;  ///< >= 1
  /// NOPs that the link sends after it, known once a LinkEncoder has seen it; negative: so much of
  /// it lies where trains before it have paid for NOPs. At least -bytes.
  std::int32_t filler_bytes = 0;
  /// What the link is busy with.
  std::uint64_t occupied_bytes() const {
    return bytes + static_cast<std::uint64_t>(std::int64_t{filler_bytes});
  }
};

/// What an atomic does with its operands at the completer.
enum class AtomicOp : std::uint8_t { fetch_add, swap, compare_and_swap };
const char* to_string(AtomicOp op);

/// One transaction as a requester asks for it, before anything is cut or classified.
struct RequestShape {
  PacketKind kind = PacketKind::write;  ///< read, write, atomic, message
  AtomicOp atomic = AtomicOp::fetch_add;
  std::uint8_t flags = 0;
  std::uint32_t bytes = 0;  ///< payload; atomic: of all operands; read: asked for
  std::uint64_t address = 0;
  /// Not only the ends but bytes between enabled ones are masked (with kByteEnables).
  bool byte_enable_holes = false;
};

enum class ErrorKind : std::uint8_t;  // error_log.h

/// Why a protocol cannot carry a request.
struct Refusal {
  enum class Why : std::uint8_t { none, command, address, size, byte_enables };
  Why why = Why::none;
  const char* text = "";  ///< one line for a person, naming the protocol; static storage
  explicit operator bool() const { return why != Why::none; }
};

/// State of one transmitter that changes what its packets look like on the wire (an address cache,
/// a half-filled flit). One a link direction; PCIe has none.
class LinkEncoder {
 public:
  virtual ~LinkEncoder() = default;
  /// Called once for each train, in the order in which the link sends them: sets packet.form, on
  /// which wire_cost depends. back_to_back: no gap since the previous train.
  virtual void encode(Packet& packet, std::uint64_t address, bool back_to_back) = 0;
};

class LinkPolicy {
 public:
  virtual ~LinkPolicy() = default;

  virtual std::string_view protocol() const = 0;
  /// Endpoints have ids below this: what the protocol's fields hold.
  virtual std::uint32_t endpoint_ids() const { return 1u << 16; }
  /// Lanes in use; 0 for a link that has none (ideal).
  virtual unsigned lanes() const { return 0; }
  /// The same link on fewer lanes (PCIe: L0p, or a link that came up narrower); nullptr if the
  /// protocol has no such width. Credits and ordering are the same.
  virtual std::shared_ptr<const LinkPolicy> at_lanes(unsigned lanes) const {
    static_cast<void>(lanes);
    return nullptr;
  }
  /// The same link at the next lower rate that it falls back to when the one in use fails; nullptr:
  /// it has none. Credits and ordering are the same.
  virtual std::shared_ptr<const LinkPolicy> slower() const { return nullptr; }
  /// One end of the agreement on another width while traffic goes on; nullptr if the protocol has
  /// none.
  virtual std::unique_ptr<WidthEnd> make_width_end() const { return nullptr; }
  /// Fixed delay of one crossing of the link beyond serialisation, cable and the switch's own hop:
  /// FEC decoding, PHY, the device's protocol bridge.
  virtual Picoseconds link_delay_ps() const { return 0; }
  /// What of link_delay_ps() is FEC: waiting for a codeword, correcting it.
  virtual Picoseconds fec_ps() const { return 0; }
  /// What this protocol cannot say, by name. Asked for requests only.
  virtual Refusal refuses(const RequestShape& request) const {
    static_cast<void>(request);
    return {};
  }
  /// Virtual channels that a requester may choose from (PacketHint::virtual_channel): 0 and so on.
  virtual unsigned request_channels() const { return receiver_credits().virtual_channels; }
  /// The key and value of a description by which a link of this kind has so many of them
  /// ("ualink.virtual_channels: 3"); empty: it cannot.
  virtual std::string request_channels_setting(unsigned channels) const {
    static_cast<void>(channels);
    return {};
  }
  /// What its own documents call a packet like this one.
  virtual std::string_view packet_name(const Packet& packet) const {
    return to_string(packet.kind);
  }
  /// What its own documents call the status that answers a request which ended in an error of this
  /// kind at a switch or a completer; empty: no public name, or nothing answers it.
  virtual std::string_view status_name(ErrorKind error) const {
    static_cast<void>(error);
    return {};
  }
  /// Where a switch sends a message that came in by `ingress`, a port of `ports` on a link of this
  /// protocol. `target`: the port whose window (by address) or endpoint (by id) holds the message's
  /// target; none if nobody's does. Which codes and routings there are is the protocol's; by
  /// default it has no messages. Another protocol may still take one over a bridge: refuses().
  virtual MessageRoute route_message(const MessageHead& head, PortId ingress,
                                     const MessagePorts& ports, std::optional<PortId> target) const;
  /// Does a completion travel back for this request on this link? Reads and atomics: yes.
  virtual bool completes(const Packet& request) const {
    return request.kind == PacketKind::read || request.kind == PacketKind::atomic ||
           (request.flags & (kWantsAnswer | kUnorderedIo)) != 0;
  }
  /// Where writes are answered: one completion a link packet (true), sent as a completion with
  /// kAcknowledges and the bytes written, or one a transaction, without bytes.
  virtual bool acknowledges_each_packet() const { return false; }
  /// nullptr: the wire form of a packet depends on nothing that was sent before.
  virtual std::unique_ptr<LinkEncoder> make_encoder() const { return nullptr; }
  /// One direction's replay; nullptr: the protocol (or its configuration) has none, and what fails
  /// is lost.
  virtual std::unique_ptr<LinkReplay> make_replay() const { return nullptr; }
  /// How one direction's credits come home; nullptr: each at once when it is freed.
  virtual std::unique_ptr<CreditReturn> make_credit_return() const { return nullptr; }
  /// Usable bytes of one unit of replay; 0: each link packet is one.
  virtual std::uint32_t replay_unit_bytes() const { return 0; }
  /// Rates and flit geometry of the link, the same in both directions.
  virtual const LinkRate& rate() const = 0;
  /// Sets traffic_class, vc and form of a packet whose kind, flags and bytes are filled in (and
  /// crossing, where copies are marked). The VC asked for stands in packet.vc.
  virtual void classify(Packet& packet) const = 0;
  /// A write that the switch has copied for several (kIsCopy in packet.crossing) has another form
  /// than one for a single receiver.
  virtual bool marks_copies() const { return false; }
  /// wire_cost and demand depend on kind, bytes, address_low, request_bytes, form and the flags
  /// kLongAddress, kByteEnables, kWantsAnswer, and on nothing else of the packet, so that a caller
  /// may remember the answers. demand does not depend on what a LinkEncoder changes of the form:
  /// credits are taken before encoding.
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
  /// The same for each direction while both ends stream: each direction then also carries what
  /// answers the other's requests. By default wire_cost() of a request and of its completions.
  virtual double efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const;
};

/// All that a receiver at either end of the link grants to one class of a virtual channel.
CreditAmount granted(const LinkPolicy& policy, VcId vc, TrafficClass traffic_class);
/// The classes that are granted anything, as descriptions name them: "posted, completion".
std::string classes_text(const LinkPolicy& policy, VcId vc);

}  // namespace antares::protocols
