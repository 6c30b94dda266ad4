// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/tlp_types.h"

#include <cassert>

#include "antares/protocols/pcie/framing.h"
#include "antares/protocols/pcie/pcie_link_config.h"

namespace antares::protocols {
namespace {

constexpr TrafficClass P = TrafficClass::posted;
constexpr TrafficClass NP = TrafficClass::non_posted;
constexpr TrafficClass C = TrafficClass::completion;

// clang-format off
constexpr TlpTypeRow kRows[] = {
    // type                  name           code  class base ohc data   flit   grade source
    {TlpType::mrd32,        "MRd32",        0x03, NP,   3,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::mrd64,        "MRd64",        0x20, NP,   4,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::mrd_lk32,     "MRdLk32",      0x01, NP,   3,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::mrd_lk64,     "MRdLk64",      0x21, NP,   4,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::mwr32,        "MWr32",        0x40, P,    3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::mwr64,        "MWr64",        0x60, P,    4,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::io_rd,        "IORd",         0x02, NP,   3,   1,  false, false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::io_wr,        "IOWr",         0x42, NP,   3,   1,  true,  false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::cfg_rd0,      "CfgRd0",       0x04, NP,   3,   1,  false, false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::cfg_rd1,      "CfgRd1",       0x05, NP,   3,   1,  false, false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::cfg_wr0,      "CfgWr0",       0x44, NP,   3,   1,  true,  false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::cfg_wr1,      "CfgWr1",       0x45, NP,   3,   1,  true,  false, 'C', "facts/pcie6.md 2.1, 2.2"},
    {TlpType::cpl,          "Cpl",          0x0A, C,    3,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::cpl_d,        "CplD",         0x4A, C,    3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::cpl_lk,       "CplLk",        0x0B, C,    3,   0,  false, false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::cpl_d_lk,     "CplDLk",       0x4B, C,    3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::fetch_add32,  "FetchAdd32",   0x4C, NP,   3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::fetch_add64,  "FetchAdd64",   0x6C, NP,   4,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::swap32,       "Swap32",       0x4D, NP,   3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::swap64,       "Swap64",       0x6D, NP,   4,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::cas32,        "CAS32",        0x4E, NP,   3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::cas64,        "CAS64",        0x6E, NP,   4,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::dmwr32,       "DMWr32",       0x5B, NP,   3,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    {TlpType::dmwr64,       "DMWr64",       0x7B, NP,   4,   0,  true,  false, 'C', "facts/pcie6.md 2.2"},
    // assumption: one source has 3 DW for messages in flit mode, another 4; 4 is the older form's.
    {TlpType::msg,          "Msg",          0x30, P,    4,   0,  false, false, 'D', "facts/pcie6.md 2.2, open item 5"},
    {TlpType::msg_d,        "MsgD",         0x70, P,    4,   0,  true,  false, 'D', "facts/pcie6.md 2.2, open item 5"},
    {TlpType::uio_mrd,      "UIOMRd",       0x22, NP,   4,   0,  false, true,  'C', "facts/pcie6.md 2.2, 2.6"},
    {TlpType::uio_mwr,      "UIOMWr",       0x61, P,    4,   0,  true,  true,  'C', "facts/pcie6.md 2.2, 2.6"},
    {TlpType::uio_rd_cpl_d, "UIORdCplD",    0x48, C,    4,   0,  true,  true,  'C', "facts/pcie6.md 2.2, 2.6"},
    {TlpType::uio_rd_cpl,   "UIORdCpl",     0x0D, C,    3,   0,  false, true,  'C', "facts/pcie6.md 2.2, 2.6"},
    {TlpType::uio_wr_cpl,   "UIOWrCpl",     0x0C, C,    4,   0,  false, true,  'C', "facts/pcie6.md 2.2, 2.6"},
};
// clang-format on

constexpr bool rows_stand_at_their_index() {
  for (unsigned i = 0; i < kTlpTypes; ++i) {
    if (static_cast<unsigned>(kRows[i].type) != i) return false;
  }
  return true;
}
static_assert(sizeof(kRows) / sizeof(kRows[0]) == kTlpTypes && rows_stand_at_their_index(),
              "tlp_row() indexes the table by type");

}  // namespace

const TlpTypeRow& tlp_row(TlpType type) { return kRows[static_cast<unsigned>(type)]; }

std::uint32_t tlp_overhead_bytes(const PcieLinkConfig& config, TlpType type) {
  const TlpTypeRow& row = tlp_row(type);
  const bool flits = config.uses_flits();
  const bool completion = row.traffic_class == TrafficClass::completion;
  std::uint32_t dwords = row.base_dwords;
  // Completions never carry request content such as a PASID. What a type must carry in flit mode
  // (byte enables, destination segment) sits in its base header without flit mode.
  dwords += completion ? config.completion_ohc_dwords : config.request_ohc_dwords;
  if (flits && config.request_ohc_dwords == 0) dwords += row.required_ohc_dwords;
  return dwords * kBytesPerDword + (config.ecrc ? kEcrcBytes : 0) +
         (flits ? 0 : kPacketStartBytes + kLcrcBytes);
}

std::uint32_t tlp_wire_bytes(const PcieLinkConfig& config, TlpType type,
                             std::uint32_t payload_bytes) {
  assert(payload_bytes == 0 || tlp_row(type).has_data);
  return tlp_overhead_bytes(config, type) + payload_bytes;
}

}  // namespace antares::protocols
