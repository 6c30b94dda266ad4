// SPDX-License-Identifier: Apache-2.0
// Everything that describes one PCIe link: width, speed, framing, sizes, and the credits that the
// receiver at either end grants. Both ends are taken as configured alike. Follows facts/pcie6.md
// sections 1 to 3; link training, power states and errors are not here.
// The credit counts are the receiver's whole buffer of a class, over all its virtual channels.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/replay_config.h"

namespace antares::protocols {

enum class FlitMode : std::uint8_t { automatic, on, off };

struct PcieLinkConfig {
  std::uint32_t generation = 6;
  std::uint32_t lanes = 16;
  FlitMode flit_mode = FlitMode::automatic;
  std::uint32_t mps_bytes = 256;
  std::uint32_t mrrs_bytes = 512;
  std::uint32_t rcb_bytes = 128;
  std::uint32_t tag_bits = 10;
  std::uint32_t virtual_channels = 1;
  std::uint32_t uio_vc = 0;
  bool uio_256b_rule = true;
  bool address64 = true;
  std::uint32_t request_ohc_dwords = 0;
  std::uint32_t completion_ohc_dwords = 0;
  bool ecrc = false;
  bool dword_padding = true;
  std::uint32_t l0p_exit_latency_ns = 2000;
  double dllp_share = 0;
  double skp_share = 0;
  bool selective_nak = false;
  ReplayConfig replay;
  std::uint32_t replay_trainings = 4;
  std::uint32_t posted_header_credits = 1024;
  std::uint32_t posted_data_credits = 16384;
  std::uint32_t non_posted_header_credits = 1024;
  std::uint32_t non_posted_data_credits = 1024;
  std::uint32_t completion_header_credits = 1024;
  std::uint32_t completion_data_credits = 16384;
  double shared_credits = 0;

