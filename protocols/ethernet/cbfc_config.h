// SPDX-License-Identifier: Apache-2.0
// Knobs of credit-based flow control (CBFC) on Ethernet, with the ranges and defaults of the openly
// published OCP SAI proposal (facts/ualink_nvlink.md C.1, SPEC), and the price of a packet in
// credits. Spacings in bytes of the line, idle included.
#pragma once
#include <algorithm>
#include <cstdint>

namespace antares::protocols {

/// public: facts/ualink_nvlink.md C.1, SPEC
inline constexpr unsigned kCbfcCounterBits = 20;
inline constexpr std::uint32_t kCbfcCounterMask = (1u << kCbfcCounterBits) - 1;
inline constexpr std::uint32_t kCbfcMostVirtualChannels = 32;
inline constexpr std::uint32_t kCfUpdateBytes = 8;
inline constexpr std::uint32_t kCcUpdateBytes = 64;

struct CbfcConfig {
  std::uint32_t credit_bytes = 128;
  std::int32_t packet_overhead_bytes = 0;
  std::uint32_t cf_min_spacing_bytes = 6400;
  std::uint32_t cf_max_spacing_bytes = 262144;
  std::uint32_t cc_timer_us = 256;

  template <class Visitor>
  static void fields(Visitor& visit);
};

/// Credits that a packet takes: ceil((size + overhead) / credit size). At least one (assumption):
/// whatever its size, it lies in a cell of its own.
inline std::uint32_t cbfc_credits(const CbfcConfig& config, std::uint32_t packet_bytes) {
  const std::int64_t bytes = std::int64_t{packet_bytes} + config.packet_overhead_bytes;
  const std::int64_t unit = std::max(1u, config.credit_bytes);
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, (bytes + unit - 1) / unit));
}

template <class Visitor>
void CbfcConfig::fields(Visitor& visit) {
  using Self = CbfcConfig;
  constexpr auto kPublic = "public: facts/ualink_nvlink.md C.1 (CBFC), grade SPEC";
  visit("credit_bytes", &Self::credit_bytes, "Buffer that one credit stands for")
      .range(32, 65535)
      .source(kPublic);
  visit("packet_overhead_bytes", &Self::packet_overhead_bytes,
        "Bytes that the receiver's buffer needs beside each packet, or less for what it strips")
      .range(-16, 127)
      .source(kPublic);
  visit("cf_min_spacing_bytes", &Self::cf_min_spacing_bytes,
        "Least line bytes between two credit returns (CF_Update)")
      .range(800, 1u << 20)
      .source(kPublic);
  visit("cf_max_spacing_bytes", &Self::cf_max_spacing_bytes,
        "Line bytes after which a credit return is repeated, in steps of 16 KiB")
      .range(16384, 1u << 20)
      .source(kPublic);
  visit("cc_timer_us", &Self::cc_timer_us,
        "Time between two messages that repair lost credits (CC_Update)")
      .range(1, 250000)
      .source(kPublic);
}

}  // namespace antares::protocols
