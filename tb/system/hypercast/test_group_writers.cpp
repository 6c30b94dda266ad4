// SPDX-License-Identifier: Apache-2.0
// Changes of groups that an endpoint of a description sends in band (updates.sent_by) while its
// traffic goes on: what they cost, from when on they hold, that no packet sees a mixture.
#include <gmock/gmock.h>

#include "antares/models/sockets/train_cost.h"
#include "antares/platforms/build/group_plan.h"
#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {
namespace {

using platforms::PlatformConfig;
using testing::HasSubstr;

constexpr double kFirst_us = 4;
constexpr double kSecond_us = 8;

std::string text_of(const std::string& updates, const std::string& more = "") {
  return "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 96\n"
         "    hypercast: {outside_senders: true}\n"
         "    ports:\n      - {name: gpu, count: 5, protocol: pcie, pcie: {lanes: 16}}\n"
         "      - {name: mem, protocol: pcie, pcie: {lanes: 16}}\n"
         "endpoints:\n  - {name: gpu, count: 5, kind: accelerator, attach: s.gpu}\n"
         "  - {name: mem, kind: memory, attach: s.mem}\n"
         "groups:\n  - {name: all, members: [\"gpu[0..3]\"], updates: [" +
         updates +
         "]}\n"
         "workloads:\n  - {name: w, kind: traffic, traffic: {pattern: multicast, sources: [gpu0], "
         "arrivals: poisson, offered_load: 0.3, packets: [{bytes: 512}], warmup_us: 2, "
         "measure_us: 10}}\n" +
         more;
}

std::string two_by(const std::string& first, const std::string& second) {
  return "{at_us: 4, members: [gpu0, gpu1], sent_by: " + first +
         "}, {at_us: 8, members: [\"gpu[0..3]\"], sent_by: " + second + "}";
}

/// Of 16 bytes, and of 32: eight a member.
TEST(GroupWriters, TheirWritesAreCountedAndNoPacketSeesAMixture) {
  ReportGuard reports;
  RecordingSink sink;
  // gpu0 sends while its own traffic goes on, gpu4 has none.
  const auto config = platforms::parse_platform(text_of(two_by("gpu0", "gpu4")), "t").config;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads[0], sink).run();
  const auto rows = platform.group_rows();
  ASSERT_EQ(rows.size(), 2u);
  const double latency_ns = config.switches[0].hypercast->update_latency_ns;
  const char* const senders[] = {"gpu0", "gpu4"};
  const double at_us[] = {kFirst_us, kSecond_us};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].sent_by, senders[i]);
    EXPECT_EQ(rows[i].refusal, "");
    EXPECT_EQ(rows[i].members, i == 0 ? 2u : 4u);
    EXPECT_EQ(rows[i].sent_bytes, 8 * rows[i].members);
    EXPECT_GE(rows[i].sent_ns, at_us[i] * 1000);
    EXPECT_GT(rows[i].asked_ns, rows[i].sent_ns);
    EXPECT_DOUBLE_EQ(rows[i].in_force_ns, rows[i].asked_ns + latency_ns);
    protocols::Packet packet;
    packet.bytes = static_cast<std::uint32_t>(rows[i].sent_bytes);
    packet.flags = protocols::kLongAddress;
    const auto& policy = platform.endpoints()[0].port->policy();
    policy.classify(packet);
    EXPECT_EQ(rows[i].wire_bytes, policy.wire_cost(packet).bytes);
  }
  // Whoever is idle sends at once, and waits for nobody.
  EXPECT_EQ(rows[1].sent_ns, kSecond_us * 1000);
  EXPECT_EQ(platform.endpoints()[4].port->ingress_reading().wire_bytes, rows[1].wire_bytes);
  // Of the old set 1, 2 and 3 get a copy each, of the new one 1 alone: never 2 without 3.
  const auto copies = [&](unsigned gpu) { return platform.endpoints()[gpu].memory->writes(); };
  EXPECT_EQ(copies(2), copies(3));
  EXPECT_GT(copies(2), 0u);
  EXPECT_LT(copies(2), copies(1));
  std::uint64_t packets = 0;
  for (const auto& row : platforms::multicast_rows(platform.switches())) packets += row.packets;
  EXPECT_EQ(copies(1), packets);
  EXPECT_EQ(copies(4), 0u);
}

