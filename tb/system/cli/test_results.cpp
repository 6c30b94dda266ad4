// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind: the pinned keys of results.json, the CSV files, determinism, the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsSupersetOf;

const std::set<std::string> kTopKeys = {"schema_version", "antares_version", "seed",  "config",
                                        "collectives",    "traffic",         "links", "totals"};

std::set<std::string> keys(const nlohmann::json& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.items()) names.insert(key);
  return names;
}

/// Rows of a CSV file as maps from column to text.
std::vector<std::map<std::string, std::string>> csv(const std::string& path) {
  std::istringstream text(contents(path));
  const auto cells = [](const std::string& line) {
    std::vector<std::string> list;
    std::istringstream stream(line + ",");  // the last cell may be empty
    for (std::string cell; std::getline(stream, cell, ',');) list.push_back(cell);
    return list;
  };
  std::string line;
  std::getline(text, line);
  const auto names = cells(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(text, line)) {
    const auto values = cells(line);
    EXPECT_EQ(values.size(), names.size()) << line;
    rows.emplace_back();
    for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i)
      rows.back()[names[i]] = values[i];
  }
  return rows;
}

TEST(Results, PinnedKeysOfAFullRun) {
  const Folder folder;
  const Outcome outcome = antares({"run", "first", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << "no progress where no terminal is";
  const auto results = json_file(folder.path("out/results.json"));
  EXPECT_EQ(keys(results), kTopKeys);
  ASSERT_EQ(results.at("collectives").size(), 3u);  // the three sizes of first.yaml
  for (const auto& row : results.at("collectives")) {
    EXPECT_THAT(keys(row), IsSupersetOf({"collective", "algorithm", "ranks", "size_bytes",
                                         "time_us", "algbw_GBps", "busbw_GBps", "wirebw_GBps",
                                         "p99_latency_ns", "wrong"}));
    EXPECT_EQ(row.at("wrong"), 0);
    const double algbw = row.at("size_bytes").get<double>() / row.at("time_us").get<double>() / 1e3;
    // Both are rounded to 12 digits.
    EXPECT_NEAR(row.at("algbw_GBps").get<double>(), algbw, algbw * 1e-10);
    EXPECT_NEAR(row.at("busbw_GBps").get<double>(), algbw * 2 * 3 / 4, algbw * 1e-10);
  }
  ASSERT_EQ(results.at("traffic").size(), 1u);
  EXPECT_THAT(keys(results.at("traffic").at(0)),
              IsSupersetOf({"pattern", "offered_load", "throughput", "mean_latency_ns",
                            "p50_latency_ns", "p99_latency_ns", "mean_wait_slots"}));
  EXPECT_THAT(keys(results.at("totals")),
              IsSupersetOf({"packets_delivered", "packet_hops", "kernel_events", "model_events",
                            "simulated_us"}));
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("# Out of bounds values : 0 OK"), HasSubstr("# Avg bus bandwidth")));
  EXPECT_EQ(json_file(folder.path("out/run_info.json")).at("outcome"), "complete");
}

