// SPDX-License-Identifier: Apache-2.0
// The pairs workload as a user runs it: closed form, LT and AT of every pair of port kinds, what a
// protocol refuses, saturated throughput, bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

/// Rows of a run that must succeed.
Json pairs_of(std::vector<std::string> words) {
  const Folder folder;
  words.insert(words.end(), {"--out", folder.path("out")});
  const Outcome outcome = antares(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json rows = json_file(folder.path("out/results.json")).at("pairs");
  std::istringstream lines(contents(folder.path("out/pairs.csv")));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  EXPECT_EQ(count, rows.size() + 1) << "a heading, then a line a row";
  return rows;
}

std::string protocol(const Json& row, const char* end) {
  const std::string link = row.at(end);
  return link.substr(0, link.find(' '));
}

const Json& row_of(const Json& rows, const std::string& from, const std::string& operation,
                   unsigned bytes) {
  for (const Json& row : rows)
    if (row.at("from") == from && row.at("operation") == operation && row.at("size_bytes") == bytes)
      return row;
  ADD_FAILURE() << "no row for " << operation << " of " << bytes << " B from " << from;
  return rows.at(0);
}

double number(const Json& row, const char* key) { return row.at(key).get<double>(); }

TEST(Pairs, ClosedFormLtAndAtAgreeBetweenAllKindsOfPorts) {
  const Json rows = pairs_of({"run", "scorpio_x_mixed", "--workload", "pairs", "--throughput",
                              "false", "--operations", "write,read,fetch_add,compare_and_swap"});
  std::set<std::pair<std::string, std::string>> protocols;
  for (const Json& row : rows) {
    protocols.emplace(protocol(row, "from_link"), protocol(row, "to_link"));
    ASSERT_EQ(row.at("status"), "ok") << row;
    EXPECT_EQ(row.at("equal"), true) << row;
    EXPECT_EQ(row.at("lt_ns"), row.at("formula_ns")) << row;
    // One link packet each: to the picosecond.
    EXPECT_EQ(row.at("tolerance_ns"), 0) << row;
    EXPECT_EQ(row.at("at_ns"), row.at("formula_ns")) << row;
    EXPECT_TRUE(row.at("one_way_GBps").is_null());
  }
  EXPECT_EQ(protocols.size(), 16u) << "every ordered pair of four protocols";
  // 12 groups: all but the memory can ask (11), each of them 12; two sizes of two, one of two.
  EXPECT_EQ(rows.size(), 11u * 12 * 6);
}

TEST(Pairs, AnX16HopTakesWhatItsPartsSay) {
  const Json rows = pairs_of({"run", "first", "--workload", "pairs", "--throughput", "false",
                              "--parts", "true", "--bytes", "64,4096"});
  // public: facts/pcie6.md 7.1: a hop of 110 ns with its first flit; one flit out of 2 ns, 2 x 5
  // ns.
  EXPECT_DOUBLE_EQ(row_of(rows, "gpu0", "write", 64).at("formula_ns").get<double>(), 122);
  for (const Json& row : rows) {
    double sum_ns = 0;
    std::istringstream words(row.at("parts").get<std::string>());
    for (std::string word; words >> word;)
      if (word.find_first_not_of("0123456789.") == std::string::npos) sum_ns += std::stod(word);
    // Three decimals are whole picoseconds: only the sum's own rounding is left.
    EXPECT_NEAR(sum_ns, row.at("formula_ns").get<double>(), 1e-6) << row;
  }
  // 16 TLPs, to the picosecond as well.
  const Json& large = row_of(rows, "gpu0", "write", 4096);
  EXPECT_EQ(large.at("tolerance_ns"), 0);
  EXPECT_EQ(large.at("at_ns"), large.at("formula_ns"));
}

TEST(Pairs, PartsAddUpForEachProtocolAndThroughACard) {
  const Json rows = pairs_of({"run", "load_store_vs_nic"});
  EXPECT_EQ(rows.size(), 5u * 2 * 2) << "five pairs, store and load, 64 B and 256 B";
  for (const Json& row : rows) {
    double sum_ns = 0;
    std::istringstream words(row.at("parts").get<std::string>());
    for (std::string word; words >> word;)
      if (word.find_first_not_of("0123456789.") == std::string::npos) sum_ns += std::stod(word);
    EXPECT_NEAR(sum_ns, row.at("formula_ns").get<double>(), 1e-6) << row;
    EXPECT_EQ(row.at("lt_ns"), row.at("at_ns")) << row;
  }
}

TEST(Pairs, SaturatedStreamsReachTheClosedForm) {
  const Json rows = pairs_of({"run", "link_study", "--workload", "pairs", "--scope",
                              "within_groups", "--operations", "write", "--bytes", "128,256"});
  const auto expect = [&](const char* from, double one_way_GBps, double both_ways_GBps,
                          unsigned bytes = 256) {
    const Json& row = row_of(rows, from, "write", bytes);
    // What is counted begins and ends with an answer: of at least five windows, one request.
    constexpr double kTolerance = 0.002;
    EXPECT_NEAR(row.at("one_way_formula_GBps").get<double>(), one_way_GBps, 1e-6 * one_way_GBps);
    EXPECT_NEAR(row.at("one_way_GBps").get<double>(), one_way_GBps, kTolerance * one_way_GBps);
    EXPECT_NEAR(row.at("both_ways_formula_GBps").get<double>(), both_ways_GBps,
                1e-6 * both_ways_GBps);
    EXPECT_NEAR(row.at("both_ways_GBps").get<double>(), both_ways_GBps,
                kTolerance * both_ways_GBps);
  };
  // facts/pcie6.md 1.2: 236 of 256 B of a flit; 16 B of header.
  const double pcie_GBps = 128.0 * 236 / 256 * 256 / (256 + 16);
  expect("pcie160", pcie_GBps, 2 * pcie_GBps);
  // facts/ualink_nvlink.md A.4: 628 of 640 B of a flit; 8 B a request one way, and both ways 4 B of
  // response and 0.8 B of flow control in the same direction.
  expect("ual40", 100 * 628.0 / 640 * 256 / 264, 200 * 628.0 / 640 * 256 / (256 + 8 + 4.8));
  // With tags a control half and its tag half take 64 B for four tags: 16 B a request, and 16 B a
  // response, beside which the sectors of flow control are free.
  expect("ual4_auth0", 100 * 628.0 / 640 * 256 / (256 + 16),
         200 * 628.0 / 640 * 256 / (256 + 16 + 16));
  // B.1, B.2: 18 links of 25, 50 or 100 GB/s, derate 0.92, one flit of header, writes posted.
  for (const auto& [from, link_GBps] : {std::pair("nvl40", 25), {"nvl50", 50}, {"nvl60", 100}}) {
    for (const unsigned bytes : {128u, 256u}) {
      const double nvlink_GBps = 18 * link_GBps * 0.92 * bytes / (bytes + 16);
      expect(from, nvlink_GBps, 2 * nvlink_GBps, bytes);
    }
  }
  // facts/product_and_collectives.md 2.2: 62 B around a SUE write, an acknowledge of 84 B.
  expect("sue40", 100 * 256.0 / (256 + 62), 200 * 256.0 / (256 + 62 + 84));
}

/// Two ports and nothing else, a host at `first`: rows from a to b and from b to a.
Json two_ports(const std::string& first, const std::string& second, const std::string& operation,
               const std::vector<std::string>& settings) {
  const Folder folder;
  std::vector<std::string> words{"run", folder.file("two.yaml", R"(antares: 1
name: two
switches:
  - name: switch
    ports: [{name: a, )" + first + "}, {name: b, " + second + R"(}]
endpoints:
  - {name: a, kind: host, attach: switch.a}
  - {name: b, attach: switch.b}
workloads:
  - name: pairs
    kind: pairs
    pairs: {operations: [)" + operation + "], bytes: [256], measure_requests: 300}\n")};
  for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
  return pairs_of(words);
}

TEST(Pairs, ReadsOfAHostWaitBehindTheAnswersOfASlowDevice) {
  const auto run = [](const std::vector<std::string>& settings) {
    return two_ports("pcie: {lanes: 16}", "protocol: ualink, ualink: {lanes: 1}", "read", settings);
  };
  const Json rows = run({});
  const Json& host = row_of(rows, "a", "read", 256);
  const Json& device = row_of(rows, "b", "read", 256);
  // Little's law: the host has 64 reads in flight, the device three round trips of its link and 16
  // more; both wait in front of the device's link for the same time. 25 GB/s, 628 of 640 B a flit;
  // 8 B a request, 4 B of answer and 0.8 B of flow control with 256 B.
  const double host_ns = number(host, "formula_ns");
  const double device_ns = number(device, "formula_ns");
  const double device_bytes =
      256 * (std::ceil(3 * number(device, "one_way_formula_GBps") * device_ns / 256) + 16);
  double wait_ns = 0;
  const auto host_GBps = [&] { return 64 * 256 / (host_ns + wait_ns); };
  const auto device_GBps = [&] { return device_bytes / (device_ns + wait_ns); };
  while (host_GBps() * 8 / 256 + device_GBps() * 260.8 / 256 > 25 * 628.0 / 640) wait_ns += 0.1;
  const double both = number(host, "both_ways_formula_GBps");
  EXPECT_NEAR(both, host_GBps() + device_GBps(), 1e-3 * both) << "steps of 0.1 ns";
  // What the fluid leaves out: bursts, which find a shorter queue than the mean.
  constexpr double kBursts = 0.05;
  EXPECT_NEAR(number(host, "both_ways_GBps"), both, kBursts * both);
  // One thing changed moves it: room for a few link packets in that queue (turns are taken before
  // it), or four times the requests.
  for (const char* setting : {"switches[0].crossbar.egress_queue_bytes=4KiB",
                              "endpoints[0].host.outstanding_reads=256"}) {
    const Json changed = run({setting});
    const Json& row = row_of(changed, "a", "read", 256);
    EXPECT_GT(number(row, "both_ways_GBps"), 1.25 * both) << setting;
    EXPECT_NEAR(number(row, "both_ways_share"), 1, kBursts) << setting;
  }
}

TEST(Pairs, AnswersOfTheBridgeCrossByTheInputThatWritesFill) {
  const auto both = [](const std::string& setting) {
    const Json rows = two_ports("protocol: ethernet, ethernet: {lanes: 8}", "pcie: {lanes: 8}",
                                "write", {"endpoints[0].host.outstanding_writes=4096", setting});
    const Json& row = row_of(rows, "a", "write", 256);
    EXPECT_NEAR(number(row, "both_ways_share"), 1, 0.03) << "bursts; " << row;
    return number(row, "both_ways_GBps");
  };
  // facts/pcie6.md 1.2: 236 of 256 B of a flit, 16 B of header: the link's rate both ways.
  const double line = 64 * 236.0 / 256 * 256 / 272;
  EXPECT_NEAR(both("switches[0].crossbar.input_speedup=1.2"), 2 * line, 0.01 * line);
  // At the link's rate an answer for each 256 B takes an input's time for 84 B at 200 GB/s.
  EXPECT_LT(both("switches[0].crossbar.input_speedup=1"),
            2 * line - line * line * (84 / 200.0) / 256);
}

TEST(Pairs, BridgingOffRefusesEveryCrossing) {
  const Json rows = pairs_of({"run", "scorpio_x_mixed", "--set", "bridging=false", "--workload",
                              "pairs", "--throughput", "false", "--bytes", "64"});
  for (const Json& row : rows) {
    const std::string from = protocol(row, "from_link");
    const std::string to = protocol(row, "to_link");
    EXPECT_EQ(row.at("status"), from == to ? "ok" : "TLM_COMMAND_ERROR_RESPONSE") << row;
    if (from == to) continue;
    EXPECT_EQ(row.at("refusal"),
              "bridging between " + from + " and " + to + " is off (bridge.enabled: false)");
    EXPECT_TRUE(row.at("formula_ns").is_null());
    EXPECT_TRUE(row.at("equal").is_null());
  }
}

TEST(Pairs, WhatAProtocolCannotSayIsARowWithItsReason) {
  const Json rows = pairs_of({"run", "link_study", "--workload", "pairs", "--scope",
                              "within_groups", "--operations", "swap", "--throughput", "false"});
  const Json& roce = row_of(rows, "roce40", "swap", 8);
  EXPECT_EQ(roce.at("status"), "TLM_COMMAND_ERROR_RESPONSE");
  EXPECT_THAT(roce.at("refusal").get<std::string>(),
              AllOf(HasSubstr("RoCEv2"), HasSubstr("no swap")));
  EXPECT_EQ(row_of(rows, "pcie160", "swap", 8).at("status"), "ok");
}

const char* const kNoBridge = R"(antares: 1
name: no_bridge
switches:
  - name: switch
    bridge: {enabled: false}
    ports: [{name: a, pcie: {lanes: 4}}, {name: b, protocol: ualink, ualink: {lanes: 4}}]
endpoints:
  - {name: a, attach: switch.a}
  - {name: b, attach: switch.b}
workloads:
  - name: pairs
    kind: pairs
    pairs: {operations: [write], bytes: [256], throughput: false}
)";

TEST(Pairs, NothingButRefusalsIsAFailedRun) {
  const Folder folder;
  const Outcome outcome = antares({"run", folder.file("no_bridge.yaml", kNoBridge)});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr("every request was refused"));
}

