// SPDX-License-Identifier: Apache-2.0
// Lists of sources, destinations and addresses: what they let in, up to the last byte.
#include <gtest/gtest.h>

#include "antares/protocols/common/access_rules.h"

namespace antares::protocols {
namespace {

constexpr std::uint64_t kLastAddress = ~std::uint64_t{0};

AccessQuestion request(std::uint64_t address, std::uint64_t bytes, unsigned destination = 1,
                       unsigned source = 0) {
  AccessQuestion question;
  question.source = EndpointId(static_cast<std::uint16_t>(source));
  question.destination = EndpointId(static_cast<std::uint16_t>(destination));
  question.address = address;
  question.bytes = bytes;
  return question;
}

bool passes(const AccessRules& rules, const AccessQuestion& question) {
  const AccessVerdict verdict = rules.ask(question);
  EXPECT_EQ(verdict.action == AccessAction::forward, *verdict.why == '\0');
  EXPECT_TRUE(verdict.action == AccessAction::forward || verdict.action == AccessAction::hide);
  return verdict.action == AccessAction::forward;
}

TEST(AccessRules, EmptyListsAllowAll) {
  const AccessRules rules({});
  EXPECT_TRUE(passes(rules, request(0, 1)));
  EXPECT_TRUE(passes(rules, request(kLastAddress, 1, 1023, 1023)));
  EXPECT_EQ(rules.alike(5).first, 0u);
  EXPECT_EQ(rules.alike(5).last, kLastAddress);
}

TEST(AccessRules, SourcesAndDestinations) {
  const AccessRules rules({{EndpointId(3), EndpointId(4)}, {EndpointId(7)}, {}});
  EXPECT_TRUE(passes(rules, request(0, 64, 7, 3)));
  EXPECT_TRUE(passes(rules, request(0, 64, 7, 4)));
  EXPECT_FALSE(passes(rules, request(0, 64, 7, 5)));
  EXPECT_FALSE(passes(rules, request(0, 64, 8, 3)));
  AccessQuestion completion = request(0, 64, 8, 5);
  completion.request = false;
  EXPECT_TRUE(passes(rules, completion)) << "it answers a request that was let in";
}

TEST(AccessRules, ARequestLiesWithinARangeWhole) {
  const AccessRules rules({{}, {}, {{100, 199}, {300, 300}}});
  EXPECT_TRUE(passes(rules, request(100, 100)));
  EXPECT_FALSE(passes(rules, request(99, 2)));
  EXPECT_FALSE(passes(rules, request(199, 2)));
  EXPECT_TRUE(passes(rules, request(300, 1)));
  EXPECT_FALSE(passes(rules, request(250, 1)));
  EXPECT_FALSE(passes(rules, request(100, kLastAddress))) << "must not wrap round";
  EXPECT_EQ(rules.alike(150).first, 100u);
  EXPECT_EQ(rules.alike(150).last, 199u);
  AccessQuestion message = request(0, 0);
  message.has_address = false;
  EXPECT_TRUE(passes(rules, message));
}

TEST(AccessRules, RangesThatTouchOrOverlapAreOne) {
  const AccessRules rules(
      {{}, {}, {{200, 299}, {100, 199}, {150, 250}, {kLastAddress, kLastAddress}}});
  EXPECT_TRUE(passes(rules, request(100, 200)));
  EXPECT_FALSE(passes(rules, request(100, 201)));
  EXPECT_TRUE(passes(rules, request(kLastAddress, 1)));
  EXPECT_FALSE(passes(rules, request(kLastAddress, 2)));
}

TEST(AccessRules, ARangeThatEndsBeforeItBeginsIsNamed) {
  EXPECT_TRUE(problems(AccessLists{{}, {}, {{1, 1}, {0, kLastAddress}}}).empty());
  const auto found = problems(AccessLists{{}, {}, {{0x20, 0x1f}}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found.front().find("0x20 - 0x1f"), std::string::npos) << found.front();
}

}  // namespace
}  // namespace antares::protocols
