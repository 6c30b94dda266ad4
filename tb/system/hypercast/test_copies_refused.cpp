// SPDX-License-Identifier: Apache-2.0
// What is not a group packet, or not for this sender, is answered with a status, a reason by name
// and a count, by LT as by AT; nothing of it reaches a member. Partitions keep their groups to
// themselves; mistakes of the configuration are refused before anything runs.
#include <gtest/gtest.h>

#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

struct Case {
  const char* reason;  ///< also the name of the test
  unsigned from;
  tlm::tlm_command command;
  NamedBy by;
  std::uint64_t address;
  std::vector<unsigned> members;
  unsigned bytes;
  std::uint32_t scatter_unit;
  tlm::tlm_response_status status;
};

constexpr auto kAddress = tlm::TLM_ADDRESS_ERROR_RESPONSE;
constexpr auto kCommand = tlm::TLM_COMMAND_ERROR_RESPONSE;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;

const Case kCases[] = {
    {"sender_outside", 3, kWrite, NamedBy::window, group_window(0), {}, 64, 0, kAddress},
    {"read", 0, tlm::TLM_READ_COMMAND, NamedBy::window, group_window(0), {}, 64, 0, kCommand},
    {"outside_window",
     0,
     kWrite,
     NamedBy::window,
     group_window(0) + kGroupBytes - 32,
     {},
     64,
     0,
     kAddress},
    {"unknown_group", 0, kWrite, NamedBy::group, 0, {7}, 64, 0, kAddress},
    {"unknown_member", 0, kWrite, NamedBy::list, 0, {1, 9}, 64, 0, kAddress},
    {"duplicate_member", 0, kWrite, NamedBy::list, 0, {1, 2, 1}, 64, 0, kAddress},
    {"no_member", 0, kWrite, NamedBy::bitmap, 0, {}, 64, 0, kAddress},
    {"too_many_members", 0, kWrite, NamedBy::bitmap, 0, {0, 1, 2, 3}, 64, 0, kAddress},
    {"outside_window", 0, kWrite, NamedBy::list, kWindowBytes - 32, {1}, 64, 0, kAddress},
    {"cannot_scatter", 0, tlm::TLM_IGNORE_COMMAND, NamedBy::list, 0, {1, 2}, 8, 4, kCommand},
};

