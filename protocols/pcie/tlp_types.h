// SPDX-License-Identifier: Apache-2.0
// Every TLP type of the model with its header size, credit class and the reliability of both: the
// one table to correct with a licensed copy of the standard. Rows follow facts/pcie6.md 2.1, 2.2.
// Sizes are those of flit mode; without it the same base holds, except where a row says otherwise.
// Not here: NOPs, prefixes and the local TLP prefix, which belong to packing, not to traffic.
#pragma once
#include <cstdint>
#include <string_view>

#include "antares/protocols/common/packet.h"

namespace antares::protocols {

struct PcieLinkConfig;

enum class TlpType : std::uint8_t {
  mrd32,
  mrd64,
  mrd_lk32,
  mrd_lk64,
  mwr32,
  mwr64,
  io_rd,
  io_wr,
  cfg_rd0,
  cfg_rd1,
  cfg_wr0,
  cfg_wr1,
  cpl,
  cpl_d,
  cpl_lk,
  cpl_d_lk,
  fetch_add32,
  fetch_add64,
  swap32,
  swap64,
  cas32,
  cas64,
  dmwr32,
  dmwr64,
  msg,
  msg_d,
  uio_mrd,
  uio_mwr,
  uio_rd_cpl_d,
  uio_rd_cpl,
  uio_wr_cpl
};
inline constexpr unsigned kTlpTypes = static_cast<unsigned>(TlpType::uio_wr_cpl) + 1;

struct TlpTypeRow {
  TlpType type;
  std::string_view name;
  std::uint8_t code;                 ///< type field in flit mode; messages: routing 0
  TrafficClass traffic_class;        ///< the credits it uses, on its VC (UIO: see facts 2.6)
  std::uint8_t base_dwords;          ///< header without OHC
  std::uint8_t required_ohc_dwords;  ///< OHC-A flavours that are always there (A2, A3)
  bool has_data;
  bool flit_mode_only;
  char grade;  ///< A to D as in the facts; D needs a licensed copy
  std::string_view source;
};

const TlpTypeRow& tlp_row(TlpType type);

/// Bytes of a TLP without its payload: framing and LCRC (without flit mode), header base, OHC or
/// prefixes, ECRC. Byte enables and completion status of single TLPs come on top (PciePolicy).
std::uint32_t tlp_overhead_bytes(const PcieLinkConfig& config, TlpType type);

/// The same plus a payload of `payload_bytes`, which types without data must not have (asserted).
std::uint32_t tlp_wire_bytes(const PcieLinkConfig& config, TlpType type,
                             std::uint32_t payload_bytes);

}  // namespace antares::protocols
