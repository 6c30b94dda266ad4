// SPDX-License-Identifier: Apache-2.0
// Parameters of Hypercast in one switch, and the groups it starts with. That the engine exists, and
// that it is to have more groups and faster changes than PCIe's multicast, is public; no number is
// (facts/product_and_collectives.md 1.2). So every default is an assumption.
// Pure. Nanoseconds, bytes.
#pragma once
#include <cstdint>
#include <optional>
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

/// What becomes of a copy whose member does not take it in time.
enum class SlowMember : std::uint8_t {
  stall,     ///< it waits, and so does who sent it
  time_out,  ///< it is dropped, and who sent it gets an error
  drop,      ///< and the member is in the group no more
};

/// The multicast capability of PCIe (facts/pcie6.md 2.7) in place of windows of their own: group
/// g's window is [base + g * 2^index_position, + 2^index_position).
struct PcieMulticast {
  std::uint64_t base = 0;
  unsigned index_position = 20;
  unsigned groups = kPcieMostGroups;
  /// Bit g: the endpoint may not send to group g; ... may not by an untranslated address.
  struct Block {
    protocols::EndpointId sender;
    std::uint64_t all = 0;
    std::uint64_t untranslated = 0;
  };
  std::vector<Block> blocks;
  /// A member sees address = overlay[63:size_bits] : address[size_bits-1:0] in the global map;
  /// below 6 bits: none, and it sees its offset in the group as elsewhere.
  struct Overlay {
    protocols::EndpointId member;
    std::uint64_t address = 0;
    unsigned size_bits = 0;
  };
  std::vector<Overlay> overlays;
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
  std::uint64_t quota_bytes = 0;
  SlowMember slow_member = SlowMember::stall;
  double member_timeout_us = 100;
  std::optional<PcieMulticast> pcie;
  /// Where writes change groups (table_window.h): the window's first address; none: there is no
  /// window, and groups change by GroupChanges alone.
  std::optional<std::uint64_t> table_base;
  std::vector<GroupConfig> groups;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = HypercastConfig;
    const char* none = "no public figure (facts/product_and_collectives.md 1.2: \"not found\")";
    visit("table_groups", &C::table_groups, "Groups that the table holds")
        .range(1, 1 << 24)
        .assumption(
            "as many as an NVL72 has multicast teams (facts/product_and_collectives.md 2.1)");
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
    visit("quota_bytes", &C::quota_bytes,
          "Of the ingress buffer of a port, what packets for groups may hold; they wait at the "
          "device beyond it, and what follows them goes on. 0: all of it, in order")
        .range(0, 1ull << 32)
        .assumption(none);
    visit(
        "slow_member", &C::slow_member,
        "A copy that its member does not take in time: stall (it waits), time_out (it is dropped, "
        "the sender gets an error), drop (and the member leaves the group)")
        .names({{"stall", SlowMember::stall},
                {"time_out", SlowMember::time_out},
                {"drop", SlowMember::drop}})
        .assumption("no public statement; PCIe's multicast stalls (facts/pcie6.md 2.7)");
    visit("member_timeout_us", &C::member_timeout_us,
          "From the look-up until a copy counts as not taken")
        .range(0.001, 1e7)
        .assumption("no public figure; far above the latency of a loaded switch");
  }
};

/// The table of a switch with these parameters. `endpoints`: ids there may be.
GroupTableConfig table_of(const HypercastConfig& config, unsigned endpoints = 1u << 16);

}  // namespace antares::models
