// SPDX-License-Identifier: Apache-2.0
// The fault schedule of a description: links that exist, times in order, as many as one likes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/unit/config/description_text.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string with_events(const std::string& events) {
  return "antares: 1\nname: t\nswitches:\n  - name: sw\n    ports: [{name: p, count: 4}]\n"
         "endpoints: [{name: g, count: 4, attach: sw.p}]\nfaults:\n  events: " +
         events + "\n";
}

TEST(FaultChecks, LinksByPortByIndexAndByGroup) {
  EXPECT_THAT(mistakes(with_events("[{at_us: 1, link: sw.p0, what: link_down},"
                                   " {at_us: 1, link: 'sw.p[1..2]', what: link_down},"
                                   " {at_us: 2, link: sw.p, what: link_up}]")),
              IsEmpty());
}

TEST(FaultChecks, UnknownLinksAreNamedOnceEach) {
  EXPECT_THAT(mistakes(with_events("[{at_us: 1, link: sw.q, what: link_down},"
                                   " {at_us: 2, link: sw.q, what: link_up},"
                                   " {at_us: 3, link: 'sw.p[4]', what: link_down},"
                                   " {at_us: 4, link: tw.p0, what: link_down}]")),
              ElementsAre(AllOf(StartsWith("t.yaml:8:"), HasSubstr("sw.q")), HasSubstr("sw.p[4]"),
                          HasSubstr("tw.p0")));
}

TEST(FaultChecks, TimesOutOfOrder) {
  EXPECT_THAT(mistakes(with_events("[{at_us: 5, link: sw.p0, what: link_down},"
                                   " {at_us: 4, link: sw.p0, what: link_up}]")),
              ElementsAre(AllOf(HasSubstr("4 us comes after 5 us"), HasSubstr("order"))));
}

TEST(FaultChecks, WhatIsLeftOfALinkMustBeAWidthOrRateItHas) {
  EXPECT_THAT(mistakes(with_events("[{at_us: 1, link: sw.p0, what: lane_failure, lanes: 4},"
                                   " {at_us: 2, link: sw.p1, what: speed_fall_back},"
                                   " {at_us: 3, link: sw.p, what: hot_reset}]")),
              IsEmpty());
  EXPECT_THAT(mistakes(with_events("[{at_us: 1, link: sw.p0, what: lane_failure, lanes: 16}]")),
              ElementsAre(AllOf(StartsWith("t.yaml:8:"), HasSubstr("no narrower width x16"))));
  EXPECT_THAT(mistakes(with_events("[{at_us: 1, link: sw.p0, what: link_down, lanes: 4}]")),
              ElementsAre(HasSubstr("\"lanes\" would not be used")));
  std::string slowest = with_events("[{at_us: 1, link: sw.p0, what: speed_fall_back}]");
  slowest.replace(slowest.find("count: 4"), 8, "count: 4, pcie: {generation: 1}");
  EXPECT_THAT(mistakes(slowest), ElementsAre(HasSubstr("no lower rate to fall back to")));
}

TEST(FaultChecks, LinksThatAreDifferentExist) {
  const auto with_links = [](const std::string& links) {
    return mistakes(with_events("[]\n  links: " + links));
  };
  EXPECT_THAT(with_links("[{link: sw.p0, port: {containment: fatal}}]"), IsEmpty());
  EXPECT_THAT(with_links("[{link: sw.p7, port: {containment: fatal}}]"),
              ElementsAre(AllOf(StartsWith("t.yaml:9:"), HasSubstr("sw.p7"))));
}

std::string with_credits(const std::string& entries) {
  return with_events("[]\n  credits: " + entries);
}