// Two that the table has no place for, then one that is lost on its link: neither hides the other.
TEST(GroupWriters, EachLostOneHasItsRow) {
  ReportGuard reports;
  RecordingSink sink;
  auto config = platforms::parse_platform(
                    text_of("{at_us: 4, members: [gpu0, gpu1], sent_by: gpu4}, "
                            "{at_us: 4.01, members: [gpu0], sent_by: gpu3}, "
                            "{at_us: 4.02, members: [gpu1], sent_by: gpu3}, "
                            "{at_us: 7, members: [gpu2], sent_by: gpu3}",
                            "faults: {events: [{at_us: 6, link: 's.gpu[3]', what: link_down}]}\n"),
                    "t")
                    .config;
  config.switches[0].hypercast->updates_waiting = 1;
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads[0], sink).run();
  std::vector<std::string> rows;
  for (const auto& row : platform.group_rows()) rows.push_back(row.sent_by + ": " + row.refusal);
  EXPECT_THAT(rows, testing::ElementsAre("gpu4: ", "gpu3: update_queue_full",
                                         "gpu3: update_queue_full", "gpu3: not_delivered"));
}

// Refused by the sender's own port, which has left the group's partition: by name.
TEST(GroupWriters, WhatTheirOwnPortRefusesHasItsReason) {
  ReportGuard reports;
  RecordingSink sink;
  auto config =
      platforms::parse_platform(text_of("{at_us: 6, members: [gpu0], sent_by: gpu4}"), "t").config;
  platforms::SwitchDescription& part = config.switches[0];
  part.partitions.resize(2);
  part.partitions[0].name = "a";
  part.partitions[0].ports = {"gpu[0..4]"};
  part.partitions[1].name = "b";
  part.partitions[1].ports = {"mem"};
  part.port_moves.events = {{3, "gpu[4]", "b"}};
  platforms::Platform platform(config);
  platforms::TrafficDriver(platform, config.workloads[0], sink).run();
  const auto rows = platform.group_rows();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].refusal, "unknown_group");
  EXPECT_EQ(rows[0].sent_by, "gpu4");
  EXPECT_EQ(rows[0].sent_ns, 6000);
}

TEST(GroupWriters, MistakesAreToldWithTheirPlace) {
  const std::pair<std::string, const char*> mistakes[] = {
      {text_of(two_by("gpu9", "gpu0")), "\"gpu9\""},
      {text_of(two_by("gpu", "gpu0")), "5 endpoints: one sends a change"},
      {text_of(two_by("mem", "gpu0")), "is a memory and sends nothing"},
      {text_of("{at_us: 4, members: [], sent_by: gpu4}"), "a list of 0 is out of range"},
      {text_of("{at_us: 4, members: []}"), "a list of 0 is out of range; right would be 1..1024"},
      {text_of("{at_us: 4}"), "members"},
  };
  for (const auto& [text, says] : mistakes) {
    try {
      platforms::parse_platform(text, "t");
      ADD_FAILURE() << says << ": accepted";
    } catch (const std::exception& told) {
      EXPECT_THAT(told.what(), HasSubstr(says));
      EXPECT_THAT(told.what(), testing::ContainsRegex("t:[0-9]+:[0-9]+: "));
    }
  }
  const std::string two_switches =
      "antares: 1\nname: t\nswitches:\n"
      "  - {name: leaf, count: 2, hypercast: {}, ports: [{name: gpu, count: 2, protocol: pcie, "
      "pcie: {lanes: 16}}, {name: up, protocol: pcie, pcie: {lanes: 16}}]}\n"
      "links:\n  - {from: leaf0.up, to: leaf1.up}\n"
      "endpoints:\n  - {name: gpu, count: 4, kind: accelerator, attach: \"leaf[*].gpu\"}\n"
      "groups:\n  - {name: all, members: [gpu], updates: [{at_us: 1, members: [gpu0, gpu1], "
      "sent_by: gpu0}]}\n";
  try {
    platforms::parse_platform(two_switches, "t");
    ADD_FAILURE() << "accepted";
  } catch (const std::exception& told) {
    EXPECT_THAT(told.what(), HasSubstr("several switches have the group \"all\""));
  }
}

}  // namespace
}  // namespace antares::tb
