// SPDX-License-Identifier: Apache-2.0
// What goes wrong at one of several switches ends in a status for all whom it concerns, at each of
// them, and leaves nothing behind; so does a link between switches that fails, whenever it does.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/tier_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr Picoseconds kMicrosecond = 1'000'000;
const std::vector<unsigned> kMembers = {0, 1, 2, 3, 4, 5, 6, 7};  // two on each of four leaves
constexpr unsigned kCount = 64;

class TierMistakes : public testing::TestWithParam<LinkKind> {
 protected:
  static TierConfig tiers(double timeout_us = 20) {
    TierConfig config;
    config.kind = config.trunk = GetParam();
    config.engines.timeout_us = timeout_us;
    return config;
  }
  std::vector<tlm_generic_payload*> send_all(TierRig& rig, std::uint64_t address, unsigned but,
                                             Picoseconds at_ps = kStart) {
    std::vector<tlm_generic_payload*> sent;
    for (const unsigned member : kMembers) {
      if (member == but) continue;
      sent.push_back(&rig.contribution(member, kMembers, address, kCount));
      rig.begin_at(at_ps, member, *sent.back());
    }
    return sent;
  }
  static constexpr unsigned kNobody = ~0u;
};

void expect_ended(const tlm_generic_payload& payload, ReductionStatus status) {
  EXPECT_EQ(ReductionRig::status(payload), status) << models::name(ReductionRig::status(payload));
  EXPECT_EQ(payload.get_response_status(),
            status == ReductionStatus::ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

// Those of its own leaf wait there, the others at the root; each from when its context opened.
TEST_P(TierMistakes, AMissingContributorEndsInATimeoutEverywhere) {
  ReportGuard reports;
  TierRig rig(tiers());
  const auto sent = send_all(rig, 0, 5);
  sc_core::sc_start();
  std::size_t i = 0;
  for (const unsigned member : kMembers) {
    if (member == 5) continue;
    expect_ended(*sent[i], ReductionStatus::timed_out);
    const Picoseconds told = rig.initiator(member).response_ps(*sent[i++]);
    EXPECT_GE(told, kStart + 20 * kMicrosecond);
    EXPECT_LT(told, kStart + 23 * kMicrosecond);
    EXPECT_EQ(rig.target(member).requests(), 0u);
  }
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

TEST_P(TierMistakes, WhatSpoilsOneLeafsSumEndsItForAll) {
  ReportGuard reports;
  TierRig rig(tiers());
  std::vector<tlm_generic_payload*> lengths, kinds, poison;
  for (const unsigned member : kMembers) {
    lengths.push_back(&rig.contribution(member, kMembers, 0, member == 3 ? kCount / 2 : kCount));
    auto other = TierRig::u32_sum();
    if (member == 6) other.op = models::ReductionOp::max;
    kinds.push_back(&rig.contribution(member, kMembers, 0x10000, kCount, other));
    poison.push_back(&rig.contribution(member, kMembers, 0x20000, kCount));
    if (member == 0)
      poison.back()->get_extension<models::PacketHint>()->flags = protocols::kPoisoned;
    rig.begin_at(kStart, member, *lengths.back());
    rig.begin_at(kStart, member, *kinds.back());
    rig.begin_at(kStart, member, *poison.back());
  }
  sc_core::sc_start();
  for (const auto* payload : lengths) expect_ended(*payload, ReductionStatus::unequal_length);
  for (const auto* payload : kinds) expect_ended(*payload, ReductionStatus::unequal_kind);
  for (const auto* payload : poison) expect_ended(*payload, ReductionStatus::poisoned);
  for (const unsigned member : kMembers) EXPECT_EQ(rig.target(member).requests(), 0u);
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

// The one that opened the context is whole after the other, which is shorter.
TEST_P(TierMistakes, TheFirstToBeWholeNeedNotBeTheFirst) {
  ReportGuard reports;
  TierRig rig(tiers());
  std::vector<tlm_generic_payload*> sent;
  constexpr unsigned kLong = 2048;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, 0, member == 1 ? 64 : kLong));
    rig.begin_at(kStart + (member == 1 ? 1000 : 0), member, *sent.back());
  }
  sc_core::sc_start();
  for (const auto* payload : sent) expect_ended(*payload, ReductionStatus::unequal_length);
  rig.expect_done();
}

TEST_P(TierMistakes, ADuplicateEndsAlone) {
  ReportGuard reports;
  TierRig rig(tiers());
  auto& first = rig.contribution(4, kMembers, 0, kCount);
  auto& again = rig.contribution(4, kMembers, 0, kCount);
  rig.begin_at(kStart, 4, first);
  rig.begin_at(kStart + kMicrosecond, 4, again);
  const auto others = send_all(rig, 0, 4, kStart + 5 * kMicrosecond);
  sc_core::sc_start();
  expect_ended(first, ReductionStatus::ok);
  expect_ended(again, ReductionStatus::duplicate);
  for (const auto* payload : others) expect_ended(*payload, ReductionStatus::ok);
  rig.expect_done();
}

// A member's memory that fails, behind two switches, ends the load-reduce with the reason.
TEST_P(TierMistakes, AMemberThatFailsEndsTheLoad) {
  ReportGuard reports;
  TierRig rig(tiers());
  rig.target(6).on_request = [](tlm_generic_payload& read, auto&, auto&) {
    read.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  auto& load = rig.load(1, kMembers, 0, kCount);
  rig.begin_at(kStart, 1, load);
  sc_core::sc_start();
  expect_ended(load, ReductionStatus::contributor_failed);
  rig.expect_done();
}

TEST_P(TierMistakes, AMemberThatNeverAnswersEndsTheLoadInATimeout) {
  ReportGuard reports;
  TierRig rig(tiers());
  tlm_generic_payload* kept = nullptr;
  rig.target(6).on_request = [&](tlm_generic_payload& read, tlm::tlm_phase& phase, auto&) {
    kept = &read;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  };
  auto& load = rig.load(1, kMembers, 0, kCount);
  rig.begin_at(kStart, 1, load);
  at(kStart + 60 * kMicrosecond, [&] {
    kept->set_response_status(tlm::TLM_OK_RESPONSE);
    rig.target(6).call_back(*kept, tlm::BEGIN_RESP);
  });
  sc_core::sc_start();
  expect_ended(load, ReductionStatus::timed_out);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, TierMistakes,
                         testing::Values(LinkKind::pcie6_x16, LinkKind::ualink_x4,
                                         LinkKind::nvlink4_x2_acknowledged),
                         [](const auto& info) { return std::string(name_of(info.param)); });

// One context an engine, two reductions that meet at the same engines, leaves in opposite order.
class TierOrder : public testing::TestWithParam<unsigned> {};

TEST_P(TierOrder, OppositeOrdersFinishWithOneContext) {
  ReportGuard reports;
  TierConfig config;
  config.engines.contexts = 1;
  config.engines.context_bytes = 4 * kCount;
  config.engines.buffer_bytes = 4 * kCount;
  config.engines.parking = GetParam();
  config.engines.timeout_us = 50;
  TierRig rig(config);
  const std::uint64_t other = kMembers.size() * config.engines.interleave_bytes;
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    const bool swapped = config.leaf_of(member) % 2 == 1;
    auto& x = rig.contribution(member, kMembers, 0, kCount);
    auto& y = rig.contribution(member, kMembers, other, kCount);
    sent.push_back(&x);
    sent.push_back(&y);
    rig.begin_at(kStart, member, swapped ? y : x);
    rig.begin_at(kStart + 2 * kMicrosecond, member, swapped ? x : y);
  }
  sc_core::sc_start();
  std::uint64_t fine = 0;
  for (const auto* payload : sent) {
    const ReductionStatus status = ReductionRig::status(*payload);
    if (status == ReductionStatus::ok) ++fine;
    EXPECT_TRUE(status == ReductionStatus::ok || status == ReductionStatus::retry ||
                status == ReductionStatus::timed_out)
        << models::name(status);
    EXPECT_NE(payload->get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  }
  // With room to wait at the root both end; else one of them has to come again.
  if (GetParam() != 0)
    EXPECT_EQ(fine, sent.size());
  else
    EXPECT_LT(fine, sent.size());
  EXPECT_EQ(rig.results(), fine / kMembers.size());
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Parking, TierOrder, testing::Values(0u, 4u));

// --- links between switches that fail
// -----------------------------------------------------------

class DeadTrunk : public testing::TestWithParam<unsigned> {};

TEST_P(DeadTrunk, EndsInAStatusWheneverItFails) {
  ReportGuard reports;
  TierConfig config;
  config.engines.timeout_us = 20;
  config.adjust = [](SwitchConfig& one) {
    for (auto& port : one.ports) port.faults = models::PortFaultConfig{};
  };
  TierRig rig(config);
  // Leaf 1's way to member 0, whose turn address 0 is; what a load of member 1 takes is another.
  for (const unsigned link : {0u, 1u})
    rig.trunk(1, link).schedule_link(LinkEvent::lose, kStart + GetParam() * 50'000);
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, 0, 1024));
    rig.begin_at(kStart, member, *sent.back());
  }
  sent.push_back(&rig.load(1, kMembers, 0x400000, 1024));
  rig.begin_at(kStart, 1, *sent.back());
  sc_core::sc_start();
  for (const auto* payload : sent)
    EXPECT_NE(payload->get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
  if (GetParam() == 0) {
    for (const auto* payload : sent) EXPECT_TRUE(payload->is_response_error());
    EXPECT_EQ(rig.results(), 0u);
  }
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Instants, DeadTrunk, testing::Range(0u, 40u));

// --- refused at the door
// ------------------------------------------------------------------------

std::string refusal_of(const TierConfig& config, const std::vector<unsigned>& members) {
  TierRig rig(config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto& payload = rig.contribution(0, members, 0, kCount);
  rig.initiator(0).blocking(payload);
  EXPECT_TRUE(payload.is_response_error());
  auto& load = rig.load(0, members, 0, kCount);
  rig.initiator(0).blocking(load);
  EXPECT_TRUE(load.is_response_error());
  rig.expect_done();
  return rig.port(0).last_refusal();
}

TEST(TierRefusals, ASwitchOnTheWayThatDoesNotReduce) {
  ReportGuard reports;
  TierConfig config;
  config.adjust = [](SwitchConfig& one) {
    if (one.index >= 4) one.reduction.reset();
  };
  EXPECT_EQ(refusal_of(config, kMembers),
            "refused by the reduction engines: a_switch_on_the_way_does_not_reduce");
}

TEST(TierRefusals, SwitchesThatSpreadAddressesDifferently) {
  ReportGuard reports;
  TierConfig config;
  config.adjust = [](SwitchConfig& one) {
    if (one.index == 2) one.reduction->interleave_bytes *= 2;
  };
  EXPECT_EQ(refusal_of(config, kMembers),
            "refused by the reduction engines: switches_differ_in_interleave_bytes");
}

}  // namespace
}  // namespace antares::tb