TEST(Results, OfACollectiveOfOneRankAreACopys) {
  const Folder folder;
  const Outcome outcome =
      antares({"run", "first", "--workload", "all_reduce", "--ranks", "1", "--bytes", "4KiB",
               "--data", "check", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto row = json_file(folder.path("out/results.json")).at("collectives").at(0);
  EXPECT_EQ(row.at("ranks"), 1);
  EXPECT_EQ(row.at("wrong"), 0);
}

// Engines for copies and sums that nobody asks cost unicast traffic no event and no time.
TEST(Results, OfUnicastAreTheSameWhereTheSwitchHasEngines) {
  const Folder folder;
  const auto results = [&](const std::string& name, const std::vector<std::string>& settings) {
    std::vector<std::string> words = {"run",     "first", "--workload",
                                      "uniform", "--out", folder.path(name)};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    const Outcome outcome = antares(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json_file(folder.path(name + "/results.json"));
  };
  const auto plain = results("plain", {});
  const auto engines = results("engines", {"switches[0].hypercast={}", "switches[0].reduction={}"});
  for (const char* count : {"kernel_events", "model_events", "packets_delivered"})
    EXPECT_EQ(engines.at("totals").at(count), plain.at("totals").at(count)) << count;
  EXPECT_EQ(engines.at("traffic"), plain.at("traffic"));
}

TEST(Results, EveryColumnIsDefined) {
  const Folder folder;
  ASSERT_EQ(antares({"run", "first", "--out", folder.path("out")}).status, 0);
  const std::string defined = antares({"list", "columns"}).out;
  const auto results = json_file(folder.path("out/results.json"));
  for (const char* table : {"collectives", "traffic", "links"})
    for (const std::string& key : keys(results.at(table).at(0)))
      EXPECT_THAT(defined, HasSubstr(std::string(table) + " " + key));
  const auto ports = csv(folder.path("out/ports.csv"));
  ASSERT_FALSE(ports.empty());
  for (const auto& [key, value] : ports.front()) EXPECT_THAT(defined, HasSubstr("ports " + key));
}

TEST(Results, SharesOfEachPortAndLinkAddUpToOne) {
  const Folder folder;
  ASSERT_EQ(antares({"run", "first", "--out", folder.path("out")}).status, 0);
  const auto ports = csv(folder.path("out/ports.csv"));
  const auto links = csv(folder.path("out/links.csv"));
  EXPECT_EQ(ports.size(), 4u * 4);  // four ports, four workload rows
  EXPECT_EQ(links.size(), 2 * ports.size());
  std::uint64_t in_bytes = 0;
  std::uint64_t out_bytes = 0;
  for (const auto& rows : {ports, links}) {
    for (const auto& row : rows) {
      double sum = 0;
      for (const char* name :
           {"busy_share", "blocked_on_credit_share", "blocked_on_arbiter_share", "idle_share"}) {
        EXPECT_GE(std::stod(row.at(name)), 0);
        sum += std::stod(row.at(name));
      }
      // Decimals of nine places that add up exactly: four roundings to double are left.
      EXPECT_NEAR(sum, 1, 1e-15);
    }
  }
  for (const auto& row : ports) {
    if (row.at("workload").rfind("all_reduce", 0) != 0) continue;
    in_bytes += std::stoull(row.at("payload_in_bytes"));
    out_bytes += std::stoull(row.at("payload_out_bytes"));
  }
  // A ring: 2 (n-1)/n of the size from each of n ranks, in and out (n = 4, sizes as in first.yaml).
  EXPECT_EQ(in_bytes, 2ull * 3 * (4096 + 65536 + 1048576));
  EXPECT_EQ(out_bytes, in_bytes);
}

TEST(Results, SameSeedSameBytes) {
  const Folder folder;
  for (const char* name : {"a", "b"})
    ASSERT_EQ(antares({"run", "first", "--out", folder.path(name)}).status, 0);
  ASSERT_EQ(antares({"run", "first", "--out", folder.path("c"), "--seed", "2"}).status, 0);
  for (const std::string file : {"/results.json", "/links.csv", "/ports.csv"}) {
    EXPECT_EQ(contents(folder.path("a" + file)), contents(folder.path("b" + file))) << file;
    EXPECT_NE(contents(folder.path("a" + file)), contents(folder.path("c" + file))) << file;
  }
}

TEST(Results, OptionsReplaceTheWorkloads) {
  const Folder folder;
  const Outcome outcome =
      antares({"run", "scorpio_x_20x16", "--workload", "all_reduce", "--algorithm", "ring",
               "--bytes", "1MiB,4MiB", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = json_file(folder.path("out/results.json")).at("collectives");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(0).at("size_bytes"), 1 << 20);
  EXPECT_EQ(rows.at(1).at("size_bytes"), 4 << 20);
  EXPECT_EQ(rows.at(1).at("ranks"), 20);
  EXPECT_TRUE(rows.at(1).at("wrong").is_null()) << "data: timing checks nothing";
}

TEST(Results, OneOfTheDescriptionsWorkloadsByName) {
  const Folder folder;
  ASSERT_EQ(antares({"run", "first", "--workload", "uniform", "--out", folder.path("out")}).status,
            0);
  const auto results = json_file(folder.path("out/results.json"));
  EXPECT_TRUE(results.at("collectives").empty());
  EXPECT_EQ(results.at("traffic").size(), 1u);
  EXPECT_EQ(results.at("config").at("workloads").at(0).at("traffic").at("arrivals"), "poisson");
}

TEST(Results, AClosedLoopOffersNoLoad) {
  const Folder folder;
  const Outcome closed = antares({"run", "first", "--workload", "uniform", "--mode", "closed",
                                  "--window", "2", "--out", folder.path("out")});
  ASSERT_EQ(closed.status, 0) << closed.err;
  EXPECT_TRUE(
      json_file(folder.path("out/results.json")).at("traffic").at(0).at("offered_load").is_null());
}

TEST(Results, ASearchForSaturationEndsInABracket) {
  const Folder folder;
  const Outcome outcome =
      antares({"run", "crossbar_theory", "--set", "ports=2", "--set", "queueing=fifo", "--workload",
               "uniform", "--find-saturation", "0.1", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("# saturation: between "));
  const auto row = json_file(folder.path("out/results.json")).at("saturation").at(0);
  // Two inputs saturate at 3/4; a load counts as carried up to a shortfall of 0.5 %.
  EXPECT_LT(row.at("carried_load").get<double>(), 0.75 + 0.005);
  EXPECT_GT(row.at("saturated_load").get<double>(), 0.75);
  EXPECT_LE(row.at("saturated_load").get<double>() - row.at("carried_load").get<double>(), 0.1001);
  // What was delivered at each stands in the row of its load, too.
  const auto rows = json_file(folder.path("out/results.json")).at("traffic");
  ASSERT_GE(rows.size(), 3u);
  for (const auto& each : rows)
    for (const auto& [load, GBps] :
         {std::pair("carried_load", "carried_GBps"), std::pair("saturated_load", "saturated_GBps")})
      if (each.at("offered_load") == row.at(load))
        EXPECT_EQ(row.at(GBps), each.at("delivered_GBps")) << load;
  EXPECT_GT(row.at("saturated_GBps").get<double>(), 0);
  EXPECT_THAT(outcome.out, HasSubstr(" GB/s), carried in full, and "));
}

TEST(Results, AnEarlierRunsFilesDoNotPassForALaterOnes) {
  const Folder folder;
  const std::string out = folder.path("out");
  ASSERT_EQ(antares({"run", "first", "--out", out}).status, 0);
  // A name that does not exist is found before anything is touched.
  const Outcome mistyped =
      antares({"run", "first", "--out", out, "--workload", "chakra", "--input", "/none.et"});
  EXPECT_EQ(mistyped.status, 2);
  EXPECT_FALSE(json_file(out + "/results.json").contains("complete"));
  // Nor is a trace that nobody can read.
  std::ofstream(folder.path("garbage.et")) << "no trace at all";
  const Outcome garbage = antares(
      {"run", "first", "--out", out, "--workload", "chakra", "--input", folder.path("garbage.et")});
  EXPECT_EQ(garbage.status, 2);
  EXPECT_FALSE(json_file(out + "/results.json").contains("complete"));
  // A run that has begun replaces them, however it ends.
  const Outcome failed =
      antares({"run", "first", "--out", out, "--workload", "all_reduce", "--bytes", "1MiB", "--set",
               "run.max_simulated_ms=0.001", "--set", "run.watchdog_us=1"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_EQ(json_file(out + "/results.json").at("complete"), false);
  EXPECT_TRUE(csv(out + "/links.csv").empty());
}

TEST(Results, APlantedCreditLossEndsARunWithTheNameOfThePlace) {
  const Outcome outcome =
      antares({"run", "first", "--workload", "all_reduce", "--bytes", "1MiB", "--set",
               "faults={credits: [{at_us: 2, link: switch.gpu3, what: lost, class: posted, "
               "header_credits: 100000}]}"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nothing has moved for 1000 us"));
  EXPECT_THAT(outcome.err,
              HasSubstr("waited for, and itself not waiting: switch.gpu3 device receiver\n"));
  EXPECT_THAT(
      outcome.err,
      HasSubstr("switch.gpu3 egress posted waits for switch.gpu3 device receiver (credit: "));
}

}  // namespace
}  // namespace antares::tb
