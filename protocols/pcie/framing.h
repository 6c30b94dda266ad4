// SPDX-License-Identifier: Apache-2.0
// Constants of PCIe packet and flit framing, each with its source, and the link rate they add up
// to. Follows facts/pcie6.md 1.1 to 1.5. FEC, CRC and DLP contents are not modelled: in flit mode
// they are bytes that TLPs can't have. Times in picoseconds.
#pragma once
#include <cstdint>

#include "antares/protocols/common/link_timing.h"

namespace antares::protocols {

struct PcieLinkConfig;

inline constexpr std::uint32_t kBytesPerDword = 4;
inline constexpr std::uint32_t kDataCreditBytes = 16;  // public: facts/pcie6.md 3.1, A
inline constexpr std::uint32_t kPageBytes = 4096;      // public: facts/pcie6.md 2.5, A

/// Unordered I/O: a request stays in one region, and is answered in multiples of the boundary.
inline constexpr std::uint32_t kUioRegionBytes = 256;             // public: facts/pcie6.md 2.6, A
inline constexpr std::uint32_t kUioCompletionBoundaryBytes = 64;  // public: facts/pcie6.md 2.6, B
/// Largest deferrable write.
inline constexpr std::uint32_t kDmwrBytes = 128;  // public: facts/pcie6.md 2.5, D

inline constexpr std::uint32_t kFlitBytes = 256;     // public: facts/pcie6.md 1.2, A
inline constexpr std::uint32_t kFlitTlpBytes = 236;  // public: facts/pcie6.md 1.2, C
/// At most 8 TLPs a half flit, so a TLP occupies at least 236 / 16 bytes however small it is.
inline constexpr std::uint32_t kTlpsPerFlit = 16;  // public: facts/pcie6.md 1.3, C

/// Without flit mode. Generation 3 to 5: a start token of 4 B that holds the sequence number, and 4
/// B of LCRC (public: facts/pcie6.md 1.5, X). Generation 1 and 2 frame with a start symbol, 2 B of
/// sequence number, LCRC and an end symbol (D): the same 8 B in all, of which 3 precede the header.
inline constexpr std::uint32_t kPacketStartBytes = 4;
inline constexpr std::uint32_t kLcrcBytes = 4;
inline constexpr std::uint32_t kPacketStartBytesGen1 = 3;
inline constexpr std::uint32_t kEcrcBytes = 4;  // public: facts/pcie6.md 2.1, C

/// Rate of one direction; `config` must be free of problems(). Shares taken by DLLPs and SKP
/// ordered sets are exact to 1e-7.
LinkRate pcie_rate(const PcieLinkConfig& config);

}  // namespace antares::protocols