  /// Flit mode in effect: automatic means on at generation 6.
  bool uses_flits() const;

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Cross-field mistakes and values out of range, one sentence each; empty when the link can be
/// built. Complete on its own, so that a link set up in C++ is checked as one read from YAML.
std::vector<std::string> problems(const PcieLinkConfig& config);

/// Transaction tags that a requester may have in flight with tags of this width; 0 for a width that
/// does not exist.
std::uint32_t usable_tags(std::uint32_t tag_bits);

/// Unit in which a pool of this size has to be advertised (flow-control scaling): 1, 4 or 16, or 0
/// when no scale reaches that far.
std::uint32_t header_credit_scale(std::uint32_t credits);
std::uint32_t data_credit_scale(std::uint32_t credits);

template <class Visitor>
void PcieLinkConfig::fields(Visitor& visit) {
  using Self = PcieLinkConfig;
  constexpr auto kBuffer =
      "receiver buffers are not public; 256 KiB of data a class, so that a 64 KiB train is a "
      "quarter of its pool";
  visit("generation", &Self::generation, "PCIe generation: 2.5, 5, 8, 16, 32 or 64 GT/s a lane")
      .range(1, 6)
      .source("public: facts/pcie6.md 1.1, grade X");
  visit("lanes", &Self::lanes, "Lanes of the link: 1, 2, 4, 8 or 16")
      .one_of({1, 2, 4, 8, 16})
      .source("public: facts/pcie6.md 1.7, grade A");
  visit("flit_mode", &Self::flit_mode, "256 B flits: auto (on at generation 6), on, or off")
      .names({{"auto", FlitMode::automatic}, {"on", FlitMode::on}, {"off", FlitMode::off}})
      .source("public: facts/pcie6.md 1.2, grade A");
  visit("mps_bytes", &Self::mps_bytes, "Largest payload of a TLP (MPS)")
      .one_of({128, 256, 512, 1024, 2048, 4096})
      .source("public: facts/pcie6.md 2.5, grade A");
  visit("mrrs_bytes", &Self::mrrs_bytes, "Largest read request (MRRS)")
      .one_of({128, 256, 512, 1024, 2048, 4096})
      .source("public: facts/pcie6.md 2.5, grade A");
  visit("rcb_bytes", &Self::rcb_bytes, "Read completion boundary: completions end on multiples")
      .one_of({64, 128})
      .source("public: facts/pcie6.md 2.5, grade D for the rule");
  visit("tag_bits", &Self::tag_bits, "Width of transaction tags; 14 needs flit mode")
      .one_of({5, 8, 10, 14})
      .source("public: facts/pcie6.md 2.5, grade A");
  visit("virtual_channels", &Self::virtual_channels, "Virtual channels in use")
      .range(1, 8)
      .source("public: facts/pcie6.md 2.6, grade B");
  visit("uio_vc", &Self::uio_vc,
        "Virtual channel of unordered I/O (UIO), which carries nothing else: 3 or 4; 0: no UIO. "
        "Needs flit mode and virtual_channels above it")
      .one_of({0, 3, 4})
      .source("public: facts/pcie6.md 2.6, grade B");
  visit("uio_256b_rule", &Self::uio_256b_rule,
        "UIO requests end at each 256 B boundary; off: at 4 KiB, as others do")
      .source("public: facts/pcie6.md 2.6, grade A");
  visit("address64", &Self::address64, "Memory requests carry 64-bit addresses (4 DW headers)")
      .assumption("device memory of a GPU fabric lies above 4 GiB");
  visit("request_ohc_dwords", &Self::request_ohc_dwords,
        "Orthogonal header content on each request, in DW, OHC-A1 included (1 for a PASID); "
        "without flit mode, TLP prefixes")
      .range(0, 7)
      .assumption("no PASID, hints or segments on peer-to-peer traffic");
  visit("completion_ohc_dwords", &Self::completion_ohc_dwords,
        "Orthogonal header content on each completion, in DW (OHC-A5 for segments)")
      .range(0, 7)
      .assumption("one segment, so that successful completions carry no OHC-A5");
  visit("ecrc", &Self::ecrc, "Every TLP carries an end-to-end CRC of 4 B")
      .assumption("end-to-end CRC is off unless asked for, as software leaves it");
  visit("dword_padding", &Self::dword_padding,
        "Pad bytes of partial double words cost wire time; off counts payload bytes only, as "
        "published bandwidth models do")
      .source("public: facts/pcie6.md 2.1 (Length in DW), grade C");
  visit("l0p_exit_latency_ns", &Self::l0p_exit_latency_ns,
        "Time in which lanes that L0p adds are retrained")
      .range(0, 64000)
      .assumption("upper end of exit latency code 1 (1-2 us); no product states it");
  visit("dllp_share", &Self::dllp_share,
        "Share of the line that DLLPs take without flit mode (in flit mode they ride in the flit)")
      .range(0.0, 0.5)
      .assumption("0: depends on the acknowledgement policy; about 0.08-0.10 in published models");
  visit("selective_nak", &Self::selective_nak,
        "Flit mode: one failed flit is sent again and later ones are held, in place of all again")
      .source("public: facts/pcie6.md 1.4, grade A on S5, S6");
  visit("replay", &Self::replay, "Replay of units that failed; used where faults are configured");
  visit("replay_trainings", &Self::replay_trainings,
        "After replay.limit replays without progress (REPLAY_NUM rolls over) the link is trained "
        "anew and "
        "sends everything again, nothing is lost; after so many such trainings in a row it is "
        "reset. 0: reset at once")
      .range(0, 1000)
      .assumption(
          "the standard trains as often as it takes; a bound, so that a dead line ends in an "
          "error");
  visit("skp_share", &Self::skp_share, "Share of the line that SKP ordered sets take")
      .range(0.0, 0.1)
      .assumption("0: the interval in flit mode is not public");
  visit("posted_header_credits", &Self::posted_header_credits, "Posted header credits (PH)")
      .range(1, 2032)
      .assumption(kBuffer);
  visit("posted_data_credits", &Self::posted_data_credits, "Posted data credits of 16 B (PD)")
      .range(1, 32752)
      .assumption(kBuffer);
  visit("non_posted_header_credits", &Self::non_posted_header_credits,
        "Non-posted header credits (NPH)")
      .range(1, 2032)
      .assumption(kBuffer);
  visit("non_posted_data_credits", &Self::non_posted_data_credits,
        "Non-posted data credits of 16 B (NPD): atomics and deferrable writes")
      .range(1, 32752)
      .assumption(kBuffer);
  visit("completion_header_credits", &Self::completion_header_credits,
        "Completion header credits (CplH)")
      .range(1, 2032)
      .assumption(kBuffer);
  visit("completion_data_credits", &Self::completion_data_credits,
        "Completion data credits of 16 B (CplD)")
      .range(1, 32752)
      .assumption(kBuffer);
  visit("shared_credits", &Self::shared_credits,
        "Share of each pool that all virtual channels use together (flit mode); the rest is split "
        "evenly. With one virtual channel all credits are one pool whatever this says")
      .range(0.0, 1.0)
      .assumption("0: dedicated credits only, which can't deadlock");
}

}  // namespace antares::protocols
