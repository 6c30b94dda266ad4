// SPDX-License-Identifier: Apache-2.0
// The link's configuration: what is refused and how it is said, what a receiver grants, and that
// the list of keys agrees with the checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/common/fields.h"
#include "antares/protocols/ualink/ualink_link_config.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Change>
std::vector<std::string> problems_with(Change change) {
  UalinkLinkConfig config;
  change(config);
  return problems(config);
}

TEST(UalinkLinkConfig, TheDefaultsAreALegalPortOf800G) {
  EXPECT_THAT(problems(UalinkLinkConfig{}), IsEmpty());
  EXPECT_DOUBLE_EQ(UalinkPolicy().rate().raw_GBps * 8, 800.0);
  EXPECT_EQ(UalinkPolicy().protocol(), "ualink");
  EXPECT_EQ(UalinkPolicy().tags(), 2048u);
}

TEST(UalinkLinkConfig, MessagesSayWhatWhereAndWhatWouldBeRight) {
  EXPECT_THAT(problems_with([](auto& c) { c.lanes = 3; }),
              ElementsAre("lanes is 3; it must be 1, 2 or 4"));
  EXPECT_THAT(problems_with([](auto& c) { c.lane_rate_mtps = 128000; }),
              ElementsAre("lane_rate_mtps is 128000; it must be 106250 or 212500"));
  EXPECT_THAT(problems_with([](auto& c) { c.fec_interleave = 8; }),
              ElementsAre("fec_interleave is 8; it must be 1, 2 or 4"));
  EXPECT_THAT(problems_with([](auto& c) { c.fec_correct_ns = 41; }),
              ElementsAre("fec_correct_ns is 41; it must be from 0 to 40"));
  EXPECT_THAT(problems_with([](auto& c) { c.responses_per_flow_control = 64; }),
              ElementsAre("responses_per_flow_control is 64; it must be from 0 to 63"));
  EXPECT_THAT(problems_with([](auto& c) { c.tags = 2049; }),
              ElementsAre("tags is 2049; it must be from 1 to 2048"));
  EXPECT_THAT(problems_with([](auto& c) { c.virtual_channels = 5; }),
              ElementsAre("virtual_channels is 5; it must be from 1 to 4"));
  EXPECT_THAT(problems_with([](auto& c) { c.shared_credits = 1.5; }),
              ElementsAre("shared_credits is 1.5; it must be from 0 to 1"));
  EXPECT_THAT(problems_with([](auto& c) { c.shared_credits = std::nan(""); }),
              ElementsAre(HasSubstr("shared_credits")));
}

TEST(UalinkLinkConfig, EachPoolHoldsOnePacketOfEachVirtualChannel) {
  EXPECT_THAT(problems_with([](auto& c) { c.request_data_credits = 3; }),
              ElementsAre("request_data_credits is 3; at least 4 are needed (one write of 256 B)"));
  EXPECT_THAT(problems_with([](auto& c) { c.response_data_credits = 3; }),
              ElementsAre("response_data_credits is 3; at least 4 are needed (one read of 256 B)"));
  const auto found = problems_with([](auto& c) {
    c.virtual_channels = 4;
    c.request_command_credits = c.response_command_credits = 3;
    c.request_data_credits = c.response_data_credits = 15;
  });
  EXPECT_THAT(found,
              ElementsAre("request_command_credits is 3; at least 4 are needed (one request for "
                          "each of 4 virtual channels)",
                          HasSubstr("request_data_credits is 15; at least 16"),
                          HasSubstr("response_command_credits is 3; at least 4"),
                          HasSubstr("response_data_credits is 15; at least 16")));
}

TEST(UalinkLinkConfig, AllMistakesAreReportedAtOnce) {
  UalinkLinkConfig config;
  config.lanes = 0;
  config.lane_rate_mtps = 0;
  config.tags = 0;
  try {
    UalinkPolicy policy(config);
    FAIL() << "a link without lanes was built";
  } catch (const std::invalid_argument& refused) {
    EXPECT_THAT(refused.what(), AllOf(HasSubstr("UALink"), HasSubstr("lanes is 0"),
                                      HasSubstr("lane_rate_mtps is"), HasSubstr("tags is 0")));
  }
}

