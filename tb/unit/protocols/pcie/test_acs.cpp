// SPDX-License-Identifier: Apache-2.0
// The truth table of the seven access controls (facts/pcie6.md 5.1): each control alone, those that
// meet, and all combinations against properties that hold whatever is set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/protocols/common/fields.h"
#include "antares/protocols/pcie/acs.h"

namespace antares::protocols {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Action = AccessAction;
using By = AcsControl;
using AT = AddressType;

bool AcsConfig::*const kControls[] = {
    &AcsConfig::source_validation,   &AcsConfig::translation_blocking, &AcsConfig::request_redirect,
    &AcsConfig::completion_redirect, &AcsConfig::upstream_forwarding,  &AcsConfig::egress_control,
    &AcsConfig::direct_translated};
constexpr unsigned kSets = 1u << 7;

AcsConfig with(std::initializer_list<bool AcsConfig::*> controls) {
  AcsConfig config;
  for (const auto control : controls) config.*control = true;
  return config;
}
AcsConfig set_of(unsigned bits) {
  AcsConfig config;
  for (unsigned i = 0; i < 7; ++i) config.*kControls[i] = (bits >> i & 1) != 0;
  return config;
}

void expect(const AcsConfig& config, const AccessQuestion& question, Action action, By by) {
  const AcsVerdict verdict = AcsRules(config).judge(question);
  EXPECT_EQ(verdict.action, action);
  EXPECT_EQ(verdict.by, by) << to_string(verdict.by) << " instead of " << to_string(by);
  EXPECT_EQ(verdict.violation(), action == Action::block && by != By::none);
}

AccessQuestion request_to(AccessTarget target, AT at = AT::untranslated) {
  AccessQuestion question;
  question.target = target;
  question.address_type = at;
  return question;
}
AccessQuestion completion_to(AccessTarget target) {
  AccessQuestion question;
  question.request = false;
  question.target = target;
  return question;
}

TEST(Acs, WithoutControlsPacketsTakeTheirOrdinaryRoute) {
  for (const bool request : {true, false}) {
    AccessQuestion question = request_to(AccessTarget::sibling);
    question.request = request;
    expect({}, question, Action::forward, By::none);
    question.target = AccessTarget::upstream;
    expect({}, question, Action::forward, By::none);
    question.target = AccessTarget::itself;
    expect({}, question, Action::block, By::none);
  }
}

TEST(Acs, SourceValidationBlocksRequestsOfForeignBusNumbers) {
  const AcsConfig config = with({&AcsConfig::source_validation});
  for (const AccessTarget target :
       {AccessTarget::upstream, AccessTarget::sibling, AccessTarget::itself}) {
    AccessQuestion question = request_to(target);
    question.requester_in_range = false;
    expect(config, question, Action::block, By::source_validation);
    question.request = false;
    EXPECT_NE(AcsRules(config).judge(question).by, By::source_validation) << "requests only";
  }
  expect(config, request_to(AccessTarget::sibling), Action::forward, By::none);
}

TEST(Acs, TranslationBlockingStopsEveryAddressTypeButUntranslated) {
  const AcsConfig config = with({&AcsConfig::translation_blocking});
  for (const AccessTarget target : {AccessTarget::upstream, AccessTarget::sibling}) {
    expect(config, request_to(target, AT::untranslated), Action::forward, By::none);
    expect(config, request_to(target, AT::translation_request), Action::block,
           By::translation_blocking);
    expect(config, request_to(target, AT::translated), Action::block, By::translation_blocking);
  }
  // Blocking comes before the direct route of translated requests.
  expect(with({&AcsConfig::translation_blocking, &AcsConfig::direct_translated}),
         request_to(AccessTarget::sibling, AT::translated), Action::block,
         By::translation_blocking);
}

TEST(Acs, RequestRedirectSendsPeerRequestsUp) {
  const AcsConfig config = with({&AcsConfig::request_redirect});
  expect(config, request_to(AccessTarget::sibling), Action::redirect_upstream,
         By::request_redirect);
  expect(config, request_to(AccessTarget::upstream), Action::forward, By::none);
  expect(config, completion_to(AccessTarget::sibling), Action::forward, By::none);
  AccessQuestion relaxed = request_to(AccessTarget::sibling);
  relaxed.relaxed_ordering = true;
  expect(config, relaxed, Action::redirect_upstream, By::request_redirect);
}

TEST(Acs, CompletionRedirectSparesRelaxedOrdering) {
  const AcsConfig config = with({&AcsConfig::completion_redirect});
  AccessQuestion completion = completion_to(AccessTarget::sibling);
  expect(config, completion, Action::redirect_upstream, By::completion_redirect);
  completion.relaxed_ordering = true;
  expect(config, completion, Action::forward, By::none);
  expect(config, completion_to(AccessTarget::upstream), Action::forward, By::none);
  expect(config, request_to(AccessTarget::sibling), Action::forward, By::none);
}

TEST(Acs, UpstreamForwardingLetsWhatWasRedirectedBelowGoOn) {
  const AcsConfig config = with({&AcsConfig::upstream_forwarding});
  expect(config, request_to(AccessTarget::itself), Action::redirect_upstream,
         By::upstream_forwarding);
  expect(config, completion_to(AccessTarget::itself), Action::redirect_upstream,
         By::upstream_forwarding);
  expect(config, request_to(AccessTarget::sibling), Action::forward, By::none);
}

TEST(Acs, EgressControlBlocksTheSiblingsOfItsVector) {
  const AcsConfig config = with({&AcsConfig::egress_control});
  AccessQuestion question = request_to(AccessTarget::sibling);
  expect(config, question, Action::forward, By::none);
  question.egress_blocked = true;
  expect(config, question, Action::block, By::egress_control);
  expect({}, question, Action::forward, By::none);  // the vector alone does nothing
  question.request = false;
  expect(config, question, Action::forward, By::none);
}

TEST(Acs, EgressControlWithRequestRedirect) {
  const AcsConfig config = with({&AcsConfig::egress_control, &AcsConfig::request_redirect});
  AccessQuestion question = request_to(AccessTarget::sibling);
  expect(config, question, Action::forward, By::none);
  question.egress_blocked = true;
  expect(config, question, Action::redirect_upstream, By::egress_control);
}

TEST(Acs, DirectTranslatedBeatsRedirectAndEgressControl) {
  const AcsConfig configs[] = {with({&AcsConfig::direct_translated}),
                               with({&AcsConfig::direct_translated, &AcsConfig::request_redirect}),
                               with({&AcsConfig::direct_translated, &AcsConfig::egress_control}),
                               with({&AcsConfig::direct_translated, &AcsConfig::request_redirect,
                                     &AcsConfig::egress_control})};
  for (const AcsConfig& config : configs) {
    for (const bool blocked : {false, true}) {
      AccessQuestion question = request_to(AccessTarget::sibling, AT::translated);
      question.egress_blocked = blocked;
      expect(config, question, Action::forward, By::direct_translated);
      // A translation request (AT = 01) is not a translated one.
      question.address_type = AT::translation_request;
      const Action expected = config.egress_control     ? !blocked ? Action::forward
                                                          : config.request_redirect
                                                              ? Action::redirect_upstream
                                                              : Action::block
                              : config.request_redirect ? Action::redirect_upstream
                                                        : Action::forward;
      EXPECT_EQ(AcsRules(config).judge(question).action, expected);
    }
  }
  // Up or back to itself there is nothing to go directly to.
  expect(configs[3], request_to(AccessTarget::upstream, AT::translated), Action::forward, By::none);
  expect(configs[3], request_to(AccessTarget::itself, AT::translated), Action::block, By::none);
}

TEST(Acs, MulticastHitsSeeSourceValidationOnly) {
  for (unsigned bits = 0; bits < kSets; ++bits) {
    AccessQuestion question = request_to(AccessTarget::sibling, AT::translated);
    question.multicast = true;
    question.egress_blocked = true;
    expect(set_of(bits), question, Action::forward, By::none);
    question.requester_in_range = false;
    EXPECT_EQ(AcsRules(set_of(bits)).judge(question).violation(), (bits & 1) != 0);
  }
}

/// All questions under all settings: a control that is off never decides, one that only concerns
/// requests never touches a completion, and the upstream port is left alone.
TEST(Acs, EveryCombinationKeepsItsPromises) {
  for (unsigned bits = 0; bits < kSets; ++bits) {
    const AcsConfig config = set_of(bits);
    const AcsRules rules(config);
    for (unsigned q = 0; q < 1u << 8; ++q) {
      for (const AccessTarget target :
           {AccessTarget::upstream, AccessTarget::sibling, AccessTarget::itself}) {
        AccessQuestion question = request_to(target, static_cast<AT>(q % 3));
        question.from_below = (q >> 2 & 1) != 0;
        question.request = (q >> 3 & 1) != 0;
        question.relaxed_ordering = (q >> 4 & 1) != 0;
        question.requester_in_range = (q >> 5 & 1) != 0;
        question.egress_blocked = (q >> 6 & 1) != 0;
        const AcsVerdict verdict = rules.judge(question);
        if (verdict.by != By::none) {
          ASSERT_TRUE(config.*kControls[static_cast<unsigned>(verdict.by) - 1])
              << to_string(verdict.by) << " is off";
        }
        if (!question.from_below) {
          ASSERT_EQ(verdict.action, Action::forward);
        }
        if (!question.request) {
          ASSERT_TRUE(verdict.by == By::none || verdict.by == By::completion_redirect ||
                      verdict.by == By::upstream_forwarding);
        }
        if (target == AccessTarget::upstream) {
          ASSERT_NE(verdict.action, Action::redirect_upstream) << "it goes there anyway";
        }
      }
    }
  }
}

TEST(AcsConfig, TheIsolatingSetSendsAllPeerTrafficThroughTheRoot) {
  const AcsConfig config = isolating_acs();
  expect(config, request_to(AccessTarget::sibling), Action::redirect_upstream,
         By::request_redirect);
  expect(config, completion_to(AccessTarget::sibling), Action::redirect_upstream,
         By::completion_redirect);
  EXPECT_FALSE(config.translation_blocking || config.egress_control || config.direct_translated);
}

TEST(AcsConfig, MistakesAreNamed) {
  EXPECT_THAT(problems(AcsConfig{}), IsEmpty());
  AcsConfig config;
  config.egress_blocked = {"gpu0", "gpu1", "gpu0"};
  EXPECT_THAT(problems(config), ElementsAre(AllOf(HasSubstr("egress_blocked names 3 ports"),
                                                  HasSubstr("set egress_control: true")),
                                            HasSubstr("the port 'gpu0' twice")));
  config.egress_control = true;
  config.egress_blocked.pop_back();
  EXPECT_THAT(problems(config), IsEmpty());
}

TEST(AcsConfig, EveryKeyIsListedAndExplained) {
  const StructFields& keys = struct_fields<AcsConfig>();
  EXPECT_EQ(keys.fields.size(), 8u);
  for (const FieldInfo& key : keys.fields) {
    EXPECT_FALSE(key.doc.empty() || key.assumption.empty()) << key.key;
  }
  // The names that verdicts use are the keys.
  for (unsigned i = 0; i < 7; ++i) {
    EXPECT_NE(keys.find(to_string(static_cast<AcsControl>(i + 1))), nullptr) << i;
  }
}

}  // namespace
}  // namespace antares::protocols
