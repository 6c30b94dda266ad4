// SPDX-License-Identifier: Apache-2.0
// Parameters of a link's replay that no protocol publishes in full; what is fixed (sequence
// numbers, scheme) is each policy's. Defaults are the protocol's own, given where its link config
// has one. Unit of time: nanoseconds in keys.
#pragma once
#include <algorithm>

#include "antares/protocols/common/go_back_n.h"

namespace antares::protocols {

struct ReplayConfig {
  std::uint32_t depth_units = 511;
  double acknowledge_ns = 0;
  double timeout_ns = 2000;
  std::uint32_t limit = 4;
  GaveUp gives_up = GaveUp::reset;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ReplayConfig;
    visit(
        "depth_units", &C::depth_units,
        "Units (flits, packets) that may be sent and not acknowledged: the replay buffer. At most "
        "half of the protocol's sequence numbers are used")
        .range(1, 1 << 16)
        .assumption(
            "PCIe 6 flits: 511 follow from 10-bit numbers (facts/pcie6.md 1.4, X); UALink-class: a "
            "window of 256 (facts/ualink_nvlink.md A.5, SEC); NVLink-class: not published");
    visit("acknowledge_ns", &C::acknowledge_ns,
          "From a unit's last bit at the receiver until its acknowledgement leaves")
        .range(0, 1e6)
        .assumption("not published; acknowledgements ride in every flit (facts/pcie6.md 1.4, X)");
    visit("timeout_ns", &C::timeout_ns, "Without an acknowledgement everything is sent again")
        .range(1, 1e9)
        .assumption("not published (facts/pcie6.md 10 item 8; ualink_nvlink.md G)");
    visit("limit", &C::limit,
          "Replays in a row without progress until the link is reset (PCIe: trained anew)")
        .range(1, 1000)
        .assumption("PCIe's non-flit modes: 4; not published for the others");
    visit("gives_up", &C::gives_up,
          "What becomes of the link then: reset (trained from the start by itself) or hold_down "
          "(down until it is released; requests meanwhile end with an error)")
        .names({{"reset", GaveUp::reset}, {"hold_down", GaveUp::hold_down}})
        .assumption(
            "PCIe, NVLink-class: reset, not published for the latter; UALink-class: hold_down, "
            "since "
            "what a receiver can't repair is fatal to the link and a drop mode finishes "
            "outstanding "
            "work (facts/ualink_nvlink.md A.5, A.8, SEC), and what ends it is not published");
  }

  /// With what the protocol fixes. Values that no state machine could work with are taken for the
  /// nearest that one can: a link set up in C++ has not passed the ranges above.
  GoBackNConfig state_machines(ReplayScheme scheme, std::uint32_t sequence_bits,
                               bool zero_reserved) const {
    GoBackNConfig config;
    config.scheme = scheme;
    config.sequence_bits = sequence_bits;
    config.zero_reserved = zero_reserved;
    const std::uint32_t half = (1u << (sequence_bits - 1)) - 1;
    config.depth_units = std::max(1u, std::min(depth_units, half));
    config.acknowledge_ps = static_cast<Picoseconds>(acknowledge_ns * 1000 + 0.5);
    config.timeout_ps = std::max<Picoseconds>(1, static_cast<Picoseconds>(timeout_ns * 1000 + 0.5));
    config.limit = std::max(1u, limit);
    config.gives_up = gives_up;
    return config;
  }
};

}  // namespace antares::protocols
