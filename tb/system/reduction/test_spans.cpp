// SPDX-License-Identifier: Apache-2.0
// Contributions of more than an engine holds: parts of them meet at engines in turn, each member
// gets the sums as one write, and whatever happens to a part nothing is left over. Times in
// picoseconds.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr std::uint64_t kAddress = 0x1000;
const std::vector<unsigned> kMembers = {0, 1, 3};

/// An engine holds 4 parts, so that a contribution of 8 parts at most is more than it holds.
ReductionConfig engines_of(std::uint32_t part_bytes, std::uint32_t parking) {
  ReductionConfig engines;
  engines.contexts = 4 * part_bytes / engines.context_bytes;
  engines.buffer_bytes = 4 * part_bytes;
  engines.interleave_bytes = part_bytes;
  engines.parking = parking;
  engines.timeout_us = 200;
  return engines;
}

constexpr std::uint32_t kPart = 2048;
constexpr unsigned kElements = (7 * kPart + 864) / 4;  // the last part is not whole

class SpanEverywhere : public testing::TestWithParam<std::tuple<LinkKind, bool>> {};

TEST_P(SpanEverywhere, EachMemberGetsTheSumsAsOneWrite) {
  ReportGuard reports;
  std::vector<LinkKind> kinds(4, std::get<0>(GetParam()));
  if (std::get<1>(GetParam())) kinds[1] = LinkKind::pcie6_x16;
  ReductionRig rig(with_engines(mixed_switch(kinds), engines_of(kPart, 16)));
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, kAddress, kElements));
    rig.begin_at(kStart + member * 1000, member, *sent.back());
  }
  sc_core::sc_start();
  const bool can = rig.fabric.reduction_span_bytes() > 4 * kPart;
  for (const auto* payload : sent) {
    EXPECT_EQ(payload->get_response_status(),
              can ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
  }
  if (can) {
    EXPECT_EQ(rig.fabric.reduction_request_bytes(), kPart);
    for (std::size_t m = 0; m < kMembers.size(); ++m) {
      const unsigned member = kMembers[m];
      rig.expect_sum(member, kAddress, kMembers, kElements);
      EXPECT_EQ(rig.target(member).requests(), 1u);
      EXPECT_EQ(rig.initiator(member).responses(), 1u);
      EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 4u * kElements);
      EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, 4u * kElements);
      // Parts are the engines' in turn, from that of the first one's address on.
      unsigned elements = 0;
      for (unsigned k = 0; k < 8; ++k) {
        const bool its = (kAddress / kPart + k) % kMembers.size() == m;
        if (its) elements += 3 * (k == 7 ? kElements - 7 * kPart / 4 : kPart / 4);
      }
      EXPECT_EQ(rig.port(member).reduction()->engine().alu().elements(), elements);
    }
  }
  EXPECT_EQ(rig.results(), can ? 8u : 0u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, SpanEverywhere,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Bool()),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "_and_pcie" : "");
                         });

TEST(Span, ToOneMemberAlone) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kPart, 16)));
  for (const unsigned member : {0u, 3u}) {
    auto& payload = rig.contribution(member, kMembers, kAddress, kElements);
    rig.give_to(payload, 1);
    rig.begin_at(kStart, member, payload);
  }
  sc_core::sc_start();
  rig.expect_sum(1, kAddress, {0, 3}, kElements);
  EXPECT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.target(0).requests() + rig.target(3).requests(), 0u);
  rig.expect_done();
}

// Three such sums at once, in other orders, with room for a part of one at an engine and none to
// park: who finds no place comes again, and all finish. An engine has two or three of the eight
// parts.
class SpanRetries : public testing::TestWithParam<std::uint32_t> {};

TEST_P(SpanRetries, PartsThatFindNoPlaceAreSentAgain) {
  ReportGuard reports;
  constexpr std::uint32_t kSmall = 512;
  const std::uint32_t last_bytes = GetParam();
  const unsigned kFew = (7 * kSmall + last_bytes) / 4;
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kSmall, 0)));
  std::vector<tlm_generic_payload*> sent;
  for (unsigned order = 0; order < 3; ++order) {
    for (unsigned m = 0; m < 3; ++m) {
      const std::uint64_t address = (order + m) % 3 * 0x1000;
      sent.push_back(&rig.contribution(kMembers[m], kMembers, address, kFew));
      rig.begin_at(kStart + order * 1000, kMembers[m], *sent.back());
    }
  }
  sc_core::sc_start();
  for (const auto* payload : sent) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  std::uint64_t carried = 0;
  for (const unsigned member : kMembers) {
    for (unsigned k = 0; k < 3; ++k) rig.expect_sum(member, k * 0x1000, kMembers, kFew);
    EXPECT_EQ(rig.target(member).requests(), 3u);
    EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, 3u * 4 * kFew);
    carried += rig.port(member).ingress_reading().payload_bytes;
  }
  EXPECT_GT(carried, 9u * 4 * kFew);
  if (last_bytes == kSmall) EXPECT_EQ(carried % kSmall, 0u);
  EXPECT_EQ(rig.results(), 3u * 8);
  rig.expect_done();
}

