// SPDX-License-Identifier: Apache-2.0
// Groups that change in band: a device writes the new set into the switch's table, over its link
// and among its other writes. The change is asked for when the last bit of the write is at the
// look-up, in force update_latency_ns later, and answered then; packets see one set or the other.
//
//   asked = start + all of the write on its link + reception
//   LT = AT = asked + update_latency - start (+ the answer's way back, where the link has one)
#include <gtest/gtest.h>

#include "antares/models/hypercast/table_window.h"
#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using models::MemberList;

constexpr Picoseconds kStart = 1'000'000;
/// Behind group 0's window, where every protocol has addresses.
constexpr std::uint64_t kTable = group_window(0) + (1ull << 40);

SwitchConfig with_table(SwitchConfig config, const std::vector<GroupConfig>& groups) {
  config = with_groups(std::move(config), groups);
  config.hypercast->table_base = kTable;
  return config;
}

MemberList members(const std::vector<unsigned>& ids) {
  MemberList list;
  for (const unsigned id : ids) list.push_back({EndpointId(static_cast<std::uint16_t>(id)), 0});
  return list;
}

class TableRig : public GroupRig {
 public:
  using GroupRig::GroupRig;
  std::uint64_t entry(unsigned group) const {
    const auto& config = fabric.config().hypercast.value();
    return models::TableWindow(kTable, config.table_groups, config.most_members)
        .address_of(GroupId(group));
  }
  tlm::tlm_generic_payload& change(unsigned from, unsigned group, const MemberList& list) {
    entries_.push_back(models::table_entry(list));
    return initiator(from).make(tlm::TLM_WRITE_COMMAND, entry(group), entries_.back().data(),
                                static_cast<unsigned>(entries_.back().size()));
  }
  /// From the first bit of such a write until its last is at the look-up.
  Picoseconds all_there_ps(unsigned from, std::uint32_t bytes) {
    protocols::Packet packet;
    packet.bytes = bytes;
    packet.flags = protocols::kLongAddress;
    port(from).policy().classify(packet);
    protocols::LinkTiming timing(port(from).policy().rate());
    const auto sent = models::place_train(timing, models::train_cost(port(from).policy(), packet),
                                          {}, 0, models::crossing_ps(port(from).config()));
    return sent.tail_ps + models::HopDelays(fabric.config().latency).rx_ps;
  }
  Picoseconds latency_ps() const {
    return models::to_picoseconds(fabric.config().hypercast->update_latency_ns);
  }

 private:
  std::deque<std::vector<unsigned char>> entries_;
};

