// SPDX-License-Identifier: Apache-2.0
// What nobody can reduce is refused at the door, by AT and by LT, pushed and pulled: a status, a
// name, a count, no packet into the fabric. Collectives that get into each other's way end in
// statuses, each of them, and leave nothing behind.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/reduction_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
const std::vector<unsigned> kMembers = {0, 1, 3};

models::ReductionKind kind_of(models::ReductionOp op, models::ElementType type,
                              models::Accumulator accumulator = {}) {
  return {op, type, accumulator, {}};
}

struct Mistake {
  const char* test;
  const char* name;   ///< of the refusal
  bool by_hypercast;  ///< it is the group that is wrong
  unsigned from;
  std::vector<unsigned> members;
  models::ReductionKind kind;
  std::uint64_t address;
  unsigned bytes;
  bool push_only = false;  ///< a load-reduce may do that
};

using models::Accumulator;
using models::ElementType;
using models::ReductionOp;
const models::ReductionKind kSum = kind_of(ReductionOp::add, ElementType::u32);
const std::vector<Mistake> kMistakes = {
    {"a_group_with_no_member", "no_member", true, 0, {}, kSum, 0, 64},
    {"an_unknown_member", "unknown_member", false, 0, {0, 9}, kSum, 0, 64},
    {"an_unknown_first_member", "unknown_member", false, 3, {2, 3}, kSum, 0, 64},
    {"a_duplicate_member", "duplicate_member", true, 0, {0, 1, 0}, kSum, 0, 64},
    {"more_than_fit", "too_many_members", true, 0, {0, 1, 3, 4}, kSum, 0, 64},
    {"a_store_from_outside", "sender_outside", false, 4, kMembers, kSum, 0, 64, true},
    {"an_operator_that_has_not_the_type", "operator_forbids_type", false, 0, kMembers,
     kind_of(ReductionOp::bit_xor, ElementType::f16), 0, 64},
    {"a_comparison_of_wide_floats", "operator_forbids_type", false, 0, kMembers,
     kind_of(ReductionOp::min, ElementType::f32), 0, 64},
    {"an_accumulator_that_has_not_the_type", "accumulator_forbids_type", false, 0, kMembers,
     kind_of(ReductionOp::add, ElementType::f32, Accumulator::f32), 0, 64},
    {"a_push_of_fp8", "push_forbids_type", false, 0, kMembers,
     kind_of(ReductionOp::add, ElementType::e5m2), 0, 64, true},
    {"a_push_of_a_half_comparison", "push_forbids_type", false, 0, kMembers,
     kind_of(ReductionOp::max, ElementType::bf16), 0, 64, true},
    {"an_odd_size", "odd_operand_size", false, 0, kMembers, kSum, 0, 66},
    {"a_misaligned_operand", "misaligned_operand", false, 0, kMembers, kSum, 2, 64},
    {"a_half_misaligned_double", "misaligned_operand", false, 0, kMembers,
     kind_of(ReductionOp::add, ElementType::f64), 4, 64},
    {"bytes_beyond_a_members_memory", "outside_window", false, 0, kMembers, kSum, kWindowBytes - 32,
     64},
    {"more_than_an_engine_holds", "too_large", false, 0, kMembers, kSum, 0, 4096},
};

class BadInput : public testing::TestWithParam<Mistake> {};