TEST(Refusals, OtherWorkloadsSayWhyARequestWasRefused) {
  const Folder folder;
  for (const std::string workload : {"uniform", "all_reduce"}) {
    const Outcome outcome =
        antares({"run", folder.file("no_bridge.yaml", kNoBridge), "--workload", workload});
    EXPECT_EQ(outcome.status, 1) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr("bridging between pcie and ualink is off"));
  }
}

TEST(Pairs, UnorderedRequestsHaveAChannelAndAnswersOfTheirOwn) {
  const Folder folder;
  const Json rows = pairs_of({"run", folder.file("uio.yaml", R"(antares: 1
name: uio
switches:
  - name: switch
    ports:
      - {name: pcie16, count: 2, pcie: {lanes: 16}}
      - {name: uio16, count: 2, pcie: {lanes: 16, virtual_channels: 4, uio_vc: 3, shared_credits: 0.75}}
endpoints:
  - {name: pcie16, count: 2, attach: switch.pcie16}
  - {name: uio16, count: 2, attach: switch.uio16, accelerator: {unordered_io: true}}
workloads:
  - name: pairs
    kind: pairs
    pairs: {pairs: within_groups, operations: [write], measure_requests: 500}
)")});
  // facts/pcie6.md 1.2, 2.6: 236 of 256 B of a flit; 16 B of header there and of UIOWrCpl back.
  const double usable_GBps = 128.0 * 236 / 256;
  for (const unsigned bytes : {64u, 256u}) {
    const Json& plain = row_of(rows, "pcie160", "write", bytes);
    const Json& unordered = row_of(rows, "uio160", "write", bytes);
    EXPECT_EQ(unordered.at("lt_ns"), unordered.at("formula_ns"));
    EXPECT_EQ(unordered.at("at_ns"), unordered.at("formula_ns"));
    // The answer takes a way of its own: one flit over the same links.
    EXPECT_GT(number(unordered, "formula_ns"), 1.5 * number(plain, "formula_ns"));
    EXPECT_NEAR(number(unordered, "one_way_formula_GBps"), usable_GBps * bytes / (bytes + 16),
                1e-6 * usable_GBps);
    EXPECT_NEAR(number(unordered, "both_ways_formula_GBps"),
                2 * usable_GBps * bytes / (bytes + 16 + 16), 1e-6 * usable_GBps);
    EXPECT_NEAR(number(unordered, "one_way_share"), 1, 0.002);
    EXPECT_NEAR(number(unordered, "both_ways_share"), 1, 0.01) << "answers in bursts";
  }
}

TEST(Pairs, ADeferrableWriteWaitsForItsAnswer) {
  const Json rows = pairs_of({"run", "link_study", "--workload", "pairs", "--scope",
                              "within_groups", "--operations", "write,deferrable_write", "--bytes",
                              "64,256", "--throughput", "false"});
  const Json& posted = row_of(rows, "pcie160", "write", 64);
  const Json& deferrable = row_of(rows, "pcie160", "deferrable_write", 64);
  EXPECT_EQ(deferrable.at("at_ns"), deferrable.at("formula_ns"));
  EXPECT_GT(number(deferrable, "formula_ns"), 1.5 * number(posted, "formula_ns"));
  // A protocol that answers each write answers this one as well.
  EXPECT_EQ(row_of(rows, "ual40", "deferrable_write", 64).at("formula_ns"),
            row_of(rows, "ual40", "write", 64).at("formula_ns"));
  // facts/pcie6.md 2.5 (D): at most 32 DW.
  EXPECT_THAT(row_of(rows, "pcie160", "deferrable_write", 256).at("refusal").get<std::string>(),
              HasSubstr("deferrable"));
}

TEST(Pairs, BadInput) {
  const auto refused = [](std::vector<std::string> options, const std::string& needle) {
    options.insert(options.begin(), {"run", "first", "--workload", "pairs"});
    const Outcome outcome = antares(options);
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(needle));
    EXPECT_EQ(outcome.out, "") << "nothing may have been simulated";
  };
  refused({"--bytes", "0"}, "--bytes");
  refused({"--bytes", "2 MiB"}, "out of range");
  refused({"--bytes", "64,"}, "--bytes");
  refused({"--operations", "write,fetch_ad"}, "did you mean \"fetch_add\"");
  refused({"--operand-bytes", "3"}, "--operand-bytes");
  refused({"--load", "0.5"}, "does not go with --workload pairs");
  refused({"--scope", "none"}, "--scope");
  refused({"--set", "switches[0].ports[0].posted_response=at_accept"}, "at_delivery");
  EXPECT_EQ(antares({"run", "scorpio_p_64", "--workload", "pairs", "--throughput", "false",
                     "--scope", "within_groups"})
                .status,
            0)
      << "the two accelerators of one group";
}

}  // namespace
}  // namespace antares::tb
