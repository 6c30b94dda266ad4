// SPDX-License-Identifier: Apache-2.0
// Everything that describes one open Ethernet link: lanes, framing (RoCEv2, SUE, SUE-Lite, ESUN),
// what is counted on the wire, fixed delays, flow control and link layer retry. Both ends are taken
// as configured alike. Follows facts/ualink_nvlink.md C.1 and F. Times in nanoseconds.
// Left out: auto-negotiation, error rates, end-to-end congestion control and retransmission.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/units.h"
#include "antares/protocols/ethernet/cbfc_config.h"
#include "antares/protocols/ethernet/llr_config.h"

namespace antares::protocols {

enum class EthernetFraming : std::uint8_t { roce_v2, sue, sue_lite, esun };
enum class EthernetFec : std::uint8_t { rs544, rs272 };
/// Network header of a SUE packet; automatic: compressed, and afh_gen2_short for SUE-Lite.
enum class SueHeader : std::uint8_t {
  automatic,
  ip_udp,
  compressed,
  afh_gen1,
  afh_gen2,
  afh_gen2_short
};
enum class EthernetForwarding : std::uint8_t { cut_through, store_and_forward };
enum class EthernetFlowControl : std::uint8_t { cbfc, pfc };

struct EthernetLinkConfig {
  EthernetFraming framing = EthernetFraming::sue;
  std::uint32_t lanes = 4;
  double lane_GTps = 212.5;
  EthernetFec fec = EthernetFec::rs544;
  SueHeader sue_header = SueHeader::automatic;
  bool count_preamble_gap_fcs = true;
  std::uint32_t min_frame_bytes = 64;
  std::uint32_t mtu_bytes = 0;
  bool packing = true;
  bool reliability = true;
  std::uint32_t command_bytes = 16;
  std::uint32_t message_bytes = 4096;
  std::uint32_t writes_per_ack = 1;
  double phy_ns = 100;
  double bridge_ns = 100;
  EthernetForwarding forwarding = EthernetForwarding::cut_through;
  double control_share = 0;
  EthernetFlowControl flow_control = EthernetFlowControl::cbfc;
  std::uint32_t virtual_channels = 2;
  std::uint32_t vc_buffer_bytes = 307200;
  std::uint32_t pfc_headroom_bytes = 32768;
  CbfcConfig cbfc;
  bool llr_on = true;
  LlrConfig llr;