class Refused : public testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(Refused, WithStatusReasonAndCount) {
  const auto [index, lt] = GetParam();
  const Case& what = kCases[index];
  ReportGuard reports;
  SwitchConfig config = with_groups(mixed_switch(std::vector<LinkKind>(4, LinkKind::ualink_x4)),
                                    {group_of(0, {0, 1, 2})});
  config.hypercast->most_members = 3;
  GroupRig rig(config);
  std::vector<unsigned char> data(what.bytes, 1);
  tlm_generic_payload* payload = nullptr;
  if (what.command == tlm::TLM_IGNORE_COMMAND)
    payload = &make_atomic(rig.initiator(what.from), {}, what.address, data.data());
  else
    payload = &rig.initiator(what.from).make(what.command, what.address, data.data(), what.bytes);
  if (what.by != NamedBy::window) name_members(*payload, what.by, what.members, what.scatter_unit);
  if (lt) {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    EXPECT_GT(rig.initiator(what.from).blocking(*payload), 0u);
  } else {
    at(1'000'000, [&] { rig.initiator(what.from).begin(*payload); });
    sc_core::sc_start();
    EXPECT_EQ(rig.initiator(what.from).responses(), 1u);
  }
  EXPECT_EQ(payload->get_response_status(), what.status);
  EXPECT_EQ(rig.port(what.from).last_refusal(),
            std::string("refused by Hypercast: ") + what.reason);
  EXPECT_EQ(rig.port(what.from).counts().multicast_refused, 1u);
  EXPECT_NE(rig.port(what.from).errors(), nullptr);
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(rig.target(i).requests(), 0u);
  EXPECT_EQ(rig.port(what.from).ingress_reading().wire_bytes, 0u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Reasons, Refused,
                         testing::Combine(testing::Range(0, int(std::size(kCases))),
                                          testing::Bool()));

TEST(RefusedCopies, OutsidersMaySendWhereTheConfigurationSaysSo) {
  ReportGuard reports;
  SwitchConfig config = with_groups(pcie_switch(3), {group_of(0, {0, 1})});
  config.hypercast->outside_senders = true;
  GroupRig rig(config);
  auto& payload = rig.write(2, group_window(0), 64);
  at(1'000'000, [&] { rig.initiator(2).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  for (const unsigned member : {0u, 1u}) rig.expect_data(member, 0, 64);
  rig.expect_done();
}

TEST(RefusedCopies, AMemberThatAnswersWithAnErrorGivesTheWholeItsStatus) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(4), {group_of(0, {0, 1, 2, 3})}));
  rig.target(2).on_request = [](tlm_generic_payload& copy, auto&, auto&) {
    copy.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  auto& payload = rig.write(0, group_window(0), 256);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  for (const unsigned member : {1u, 3u}) rig.expect_data(member, 0, 256);
  EXPECT_EQ(rig.port(0).counts().copies_failed, 1u);
  rig.expect_done();
}

TEST(RefusedCopies, AMemberWhoseProtocolCannotSayItIsLeftOutAndTold) {
  ReportGuard reports;
  SwitchConfig config =
      with_groups(mixed_switch({LinkKind::pcie6_x16, LinkKind::pcie6_x16, LinkKind::ualink_x4}),
                  {group_of(0, {0, 1, 2})});
  config.bridge.enabled = false;
  GroupRig rig(config);
  auto& payload = rig.write(0, group_window(0), 256);
  at(1'000'000, [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
  rig.expect_data(1, 0, 256);
  EXPECT_EQ(rig.target(2).requests(), 0u);
  EXPECT_EQ(rig.port(0).counts().copies_refused, 1u);
  rig.expect_done();
}

TEST(RefusedCopies, AGroupOfAnotherPartitionDoesNotExist) {
  ReportGuard reports;
  SwitchConfig config = with_groups(pcie_switch(4), {group_of(0, {0, 1}), group_of(1, {2, 3})});
  config.partitions = {{"a", {PortId(0), PortId(1)}, {}}, {"b", {PortId(2), PortId(3)}, {}}};
  GroupRig rig(config);
  auto& own = rig.write(0, group_window(0), 64);
  auto& others = rig.write(0, group_window(1), 64);
  auto& named = rig.write(0, 0, 64);
  name_members(named, NamedBy::list, {1, 2});
  at(1'000'000, [&] { rig.initiator(0).begin(own); });
  at(2'000'000, [&] { rig.initiator(0).begin(others); });
  at(3'000'000, [&] { rig.initiator(0).begin(named); });
  sc_core::sc_start();
  EXPECT_EQ(own.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(others.get_response_status(), kAddress);
  EXPECT_EQ(named.get_response_status(), kAddress);
  EXPECT_EQ(rig.target(1).requests(), 1u);
  EXPECT_EQ(rig.target(2).requests() + rig.target(3).requests(), 0u);
  rig.expect_done();
}

TEST(RefusedCopies, MistakesOfTheConfigurationAreNamed) {
  const auto refused = [](const SwitchConfig& config, const std::string& text) {
    try {
      FabricSwitch fabric(sc_core::sc_gen_unique_name("bad"), config);
      ADD_FAILURE() << text << " was accepted";
    } catch (const std::invalid_argument& why) {
      EXPECT_NE(std::string(why.what()).find(text), std::string::npos) << why.what();
    }
  };
  const SwitchConfig plain = pcie_switch(4);
  refused(with_groups(plain, {group_of(0, {})}), "group 'group0' has no member");
  refused(with_groups(plain, {group_of(0, {1, 9})}), "endpoint 9 has no address window");
  refused(with_groups(plain, {group_of(0, {1, 1})}), "duplicate_member");
  refused(with_groups(plain, {group_of(0, {1}), group_of(0, {2})}), "its number 0 is that of");
  GroupConfig overlapping = group_of(0, {1});
  overlapping.base = window(2) + 4096;
  refused(with_groups(plain, {overlapping}), "overlaps that of endpoint 2");
  GroupConfig wide = group_of(0, {1, 2});
  wide.members[1].offset_bytes = kWindowBytes - kGroupBytes + 1;
  refused(with_groups(plain, {wide}), "does not fit into that of endpoint 2");
  SwitchConfig two = with_groups(plain, {group_of(0, {1, 2})});
  two.partitions = {{"a", {PortId(0), PortId(1)}, {}}, {"b", {PortId(2), PortId(3)}, {}}};
  refused(two, "endpoint 2 has no address window in its partition");
}

}  // namespace
}  // namespace antares::tb