TEST(UalinkLinkConfig, RangesOfTheKeysAreThoseOfTheChecks) {
  for (const FieldInfo& key : struct_fields<UalinkLinkConfig>().fields) {
    SCOPED_TRACE(key.key);
    EXPECT_FALSE(key.doc.empty());
    if (key.type->kind() == FieldKind::structure) continue;  // its keys say it
    EXPECT_FALSE(key.source.empty() && key.assumption.empty()) << "neither public nor assumption";
    if (key.type->kind() != FieldKind::integer) continue;
    UalinkLinkConfig config;
    if (key.high) {
      for (const double beyond : {*key.high + 1, *key.low - 1}) {
        if (beyond < 0) continue;
        key.type->set(key.at(&config), static_cast<std::uint64_t>(beyond));
        EXPECT_THAT(problems(config), Contains(HasSubstr(key.key + " is ")));
      }
    } else {
      ASSERT_FALSE(key.one_of.empty());
      for (const FieldValue& legal : key.one_of) {
        key.type->set(key.at(&config), legal);
        EXPECT_THAT(problems(config), IsEmpty());
      }
    }
  }
}

TEST(UalinkCredits, RequestsAndResponsesHavePoolsOfTheirOwnAndNothingElseHas) {
  UalinkLinkConfig config;
  config.request_command_credits = 10;
  config.request_data_credits = 20;
  config.response_command_credits = 30;
  config.response_data_credits = 40;
  const CreditLedger ledger(UalinkPolicy(config).receiver_credits());
  const CreditAmount requests = ledger.initial(VcId(0), TrafficClass::non_posted);
  const CreditAmount responses = ledger.initial(VcId(0), TrafficClass::completion);
  EXPECT_EQ(requests.header, 10u);
  EXPECT_EQ(requests.data, 20u);
  EXPECT_EQ(responses.header, 30u);
  EXPECT_EQ(responses.data, 40u);
  for (const TrafficClass unused : {TrafficClass::posted}) {
    EXPECT_EQ(ledger.initial(VcId(0), unused).header, 0u);
  }
}

TEST(UalinkCredits, SeveralVirtualChannelsDivideTheBufferAndLoseNothing) {
  UalinkLinkConfig config;
  constexpr auto kRequest = static_cast<unsigned>(TrafficClass::non_posted);
  constexpr auto kResponse = static_cast<unsigned>(TrafficClass::completion);
  for (const std::uint32_t channels : {2u, 3u, 4u}) {
    for (const double share : {0.0, 0.3, 1.0}) {
      config.virtual_channels = channels;
      config.shared_credits = share;
      const CreditLedgerConfig credits = UalinkPolicy(config).receiver_credits();
      for (const unsigned index : {kRequest, kResponse}) {
        std::uint64_t header = credits.shared[index].header;
        std::uint64_t data = credits.shared[index].data;
        for (std::uint32_t vc = 0; vc < channels; ++vc) {
          header += credits.grants[vc * kTrafficClasses + index].dedicated.header;
          data += credits.grants[vc * kTrafficClasses + index].dedicated.data;
        }
        EXPECT_EQ(header, config.request_command_credits) << channels << " VCs, share " << share;
        EXPECT_EQ(data, config.request_data_credits) << channels << " VCs, share " << share;
      }
    }
  }
}

TEST(UalinkCredits, A64KibTrainIsAQuarterOfTheDefaultPool) {
  const UalinkPolicy policy;
  const CreditAmount write = policy.demand(ualink_packet(PacketKind::write, 64 << 10));
  EXPECT_EQ(write.header * 4, UalinkLinkConfig{}.request_command_credits);
  EXPECT_EQ(write.data * 4, UalinkLinkConfig{}.request_data_credits);
  const CreditAmount read = policy.demand(ualink_packet(PacketKind::completion, 64 << 10));
  EXPECT_EQ(read.header * 4, UalinkLinkConfig{}.response_command_credits);
  EXPECT_EQ(read.data * 4, UalinkLinkConfig{}.response_data_credits);
}

}  // namespace
}  // namespace antares::protocols