TEST(FaultChecks, CreditsThatStopComingHome) {
  EXPECT_THAT(mistakes(with_credits(
                  "[{at_us: 1, link: sw.p0, what: lost, class: non_posted, header_credits: 4},"
                  " {at_us: 2, link: sw.p, what: stuck, direction: to_switch},"
                  " {at_us: 3, link: sw.p, what: released, direction: to_switch}]")),
              IsEmpty());
  EXPECT_THAT(mistakes(with_credits("[{at_us: 1, link: sw.p0, what: lost}]")),
              ElementsAre(HasSubstr("neither header_credits nor data_credits")));
  EXPECT_THAT(mistakes(with_credits("[{at_us: 1, link: sw.p0, what: stuck, data_credits: 4}]")),
              ElementsAre(HasSubstr("data_credits")));
  EXPECT_THAT(mistakes(with_credits("[{at_us: 2, link: sw.p9, what: stuck},"
                                    " {at_us: 1, link: sw.p0, what: stuck, virtual_channel: 3}]")),
              ElementsAre(HasSubstr("sw.p9"), HasSubstr("1 us comes after 2 us"),
                          HasSubstr("1 virtual channel(s), counted from 0")));
}

TEST(FaultChecks, CreditsOfAClassThatTheLinkHasNot) {
  const auto on = [](const std::string& link, const std::string& entry) {
    std::string text = with_credits("[{at_us: 1, link: sw.p0, what: " + entry + "}]");
    return mistakes(text.replace(text.find("count: 4"), 8, "count: 4, " + link));
  };
  const std::string ualink = "protocol: ualink";
  const std::string nvlink = "protocol: nvlink";
  EXPECT_THAT(
      on(ualink, "stuck, class: posted"),
      ElementsAre(AllOf(StartsWith("t.yaml:9:"), HasSubstr("no credits of the class posted"),
                        HasSubstr("this link has: non_posted, completion"))));
  EXPECT_THAT(
      on(nvlink, "stuck, class: non_posted"),
      ElementsAre(AllOf(StartsWith("t.yaml:9:"), HasSubstr("no credits of the class non-posted"),
                        HasSubstr("this link has: posted, completion"))));
  EXPECT_THAT(on(nvlink, "lost, data_credits: 4"),
              ElementsAre(HasSubstr("counts link packets only")));
  EXPECT_THAT(on(nvlink, "lost, header_credits: 4"), IsEmpty());
  EXPECT_THAT(on(ualink, "stuck, class: non_posted"), IsEmpty());
}

TEST(FaultChecks, UnitsThatFailAndDamagedData) {
  const auto with_errors = [](const std::string& entries) {
    return mistakes(with_events("[]\n  units: " + entries));
  };
  EXPECT_THAT(with_errors("[{at_us: 1, link: sw.p0, what: failed, count: 4, direction: to_switch},"
                          " {at_us: 2, link: sw.p, what: poisoned}]"),
              IsEmpty());
  EXPECT_THAT(with_errors("[{at_us: 2, link: sw.p0, what: failed, count: 0}]"),
              ElementsAre(HasSubstr("count")));
  EXPECT_THAT(
      with_errors("[{at_us: 2, link: sw.p9, what: poisoned},"
                  " {at_us: 1, link: sw.p0, what: failed}]"),
      testing::UnorderedElementsAre(HasSubstr("sw.p9"), HasSubstr("1 us comes after 2 us")));
}

TEST(FaultChecks, WordsAndNumbersThatMeanNothing) {
  EXPECT_THAT(mistakes(with_events("[{at_us: -1, link: sw.p0, what: link_down},"
                                   " {at_us: 1, link: sw.p0, what: explode},"
                                   " {link: sw.p0}]")),
              testing::SizeIs(4));
  EXPECT_THAT(mistakes(with_events("[]\n  ports: {completion_timeout_us: 0}")),
              ElementsAre(HasSubstr("completion_timeout_us")));
}