TEST(TableWrites, AreAskedForWhenAllOfThemIsThereAndAnsweredWhenInForce) {
  ReportGuard reports;
  TableRig rig(with_table(pcie_switch(4), {group_of(0, {0, 1, 2})}));
  auto& write = rig.change(0, 0, members({0, 3}));
  at(kStart, [&] { rig.initiator(0).begin(write); });
  sc_core::sc_start();
  ASSERT_EQ(rig.fabric.group_changes().done().size(), 1u);
  const models::GroupChange& done = rig.fabric.group_changes().done()[0];
  const Picoseconds there = rig.all_there_ps(0, 2 * models::kTableMemberBytes);
  EXPECT_EQ(done.asked_ps, kStart + there);
  EXPECT_EQ(done.result.in_force_at_ps, done.asked_ps + rig.latency_ps());
  EXPECT_EQ(done.members, 2u);
  EXPECT_EQ(done.write.sender, EndpointId(0));
  EXPECT_EQ(done.write.sent_ps, kStart);
  EXPECT_EQ(done.write.bytes, 2 * models::kTableMemberBytes);
  EXPECT_EQ(write.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(rig.initiator(0).response_ps(write), done.result.in_force_at_ps);
  // What any write of as many bytes costs; no output of the crossbar carries it.
  protocols::Packet packet;
  packet.bytes = 2 * models::kTableMemberBytes;
  packet.flags = protocols::kLongAddress;
  rig.port(0).policy().classify(packet);
  EXPECT_EQ(done.write.wire_bytes, rig.port(0).policy().wire_cost(packet).bytes);
  EXPECT_EQ(rig.port(0).ingress_reading().wire_bytes, done.write.wire_bytes);
  EXPECT_EQ(rig.fabric.crossbar_counts().grants, 0u);
  for (unsigned port = 0; port < 4; ++port) EXPECT_EQ(rig.target(port).requests(), 0u);
  rig.expect_done();
}

// Forty members are two link packets, one train: its head is at the look-up before its tail.
TEST(TableWrites, OfATrainAreAskedForWhenItsTailIsThere) {
  ReportGuard reports;
  constexpr unsigned kPorts = 40;
  TableRig rig(with_table(pcie_switch(kPorts, 64 << 10), {group_of(0, {0, 1})}));
  std::vector<unsigned> all;
  for (unsigned i = 0; i < kPorts; ++i) all.push_back(i);
  auto& write = rig.change(0, 0, members(all));
  at(kStart, [&] { rig.initiator(0).begin(write); });
  sc_core::sc_start();
  ASSERT_EQ(rig.fabric.group_changes().done().size(), 1u);
  const models::GroupChange& done = rig.fabric.group_changes().done()[0];
  EXPECT_EQ(rig.port(0).ingress_reading().packets, 1u);
  EXPECT_EQ(rig.port(0).ingress_reading().link_packets, 2u);
  EXPECT_EQ(done.asked_ps, kStart + rig.all_there_ps(0, kPorts * models::kTableMemberBytes));
  EXPECT_EQ(done.members, kPorts);
  rig.expect_done();
}

class TableLinks : public testing::TestWithParam<LinkKind> {};

TEST_P(TableLinks, TakeByLtWhatTheyTakeByAtAtZeroLoad) {
  ReportGuard reports;
  TableRig rig(
      with_table(mixed_switch(std::vector<LinkKind>(4, GetParam())), {group_of(0, {0, 1, 2})}));
  auto& first = rig.change(0, 0, members({0, 3}));
  auto& second = rig.change(0, 0, members({0, 1}));
  at(kStart, [&] { rig.initiator(0).begin(first); });
  sc_core::sc_start();
  const Picoseconds at_ps = rig.initiator(0).response_ps(first) - kStart;
  EXPECT_EQ(rig.initiator(0).blocking(second), at_ps);
  EXPECT_GE(at_ps, rig.all_there_ps(0, 16) + rig.latency_ps());
  EXPECT_EQ(second.get_response_status(), tlm::TLM_OK_RESPONSE);
  sc_core::sc_start();
  ASSERT_EQ(rig.fabric.group_changes().done().size(), 2u);
  EXPECT_FALSE(rig.fabric.group_changes().done()[1].result.refusal);
  sc_core::sc_start(ps(rig.latency_ps()));
  auto& payload = rig.write(0, group_window(0), 64);
  rig.initiator(0).blocking(payload);
  rig.expect_data(1, 0, 64);  // the second set
  EXPECT_EQ(rig.target(3).byte(0), 0u);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Kinds, TableLinks, testing::ValuesIn(kLinkKinds),
                         [](const auto& param) { return name_of(param.param); });

class TableBoundary : public testing::TestWithParam<int> {};

// Of a write of a dozen trains: the head before the change, the tail long after.
TEST_P(TableBoundary, IsTheInstantInWhichTheHeadLooksItUp) {
  const int late_ps = GetParam();
  ReportGuard reports;
  TableRig rig(with_table(pcie_switch(5), {group_of(0, {0, 1, 2})}));
  constexpr unsigned kBytes = 3000;
  protocols::Packet first;
  first.bytes = 256;
  first.flags = protocols::kLongAddress;
  rig.port(0).policy().classify(first);
  const Picoseconds to_look_up = models::train_cost(rig.port(0).policy(), first).head_collect_ps +
                                 models::crossing_ps(rig.port(0).config()) +
                                 models::HopDelays(rig.fabric.config().latency).rx_ps;
  const Picoseconds in_force = kStart + rig.all_there_ps(4, 16) + rig.latency_ps();
  auto& change = rig.change(4, 0, members({0, 3}));
  auto& payload = rig.write(0, group_window(0), kBytes);
  at(kStart, [&] { rig.initiator(4).begin(change); });
  at(static_cast<Picoseconds>(static_cast<std::int64_t>(in_force - to_look_up) - late_ps),
     [&] { rig.initiator(0).begin(payload); });
  sc_core::sc_start();
  const bool old_set = late_ps > 0;
  EXPECT_EQ(rig.target(1).requests(), old_set ? 1u : 0u);
  EXPECT_EQ(rig.target(2).requests(), old_set ? 1u : 0u);
  EXPECT_EQ(rig.target(3).requests(), old_set ? 0u : 1u);
  rig.expect_data(old_set ? 1 : 3, 0, kBytes);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Picoseconds, TableBoundary, testing::Values(-1000, -1, 0, 1, 1000));

TEST(TableWrites, UnderTrafficEachWriteGetsOneSetOrTheOther) {
  ReportGuard reports;
  TableRig rig(with_table(pcie_switch(6), {group_of(0, {0, 1, 2}), group_of(1, {3, 4, 5})}));
  constexpr unsigned kWrites = 400;
  const MemberList sets[] = {members({0, 4, 5}), members({0, 1, 2})};
  // Device 0 changes the group that it sends to, among its writes; 3 keeps 4 and 5 busy.
  unsigned changes = 0;
  for (unsigned k = 0; k < kWrites; ++k) {
    rig.queue(0, rig.write(0, group_window(0) + k * 512, 512), kStart);
    rig.queue(3, rig.write(3, group_window(1) + k * 512, 512), kStart);
    if (k % 20 == 10) rig.queue(0, rig.change(0, 0, sets[changes++ % 2]), kStart);
  }
  sc_core::sc_start();
  ASSERT_EQ(rig.fabric.group_changes().done().size(), changes);
  for (const auto& change : rig.fabric.group_changes().done())
    EXPECT_FALSE(change.result.refusal) << models::name(*change.result.refusal);
  EXPECT_EQ(rig.initiator(0).responses(), kWrites + changes);
  EXPECT_EQ(rig.target(1).requests(), rig.target(2).requests());
  EXPECT_GT(rig.target(1).requests(), 0u);
  EXPECT_LT(rig.target(1).requests(), kWrites);
  EXPECT_EQ(rig.target(4).requests(), kWrites + kWrites - rig.target(1).requests());
  EXPECT_EQ(rig.target(5).requests(), rig.target(4).requests());
  rig.expect_done();
}

TEST(TableWrites, WhatIsNoEntryIsRefusedByNameAndChangesNothing) {
  ReportGuard reports;
  TableRig rig(with_table(pcie_switch(3), {group_of(0, {0, 1})}));
  const auto refused = [&](tlm::tlm_generic_payload& payload, const char* name) {
    rig.initiator(0).blocking(payload);
    EXPECT_TRUE(payload.is_response_error()) << name;
    EXPECT_EQ(rig.port(0).last_refusal(), std::string("refused by Hypercast: ") + name);
  };
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const std::uint64_t entry = rig.entry(0);
  refused(rig.write(0, entry + 8, 8), "no_table_entry");
  refused(rig.write(0, entry, 12), "no_table_entry");
  refused(rig.change(0, 9, members({0, 2})), "unknown_group");
  refused(rig.change(0, 0, members({0, 7})), "unknown_member");
  refused(rig.change(0, 0, members({0, 2, 2})), "duplicate_member");
  unsigned char data[8] = {};
  refused(rig.initiator(0).make(tlm::TLM_READ_COMMAND, entry, data, 8), "read");
  auto& debug = rig.change(0, 0, members({0, 2}));
  EXPECT_EQ(rig.initiator(0).socket->transport_dbg(debug), 0u) << "debug access changes nothing";
  // Told by group where it is one's entry, and none is in force.
  std::vector<std::string> told;
  for (const auto& change : rig.fabric.group_changes().done()) {
    ASSERT_TRUE(change.result.refusal);
    EXPECT_EQ(change.result.in_force_at_ps, protocols::kNever);
    told.emplace_back(models::name(*change.result.refusal));
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{"unknown_group", "unknown_member", "duplicate_member"}));
  auto& payload = rig.write(0, group_window(0), 64);
  rig.initiator(0).blocking(payload);
  rig.expect_data(1, 0, 64);
  EXPECT_EQ(rig.target(2).byte(0), 0u);
  rig.expect_done();
}

