// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/tl_items.h"

#include <array>

namespace antares::protocols {
namespace {

using Type = TlItemType;

const std::array<TlItemRow, kTlItemTypes>& rows() {
  // public: facts/ualink_nvlink.md A.4, SEC
  static const std::array<TlItemRow, kTlItemTypes> table = {{
      {Type::flow_control,
       "flow control or NOP",
       0,
       1,
       false,
       {{"ftype", 4}, {"req_cmd", 6}, {"rsp_cmd", 6}, {"req_data", 8}, {"rsp_data", 8}}},
      {Type::request,
       "uncompressed request",
       1,
       4,
       true,
       {{"ftype", 4},
        {"cmd", 6},
        {"vc", 2},
        {"asi", 2},
        {"tag", 11},
        {"pool", 1},
        {"attr", 8},
        {"len", 6},
        {"metadata", 8},
        {"addr", 55},
        {"src", 10},
        {"dst", 10},
        {"cache_load", 1},
        {"cache_way", 2},
        {"beats", 2}}},
      {Type::response,
       "uncompressed response",
       2,
       2,
       true,
       {{"ftype", 4},
        {"vc", 2},
        {"tag", 11},
        {"pool", 1},
        {"len", 2},
        {"offset", 2},
        {"status", 4},
        {"rd_wr", 1},
        {"last", 1},
        {"src", 10},
        {"dst", 10},
        {"spare", 16}}},
      {Type::compressed_request,
       "compressed request",
       3,
       2,
       true,
       {{"ftype", 4},
        {"cmd", 3},
        {"vc", 2},
        {"asi", 2},
        {"tag", 11},
        {"pool", 1},
        {"len", 2},
        {"metadata", 3},
        {"addr", 14},
        {"src", 10},
        {"dst", 10},
        {"way", 2}}},
      {Type::compressed_beat_response,
       "compressed single-beat read response",
       4,
       1,
       true,
       {{"ftype", 4},
        {"vc", 2},
        {"tag", 11},
        {"pool", 1},
        {"dst", 10},
        {"offset", 2},
        {"last", 1},
        {"spare", 1}}},
      {Type::compressed_response,
       "compressed write response or multi-beat read response",
       5,
       1,
       true,
       {{"ftype", 4},
        {"vc", 2},
        {"tag", 11},
        {"pool", 1},
        {"dst", 10},
        {"len", 2},
        {"rd_wr", 1},
        {"spare", 1}}},
  }};
  return table;
}

}  // namespace

const TlItemRow& tl_item_row(TlItemType type) { return rows()[static_cast<unsigned>(type)]; }

std::uint32_t tl_item_sectors(TlItemType type) { return tl_item_row(type).sectors; }

}  // namespace antares::protocols
