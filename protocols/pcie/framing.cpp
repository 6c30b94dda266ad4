// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/framing.h"

#include <cassert>
#include <cmath>
#include <numeric>

#include "antares/protocols/pcie/pcie_link_config.h"

namespace antares::protocols {
namespace {

struct LaneRate {
  std::uint64_t transfers_per_us;  ///< a lane's transfers in a microsecond (2.5 GT/s: 2500)
  std::uint64_t code_bits;         ///< bits on the wire ...
  std::uint64_t data_bits;         ///< ... for this many of data
};

// public: facts/pcie6.md 1.1, X and A
constexpr LaneRate kLaneRates[] = {{2500, 10, 8},     {5000, 10, 8},     {8000, 130, 128},
                                   {16000, 130, 128}, {32000, 130, 128}, {64000, 1, 1}};

struct Ratio {
  std::uint64_t numerator = 1;
  std::uint64_t denominator = 1;

  void times(std::uint64_t over, std::uint64_t under) {
    const std::uint64_t a = std::gcd(over, denominator);
    const std::uint64_t b = std::gcd(numerator, under);
    numerator = (numerator / b) * (over / a);
    denominator = (denominator / a) * (under / b);
  }
};

}  // namespace

LinkRate pcie_rate(const PcieLinkConfig& config) {
  assert(config.generation >= 1 && config.generation <= 6);
  const LaneRate& lane = kLaneRates[config.generation - 1];
  // Picoseconds a byte: 8 bits, coded, at so many transfers in a million picoseconds.
  Ratio per_byte;
  per_byte.times(8 * 1000000, lane.transfers_per_us * config.lanes);
  per_byte.times(lane.code_bits, lane.data_bits);

  LinkRate rate;
  rate.raw_GBps =
      1000.0 * static_cast<double>(per_byte.denominator) / static_cast<double>(per_byte.numerator);
  const bool flits = config.uses_flits();
  if (flits) per_byte.times(kFlitBytes, kFlitTlpBytes);

  // Decimal shares become a ratio small enough for LinkTiming's 64-bit products: a train of 1 MiB
  // with its headers times the numerator stays below 2^64 for every legal configuration.
  constexpr std::uint64_t kParts = 10000000;
  const double kept = (flits ? 1.0 : 1.0 - config.dllp_share) * (1.0 - config.skp_share);
  per_byte.times(kParts, static_cast<std::uint64_t>(std::llround(kept * kParts)));

  rate.per_byte = {per_byte.numerator, per_byte.denominator};
  rate.flit_usable_bytes = flits ? kFlitTlpBytes : 1;
  if (!flits) {
    const std::uint32_t start = config.generation <= 2 ? kPacketStartBytesGen1 : kPacketStartBytes;
    rate.header_collect_bytes = start + (config.address64 ? 4 : 3) * kBytesPerDword;
  }
  return rate;
}

}  // namespace antares::protocols