TEST_P(BadInput, IsRefusedWithAStatusANameAndACount) {
  ReportGuard reports;
  const Mistake& what = GetParam();
  ReductionConfig engines;
  engines.contexts = 8;
  engines.context_bytes = 128;
  SwitchConfig config = with_engines(pcie_switch(5), engines);
  config.hypercast->most_members = 3;
  // Endpoint 2 has no memory.
  config.windows.erase(config.windows.begin() + 2);
  ReductionRig rig(config);
  auto& port = rig.port(what.from);
  const auto ask = [&](bool push) -> tlm_generic_payload& {
    auto& payload = push ? rig.contribution(what.from, kMembers, what.address, 1024)
                         : rig.load(what.from, kMembers, what.address, 1024);
    name_members(payload, NamedBy::list, what.members);
    payload.set_data_length(what.bytes);
    payload.set_streaming_width(what.bytes);
    models::ReductionNaming naming;
    naming.kind = what.kind;
    payload.get_extension<models::PacketHint>()->reduction =
        std::make_shared<models::ReductionNaming>(naming);
    return payload;
  };
  std::vector<tlm_generic_payload*> sent;
  for (const bool push : {true, false}) {
    if (!push && what.push_only) continue;
    sent.push_back(&ask(push));
    rig.begin_at(kStart, what.from, *sent.back());
  }
  sc_core::sc_start();
  for (const bool push : {true, false}) {
    if (!push && what.push_only) continue;
    sent.push_back(&ask(push));
    rig.initiator(what.from).blocking(*sent.back());
  }
  for (const auto* payload : sent) EXPECT_TRUE(payload->is_response_error());
  EXPECT_EQ(port.last_refusal(),
            std::string(what.by_hypercast ? "refused by Hypercast: "
                                          : "refused by the reduction engines: ") +
                what.name);
  const auto& counts = port.counts();
  EXPECT_EQ(what.by_hypercast ? counts.multicast_refused : counts.reductions_refused, sent.size());
  EXPECT_EQ(port.ingress_reading().wire_bytes, 0u);
  for (const unsigned other : {0u, 1u, 3u, 4u}) EXPECT_EQ(rig.target(other).requests(), 0u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Each, BadInput, testing::ValuesIn(kMistakes),
                         [](const auto& info) { return std::string(info.param.test); });

// Two collectives of one group at one address, the second begun before the first has ended: where
// its contribution comes too early it is a duplicate, and those it leaves alone time out.
TEST(SharedContext, OfTwoCollectivesEndsTheSecondInStatuses) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.timeout_us = 20;
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  std::vector<tlm_generic_payload*> first, second;
  for (const unsigned member : kMembers) {
    const Picoseconds late = member == 3 ? 5'000'000 : 0;
    first.push_back(&rig.contribution(member, kMembers, 0, 64));
    second.push_back(&rig.contribution(member, kMembers, 0, 64));
    rig.begin_at(kStart + late, member, *first.back());
    rig.begin_at(kStart + late + 1'000'000, member, *second.back());
  }
  sc_core::sc_start();
  for (const auto* payload : first) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  EXPECT_EQ(ReductionRig::status(*second[0]), ReductionStatus::duplicate);
  EXPECT_EQ(ReductionRig::status(*second[1]), ReductionStatus::duplicate);
  EXPECT_EQ(ReductionRig::status(*second[2]), ReductionStatus::timed_out);
  EXPECT_EQ(rig.port(0).counts().reductions_failed, 1u);
  EXPECT_EQ(rig.port(3).counts().reductions_failed, 1u);
  EXPECT_EQ(rig.results(), 1u);
  for (const unsigned member : kMembers) rig.expect_sum(member, 0, kMembers, 64);
  rig.expect_done();
}

// Two collectives of different members at one address do not share it: each has its own context.
TEST(SharedContext, IsNotThatOfOtherMembers) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4)));
  const std::vector<unsigned> pair = {0, 3};
  for (const unsigned member : kMembers)
    rig.begin_at(kStart, member, rig.contribution(member, kMembers, 0, 64));
  for (const unsigned member : pair)
    rig.begin_at(kStart + 5'000'000, member, rig.contribution(member, pair, 0, 64));
  sc_core::sc_start();
  EXPECT_EQ(rig.results(), 2u);
  rig.expect_sum(1, 0, kMembers, 64);
  rig.expect_sum(3, 0, pair, 64);
  rig.expect_done();
}

// Two of different operators at one address: they do not fit, and all of both end with the reason.
TEST(SharedContext, OfDifferentOperatorsEndsForAll) {
  ReportGuard reports;
  ReductionConfig engines;
  engines.timeout_us = 20;
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, 0, 64));
    models::ReductionNaming naming;
    naming.kind = kind_of(member == 1 ? ReductionOp::max : ReductionOp::add, ElementType::u32);
    sent.back()->get_extension<models::PacketHint>()->reduction =
        std::make_shared<models::ReductionNaming>(naming);
    rig.begin_at(kStart, member, *sent.back());
  }
  sc_core::sc_start();
  for (const auto* payload : sent)
    EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::unequal_kind);
  EXPECT_EQ(rig.results(), 0u);
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
