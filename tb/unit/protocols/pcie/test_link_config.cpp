// SPDX-License-Identifier: Apache-2.0
// The link's configuration: what is refused and how it is said, what a receiver grants, and that
// the list of keys agrees with the checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/common/fields.h"
#include "antares/protocols/ideal/ideal_link_config.h"
#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Change>
std::vector<std::string> problems_with(Change change) {
  PcieLinkConfig config;
  change(config);
  return problems(config);
}

TEST(PcieLinkConfig, TheDefaultsAreALegalGen6X16Link) {
  EXPECT_THAT(problems(PcieLinkConfig{}), IsEmpty());
  EXPECT_TRUE(PcieLinkConfig{}.uses_flits());
  EXPECT_DOUBLE_EQ(PciePolicy().rate().usable_GBps(), 118.0);
}

TEST(PcieLinkConfig, EveryGenerationWidthAndLegalModeCanBeBuilt) {
  for (std::uint32_t generation = 1; generation <= 6; ++generation) {
    for (const std::uint32_t lanes : {1u, 2u, 4u, 8u, 16u}) {
      for (const FlitMode mode : {FlitMode::automatic, FlitMode::on, FlitMode::off}) {
        PcieLinkConfig config;
        config.generation = generation;
        config.lanes = lanes;
        config.flit_mode = mode;
        const bool legal = generation < 6 || mode != FlitMode::off;
        EXPECT_EQ(problems(config).empty(), legal) << generation << " x" << lanes;
        EXPECT_EQ(config.uses_flits(),
                  mode == FlitMode::on || (generation == 6 && mode == FlitMode::automatic));
      }
    }
  }
}

TEST(PcieLinkConfig, MessagesSayWhatWhereAndWhatWouldBeRight) {
  EXPECT_THAT(problems_with([](auto& c) { c.lanes = 3; }),
              ElementsAre("lanes is 3; it must be 1, 2, 4, 8 or 16"));
  EXPECT_THAT(problems_with([](auto& c) { c.generation = 7; }),
              ElementsAre("generation is 7; it must be from 1 to 6"));
  EXPECT_THAT(problems_with([](auto& c) { c.flit_mode = FlitMode::off; }),
              ElementsAre(AllOf(HasSubstr("flit_mode is off"), HasSubstr("auto or on"))));
  EXPECT_THAT(problems_with([](auto& c) {
                c.generation = 5;
                c.tag_bits = 14;
              }),
              ElementsAre(AllOf(HasSubstr("tag_bits is 14"), HasSubstr("use 10"))));
  EXPECT_THAT(problems_with([](auto& c) { c.dllp_share = 0.08; }),
              ElementsAre(HasSubstr("dllp_share is 0.08 in flit mode")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.generation = 5;
                c.virtual_channels = 2;
                c.shared_credits = 0.5;
              }),
              ElementsAre(HasSubstr("shared_credits is 0.5 without flit mode")));
  EXPECT_THAT(problems_with([](auto& c) { c.posted_header_credits = 2033; }),
              ElementsAre(AllOf(HasSubstr("posted_header_credits is 2033"), HasSubstr("2032"))));
  EXPECT_THAT(problems_with([](auto& c) { c.completion_data_credits = 15; }),
              ElementsAre(HasSubstr("at least 16 are needed (one TLP of mps_bytes)")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.completion_data_credits = 16;
                c.virtual_channels = 2;
              }),
              ElementsAre(HasSubstr("at least 32 are needed")));
  EXPECT_THAT(problems_with([](auto& c) { c.posted_data_credits = 2050; }),
              ElementsAre(HasSubstr("in units of 4: use 2048 or 2052")));
}

TEST(PcieLinkConfig, AllMistakesAreReportedAtOnce) {
  EXPECT_EQ(problems_with([](auto& c) {
              c.lanes = 3;
              c.mps_bytes = 100;
              c.rcb_bytes = 32;
              c.skp_share = 0.5;
            }).size(),
            4u);
  PcieLinkConfig config;
  config.lanes = 0;
  config.mps_bytes = 0;
  try {
    PciePolicy policy(config);
    FAIL() << "a link without lanes was built";
  } catch (const std::invalid_argument& refused) {
    EXPECT_THAT(refused.what(), AllOf(HasSubstr("lanes is 0"), HasSubstr("mps_bytes is 0")));
  }
}

TEST(PcieLinkConfig, NotANumberIsRefused) {
  EXPECT_THAT(problems_with([](auto& c) { c.skp_share = std::nan(""); }),
              ElementsAre(HasSubstr("skp_share")));
}

