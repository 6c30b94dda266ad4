// SPDX-License-Identifier: Apache-2.0
// How a train divides into Ethernet frames, and what each costs on the wire and in credits, in
// closed form. Follows facts/ualink_nvlink.md C.1 and facts/product_and_collectives.md 2.2.
//   RoCEv2: messages of message_bytes, cut into packets of the path MTU; RETH on the first packet
//   of a write, AETH on the first and last of a response; SUE, ESUN: transactions of at most 256 B,
//   each with its command, packed into packets (PDUs).
// Left out: VLAN tags, options, packing across trains.
#pragma once
#include <cstdint>

#include "antares/protocols/common/packet.h"
#include "antares/protocols/ethernet/ethernet_link_config.h"

namespace antares::protocols {

// public: facts/product_and_collectives.md 2.2, D
inline constexpr std::uint32_t kPreambleBytes = 8;
inline constexpr std::uint32_t kGapBytes = 12;
inline constexpr std::uint32_t kFcsBytes = 4;
inline constexpr std::uint32_t kMacBytes = 14;
inline constexpr std::uint32_t kIpv4Bytes = 20;
inline constexpr std::uint32_t kUdpBytes = 8;
inline constexpr std::uint32_t kBthBytes = 12;
inline constexpr std::uint32_t kRethBytes = 16;
inline constexpr std::uint32_t kIcrcBytes = 4;
// public: InfiniBand header sizes, grade D (recalled; the specification was not read)
inline constexpr std::uint32_t kAtomicEthBytes = 28;
inline constexpr std::uint32_t kAethBytes = 4;
// public: facts/ualink_nvlink.md C.1, SPEC and VEND; EtherType after AFH Gen2: secondary
inline constexpr std::uint32_t kSueTransactionBytes = 256;
inline constexpr std::uint32_t kIpUdpHeaderBytes = 46;
inline constexpr std::uint32_t kCompressedHeaderBytes = 10;
inline constexpr std::uint32_t kAfhGen2Bytes = 12;
inline constexpr std::uint32_t kAfhGen2ShortBytes = 6;
inline constexpr std::uint32_t kEtherTypeBytes = 2;
inline constexpr std::uint32_t kEsunBytes = 4;
inline constexpr std::uint32_t kReliabilityBytes = 8;
// assumption: a 32-bit end-to-end CRC; its width is not in the facts.
inline constexpr std::uint32_t kReliabilityCrcBytes = 4;
/// More than any framing puts around one packet's transactions, preamble and gap aside.
inline constexpr std::uint32_t kMostHeaderBytes = 128;

/// Frames of one train. cells: CBFC credits.
struct FrameSum {
  std::uint32_t frames = 0;
  std::uint64_t wire_bytes = 0;
  std::uint64_t cells = 0;
  std::uint32_t first_wire_bytes = 0;
  std::uint32_t last_wire_bytes = 0;
};

class EthernetFrames {
 public:
  explicit EthernetFrames(const EthernetLinkConfig& config);

  FrameSum frames_of(const Packet& packet) const;
  /// Payload of one full frame for a requester that asks for request_bytes at a time (0: no limit
  /// of its own). Trains are cut to multiples of it.
  std::uint32_t frame_payload_bytes(std::uint32_t request_bytes) const;
  /// Payload of one RoCE message; of one frame otherwise.
  std::uint32_t message_payload_bytes(std::uint32_t request_bytes) const;
  /// Bytes that say where a packet goes, preamble included where it is counted.
  std::uint32_t forwarding_bytes() const;

 private:
  void add(FrameSum& sum, std::uint32_t content_bytes, std::uint32_t times) const;
  void add_message(FrameSum& sum, const Packet& packet, std::uint32_t bytes,
                   std::uint32_t times) const;
  FrameSum roce(const Packet& packet) const;
  FrameSum packed(const Packet& packet) const;
  FrameSum acknowledge(const Packet& packet) const;
  std::uint32_t transaction_bytes(std::uint32_t request_bytes) const;
  std::uint32_t transactions_a_frame(std::uint32_t request_bytes) const;

  EthernetLinkConfig config_;
  std::uint32_t network_bytes_ = 0;    ///< header that forwards the packet
  std::uint32_t transport_bytes_ = 0;  ///< BTH and ICRC, or reliability header and R-CRC
};

}  // namespace antares::protocols
