// SPDX-License-Identifier: Apache-2.0
// The neutral packet that every room passes on. A Packet is a train: the link packets (TLPs) of one
// transaction that move as one model event, with the time its head and its tail are available.
// Only the fields here exist for every protocol; what else one needs lives behind `owner`.
// Hot part at most 64 bytes. Times in picoseconds.
#pragma once
#include <cstdint>

#include "antares/protocols/common/ids.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// An atomic's `bytes` are those of its operands (compare-and-swap: both); the completion has the
/// old value.
enum class PacketKind : std::uint8_t { read, write, completion, atomic, message };
constexpr const char* to_string(PacketKind kind) {
  constexpr const char* kNames[] = {"read", "write", "completion", "atomic", "message"};
  return kNames[static_cast<unsigned>(kind)];
}

/// Queue and credit class; the order is the index into credit tables. Which kinds share a class is
/// the protocol's choice (LinkPolicy::classify), made anew for each link.
enum class TrafficClass : std::uint8_t { posted, non_posted, completion };
inline constexpr unsigned kTrafficClasses = 3;
constexpr const char* to_string(TrafficClass traffic_class) {
  return traffic_class == TrafficClass::posted       ? "posted"
         : traffic_class == TrafficClass::non_posted ? "non-posted"
                                                     : "completion";
}

/// Bits of Packet::flags.
inline constexpr std::uint8_t kRelaxedOrdering = 1u << 0;
inline constexpr std::uint8_t kIdBasedOrdering = 1u << 1;
inline constexpr std::uint8_t kPoisoned = 1u << 2;
/// The last train of its transaction: its tail completes the request or the response.
inline constexpr std::uint8_t kLastTrain = 1u << 3;
/// The header carries 64-bit addressing (PCIe: 4 DW base instead of 3).
inline constexpr std::uint8_t kLongAddress = 1u << 4;
/// A write of which not all bytes are enabled.
inline constexpr std::uint8_t kByteEnables = 1u << 5;
/// A write whose requester waits for the completer's answer even where the protocol's plain writes
/// are posted (PCIe: DMWr).
inline constexpr std::uint8_t kWantsAnswer = 1u << 6;
/// On a completion: it carries no data, `bytes` are those whose writing it acknowledges.
inline constexpr std::uint8_t kAcknowledges = kWantsAnswer;
/// Unordered I/O: not ordered with anything, and writes are answered (PCIe: UIO on its own VC).
inline constexpr std::uint8_t kUnorderedIo = 1u << 7;

inline constexpr unsigned kForms = 256;

/// Switches on the way of one packet, at most. assumption: two tiers make three; more than this is
/// taken for a loop.
inline constexpr unsigned kMostHops = 8;

/// Each virtual channel has a queue a class, so that neither holds up the other's.
constexpr unsigned queue_index(VcId vc, TrafficClass traffic_class) {
  return vc.value() * kTrafficClasses + static_cast<unsigned>(traffic_class);
}

/// The inverse.
struct QueueClass {
  VcId vc;
  TrafficClass traffic_class;
};
constexpr QueueClass queue_at(unsigned index) {
  return {VcId(static_cast<std::uint8_t>(index / kTrafficClasses)),
          static_cast<TrafficClass>(index % kTrafficClasses)};
}

/// Bits of Packet::crossing, set where the packet enters a switch.
/// The egress link reads class, VC and form otherwise than the ingress link: classify anew there.
inline constexpr std::uint8_t kReclassify = 1u << 0;
/// A completion that the switch's bridge made: it came over no link and holds no ingress credit.
inline constexpr std::uint8_t kMadeByBridge = 1u << 1;
/// A completion that ends in the switch: the requester's protocol does not carry it.
inline constexpr std::uint8_t kEndsInBridge = 1u << 2;
/// It ends where it comes in: the switch makes copies of it for several ports.
inline constexpr std::uint8_t kHasCopies = 1u << 3;
/// On its way over a link between switches: kEndsInBridge, and kHasCopies, at the other end.
inline constexpr std::uint8_t kEndsThere = kEndsInBridge << 2;
inline constexpr std::uint8_t kHasCopiesThere = kHasCopies << 2;
/// A copy made by the switch: it holds no ingress buffer of its own, the original does for all.
inline constexpr std::uint8_t kIsCopy = 1u << 6;
/// It ends in the reduction engine behind its output, not at the output's egress.
inline constexpr std::uint8_t kForEngine = 1u << 7;

struct Packet {
  Packet* next = nullptr;   ///< intrusive list link of whichever queue holds the packet
  void* owner = nullptr;    ///< the transaction of the edge that this train belongs to
  Picoseconds head_ps = 0;  ///< first link packet: header usable at the unit that holds it
  Picoseconds tail_ps = 0;  ///< last byte of the last link packet collected there
  std::uint64_t id = 0;     ///< unique in a run: (source endpoint, or port, + 1) << 40 | sequence
  std::uint32_t bytes = 0;  ///< payload bytes; for a read request the bytes asked for
  std::uint16_t address_low =
      0;  ///< address modulo 4 KiB: alignment decides splitting (RCB, 4 KiB)
  /// Largest payload the requester puts into one link packet, if smaller than the link allows (an
  /// SM that stores 128 B on a 256 B link); 0 = the link's limit decides. Policies split by it.
  std::uint16_t request_bytes = 0;
  /// How the link that carries it now encodes it, below kForms: bits that only the link's policy
  /// reads. Set by classify(), or by the link's LinkEncoder where it depends on what went before.
  std::uint8_t form = 0;
  /// queue_index() on the link by which it leaves this switch; that of its own vc and traffic_class
  /// unless two protocols meet.
  std::uint8_t egress_queue = 0;
  std::uint8_t crossing = 0;  ///< kReclassify and those after it
  std::uint8_t hops = 0;      ///< switches it has passed before the one that holds it
  EndpointId source;          ///< requester of a request, completer of a completion
  EndpointId destination;
  PortId input;  ///< local to the switch that holds it
  PortId output;
  PacketKind kind = PacketKind::write;
  TrafficClass traffic_class = TrafficClass::posted;
  VcId vc;
  std::uint8_t flags = 0;
};
/// Bytes of payload that travel with the packet, as opposed to asked for or acknowledged.
inline std::uint32_t payload_bytes(const Packet& packet) {
  const bool bare = packet.kind == PacketKind::read ||
                    (packet.kind == PacketKind::completion && (packet.flags & kAcknowledges) != 0);
  return bare ? 0 : packet.bytes;
}

static_assert(sizeof(Packet) == 64, "the hot part of a packet is one cache line");

}  // namespace antares::protocols
