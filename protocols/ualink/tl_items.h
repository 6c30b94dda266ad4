// SPDX-License-Identifier: Apache-2.0
// What the transaction layer packs: six kinds of item in sectors of 4 B, with their fields. The one
// table to correct with a licensed copy of the specification (facts/ualink_nvlink.md A.4; sizes of
// items and fields are [SEC], a third party's notes). Half-flits of 32 B are eight sectors; two
// make a TL flit of 64 B. No unit of time.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace antares::protocols {

inline constexpr std::uint32_t kSectorBytes = 4;
inline constexpr std::uint32_t kHalfFlitBytes = 32;
inline constexpr std::uint32_t kTlFlitBytes = 64;  // public: A.2 row 2, VEND
inline constexpr std::uint32_t kSectorsPerHalf = kHalfFlitBytes / kSectorBytes;
/// A data beat, and the unit of a data credit.
inline constexpr std::uint32_t kBeatBytes = 64;
inline constexpr std::uint32_t kHalvesPerBeat = kBeatBytes / kHalfFlitBytes;
/// Requests end at each multiple of this. public: A.2, VEND
inline constexpr std::uint32_t kRequestBytes = 256;
/// Tags of 8 B in an authentication half-flit, which serves one control half-flit.
inline constexpr std::uint32_t kTagsPerHalf = 4;

/// In the order of their FTYPE codes.
enum class TlItemType : std::uint8_t {
  flow_control,
  request,
  response,
  compressed_request,
  compressed_beat_response,  ///< read response of a single beat
  compressed_response        ///< write response, or read response of several beats
};
inline constexpr unsigned kTlItemTypes = static_cast<unsigned>(TlItemType::compressed_response) + 1;

struct TlField {
  std::string_view name;
  std::uint8_t bits;
};

struct TlItemRow {
  TlItemType type;
  std::string_view name;
  std::uint8_t ftype;
  std::uint8_t sectors;
  bool tagged;                  ///< carries an authentication tag where the link has them
  std::vector<TlField> fields;  ///< high to low
};

const TlItemRow& tl_item_row(TlItemType type);
/// The same without the table's indirection, for arithmetic.
std::uint32_t tl_item_sectors(TlItemType type);

}  // namespace antares::protocols
