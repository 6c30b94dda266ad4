// SPDX-License-Identifier: Apache-2.0
// Everything that describes one NVLink-class port: generation, how many links it gangs, and the
// two competing explanations of what a saturated link loses (derate, cost of a write's
// acknowledge). Follows facts/ualink_nvlink.md B and F. NVLink has no public specification: only
// the keys with a source describe something published. Ganged links are taken as one wide link
// (assumption), which has no reordering between its links and no unequal load on them.
// Left out: link training, C2C, the Fusion chiplet interface (not public).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/replay_config.h"
#include "antares/protocols/nvlink/nvlink_generation.h"

namespace antares::protocols {

enum class NvlinkAddressExtension : std::uint8_t { never, when_needed, always };
enum class NvlinkFec : std::uint8_t { automatic, on, off };

struct NvlinkLinkConfig {
  std::uint32_t generation = 4;
  std::uint32_t links = 1;
  std::uint32_t max_payload_bytes = 256;
  NvlinkAddressExtension address_extension = NvlinkAddressExtension::never;
  std::uint32_t address_bits = 52;
  double link_derate = 0.92;
  std::uint32_t write_ack_bytes = 0;
  std::uint32_t multicast_extra_bytes = 0;
  NvlinkFec fec = NvlinkFec::automatic;
  std::uint32_t fec_decode_ns = 31;
  std::uint32_t vc_sets = 2;
  std::uint32_t credits_per_vc = 0;
  std::uint32_t tags_per_link = 1024;
  ReplayConfig replay{256, 0, 2000, 4};

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Values that can't be built, one sentence each; empty when the port can be built. Follows the
/// ranges of fields(), so that a port set up in C++ is checked as one read from YAML.
std::vector<std::string> problems(const NvlinkLinkConfig& config);

template <class Visitor>
void NvlinkLinkConfig::fields(Visitor& visit) {
  using Self = NvlinkLinkConfig;
  visit("generation", &Self::generation,
        "NVLink generation: 25, 25, 50 or 100 GB/s a link and direction for 3, 4, 5, 6")
      .range(kNvlinkOldest, kNvlinkNewest)
      .source("public: facts/ualink_nvlink.md B.1, VEND and DRV for 3 and 4")
      .assumption("lanes of generation 5 are from memory; all of generation 6 isn't confirmed");
  visit("replay", &Self::replay, "Replay of packets that failed; used where faults are configured");
  visit("links", &Self::links, "Links ganged into this port; 18 are all links of an H100")
      .range(1, 72)
      .source("public: facts/ualink_nvlink.md B.1, VEND")
      .assumption("ganged links behave as one wide link: bytes spread evenly, nothing reordered");
  visit("max_payload_bytes", &Self::max_payload_bytes, "Largest payload of a packet")
      .one_of({64, 128, 256})
      .source("public: facts/ualink_nvlink.md B.2, VEND");
  visit("address_extension", &Self::address_extension,
        "Address extension flit on requests: never, when_needed (address of 4 GiB and above), "
        "always")
      .names({{"never", NvlinkAddressExtension::never},
              {"when_needed", NvlinkAddressExtension::when_needed},
              {"always", NvlinkAddressExtension::always}})
      .assumption("the flit is public, when it is sent is not; published efficiencies are without");
  visit("address_bits", &Self::address_bits,
        "Width of addresses; requests beyond it are refused. LR10 (generation 3) remaps bits "
        "46:36, LS10 (generation 4) 51:39")
      .range(32, 64)
      .source("public: facts/ualink_nvlink.md B.3, DRV for the remapped bits")
      .assumption("the highest remapped bit of LS10 is the highest address bit; 47 fits LR10");
  visit("link_derate", &Self::link_derate,
        "Share of the stated rate that flits get, in steps of 1e-6")
      .range(0.5, 1.0)
      .assumption(
          "0.92: 106.25 x 2 / 8 = 26.56 GB/s, x 514/544 after FEC = 25.1, x 128/144 = 22.3; "
          "measured 20.6 is 92 % of that. The loss is unexplained and not identified uniquely; "
          "write_ack_bytes competes with it");
  visit("write_ack_bytes", &Self::write_ack_bytes,
        "Bytes that a write's acknowledge takes in the other direction; 0: writes are posted and "
        "nothing comes back")
      .range(0, 16)
      .assumption(
          "0; 16 with link_derate 1 explains A100 (25 x 0.8 = 20 GB/s) as well. Competes with "
          "link_derate: the published measurements don't tell which is right");
  visit("multicast_extra_bytes", &Self::multicast_extra_bytes,
        "Bytes on top of each packet of a write that the switch has copied for several, on its way "
        "to a member")
      .one_of({0, 16, 32, 48})
      .assumption(
          "0: no encoding is public. One flit of 16 B (an address extension, or a second header) "
          "explains the in-switch rates of H100 over 4 to 8 GPUs (facts/ualink_nvlink.md B.5, "
          "INF)");
  visit("fec", &Self::fec, "FEC codewords on the link: auto (from generation 4 on), on, off")
      .names({{"auto", NvlinkFec::automatic}, {"on", NvlinkFec::on}, {"off", NvlinkFec::off}})
      .assumption("the choice of FEC isn't public; RS(544,514) fits the line rates from 4 on");
  visit("fec_decode_ns", &Self::fec_decode_ns,
        "Correction after a codeword is collected; not used without FEC")
      .range(0, 1000)
      .assumption("31 ns from a public slide on another design of the same code (facts A.6)");
  visit("vc_sets", &Self::vc_sets,
        "Sets of one request and one response VC: 1 on links to a GPU, 2 between switches")
      .one_of({1, 2})
      .source("public: facts/ualink_nvlink.md B.3, DRV");
  visit("credits_per_vc", &Self::credits_per_vc,
        "Packets of 256 B that the receiver holds for each VC of each ganged link; 0: 128 for a "
        "link of 25 GB/s and in proportion for faster ones")
      .range(0, 4096)
      .assumption(
          "neither the unit of a credit nor the depth of buffers is public; 128 packets of 32 B "
          "(48 B on the wire) take 245 ns on a link of 25 GB/s, which is a credit's way round over "
          "a "
          "short link with FEC; twice the rate needs twice as many");
  visit("tags_per_link", &Self::tags_per_link, "Reads in flight on each ganged link")
      .range(1, 1024)
      .source("public: facts/ualink_nvlink.md E.1 and B.3, DRV: pool of an NVSwitch port")
      .assumption("an upper bound: what a GPU keeps outstanding isn't published");
}

}  // namespace antares::protocols
