// SPDX-License-Identifier: Apache-2.0
// Copies: as many as members, each with the same data at its own place, over one crossing of the
// ingress link, however the members are named; LT and debug access reach the same ones.
#include <gtest/gtest.h>

#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

struct Way {
  const char* name;
  NamedBy by;
  bool lt;
};

class Named : public testing::TestWithParam<Way> {};

TEST_P(Named, EachMemberGetsTheDataOnce) {
  const auto [label, by, lt] = GetParam();
  ReportGuard reports;
  // The sender is a member of the group, and gets no copy; a packet names whom it means.
  GroupRig rig(with_groups(pcie_switch(5), {group_of(3, {0, 1, 2, 4}, 0x1000)}));
  constexpr unsigned kBytes = 5000;  // several link packets, and trains
  constexpr std::uint64_t kOffset = 0x240;
  auto& payload = rig.write(0, by == NamedBy::window ? group_window(3) + kOffset : kOffset, kBytes);
  if (by == NamedBy::group)
    name_members(payload, by, {3});
  else if (by != NamedBy::window)
    name_members(payload, by, {1, 2, 4});
  const std::uint64_t address = payload.get_address();
  if (lt) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    rig.initiator(0).blocking(payload);
  } else {
    at(1'000'000, [&] { rig.initiator(0).begin(payload); });
    sc_core::sc_start();
    EXPECT_EQ(rig.initiator(0).responses(), 1u);
  }
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(payload.get_address(), address);
  EXPECT_EQ(payload.get_data_length(), kBytes);
  const bool grouped = by == NamedBy::window || by == NamedBy::group;
  unsigned k = 1;
  for (const unsigned member : {1u, 2u, 4u}) {
    rig.expect_data(member, kOffset + (grouped ? 0x1000 * k++ : 0), kBytes);
    EXPECT_EQ(rig.target(member).requests(), lt ? 0u : 1u) << "non-blocking ones";
  }
  EXPECT_EQ(rig.target(0).requests(), 0u);
  EXPECT_EQ(rig.target(3).requests(), 0u);
  EXPECT_EQ(rig.port(0).counts().multicast_packets, 1u);
  EXPECT_EQ(rig.port(0).counts().multicast_copies, 3u);
  if (!lt) {
    EXPECT_EQ(rig.port(0).ingress_reading().payload_bytes, kBytes) << "one crossing";
    for (const unsigned member : {1u, 2u, 4u})
      EXPECT_EQ(rig.port(member).egress_reading().payload_bytes, kBytes);
  }
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(
    Ways, Named,
    testing::Values(Way{"window", NamedBy::window, false}, Way{"group", NamedBy::group, false},
                    Way{"bitmap", NamedBy::bitmap, false}, Way{"list", NamedBy::list, false},
                    Way{"window_lt", NamedBy::window, true}, Way{"group_lt", NamedBy::group, true},
                    Way{"bitmap_lt", NamedBy::bitmap, true}, Way{"list_lt", NamedBy::list, true}),
    [](const auto& info) { return info.param.name; });

class Scattered : public testing::TestWithParam<std::tuple<bool, unsigned>> {};

TEST_P(Scattered, EachMemberGetsItsSlice) {
  const auto [lt, bytes] = GetParam();
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(4, 1024), {}));
  constexpr unsigned kUnit = 64;
  auto& payload = rig.write(0, 0x80, bytes);
  name_members(payload, NamedBy::list, {3, 1, 2}, kUnit);
  if (lt) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    rig.initiator(0).blocking(payload);
  } else {
    at(1'000'000, [&] { rig.initiator(0).begin(payload); });
    sc_core::sc_start();
  }
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  const unsigned units = bytes / kUnit;
  std::uint64_t delivered = 0;
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned from = k * units / 3 * kUnit;
    const unsigned to = k == 2 ? bytes : (k + 1) * units / 3 * kUnit;
    rig.expect_data(k + 1, 0x80, to - from, 1, from);
    delivered += to - from;
    EXPECT_EQ(rig.port(k + 1).egress_reading().payload_bytes, lt ? 0 : to - from);
  }
  EXPECT_EQ(delivered, bytes);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Sizes, Scattered,
                         testing::Combine(testing::Bool(),
                                          testing::Values(64u, 192u, 256u, 1000u, 9000u)));