// Parts of one size may stand for each other; a shorter one may not.
INSTANTIATE_TEST_SUITE_P(LastPart, SpanRetries, testing::Values(512u, 256u, 100u),
                         testing::PrintToStringParamName());

TEST(Span, OfWhichOneIsMissingEndsForAll) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kPart, 16)));
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : {0u, 1u}) {
    sent.push_back(&rig.contribution(member, kMembers, kAddress, kElements));
    rig.begin_at(kStart, member, *sent.back());
  }
  sc_core::sc_start();
  for (const auto* payload : sent)
    EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::timed_out);
  for (const unsigned member : kMembers) EXPECT_EQ(rig.target(member).requests(), 0u);
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

// One member contributes to part 2 alone before it contributes to all: that part is spoilt, the
// others are summed, but nobody gets a request with a hole in it.
class SpanWithAHole : public testing::TestWithParam<unsigned> {};

TEST_P(SpanWithAHole, BringsNobodyAnything) {
  ReportGuard reports;
  const unsigned hole = GetParam();
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kPart, 16)));
  auto& alone = rig.contribution(3, kMembers, kAddress + hole * kPart, kPart / 4);
  rig.begin_at(kStart, 3, alone);
  auto& twice = rig.contribution(3, kMembers, kAddress, 2 * kPart);
  rig.begin_at(kStart + 1000, 3, twice);
  auto& fourth = rig.contribution(0, kMembers, kAddress, 2 * kPart);
  rig.begin_at(kStart + 5'000'000, 0, fourth);
  auto& fifth = rig.contribution(1, kMembers, kAddress, 2 * kPart);
  rig.begin_at(kStart + 6'000'000, 1, fifth);
  sc_core::sc_start();
  EXPECT_EQ(ReductionRig::status(alone), ReductionStatus::unequal_length);
  EXPECT_EQ(ReductionRig::status(twice), ReductionStatus::duplicate);
  EXPECT_EQ(ReductionRig::status(fourth), ReductionStatus::unequal_length);
  EXPECT_EQ(ReductionRig::status(fifth), ReductionStatus::unequal_length);
  for (const unsigned member : kMembers) EXPECT_EQ(rig.target(member).requests(), 0u);
  EXPECT_EQ(rig.results(), 7u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Parts, SpanWithAHole, testing::Values(0, 2, 7));

// One that starts within a page, one of more than there are parts for, one to be scattered.
TEST(Span, WhereEnginesCannotTakeTurnsIsRefused) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kPart, 16)));
  auto& within = rig.contribution(0, kMembers, kAddress + 64, kElements);
  auto& larger = rig.contribution(1, kMembers, kAddress, 2 * kPart + 1);
  auto& load = rig.load(3, kMembers, kAddress, kElements);
  rig.begin_at(kStart, 0, within);
  rig.begin_at(kStart, 1, larger);
  rig.begin_at(kStart, 3, load);
  sc_core::sc_start();
  for (const auto* payload : {&within, &larger, &load})
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  rig.expect_done();
}

// The last contribution meets nobody: LT has the sums at each member when AT has the last part
// there, within the time of a link packet. Parts alike: AT's shorter one waits for the link.
TEST(Span, LooselyTimedIsAsLong) {
  ReportGuard reports;
  constexpr unsigned kWhole = 8 * kPart / 4;
  ReductionRig rig(with_engines(pcie_switch(4), engines_of(kPart, 16)));
  constexpr Picoseconds kLast = kStart + 50'000'000;
  for (const unsigned member : kMembers)
    rig.begin_at(member == 3 ? kLast : kStart, member,
                 rig.contribution(member, kMembers, kAddress, kWhole));
  sc_core::sc_start();
  std::map<unsigned, Picoseconds> at;
  for (const unsigned member : kMembers)
    for (const Phase& phase : rig.target(member).phases())
      if (phase.phase == tlm::BEGIN_REQ) at[member] = phase.at_ps - kLast;
  std::map<unsigned, Picoseconds> lt;
  for (const unsigned member : kMembers) {
    rig.target(member).on_blocking = [&rig, &lt, member](tlm_generic_payload& payload,
                                                         sc_core::sc_time& delay) {
      rig.target(member).serve(payload);
      lt[member] = std::max(lt[member], Picoseconds{delay.value() / ps(1).value()});
    };
  }
  Picoseconds took = 0;
  for (const unsigned member : kMembers) {
    auto& payload = rig.contribution(member, kMembers, kAddress, kWhole);
    took = rig.initiator(member).blocking(payload);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  }
  const protocols::LinkPolicy& policy = rig.port(3).policy();
  protocols::Packet packet;
  packet.bytes = policy.max_link_payload_bytes(protocols::PacketKind::write);
  policy.classify(packet);
  const auto link_packet =
      static_cast<double>(models::train_cost(policy, packet).occupancy.whole_ps + 1);
  ASSERT_EQ(at.size(), kMembers.size());
  for (const unsigned member : kMembers) {
    EXPECT_NEAR(static_cast<double>(lt[member]), static_cast<double>(at[member]), link_packet)
        << "member " << member;
    rig.expect_sum(member, kAddress, kMembers, kWhole);
    EXPECT_LE(lt[member], took);
  }
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
