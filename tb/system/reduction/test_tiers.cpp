// SPDX-License-Identifier: Apache-2.0
// Reductions over several switches: each link carries one partial result and one result, whatever
// the number of members behind it; bit for bit what an oracle makes of it, in each order; by push,
// by pull, for all or for one; and LT the same as AT.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/support/switch_chain.h"
#include "tb/system/reduction/tier_rig.h"

namespace antares::tb {
namespace {

using models::Accumulator;
using models::ElementType;
using models::ReductionKind;
using models::ReductionOp;
using models::ReductionOrder;
using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr std::uint64_t kAddress = 0x840;
constexpr unsigned kCount = 300;

std::vector<unsigned> all_of(const TierConfig& config) {
  std::vector<unsigned> members;
  for (unsigned e = 0; e < config.endpoints(); ++e) members.push_back(e);
  return members;
}

struct Trunk {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
};

/// Payload on all links of a leaf to other switches.
Trunk trunk_bytes(TierRig& rig, unsigned leaf) {
  Trunk sum;
  for (unsigned t = 0; t < rig.trunks(); ++t) {
    sum.up += rig.trunk(leaf, t).egress_reading().payload_bytes;
    sum.down += rig.trunk(leaf, t).ingress_reading().payload_bytes;
  }
  return sum;
}

class Tiers : public testing::TestWithParam<std::tuple<LinkKind, unsigned, bool>> {
 protected:
  static TierConfig tiers() {
    TierConfig config;
    config.kind = config.trunk = std::get<0>(GetParam());
    config.spines = std::get<1>(GetParam());
    if (config.spines == 0) config.leaves = 2;
    config.devices = 3;
    config.one_wheel = std::get<2>(GetParam());
    return config;
  }
};

// Over each leaf's trunks one partial result goes up and one result comes down (two leaves that are
// linked to each other: the one that is not the root's).
TEST_P(Tiers, APushReachesEachMemberOnceAndEachTrunkOnce) {
  ReportGuard reports;
  TierRig rig(tiers());
  const auto members = all_of(rig.config);
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : members) {
    sent.push_back(&rig.contribution(member, members, kAddress, kCount));
    rig.begin_at(kStart + member * 1000, member, *sent.back());
  }
  sc_core::sc_start();
  for (const auto* payload : sent) {
    EXPECT_EQ(payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  }
  const auto kind = TierRig::u32_sum();
  const auto sums = rig.expected(members, kCount, kind, TierRig::kSpine);
  for (const unsigned member : members) {
    EXPECT_EQ(rig.memory(member, kAddress, kCount, kind), sums) << "member " << member;
    EXPECT_EQ(rig.target(member).requests(), 1u);
    EXPECT_EQ(rig.initiator(member).responses(), 1u);
    EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 4u * kCount);
    EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, 4u * kCount);
  }
  for (unsigned l = 0; l < rig.config.leaves; ++l) {
    const Trunk bytes = trunk_bytes(rig, l);
    EXPECT_EQ(bytes.up, 4u * kCount) << "leaf " << l;
    EXPECT_EQ(bytes.down, 4u * kCount) << "leaf " << l;
  }
  EXPECT_EQ(rig.results(), 1u);
  EXPECT_EQ(rig.partials(), rig.config.spines == 0 ? 1u : rig.config.leaves);
  rig.expect_done();
}

TEST_P(Tiers, APullBringsOneOperandATrunk) {
  ReportGuard reports;
  TierRig rig(tiers());
  const auto members = all_of(rig.config);
  constexpr unsigned kRequester = 4;
  auto& load = rig.load(kRequester, members, kAddress, kCount);
  rig.begin_at(kStart, kRequester, load);
  sc_core::sc_start();
  EXPECT_EQ(load.get_response_status(), tlm::TLM_OK_RESPONSE);
  const auto kind = TierRig::u32_sum();
  const unsigned root = rig.config.leaf_of(kRequester);
  EXPECT_EQ(TierRig::numbers(load.get_data_ptr(), kCount, kind),
            rig.expected(members, kCount, kind, root));
  for (const unsigned member : members) {
    EXPECT_EQ(rig.target(member).requests(), 1u);
    EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 4u * kCount);
  }
  for (unsigned l = 0; l < rig.config.leaves; ++l) {
    const Trunk bytes = trunk_bytes(rig, l);
    EXPECT_EQ(bytes.up, l == root ? 0u : 4u * kCount) << "leaf " << l;
    EXPECT_EQ(bytes.down, l == root ? 4u * kCount : 0u) << "leaf " << l;
  }
  EXPECT_EQ(rig.results(), 1u);
  rig.expect_done();
}

