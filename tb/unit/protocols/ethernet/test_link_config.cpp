// SPDX-License-Identifier: Apache-2.0
// The Ethernet link's configuration: what is refused and how it is said, and that the list of keys
// agrees with the checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "antares/protocols/common/fields.h"
#include "antares/protocols/ethernet/ethernet_policy.h"

namespace antares::protocols {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Change>
std::vector<std::string> problems_with(Change change) {
  EthernetLinkConfig config;
  change(config);
  return problems(config);
}

TEST(EthernetLinkConfig, TheDefaultsAreLegalInEveryFraming) {
  for (const EthernetFraming framing : {EthernetFraming::roce_v2, EthernetFraming::sue,
                                        EthernetFraming::sue_lite, EthernetFraming::esun}) {
    EXPECT_THAT(problems_with([=](auto& c) { c.framing = framing; }), IsEmpty());
  }
}

TEST(EthernetLinkConfig, MessagesSayWhatWhereAndWhatWouldBeRight) {
  EXPECT_THAT(problems_with([](auto& c) { c.lanes = 3; }),
              ElementsAre("lanes is 3; it must be 1, 2, 4 or 8"));
  EXPECT_THAT(problems_with([](auto& c) { c.lane_GTps = 128; }),
              ElementsAre("lane_GTps is 128; it must be 106.25 or 212.5"));
  EXPECT_THAT(problems_with([](auto& c) { c.phy_ns = std::nan(""); }),
              ElementsAre(HasSubstr("phy_ns")));
  EXPECT_THAT(problems_with([](auto& c) { c.cbfc.cf_min_spacing_bytes = 799; }),
              ElementsAre(HasSubstr("cbfc.cf_min_spacing_bytes is 799; it must be from 800")));
  EXPECT_THAT(problems_with([](auto& c) { c.cbfc.cf_max_spacing_bytes = 20000; }),
              ElementsAre(HasSubstr("multiple of 16384")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.cbfc.cf_max_spacing_bytes = 16384;
                c.cbfc.cf_min_spacing_bytes = 16385;
              }),
              ElementsAre(HasSubstr("smaller than cbfc.cf_min_spacing_bytes")));
  EXPECT_THAT(problems_with([](auto& c) { c.virtual_channels = 6; }),
              ElementsAre(HasSubstr("sue has at most 4")));
  EXPECT_THAT(problems_with([](auto& c) { c.virtual_channels = 3; }),
              ElementsAre(HasSubstr("must be even")));
  EXPECT_THAT(problems_with([](auto& c) { c.mtu_bytes = 271; }),
              ElementsAre(HasSubstr("use 272 to 4096")));
  EXPECT_THAT(problems_with([](auto& c) { c.message_bytes = 8192; }),
              ElementsAre(HasSubstr("message_bytes is set for framing sue")));
}

TEST(EthernetLinkConfig, RulesOfEachFraming) {
  const auto roce = [](auto change) {
    return problems_with([&](auto& c) {
      c.framing = EthernetFraming::roce_v2;
      change(c);
    });
  };
  EXPECT_THAT(roce([](auto& c) { c.mtu_bytes = 1500; }),
              Contains(HasSubstr("mtu_bytes is 1500; it must be 256, 512, 1024, 2048 or 4096")));
  EXPECT_THAT(roce([](auto& c) { c.message_bytes = 5000; }),
              ElementsAre(HasSubstr("multiple of it (4096)")));
  EXPECT_THAT(roce([](auto& c) { c.sue_header = SueHeader::ip_udp; }),
              ElementsAre(HasSubstr("sue_header is set for framing roce_v2")));
  EXPECT_THAT(roce([](auto& c) { c.command_bytes = 8; }), ElementsAre(HasSubstr("command_bytes")));
  EXPECT_THAT(roce([](auto& c) { c.virtual_channels = 32; }), IsEmpty());
  EXPECT_THAT(roce([](auto& c) {
                c.virtual_channels = 32;
                c.flow_control = EthernetFlowControl::pfc;
              }),
              ElementsAre(HasSubstr("PFC pauses at most 8 classes")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.framing = EthernetFraming::sue_lite;
                c.mtu_bytes = 2048;
              }),
              ElementsAre(HasSubstr("at most 1024")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.framing = EthernetFraming::esun;
                c.sue_header = SueHeader::compressed;
              }),
              ElementsAre(HasSubstr("sue_header is set for framing esun")));
}

TEST(EthernetLinkConfig, ABufferHoldsAPacketAndFitsTheCounters) {
  EXPECT_THAT(problems_with([](auto& c) { c.vc_buffer_bytes = 4096; }),
              ElementsAre(HasSubstr("the largest packet needs")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.vc_buffer_bytes = 1u << 26;
                c.cbfc.credit_bytes = 32;
              }),
              ElementsAre(HasSubstr("counters of 20 bits allow 1048575")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.flow_control = EthernetFlowControl::pfc;
                c.pfc_headroom_bytes = 307200;
              }),
              ElementsAre(HasSubstr("leaves 0 credits")));
}

TEST(EthernetLinkConfig, ImpossibleLinksAreNotBuilt) {
  EthernetLinkConfig config;
  config.lanes = 0;
  config.min_frame_bytes = 1;
  EXPECT_EQ(problems(config).size(), 2u);
  EXPECT_THROW(EthernetPolicy{config}, std::invalid_argument);
}

/// Calls visit(field, structure) for each key, nested ones too.
template <class Visit>
void each_field(const StructFields& fields, void* structure, const Visit& visit) {
  for (const FieldInfo& field : fields.fields) {
    if (field.type->kind() == FieldKind::structure) {
      each_field(*field.type->structure(), field.at(structure), visit);
    } else {
      visit(field, structure);
    }
  }
}

TEST(EthernetLinkConfig, EveryKeySaysWhereItsNumberComesFrom) {
  EthernetLinkConfig config;
  each_field(struct_fields<EthernetLinkConfig>(), &config, [](const FieldInfo& field, void*) {
    EXPECT_NE(field.source.empty(), field.assumption.empty()) << field.key;
    EXPECT_FALSE(field.doc.empty()) << field.key;
  });
}

TEST(EthernetLinkConfig, RangesOfTheKeysAgreeWithTheChecks) {
  EthernetLinkConfig config;
  each_field(struct_fields<EthernetLinkConfig>(), &config,
             [&config](const FieldInfo& field, void* structure) {
               if (!field.high) return;
               const FieldValue before = field.type->get(field.at(structure));
               field.type->set(field.at(structure), *field.high + 1);
               EXPECT_THAT(problems(config), Contains(HasSubstr(field.key))) << field.key;
               field.type->set(field.at(structure), before);
               EXPECT_THAT(problems(config), IsEmpty()) << field.key;
             });
}

}  // namespace
}  // namespace antares::protocols
