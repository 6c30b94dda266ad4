// SPDX-License-Identifier: Apache-2.0
// Parameters of Hypercast in one switch, and the groups it starts with. That the engine exists, and
// that it is to have more groups and faster changes than PCIe's multicast, is public; no number is
// (facts/product_and_collectives.md 1.2). So every default is an assumption.
// Pure. Nanoseconds, bytes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/models/hypercast/group_table.h"

namespace antares::models {

/// A group that stands in the table from time 0 on.
struct GroupConfig {
  std::string name;
  GroupId id;
  /// Addresses that mean the group, [base, base + window_bytes); window_bytes 0: none, packets name
  /// it by its number.
  std::uint64_t base = 0;
  std::uint64_t window_bytes = 0;
  MemberList members;
  /// A member that sends to the group gets a copy, too (NVLink's multimem does that); PCIe's
  /// multicast leaves the sender out.
  bool copy_to_sender = false;
};

struct HypercastConfig {
  unsigned table_groups = 1024;
  unsigned banks = 4;
  double update_latency_ns = 100;
  double update_interval_ns = 10;
  unsigned updates_waiting = 16;
  unsigned most_members = 1024;
  double replication_ns = 0;
  bool outside_senders = false;
  std::vector<GroupConfig> groups;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = HypercastConfig;
    const char* none = "no public figure (facts/product_and_collectives.md 1.2: \"not found\")";
    visit("table_groups", &C::table_groups, "Groups that the table holds")
        .range(1, 1 << 24)
        .assumption("as many as an NVL72 has multicast teams (facts/product_and_collectives.md 2.1)");
    visit("banks", &C::banks, "Banks of the table: group g lives in bank g modulo banks")
        .range(1, 1 << 20)
        .assumption(none);
    visit("update_latency_ns", &C::update_latency_ns,
          "From the start of a change until packets find the new set")
        .range(0, 1e9)
        .assumption(none);
    visit("update_interval_ns", &C::update_interval_ns,
          "Between two changes of one bank: the update bandwidth is banks / interval")
        .range(0, 1e9)
        .assumption(none);
    visit("updates_waiting", &C::updates_waiting,
          "Changes of one bank that are asked for and not yet in force; more are refused")
        .range(1, 1 << 20)
        .assumption(none);
    visit("most_members", &C::most_members, "Members that a group or a packet may name")
        .range(1, 1 << 16)
        .assumption(none);
    visit("replication_ns", &C::replication_ns,
          "Added to a group packet before its copies ask for their outputs")
        .range(0, 1e6)
        .assumption("no public figure; 0: within the hop's own latency");
    visit("outside_senders", &C::outside_senders,
          "Endpoints that are no members may send to a group")
        .assumption("no public statement; refusing is what finds mistakes");
  }
};

/// The table of a switch with these parameters. `endpoints`: ids there may be.
GroupTableConfig table_of(const HypercastConfig& config, unsigned endpoints = 1u << 16);

}  // namespace antares::models