TEST(PcieLinkConfig, RangesOfTheKeysAreThoseOfTheChecks) {
  const StructFields& keys = struct_fields<PcieLinkConfig>();
  for (const FieldInfo& key : keys.fields) {
    SCOPED_TRACE(key.key);
    EXPECT_FALSE(key.doc.empty());
    if (key.type->kind() == FieldKind::structure) continue;  // its keys say it
    EXPECT_FALSE(key.source.empty() && key.assumption.empty()) << "neither public nor assumption";
    if (!key.high || key.type->kind() != FieldKind::integer) continue;
    for (const double beyond : {*key.high + 1, *key.low - 1}) {
      if (beyond < 0) continue;
      PcieLinkConfig config;
      key.type->set(key.at(&config), static_cast<std::uint64_t>(beyond));
      EXPECT_THAT(problems(config), Contains(HasSubstr(key.key + " is ")));
    }
  }
  for (const FieldInfo& key : struct_fields<IdealLinkConfig>().fields) {
    EXPECT_FALSE(key.assumption.empty()) << key.key;
  }
}

TEST(PcieLinkConfig, TagsThatCanBeUsed) {
  EXPECT_EQ(usable_tags(5), 32u);
  EXPECT_EQ(usable_tags(8), 256u);
  EXPECT_EQ(usable_tags(10), 768u);
  EXPECT_EQ(usable_tags(14), 16384u - 1024u);
  EXPECT_EQ(usable_tags(9), 0u);
}

TEST(PcieLinkConfig, ScalesOfFactsSection31) {
  EXPECT_EQ(header_credit_scale(127), 1u);
  EXPECT_EQ(header_credit_scale(128), 4u);
  EXPECT_EQ(header_credit_scale(508), 4u);
  EXPECT_EQ(header_credit_scale(2032), 16u);
  EXPECT_EQ(header_credit_scale(2033), 0u);
  EXPECT_EQ(data_credit_scale(2047), 1u);
  EXPECT_EQ(data_credit_scale(8188), 4u);
  EXPECT_EQ(data_credit_scale(32752), 16u);
  EXPECT_EQ(data_credit_scale(32753), 0u);
}

TEST(ReceiverCredits, WithOneVirtualChannelAllCreditsAreOnePool) {
  PcieLinkConfig config;
  for (const double share : {0.0, 0.5, 1.0}) {
    config.shared_credits = share;
    const CreditLedger ledger(PciePolicy(config).receiver_credits());
    const CreditAmount posted = ledger.initial(VcId(0), TrafficClass::posted);
    EXPECT_EQ(posted.header, config.posted_header_credits);
    EXPECT_EQ(posted.data, config.posted_data_credits);
    EXPECT_EQ(ledger.initial(VcId(0), TrafficClass::non_posted).data,
              config.non_posted_data_credits);
    EXPECT_EQ(ledger.initial(VcId(0), TrafficClass::completion).data,
              config.completion_data_credits);
  }
}

TEST(ReceiverCredits, SeveralVirtualChannelsDivideTheBufferAndLoseNothing) {
  PcieLinkConfig config;
  for (const std::uint32_t channels : {2u, 3u, 8u}) {
    for (const double share : {0.0, 0.3, 0.75, 1.0}) {
      config.virtual_channels = channels;
      config.shared_credits = share;
      const CreditLedgerConfig credits = PciePolicy(config).receiver_credits();
      std::uint64_t header = credits.shared[0].header;
      std::uint64_t data = credits.shared[0].data;
      for (std::uint32_t vc = 0; vc < channels; ++vc) {
        header += credits.grants[vc * kTrafficClasses].dedicated.header;
        data += credits.grants[vc * kTrafficClasses].dedicated.data;
      }
      EXPECT_EQ(header, config.posted_header_credits) << channels << " VCs, share " << share;
      EXPECT_EQ(data, config.posted_data_credits) << channels << " VCs, share " << share;
      EXPECT_NEAR(credits.shared[0].data / double(config.posted_data_credits), share, 0.001);
    }
  }
}

TEST(ReceiverCredits, A64KibTrainIsAQuarterOfTheDefaultPool) {
  const PciePolicy policy;
  const CreditLedger ledger(policy.receiver_credits());
  Packet train;
  train.bytes = 256 << 10;
  EXPECT_TRUE(ledger.can_ever(VcId(0), TrafficClass::posted, policy.demand(train)));
  train.bytes = 64 << 10;
  EXPECT_EQ(policy.demand(train).data * 4, PcieLinkConfig{}.posted_data_credits);
  EXPECT_EQ(policy.demand(train).header * 4, PcieLinkConfig{}.posted_header_credits);
}

}  // namespace
}  // namespace antares::protocols