TEST(Copies, AGroupMayGiveTheSenderACopyToo) {
  ReportGuard reports;
  GroupConfig group = group_of(0, {0, 1});
  group.copy_to_sender = true;
  GroupRig rig(with_groups(pcie_switch(2), {group}));
  auto& payload = rig.write(0, group_window(0), 256);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  for (const unsigned member : {0u, 1u}) rig.expect_data(member, 0, 256);
  rig.expect_done();
}

TEST(Copies, ACopyOfANamingMakesASetOfItsOwn) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(4), {}));
  const auto named = std::make_shared<GroupNaming>();
  named->by = NamedBy::list;
  named->list = {EndpointId(1), EndpointId(2)};
  auto& first = rig.write(0, 0, 64);
  add_hint(first).group = named;
  at(1'000'000, [&] { rig.initiator(0).begin(first); });
  auto& second = rig.write(0, 0, 64);
  at(10'000'000, [&] {
    const auto copy = std::make_shared<GroupNaming>(*named);  // its set is made by now
    copy->list = {EndpointId(1), EndpointId(3)};
    add_hint(second).group = copy;
    rig.initiator(0).begin(second);
  });
  sc_core::sc_start();
  EXPECT_EQ(rig.target(1).requests(), 2u);
  EXPECT_EQ(rig.target(2).requests(), 1u);
  EXPECT_EQ(rig.target(3).requests(), 1u);
  rig.expect_done();
}

TEST(Copies, DebugAccessWritesToAllAndReadsNothing) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(4), {group_of(0, {0, 1, 3})}));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  auto& write = rig.write(0, group_window(0) + 8, 300);
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(write), 300u);
  EXPECT_EQ(write.get_address(), group_window(0) + 8);
  for (const unsigned member : {1u, 3u}) rig.expect_data(member, 8, 300);
  unsigned char back[300];
  auto& read = rig.initiator(0).make(tlm::TLM_READ_COMMAND, group_window(0) + 8, back, 300);
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(read), 0u);
  tlm::tlm_dmi dmi;
  EXPECT_FALSE(rig.initiator(0).socket->get_direct_mem_ptr(write, dmi));
  rig.expect_done();
}

TEST(Copies, AtomicsAreDoneAtEachMemberAndReturnNothing) {
  ReportGuard reports;
  GroupRig rig(
      with_groups(mixed_switch({LinkKind::ualink_x4, LinkKind::ualink_x4, LinkKind::pcie6_x16}),
                  {group_of(0, {0, 1, 2})}));
  for (unsigned i = 0; i < 3; ++i) serve_with_atomics(rig.target(i));
  rig.target(1).byte(0) = 40;
  rig.target(2).byte(0) = 50;
  unsigned char operand[8] = {2};
  auto& payload = make_atomic(rig.initiator(0), {}, group_window(0), operand);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.target(1).byte(0), 42);
  EXPECT_EQ(rig.target(2).byte(0), 52);
  EXPECT_EQ(operand[0], 2) << "no old value comes back";
  rig.expect_done();
}

TEST(Copies, AtAcceptTheRequesterIsAnsweredBeforeTheMembersHaveIt) {
  ReportGuard reports;
  SwitchConfig config = with_groups(pcie_switch(3), {group_of(0, {0, 1, 2})});
  config.ports[0].posted_response = models::PostedResponse::at_accept;
  GroupRig rig(config);
  auto& payload = rig.write(0, group_window(0), 512);
  Picoseconds delivered_ps = 0;
  rig.target(2).on_request = [&](tlm_generic_payload& copy, auto&, auto&) {
    delivered_ps = now_ps();
    rig.target(2).serve(copy);
    return tlm::TLM_COMPLETED;
  };
  rig.initiator(0).on_response = [](tlm_generic_payload& answered, auto&) {
    std::fill_n(answered.get_data_ptr(), answered.get_data_length(), 0);  // its buffer is its own
    return tlm::TLM_COMPLETED;
  };
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_LT(rig.initiator(0).response_ps(payload), delivered_ps);
  for (const unsigned member : {1u, 2u}) rig.expect_data(member, 0, 512);
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