// One bank, one change at a time: of those that come while it waits only the first is taken.
TEST(TableWrites, AFullBankRefusesAndTheSenderHearsOfIt) {
  ReportGuard reports;
  SwitchConfig config = with_table(pcie_switch(4), {group_of(0, {0, 1})});
  config.hypercast->banks = 1;
  config.hypercast->updates_waiting = 1;
  TableRig rig(config);
  auto& first = rig.change(0, 0, members({0, 2}));
  auto& second = rig.change(0, 0, members({0, 3}));
  rig.queue(0, first, kStart);
  rig.queue(0, second, kStart);
  sc_core::sc_start();
  EXPECT_EQ(first.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_TRUE(second.is_response_error());
  EXPECT_EQ(rig.port(0).last_refusal(), "refused by Hypercast: update_queue_full");
  ASSERT_EQ(rig.fabric.group_changes().done().size(), 2u);
  EXPECT_EQ(rig.fabric.group_changes().done()[1].result.refusal,
            models::HypercastRefusal::update_queue_full);
  rig.expect_done();
}

TEST(TableWrites, TheWindowOverlapsNoOther) {
  const auto refused = [](const SwitchConfig& config) -> std::string {
    try {
      FabricSwitch fabric("fabric", config);
    } catch (const std::invalid_argument& told) {
      return told.what();
    }
    return "accepted";
  };
  SwitchConfig config = with_table(pcie_switch(2), {group_of(0, {0, 1})});
  config.hypercast->table_base = group_window(0) + kGroupBytes - 4096;
  EXPECT_NE(refused(config).find("overlaps that of the group table"), std::string::npos);
  config.hypercast->table_base = group_window(0) - 4096;
  EXPECT_NE(refused(config).find("overlaps that of the group table"), std::string::npos);
  config.hypercast->groups.clear();
  config.hypercast->pcie = models::PcieMulticast{};
  config.hypercast->pcie->base = group_window(0);
  EXPECT_NE(refused(config).find("overlap that of the group table"), std::string::npos);
  config.hypercast->pcie->base = group_window(1);
  EXPECT_EQ(refused(config), "accepted");
}

TEST(TableWrites, DamagedDataChangesNothing) {
  ReportGuard reports;
  TableRig rig(with_table(pcie_switch(4), {group_of(0, {0, 1})}));
  auto& write = rig.change(0, 0, members({0, 3}));
  add_hint(write).flags = protocols::kPoisoned;
  auto& lt = rig.change(0, 0, members({0, 3}));
  add_hint(lt).flags = protocols::kPoisoned;
  at(kStart, [&] { rig.initiator(0).begin(write); });
  sc_core::sc_start();
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  rig.initiator(0).blocking(lt);
  EXPECT_EQ(lt.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_TRUE(rig.fabric.group_changes().done().empty());
  rig.expect_done();
}

TEST(TableWrites, WhatIsLostOnTheWireChangesNothing) {
  ReportGuard reports;
  SwitchConfig config = with_table(pcie_switch(4), {group_of(0, {0, 1})});
  for (auto& port : config.ports) port.faults.emplace();
  TableRig rig(config);
  auto& write = rig.change(0, 0, members({0, 3}));
  at(1000, [&] { rig.port(0).schedule_link(LinkEvent::lose, kStart + 3'000); });
  at(kStart, [&] { rig.initiator(0).begin(write); });
  sc_core::sc_start();
  EXPECT_EQ(write.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
  EXPECT_EQ(rig.port(0).counts().trains_lost, 1u);
  EXPECT_TRUE(rig.fabric.group_changes().done().empty());
}

}  // namespace
}  // namespace antares::tb
