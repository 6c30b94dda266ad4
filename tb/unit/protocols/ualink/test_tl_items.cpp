// SPDX-License-Identifier: Apache-2.0
// The rows of the item table of facts/ualink_nvlink.md A.4: fields fill whole sectors, to the bit.
#include <gtest/gtest.h>

#include "antares/protocols/ualink/tl_items.h"
#include "antares/protocols/ualink/upli.h"

namespace antares::protocols {
namespace {

std::uint32_t field_bits(TlItemType type, std::string_view name) {
  for (const TlField& field : tl_item_row(type).fields) {
    if (field.name == name) return field.bits;
  }
  return 0;
}

TEST(UalinkTlItems, FieldsFillTheSectorsOfEachRow) {
  const std::uint32_t bits_by_ftype[] = {32, 128, 64, 64, 32, 32};
  for (unsigned i = 0; i < kTlItemTypes; ++i) {
    const TlItemRow& row = tl_item_row(static_cast<TlItemType>(i));
    SCOPED_TRACE(row.name);
    EXPECT_EQ(static_cast<unsigned>(row.type), i);
    EXPECT_EQ(row.ftype, i);
    std::uint32_t bits = 0;
    for (const TlField& field : row.fields) bits += field.bits;
    EXPECT_EQ(bits, bits_by_ftype[i]);
    EXPECT_EQ(bits, row.sectors * kSectorBytes * 8);
    EXPECT_EQ(row.fields.front().name, "ftype");
    EXPECT_EQ(row.tagged, row.type != TlItemType::flow_control);
  }
}

TEST(UalinkTlItems, WidthsAgreeWithTheInterfaceAbove) {
  for (const TlItemType type : {TlItemType::request, TlItemType::compressed_request}) {
    EXPECT_EQ(1u << field_bits(type, "dst"), kUalinkIds);
    EXPECT_EQ(1u << field_bits(type, "src"), kUalinkIds);
    EXPECT_EQ(field_bits(type, "tag"), upli_field_bits(UpliChannel::request, "tag"));
    EXPECT_EQ(field_bits(type, "vc"), upli_field_bits(UpliChannel::request, "vc"));
  }
  // Double word address above, bits 19:6 below: 14 bits of 64 B beats and a region of 2^20.
  EXPECT_EQ(field_bits(TlItemType::request, "addr") + 2, kUalinkAddressBits);
  EXPECT_EQ(field_bits(TlItemType::compressed_request, "addr") + 6, 20u);
  EXPECT_EQ(field_bits(TlItemType::request, "len"), 6u) << "up to 64 double words, 256 B";
  EXPECT_EQ((1u << 6) * 4, kRequestBytes);
}

}  // namespace
}  // namespace antares::protocols
