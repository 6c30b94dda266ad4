// SPDX-License-Identifier: Apache-2.0
// The port's configuration: what is refused and how it is said, and that every key says where its
// default comes from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "antares/protocols/common/fields.h"
#include "antares/protocols/nvlink/nvlink_policy.h"

namespace antares::protocols {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Change>
std::vector<std::string> problems_with(Change change) {
  NvlinkLinkConfig config;
  change(config);
  return problems(config);
}

TEST(NvlinkLinkConfig, EveryGenerationAndGangCanBeBuilt) {
  for (std::uint32_t generation = 3; generation <= 6; ++generation) {
    for (std::uint32_t links = 1; links <= 18; ++links) {
      NvlinkLinkConfig config;
      config.generation = generation;
      config.links = links;
      EXPECT_THAT(problems(config), IsEmpty());
      EXPECT_EQ(NvlinkPolicy(config).lanes(), links * nvlink_generation(generation).lanes);
    }
  }
}

TEST(NvlinkLinkConfig, MessagesSayWhatWhereAndWhatWouldBeRight) {
  EXPECT_THAT(problems_with([](auto& c) { c.generation = 2; }),
              ElementsAre("generation is 2; it must be from 3 to 6"));
  EXPECT_THAT(problems_with([](auto& c) { c.max_payload_bytes = 512; }),
              ElementsAre("max_payload_bytes is 512; it must be 64, 128 or 256"));
  EXPECT_THAT(problems_with([](auto& c) { c.link_derate = 0.49; }),
              ElementsAre("link_derate is 0.49; it must be from 0.5 to 1"));
  EXPECT_THAT(problems_with([](auto& c) { c.fec = static_cast<NvlinkFec>(9); }),
              ElementsAre("fec is 9; it must be auto, on or off"));
  EXPECT_THAT(problems_with([](auto& c) { c.link_derate = std::nan(""); }),
              ElementsAre(HasSubstr("link_derate is nan")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.generation = 3;  // has no FEC of its own accord
                c.fec_decode_ns = 20;
              }),
              ElementsAre(HasSubstr("fec_decode_ns would not be used")));
  EXPECT_THAT(problems_with([](auto& c) {
                c.generation = 3;
                c.fec = NvlinkFec::on;
                c.fec_decode_ns = 20;
              }),
              ElementsAre());
}

TEST(NvlinkLinkConfig, AllMistakesAreReportedAtOnce) {
  NvlinkLinkConfig config;
  config.links = 0;
  config.vc_sets = 3;
  config.write_ack_bytes = 17;
  EXPECT_EQ(problems(config).size(), 3u);
  try {
    NvlinkPolicy policy(config);
    FAIL() << "a port without links was built";
  } catch (const std::invalid_argument& refused) {
    EXPECT_THAT(refused.what(), AllOf(HasSubstr("NVLink"), HasSubstr("links is 0"),
                                      HasSubstr("vc_sets is 3"), HasSubstr("write_ack_bytes")));
  }
}

TEST(NvlinkLinkConfig, EachKeyIsCheckedAndSaysWhereItsDefaultComesFrom) {
  for (const FieldInfo& key : struct_fields<NvlinkLinkConfig>().fields) {
    SCOPED_TRACE(key.key);
    EXPECT_FALSE(key.doc.empty());
    if (key.type->kind() == FieldKind::structure) continue;  // its keys say it
    EXPECT_FALSE(key.source.empty() && key.assumption.empty()) << "neither public nor assumption";
    if (key.type->kind() != FieldKind::integer) continue;
    NvlinkLinkConfig config;
    key.type->set(key.at(&config), std::uint64_t{1000000});
    EXPECT_THAT(problems(config), Contains(HasSubstr(key.key + " is 1000000")));
  }
}

TEST(NvlinkLinkConfig, CompetingKnobsAndUnconfirmedGenerationsAreLabelled) {
  const StructFields& keys = struct_fields<NvlinkLinkConfig>();
  const auto assumption = [&](const char* key) { return keys.find(key)->assumption; };
  EXPECT_THAT(assumption("generation"), HasSubstr("isn't confirmed"));
  EXPECT_THAT(assumption("link_derate"), AllOf(HasSubstr("514/544"), HasSubstr("unexplained")));
  EXPECT_THAT(assumption("link_derate"), HasSubstr("write_ack_bytes"));
  EXPECT_THAT(assumption("write_ack_bytes"), HasSubstr("link_derate"));
  // The derivation that the label gives, to its three digits.
  EXPECT_NEAR(20.6 / (2 * 106.25 / 8 * 514 / 544 * 128 / 144), 0.92, 0.005);
}

}  // namespace
}  // namespace antares::protocols