TEST(FaultChecks, TensOfThousandsOfEntriesAreReadAndAMillionIsRefusedInWords) {
  const auto schedule = [](unsigned entries) {
    std::string events = "[";
    for (unsigned i = 0; i < entries; ++i)
      events += "{at_us: " + std::to_string(i + 1) + ", link: sw.p0, what: link_down},\n   ";
    return with_events(events + "]");
  };
  EXPECT_THAT(mistakes(schedule(25'000)), IsEmpty());
  EXPECT_THAT(mistakes(schedule(1'000'000)), ElementsAre(HasSubstr("more than 200000 values")));
}

TEST(FaultChecks, TimesAtWhichNothingCanHappen) {
  const std::string late = with_events(
      "[{at_us: 2e7, link: sw.p0, what: link_down}, {at_us: 2.5e7, link: sw.p1, what: link_down},"
      " {at_us: 1e8, link: sw.p2, what: link_down}]");
  EXPECT_THAT(mistakes(late), ElementsAre(AllOf(StartsWith("t.yaml:8:"),
                                                HasSubstr("25000000 us is later than anything"),
                                                HasSubstr("(10000 ms)"))))
      << "told once";
  EXPECT_THAT(mistakes(late, {"run.max_simulated_ms=100000"}), IsEmpty());
}

TEST(FaultChecks, KeysThatWouldDoNothing) {
  const auto with = [](const std::string& more) { return mistakes(with_events("[]\n  " + more)); };
  EXPECT_THAT(
      with("ports: {errors: {burst_units: 7}}"),
      ElementsAre(AllOf(StartsWith("t.yaml:9:"), HasSubstr("burst_units would not be used"))));
  EXPECT_THAT(with("ports: {errors: {burst_units: 7, flit_failure_probability: 1e-6}}"), IsEmpty());
  EXPECT_THAT(with("links: [{link: sw.p0, port: {errors: {burst_units: 7}}}]"),
              ElementsAre(HasSubstr("burst_units would not be used")));
  const auto on_ideal = [](const std::string& errors) {
    std::string text = with_events("[]\n  ports: {errors: {" + errors + "}}");
    return mistakes(text.replace(text.find("count: 4"), 8, "count: 4, protocol: ideal"));
  };
  EXPECT_THAT(on_ideal("repaired_share: 0.5"), ElementsAre(HasSubstr("no unit that fails")));
  std::string open = with_events("[{at_us: 1, link: sw.spare, what: link_down}]");
  open.replace(open.find("{name: p, count: 4}"), 19,
               "{name: p, count: 4}, {name: spare, connected: false}");
  EXPECT_THAT(mistakes(open),
              ElementsAre(AllOf(StartsWith("t.yaml:8:"), HasSubstr("is not connected"))));
  const std::string links_only = with_events("[{at_us: 1, link: sw.p0, what: link_down}]") +
                                 "workloads: [{name: w, kind: goodput}]\n";
  EXPECT_THAT(mistakes(links_only), ElementsAre(HasSubstr("faults would not be used")));
}

TEST(FaultChecks, BothEndsOfALinkHaveOneState) {
  const auto with = [](const std::string& links) {
    return mistakes(
        "antares: 1\nname: t\nswitches:\n"
        "  - {name: a, ports: [{name: p, count: 2}, {name: up}]}\n"
        "  - {name: b, ports: [{name: p, count: 2}, {name: up}]}\n"
        "links: [{from: a.up, to: b.up}]\n"
        "endpoints: [{name: g, count: 2, attach: a.p}, {name: h, count: 2, attach: b.p}]\n"
        "faults:\n  ports: {state: {time_scale: 0.01}}\n  links: " +
        links + "\n");
  };
  EXPECT_THAT(with("[{link: b.up, port: {state: {time_scale: 1}}}]"),
              ElementsAre(AllOf(StartsWith("t.yaml:10:"), HasSubstr("the other end of \"b.up\""))));
  EXPECT_THAT(with("[{link: b.up, port: {state: {time_scale: 1}}},"
                   " {link: a.up, port: {state: {time_scale: 1}}}]"),
              IsEmpty());
  EXPECT_THAT(with("[{link: b.p, port: {state: {time_scale: 1}}}]"), IsEmpty());
  EXPECT_THAT(with("[{link: b.up, port: {state: {time_scale: 0.005, detect_ms: 24, train_ms: 48,"
                   " recovery_ms: 48}}}]"),
              IsEmpty())
      << "the same times, said otherwise";
}

}  // namespace
}  // namespace antares::platforms