TEST_P(Tiers, ForOneMemberNothingComesBack) {
  ReportGuard reports;
  TierRig rig(tiers());
  const auto members = all_of(rig.config);
  constexpr unsigned kOwner = 1;
  std::vector<unsigned> others;
  for (const unsigned member : members) {
    if (member == kOwner) continue;
    others.push_back(member);
    auto& payload = rig.contribution(member, members, kAddress, kCount);
    rig.give_to(payload, kOwner);
    rig.begin_at(kStart, member, payload);
  }
  sc_core::sc_start();
  const auto kind = TierRig::u32_sum();
  EXPECT_EQ(rig.memory(kOwner, kAddress, kCount, kind), rig.expected(others, kCount, kind, 0));
  for (unsigned l = 0; l < rig.config.leaves; ++l) {
    const Trunk bytes = trunk_bytes(rig, l);
    EXPECT_EQ(bytes.up, l == 0 ? 0u : 4u * kCount) << "leaf " << l;
    EXPECT_EQ(bytes.down, l == 0 ? 4u * kCount : 0u) << "leaf " << l;
  }
  for (const unsigned member : others) EXPECT_EQ(rig.target(member).requests(), 0u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, Tiers,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Values(0u, 2u),
                                          testing::Bool()),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) + "_" +
                                  std::to_string(std::get<1>(info.param)) + "_spines_" +
                                  (std::get<2>(info.param) ? "one_wheel" : "wheels");
                         });

// Five switches in a row, one member each: their sums meet in the middle, whoever's turn the
// address is, and each link carries one partial result towards it and one result away.
TEST(ReductionChain, MeetsInTheMiddle) {
  ReportGuard reports;
  constexpr unsigned kSwitches = 5;
  ChainConfig config;
  config.device_links.assign(kSwitches, make_policy(LinkKind::pcie6_x16));
  config.trunks.assign(kSwitches - 1, make_policy(LinkKind::pcie6_x16));
  config.adjust = [](SwitchConfig& one) { one = with_engines(one); };
  SwitchChain chain(config);
  std::vector<std::vector<std::uint32_t>> data(kSwitches);
  std::uint32_t sum = 0;
  for (unsigned member = 0; member < kSwitches; ++member) {
    data[member].assign(64, ReductionRig::value(member, 0));
    sum += ReductionRig::value(member, 0);
    // The turn of member 1: two of the five switches are nearer to the end than the middle is.
    auto& payload =
        chain.initiator(member).make(tlm::TLM_WRITE_COMMAND, ReductionConfig{}.interleave_bytes,
                                     reinterpret_cast<unsigned char*>(data[member].data()), 256);
    name_members(payload, NamedBy::list, {0, 1, 2, 3, 4});
    models::ReductionNaming naming;
    naming.kind = TierRig::u32_sum();
    payload.get_extension<models::PacketHint>()->reduction =
        std::make_shared<models::ReductionNaming>(naming);
    at(kStart, [&chain, &payload, member] { chain.initiator(member).begin(payload); });
  }
  sc_core::sc_start();
  for (unsigned s = 0; s < kSwitches; ++s) {
    EXPECT_EQ(chain.target(s).requests(), 1u);
    EXPECT_EQ(chain.target(s).byte(ReductionConfig{}.interleave_bytes), sum & 0xff);
    std::uint64_t results = 0;
    for (std::uint16_t p = 0; p < chain.fabric(s).port_count(); ++p)
      results += chain.fabric(s).port(PortId(p)).adapter().counts().reductions;
    EXPECT_EQ(results, s == 2 ? 1u : 0u) << "switch " << s;
    if (s + 1 == kSwitches) continue;
    auto& right = chain.fabric(s).port("right").adapter();
    EXPECT_EQ(right.egress_reading().payload_bytes, 256u) << "link " << s;
    EXPECT_EQ(right.ingress_reading().payload_bytes, 256u) << "link " << s;
  }
  chain.expect_all_quiescent();
}

// --- bit for bit
// --------------------------------------------------------------------------------

class Orders : public testing::TestWithParam<ReductionOrder> {};

/// Kinds whose sums depend on the order, and one that does not.
const std::vector<ReductionKind> kKinds = {
    {ReductionOp::add, ElementType::f16, Accumulator::element_type, {}},
    {ReductionOp::add, ElementType::f16, Accumulator::f32, {}},
    {ReductionOp::add, ElementType::bf16, Accumulator::f32, {}},
    {ReductionOp::add, ElementType::f32, Accumulator::element_type, {}},
    {ReductionOp::max, ElementType::s64, Accumulator::element_type, {}},
    {ReductionOp::add, ElementType::e4m3, Accumulator::f16, {}},
};

