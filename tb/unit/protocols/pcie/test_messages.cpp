// SPDX-License-Identifier: Apache-2.0
// Message codes and where a switch sends them: each routing from above and from below, with each
// kind of target (facts/pcie6.md 2.3, 2.4).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "antares/protocols/pcie/messages.h"

namespace antares::protocols {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StrEq;
using R = MessageRouting;

const PortId kUp(0), kA(1), kB(2), kC(3), kDown(9);
const MessagePorts kSwitch{kUp, {kA, kB, kC}};

void expect_to(const MessageRoute& route, std::vector<PortId> ports) {
  EXPECT_EQ(route.fate, MessageFate::forward);
  EXPECT_EQ(route.ports, ports);
  EXPECT_THAT(route.why, StrEq(""));
}

void expect_refused(const MessageRoute& route, const char* why) {
  EXPECT_EQ(route.fate, MessageFate::refuse);
  EXPECT_THAT(route.ports, IsEmpty());
  EXPECT_STREQ(route.why, why);
}

TEST(MessageRoutes, ToTheRootComplexGoesUp) {
  expect_to(route_pcie_message(R::to_root_complex, kB, kSwitch), {kUp});
  expect_refused(route_pcie_message(R::to_root_complex, kUp, kSwitch),
                 "PCIe: a message to the root complex came from above");
}

TEST(MessageRoutes, ABroadcastOfTheRootReachesEveryDownstreamPort) {
  expect_to(route_pcie_message(R::broadcast_from_root, kUp, kSwitch), {kA, kB, kC});
  expect_to(route_pcie_message(R::broadcast_from_root, kUp, {kUp, {kC}}), {kC});
  expect_refused(route_pcie_message(R::broadcast_from_root, kA, kSwitch),
                 "PCIe: a broadcast of the root complex came from below");
}

TEST(MessageRoutes, LocalOnesEndWhereTheyArrive) {
  for (const PortId ingress : {kUp, kA}) {
    const MessageRoute route = route_pcie_message(R::local, ingress, kSwitch, kB);
    EXPECT_EQ(route.fate, MessageFate::terminate);
    EXPECT_THAT(route.ports, IsEmpty());
  }
}

TEST(MessageRoutes, GatheredOnesWaitForTheOthers) {
  EXPECT_EQ(route_pcie_message(R::gathered, kA, kSwitch).fate, MessageFate::gather);
  expect_refused(route_pcie_message(R::gathered, kUp, kSwitch),
                 "PCIe: a message to be gathered for the root came from above");
}

class RoutedByTarget : public testing::TestWithParam<R> {};

TEST_P(RoutedByTarget, FollowsTheRulesOfMemoryRequests) {
  const R routing = GetParam();
  expect_to(route_pcie_message(routing, kUp, kSwitch, kB), {kB});
  expect_to(route_pcie_message(routing, kA, kSwitch, kB), {kB});
  expect_to(route_pcie_message(routing, kA, kSwitch), {kUp});
  expect_refused(route_pcie_message(routing, kUp, kSwitch),
                 "PCIe: no downstream port holds the target of this message");
  expect_refused(route_pcie_message(routing, kA, kSwitch, kA),
                 "PCIe: the target of this message lies behind the port that it came from");
  expect_refused(route_pcie_message(routing, kUp, kSwitch, kDown),
                 "PCIe: the port of this message's target has no device, or its link is down");
  for (const PortId ingress : {kUp, kC}) {
    EXPECT_EQ(route_pcie_message(routing, ingress, kSwitch, kUp).fate, MessageFate::terminate)
        << "a function of the switch itself";
  }
}

INSTANTIATE_TEST_SUITE_P(Routings, RoutedByTarget, testing::Values(R::by_address, R::by_id),
                         [](const auto& instance) {
                           return instance.param == R::by_id ? "ById" : "ByAddress";
                         });

TEST(MessageRoutes, ReservedRoutingsAreRefused) {
  for (const unsigned reserved : {6u, 7u, 255u}) {
    expect_refused(route_pcie_message(static_cast<R>(reserved), kA, kSwitch),
                   "PCIe: message routing 6 and 7 are reserved");
  }
}

TEST(MessageRoutes, NeedARootAndALegalCode) {
  const MessagePorts rootless{std::nullopt, {kA, kB, kC}};
  expect_refused(route_pcie_message({0x7F, R::by_id}, kA, rootless, kB),
                 "PCIe: messages need a switch with an upstream port");
  expect_to(route_pcie_message({0x7F, R::by_id}, kA, kSwitch, kB), {kB});
  const auto fault = [](std::uint8_t code, R routing) {
    return route_pcie_message({code, routing}, kA, kSwitch).fault;
  };
  // facts/pcie6.md 4.8: an unknown code is an unsupported request, a wrong routing malformed.
  EXPECT_EQ(fault(0x32, R::to_root_complex), MessageFault::unsupported);
  EXPECT_EQ(fault(0x30, R::local), MessageFault::malformed);
  EXPECT_EQ(fault(0x19, R::broadcast_from_root), MessageFault::malformed) << "from below";
}

TEST(MessageRoutes, AnUpstreamPortThatHearsNobodyStillSends) {
  const MessagePorts deaf{kUp, {kA, kB}, false};
  expect_to(route_pcie_message(R::broadcast_from_root, kUp, deaf), {kA, kB});
  EXPECT_EQ(route_pcie_message(R::to_root_complex, kA, deaf).fault, MessageFault::no_way);
  EXPECT_EQ(route_pcie_message(R::by_id, kA, deaf).fault, MessageFault::no_way);
  EXPECT_EQ(route_pcie_message(R::by_id, kUp, deaf).fault, MessageFault::no_target);
}

TEST(MessageTable, RoutingBitsAreThoseOfTheFacts) {
  EXPECT_EQ(static_cast<int>(R::to_root_complex), 0);
  EXPECT_EQ(static_cast<int>(R::by_address), 1);
  EXPECT_EQ(static_cast<int>(R::by_id), 2);
  EXPECT_EQ(static_cast<int>(R::broadcast_from_root), 3);
  EXPECT_EQ(static_cast<int>(R::local), 4);
  EXPECT_EQ(static_cast<int>(R::gathered), 5);
}

/// Rows of facts 2.3 whose routing it names, and what becomes of them from a downstream port.
TEST(MessageTable, RowsOfTheFactsGoWhereTheFactsSay) {
  struct Expected {
    std::uint8_t first, last;
    R routing;
    MessageFate from_below;
  };
  const Expected all[] = {{0x20, 0x27, R::local, MessageFate::terminate},
                          {0x19, 0x19, R::broadcast_from_root, MessageFate::refuse},
                          {0x14, 0x14, R::local, MessageFate::terminate},
                          {0x18, 0x18, R::to_root_complex, MessageFate::forward},
                          {0x1B, 0x1B, R::gathered, MessageFate::gather},
                          {0x30, 0x31, R::to_root_complex, MessageFate::forward},
                          {0x33, 0x33, R::to_root_complex, MessageFate::forward},
                          {0x50, 0x50, R::local, MessageFate::terminate}};
  for (const Expected& each : all) {
    for (unsigned code = each.first; code <= each.last; ++code) {
      SCOPED_TRACE(code);
      const MessageRow* row = find_message(static_cast<std::uint8_t>(code));
      ASSERT_NE(row, nullptr);
      EXPECT_EQ(row->routing, each.routing);
      EXPECT_EQ(route_pcie_message(row->routing, kA, kSwitch).fate, each.from_below);
    }
  }
  EXPECT_EQ(find_message(0x50)->data_dwords, 1);
}

TEST(MessageTable, EachRowRoutesFromTheSideThatSendsIt) {
  std::set<unsigned> codes;
  for (const MessageRow& row : message_rows()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_TRUE(codes.insert(row.code).second) << "two rows with one code";
    EXPECT_TRUE(is_legal(row.code, row.routing));
    EXPECT_TRUE(row.grade == 'A' || row.grade == 'D');
    const PortId sender = row.routing == R::broadcast_from_root ? kUp : kA;
    EXPECT_NE(route_pcie_message(row.routing, sender, kSwitch, kB).fate, MessageFate::refuse);
  }
  EXPECT_EQ(codes.size(), 4u + 6u + 8u + 3u + 3u + 2u) << "as many as facts 2.3 lists";
}

TEST(MessageTable, VendorMessagesTravelInFourWaysAndUnknownOnesInNone) {
  for (const std::uint8_t code : {0x7E, 0x7F}) {
    for (const R routing : {R::to_root_complex, R::by_id, R::broadcast_from_root, R::local}) {
      EXPECT_TRUE(is_legal(code, routing));
    }
    EXPECT_FALSE(is_legal(code, R::gathered));
    EXPECT_FALSE(is_legal(code, R::by_address));
  }
  EXPECT_FALSE(find_message(0x7E)->ignored_when_unknown) << "an unsupported request";
  EXPECT_TRUE(find_message(0x7F)->ignored_when_unknown) << "dropped silently";
  EXPECT_EQ(find_message(0x32), nullptr);
  EXPECT_FALSE(is_legal(0x32, R::to_root_complex));
  EXPECT_FALSE(is_legal(0x30, R::local)) << "an error message goes to the root complex";
}

TEST(MessageGather, OneGoesUpAfterTheLastPort) {
  MessageGather gather(kSwitch.downstream);
  EXPECT_FALSE(gather.arrived(kB));
  EXPECT_FALSE(gather.arrived(kB)) << "a second one of the same port";
  EXPECT_FALSE(gather.arrived(kDown)) << "nobody expects one from there";
  EXPECT_FALSE(gather.arrived(kA));
  EXPECT_THAT(gather.missing(), ElementsAre(kC));
  EXPECT_TRUE(gather.arrived(kC));
  EXPECT_FALSE(gather.arrived(kC)) << "once only";
}

TEST(MessageGather, APortThatGoesDownIsNotWaitedFor) {
  MessageGather gather({kA, kB});
  EXPECT_FALSE(gather.arrived(kA));
  EXPECT_TRUE(gather.link_down(kB));
}

}  // namespace
}  // namespace antares::protocols
