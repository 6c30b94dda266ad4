// SPDX-License-Identifier: Apache-2.0
// The data link flit and the FEC codeword that carries it, and what they make of a link's rate.
// RS(544,514) over 10-bit symbols: 640 B of DL flit are 20 blocks of 256 bits, 5140 bits as 257-bit
// blocks, 514 symbols: one DL flit is exactly one codeword of 680 B (facts/ualink_nvlink.md A.5,
// A.6). Times in picoseconds, exact for both lane rates and all widths.
#pragma once
#include "antares/protocols/common/link_timing.h"
#include "antares/protocols/ualink/ualink_link_config.h"

namespace antares::protocols {

// public: facts/ualink_nvlink.md A.5, SEC (628 B of payload, 3 + 5 x 1 + 4 B of headers and CRC)
// and VEND (640 B, 680 B)
inline constexpr std::uint32_t kDlPayloadBytes = 628;
inline constexpr std::uint32_t kDlFlitBytes = 640;
inline constexpr std::uint32_t kCodewordBytes = 680;

/// Time of one codeword on the link; 6.4 ns on four lanes of 212.5 GT/s.
Picoseconds codeword_ps(const UalinkLinkConfig& config);

/// Usable bytes are those of TL flits: 628 a codeword. raw_GBps is the rate at which bytes of DL
/// flits pass, after line code and FEC parity: the 800 Gb/s that an x4 port is called by.
LinkRate ualink_rate(const UalinkLinkConfig& config);

/// What a crossing takes beyond serialisation: the other codewords of the interleave group, which
/// have to be in before any is decoded (the first is LinkRate's to collect), and the correction.
Picoseconds fec_delay_ps(const UalinkLinkConfig& config);

}  // namespace antares::protocols
