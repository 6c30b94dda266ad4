// SPDX-License-Identifier: Apache-2.0
// Workload `moe`: tokens go to k of E experts and what the experts make of them comes back, with
// the switch copying and summing, and without. How a sender names a token's experts is the
// question: in each packet, or as a group of a table that has to be written first
// (facts/product_and_collectives.md 4.2). Units: in the keys.
#pragma once
#include <cstdint>
#include <vector>

namespace antares::platforms {

enum class MoeNaming : std::uint8_t { table, bitmap, list };
enum class MoeMiss : std::uint8_t { wait, unicast };

struct MoeWorkload {
  std::vector<std::uint32_t> experts = {8};
  std::vector<std::uint32_t> top_k = {2};
  std::vector<MoeNaming> naming = {MoeNaming::table, MoeNaming::bitmap, MoeNaming::list};
  std::vector<std::uint32_t> table_groups;
  std::vector<double> reprogram_ns = {1000};
  double reprogram_interval_ns = 0;
  MoeMiss on_miss = MoeMiss::wait;
  std::uint32_t lookahead_tokens = 32;
  std::uint32_t senders = 0;
  std::uint32_t tokens = 128;
  std::uint32_t token_bytes = 7168;
  bool combine = true;
  std::uint32_t combine_bytes = 14336;
  double popularity = 0;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = MoeWorkload;
    visit("experts", &C::experts, "E: accelerators that hold experts, the first so many")
        .range(1, 1023)
        .items(1, 100);
    visit("top_k", &C::top_k,
          "k: experts of a token, on as many accelerators; not tried with fewer experts than that")
        .range(1, 1023)
        .items(1, 100);
    visit("naming", &C::naming,
          "How a packet names its members, beside unicast: table (a group by number, programmed "
          "before), bitmap or list (in each packet)")
        .names(
            {{"table", MoeNaming::table}, {"bitmap", MoeNaming::bitmap}, {"list", MoeNaming::list}})
        .items(1, 3);
    visit("table_groups", &C::table_groups,
          "Groups that the senders share, tried one after the other; empty: all of "
          "hypercast.table_groups that no group of the platform takes")
        .range(1, 65536)
        .items(0, 100);
    visit(
        "reprogram_ns", &C::reprogram_ns,
        "From a set of experts found missing until the switch is asked to change a group: driver, "
        "firmware, management; hypercast.update_latency_ns comes on top")
        .range(0, 1e9)
        .items(1, 100)
        .assumption(
            "no public figure (facts/product_and_collectives.md 1.2: \"not found\"): a sweep is "
            "the "
            "answer");
    visit("reprogram_interval_ns", &C::reprogram_interval_ns,
          "Between two changes that are asked for; 0: only the table's own banks limit them")
        .range(0, 1e9)
        .assumption("no public figure; 0 is the best case");
    visit("on_miss", &C::on_miss,
          "A token whose set is not in the table: wait for it, or unicast while it is written")
        .names({{"wait", MoeMiss::wait}, {"unicast", MoeMiss::unicast}});
    visit("lookahead_tokens", &C::lookahead_tokens,
          "Tokens that a sender looks at, and asks groups for, at once; 1: one after the other")
        .range(1, 65536)
        .assumption("no public figure; the router knows all tokens of a batch at once");
    visit("senders", &C::senders,
          "Accelerators behind the experts that send and get the results; 0: the experts' own")
        .range(0, 1023);
    visit("tokens", &C::tokens, "Tokens of each sender").range(1, 1 << 20);
    visit("token_bytes", &C::token_bytes, "Payload of a token on its way to an expert")
        .range(4, 1 << 20)
        .source("public: 7,168 elements of FP8, facts/product_and_collectives.md 4.2 (S)");
    visit("combine", &C::combine,
          "Also the way back: each expert's weighted result to the token's sender, where they are "
          "added");
    visit("combine_bytes", &C::combine_bytes, "Payload of a result on its way back")
        .range(4, 1 << 20)
        .source("public: 7,168 elements of BF16, facts/product_and_collectives.md 4.2 (S)");
    visit("popularity", &C::popularity,
          "How unequal the experts are: the i-th is drawn in proportion to i^-popularity; 0: all "
          "alike")
        .range(0, 10)
        .assumption("alike: unequal loads are published as Gini coefficients only, 0.105 to 0.38");
  }
};

}  // namespace antares::platforms