  bool is_roce() const { return framing == EthernetFraming::roce_v2; }
  /// Payload of the largest packet: RoCE's path MTU, SUE's and ESUN's PDU, as configured or, for 0,
  /// the largest that the framing has.
  std::uint32_t packet_limit_bytes() const;
  /// Time to collect one FEC codeword, which all lanes carry together.
  Picoseconds codeword_ps() const { return codeword_ps(fec); }
  Picoseconds codeword_ps(EthernetFec code) const;
  /// Usable rate of a lane: 100 or 200 Gb/s.
  std::uint32_t lane_Gbps() const { return lane_GTps < 200 ? 100 : 200; }
  /// Share of the line that LLR and CBFC control sets would take if each had bytes of its own and
  /// all came at their least spacing: an upper bound to set control_share to.
  double most_control_share() const;

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Cross-field mistakes and values out of range, one sentence each; empty when the link can be
/// built. Complete on its own, so that a link set up in C++ is checked as one read from YAML.
std::vector<std::string> problems(const EthernetLinkConfig& config);

template <class Visitor>
void EthernetLinkConfig::fields(Visitor& visit) {
  using Self = EthernetLinkConfig;
  constexpr auto kSpec = "public: facts/ualink_nvlink.md C.1, grade SPEC";
  visit("framing", &Self::framing, "Packet format above the Ethernet PHY")
      .names({{"roce_v2", EthernetFraming::roce_v2},
              {"sue", EthernetFraming::sue},
              {"sue_lite", EthernetFraming::sue_lite},
              {"esun", EthernetFraming::esun}})
      .source(kSpec);
  visit("lanes", &Self::lanes, "Lanes of the link: 1, 2, 4 or 8")
      .one_of({1, 2, 4, 8})
      .source(kSpec);
  visit("lane_GTps", &Self::lane_GTps,
        "Signalling rate of a lane, before FEC and line code: 106.25 (100G) or 212.5 (200G)")
      .one_of({106.25, 212.5})
      .source("public: facts/ualink_nvlink.md A.2, grade VEND");
  visit("fec", &Self::fec,
        "Reed-Solomon code: codewords of 5440 bits, or 2720 that are collected in half the time; "
        "both leave the same rate")
      .names({{"rs544", EthernetFec::rs544}, {"rs272", EthernetFec::rs272}})
      .assumption(
          "that there are the two is public (facts/ualink_nvlink.md C.1, SPEC); taken here: phy_ns "
          "holds for rs544, rs272 saves the difference in collecting (of phy_ns at most), "
          "correction takes as long");
  visit("sue_header", &Self::sue_header,
        "Network header: ip_udp (46 B), compressed (10 B), afh_gen1 (14 B), afh_gen2 (12 + 2 B), "
        "afh_gen2_short (6 + 2 B); auto: compressed, SUE-Lite afh_gen2_short")
      .names({{"auto", SueHeader::automatic},
              {"ip_udp", SueHeader::ip_udp},
              {"compressed", SueHeader::compressed},
              {"afh_gen1", SueHeader::afh_gen1},
              {"afh_gen2", SueHeader::afh_gen2},
              {"afh_gen2_short", SueHeader::afh_gen2_short}})
      .source("public: facts/ualink_nvlink.md C.1, grade SPEC, VEND for 46 and 10 B");
  visit("count_preamble_gap_fcs", &Self::count_preamble_gap_fcs,
        "Preamble 8, gap 12 and FCS 4 take time on the wire; off only to compare with published "
        "header figures")
      .source("public: facts/product_and_collectives.md 2.2, grade D");
  visit("min_frame_bytes", &Self::min_frame_bytes,
        "Shorter frames are padded; 0 only to compare with published header figures")
      .one_of({0, 64})
      .source("public: facts/product_and_collectives.md 2.2, grade D (line rate at 64 B)");
  visit("mtu_bytes", &Self::mtu_bytes,
        "Largest payload of a packet: RoCE path MTU, SUE and ESUN PDU; 0: 4096, SUE-Lite 1024")
      .range(0, 4096)
      .source("public: facts/ualink_nvlink.md C.1, grade SPEC (SUE)");
  visit("packing", &Self::packing,
        "SUE, ESUN: transactions of up to 256 B of one train share a packet")
      .source(kSpec);
  visit("reliability", &Self::reliability,
        "SUE, ESUN: reliability header of 8 B and R-CRC of 4 B in each packet")
      .assumption(
          "that there are both is public (facts/ualink_nvlink.md C.1, DRV); the R-CRC has 4 B");
  visit("command_bytes", &Self::command_bytes,
        "SUE, ESUN: control part of each transaction (address, length, tag)")
      .range(0, 256)
      .assumption(
          "a command is the accelerator's own and opaque to SUE; 16 B hold a 64-bit address");
  visit("message_bytes", &Self::message_bytes,
        "RoCE: bytes of one RDMA write or read; its first packet has the RETH")
      .range(256, 1u << 30)
      .assumption("a load/store requester posts one operation a packet; a NIC posts larger ones");
  visit("writes_per_ack", &Self::writes_per_ack,
        "Write completions that share the bytes of one acknowledge packet")
      .range(1, 1024)
      .assumption("one acknowledge each; coalescing depends on the endpoint");
  visit("phy_ns", &Self::phy_ns,
        "PHY and FEC delay of a one-way path over two links, send and receive; a crossing has half")
      .range(0.0, 1e6)
      .assumption(
          "public is < 100 ns (facts/ualink_nvlink.md C.1, SPEC): the bound itself, split evenly "
          "over the two ends");
  visit("bridge_ns", &Self::bridge_ns,
        "Bridge between accelerator and Ethernet, both ends of a one-way path over two links")
      .range(0.0, 1e6)
      .assumption(
          "public is < 100 ns (facts/ualink_nvlink.md C.1, SPEC): the bound itself, split evenly "
          "over the two ends");
  visit("forwarding", &Self::forwarding, "When a receiver may pass a packet on")
      .names({{"cut_through", EthernetForwarding::cut_through},
              {"store_and_forward", EthernetForwarding::store_and_forward}})
      .assumption("cut through after the network header: 250 ns switches are named low-latency");
  visit("control_share", &Self::control_share,
        "Share of the line that LLR and CBFC control sets take from packets")
      .range(0.0, 0.1)
      .assumption("0: whether control sets fit into gaps is not public; about 0.01 at most");
  visit("flow_control", &Self::flow_control, "Credits (CBFC) or pause (PFC); both lossless")
      .names({{"cbfc", EthernetFlowControl::cbfc}, {"pfc", EthernetFlowControl::pfc}})
      .source(kSpec);
  visit("virtual_channels", &Self::virtual_channels,
        "Virtual channels on the wire, half for requests and half for responses; SUE has up to 4")
      .range(2, 32)
      .source(kSpec);
  visit("vc_buffer_bytes", &Self::vc_buffer_bytes, "Receive buffer of each virtual channel")
      .range(4096, 1u << 26)
      .assumption(
          "not public; 300 KiB, so that a 64 KiB train is a quarter of it (one public "
          "simulator takes 0.3 MB)");
  visit("pfc_headroom_bytes", &Self::pfc_headroom_bytes,
        "PFC: part of vc_buffer_bytes kept for what arrives after the pause was sent")
      .range(0, 1u << 26)
      .assumption("two full packets and two crossings of a short 800 Gb/s link")
      .when("flow_control", "pfc");
  visit("cbfc", &Self::cbfc, "Credit-based flow control").when("flow_control", "cbfc");
  visit("llr_on", &Self::llr_on, "Link layer retry protects the frames").source(kSpec);
  visit("llr", &Self::llr, "Link layer retry").when("llr_on", "true");
}

}  // namespace antares::protocols
