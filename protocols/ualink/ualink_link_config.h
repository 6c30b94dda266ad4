// SPDX-License-Identifier: Apache-2.0
// Everything that describes one UALink-class link: lane rate, width, FEC, authentication, order,
// and the credits that the receiver at either end grants. Both ends are taken as configured alike.
// Follows facts/ualink_nvlink.md A and F, layouts of which are a third party's notes [SEC]: no
// claim of conformance. Left out: 128 GT/s lanes (their data link layer is not public),
// DL messages, UALinkSec beyond the bytes of its tags.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/replay_config.h"

namespace antares::protocols {

struct UalinkLinkConfig {
  std::uint32_t lane_rate_mtps = 212500;
  std::uint32_t lanes = 4;
  std::uint32_t fec_interleave = 1;
  std::uint32_t fec_correct_ns = 31;
  bool authentication = false;
  bool strict_ordering = false;
  bool address_cache = true;
  std::uint32_t responses_per_flow_control = 5;
  std::uint32_t tags = 2048;
  std::uint32_t virtual_channels = 1;
  std::uint32_t request_command_credits = 1024;
  std::uint32_t request_data_credits = 4096;
  std::uint32_t response_command_credits = 1024;
  std::uint32_t response_data_credits = 4096;
  double shared_credits = 0;
  ReplayConfig replay{256, 0, 2000, 4, GaveUp::hold_down};

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Cross-field mistakes and values out of range, one sentence each; empty when the link can be
/// built. Complete on its own, so that a link set up in C++ is checked as one read from YAML.
std::vector<std::string> problems(const UalinkLinkConfig& config);

template <class Visitor>
void UalinkLinkConfig::fields(Visitor& visit) {
  using Self = UalinkLinkConfig;
  constexpr auto kBuffer =
      "receiver buffers are not public; 256 KiB of data a class and a command for each 256 B of "
      "it, so that a 64 KiB train is a quarter of its pool";
  visit("lane_rate_mtps", &Self::lane_rate_mtps,
        "Signalling rate of a lane in MT/s: 106250 (100 Gb/s) or 212500 (200 Gb/s)")
      .one_of({106250, 212500})
      .source("public: facts/ualink_nvlink.md A.2, VEND");
  visit("replay", &Self::replay,
        "Replay of DL flits that failed; used where faults are configured");
  visit("lanes", &Self::lanes, "Lanes of the port: 1, 2 or 4")
      .one_of({1, 2, 4})
      .source("public: facts/ualink_nvlink.md A.2, VEND");
  visit("fec_interleave", &Self::fec_interleave,
        "Codewords interleaved on the lanes: 1, 2 or 4; all are collected before the first is "
        "decoded")
      .one_of({1, 2, 4})
      .source("public: facts/ualink_nvlink.md A.6, VEND for 1 and 2, INF for 4");
  visit("fec_correct_ns", &Self::fec_correct_ns,
        "FEC decoding of a collected codeword in ns; 0-10 stands for a bypass while error-free")
      .range(0, 40)
      .assumption("31: one 802.3dj design's correction stage at 1 GHz; not a UALink product's");
  visit("authentication", &Self::authentication,
        "Every request and response carries an 8 B authentication tag")
      .assumption("off unless asked for");
  visit("strict_ordering", &Self::strict_ordering,
        "All requests of a pair in order, as encryption needs; off: order within 256 B regions")
      .source("public: facts/ualink_nvlink.md A.2, VEND, and A.3, SEC for the strict mode");
  visit("address_cache", &Self::address_cache,
        "Transmitter and receiver remember four 1 MB regions, so that requests are compressed")
      .source("public: facts/ualink_nvlink.md A.4, VEND");
  visit("responses_per_flow_control", &Self::responses_per_flow_control,
        "Responses for each flow-control item that returns credits; 0: credits return at no cost")
      .range(0, 63)
      .assumption(
          "5: the published 95.2 % is 20/21 with 2.5 x (2-sector request + 1-sector response) + "
          "0.5 flow-control sectors in a control half-flit of 8");
  visit("tags", &Self::tags, "Requests that one requester may have in flight")
      .range(1, 2048)
      .source("public: facts/ualink_nvlink.md A.3 (tag of 11 bits), SEC");
  visit("virtual_channels", &Self::virtual_channels, "Virtual channels in use")
      .range(1, 4)
      .source("public: facts/ualink_nvlink.md A.3 (VC of 2 bits), SEC");
  visit("request_command_credits", &Self::request_command_credits,
        "Request credits (ReqCmd): reads, writes, atomics, messages")
      .range(1, 1u << 20)
      .assumption(kBuffer);
  visit("request_data_credits", &Self::request_data_credits,
        "Buffers of 64 B for the data of requests (ReqData)")
      .range(1, 1u << 20)
      .assumption(kBuffer);
  visit("response_command_credits", &Self::response_command_credits,
        "Response credits (RspCmd): read and write responses")
      .range(1, 1u << 20)
      .assumption(kBuffer);
  visit("response_data_credits", &Self::response_data_credits,
        "Buffers of 64 B for the data of read responses (RspData)")
      .range(1, 1u << 20)
      .assumption(kBuffer);
  visit("shared_credits", &Self::shared_credits,
        "Share of each class that all virtual channels use as one pool; the rest is split evenly. "
        "With one virtual channel all credits are one pool whatever this says")
      .range(0.0, 1.0)
      .assumption("0: credits by virtual channel only, which can't deadlock");
}

}  // namespace antares::protocols