TEST_P(Orders, PushAndPullGiveWhatTheOracleSaysByAtAndByLt) {
  ReportGuard reports;
  TierConfig config;
  config.devices = 5;
  config.engines.order = GetParam();
  config.engines.timeout_us = 10'000;
  TierRig rig(config);
  const auto members = all_of(config);
  auto came = members;
  std::shuffle(came.begin(), came.end(), std::mt19937(3));
  struct Case {
    ReductionKind kind;
    std::uint64_t address;
    tlm_generic_payload* load;
  };
  std::vector<Case> cases;
  constexpr unsigned kRequester = 7;
  constexpr unsigned kElements = 40;
  constexpr std::uint64_t kLoads = 1u << 24;
  for (const ReductionKind& one : kKinds) {
    ReductionKind kind = one;
    kind.order = GetParam();
    // A rig's elements are of one type: each kind's are its own.
    const std::uint64_t address = cases.size() * 0x10000;
    cases.push_back({kind, address, nullptr});
  }
  std::vector<std::vector<std::uint64_t>> pushed(cases.size());
  std::vector<std::vector<std::uint64_t>> pulled(cases.size());
  for (std::size_t c = 0; c < cases.size(); ++c) {
    auto& [kind, address, load] = cases[c];
    rig.forget_elements();
    const bool pushes = !models::refusal(kind, models::ReductionPath::push);
    // Far apart, so that it is the order in which they come at each switch.
    for (std::size_t i = 0; i < came.size() && pushes; ++i) {
      auto& payload = rig.contribution(came[i], members, address, kElements, kind);
      rig.begin_at(kStart + c * 100'000'000 + i * 4'000'000, came[i], payload);
    }
    load = &rig.load(kRequester, members, address + kLoads, kElements, kind);
    rig.begin_at(kStart + c * 100'000'000, kRequester, *load);
    if (pushes) pushed[c] = rig.expected(members, kElements, kind, TierRig::kSpine, came);
    // In which sequence answers come is not for a test to say.
    if (GetParam() != ReductionOrder::arrival)
      pulled[c] = rig.expected(members, kElements, kind, rig.config.leaf_of(kRequester));
  }
  sc_core::sc_start();
  for (std::size_t c = 0; c < cases.size(); ++c) {
    const auto& [kind, address, load] = cases[c];
    SCOPED_TRACE("kind " + std::to_string(c));
    for (const unsigned member : members)
      if (!pushed[c].empty())
        EXPECT_EQ(rig.memory(member, address, kElements, kind), pushed[c]) << "member " << member;
    EXPECT_EQ(load->get_response_status(), tlm::TLM_OK_RESPONSE);
    if (!pulled[c].empty())
      EXPECT_EQ(TierRig::numbers(load->get_data_ptr(), kElements, kind), pulled[c]);
  }
  // LT, in the same sequence: the same bits.
  for (std::size_t c = 0; c < cases.size(); ++c) {
    const auto& [kind, address, load] = cases[c];
    SCOPED_TRACE("LT, kind " + std::to_string(c));
    rig.forget_elements();
    if (!pushed[c].empty()) {
      for (const unsigned member : came)
        rig.initiator(member).blocking(
            rig.contribution(member, members, address + 0x8000, kElements, kind));
      const auto sums = rig.expected(members, kElements, kind, TierRig::kSpine, came);
      for (const unsigned member : members)
        EXPECT_EQ(rig.memory(member, address + 0x8000, kElements, kind), sums);
    }
    auto& again = rig.load(kRequester, members, address + 2 * kLoads, kElements, kind);
    rig.initiator(kRequester).blocking(again);
    EXPECT_EQ(TierRig::numbers(again.get_data_ptr(), kElements, kind),
              rig.expected(members, kElements, kind, rig.config.leaf_of(kRequester)));
  }
  rig.expect_done();
}

std::string order_name(const testing::TestParamInfo<ReductionOrder>& info) {
  return info.param == ReductionOrder::arrival ? "arrival"
         : info.param == ReductionOrder::index ? "index"
                                               : "tree";
}

INSTANTIATE_TEST_SUITE_P(Each, Orders,
                         testing::Values(ReductionOrder::arrival, ReductionOrder::index,
                                         ReductionOrder::tree),
                         order_name);

}  // namespace
}  // namespace antares::tb
