// SPDX-License-Identifier: Apache-2.0
// What a run with faults says: the tables and results.json of ports that saw some, of links whose
// units failed, and of the error logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

/// The row of `table` whose keys have these values; fails without one.
Json row_with(const Json& table, const std::map<std::string, std::string>& values) {
  for (const Json& row : table) {
    bool all = true;
    for (const auto& [key, value] : values) all = all && row.at(key) == value;
    if (all) return row;
  }
  ADD_FAILURE() << "no such row in " << table.dump(1);
  return {};
}

TEST(FaultResults, TablesSayWhatEachPortAndLinkSaw) {
  const Folder folder;
  const Outcome outcome = antares(
      {"run", "link_failures", "--out", folder.path("out"), "--set",
       "faults.units=[{at_us: 12, link: \"switch.gpu[0]\", what: failed},"
       "{at_us: 13, link: \"switch.gpu[1]\", what: poisoned, count: 2, direction: to_switch}]"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("# faults by port"));
  EXPECT_THAT(outcome.out, HasSubstr("# links that were not perfect"));
  EXPECT_THAT(outcome.out, HasSubstr("# errors, the first of each severity"));
  const Json results = Json::parse(contents(folder.path("out") + "/results.json"));

  const Json down = row_with(results.at("faults"), {{"link", "switch.gpu5"}});
  EXPECT_EQ(down.at("state"), "down");
  EXPECT_EQ(down.at("link_failures"), 1);
  const Json back = row_with(results.at("faults"), {{"link", "switch.gpu3"}});
  EXPECT_EQ(back.at("state"), "up");
  EXPECT_EQ(back.at("link_failures"), 1);

  const Json burst =
      row_with(results.at("replays"), {{"link", "switch.gpu0"}, {"direction", "to_device"}});
  EXPECT_EQ(burst.at("failed"), 1) << "the one that was planted, and no other";
  EXPECT_GT(burst.at("lost_us").get<double>(), 0);
  EXPECT_EQ(burst.at("gave_up"), 0);
  const Json damaged =
      row_with(results.at("replays"), {{"link", "switch.gpu1"}, {"direction", "to_switch"}});
  EXPECT_EQ(damaged.at("poisoned"), 2);
  EXPECT_EQ(damaged.at("failed"), 0);

  const Json logged =
      row_with(results.at("errors"), {{"link", "switch.gpu1"}, {"error", "poisoned"}});
  EXPECT_EQ(logged.at("severity"), "nonfatal");
  EXPECT_FALSE(logged.at("packet").is_null()) << "the header of what was damaged";
  const Json lost =
      row_with(results.at("errors"), {{"link", "switch.gpu5"}, {"error", "surprise_down"}});
  EXPECT_EQ(lost.at("severity"), "fatal");
}

/// Of the rows of a dead link's requests: packet and status, where both are there.
std::set<std::pair<std::string, std::string>> answers_of(const Json& errors) {
  std::set<std::pair<std::string, std::string>> answers;
  for (const Json& row : errors) {
    if (row.at("error") != "unsupported_request") continue;
    answers.emplace(row.at("packet"), row.at("status").is_null() ? "" : row.at("status"));
  }
  return answers;
}

// PCIe posts writes and names statuses UR and CA (facts/pcie6.md 4.8); UALink answers everything,
// with the statuses of UPLI (facts/ualink_nvlink.md A.3).
TEST(FaultResults, PacketsAndStatusesHaveTheNamesOfTheLinksProtocol) {
  const Folder folder;
  const Outcome pcie = antares({"run", "link_failures", "--out", folder.path("pcie")});
  EXPECT_EQ(pcie.status, 0) << pcie.err;
  EXPECT_EQ(answers_of(Json::parse(contents(folder.path("pcie") + "/results.json")).at("errors")),
            (std::set<std::pair<std::string, std::string>>{{"MRd64", "UR"}, {"MWr64", ""}}));
  const Outcome ualink =
      antares({"run", "link_failures", "--out", folder.path("ualink"), "--set",
               "switches[0].ports=[{name: gpu, count: 8, protocol: ualink, ualink: {lanes: 4}}]",
               "--set", "faults.events=[{at_us: 12, link: switch.gpu3, what: link_down}]"});
  EXPECT_EQ(ualink.status, 0) << ualink.err;
  EXPECT_EQ(answers_of(Json::parse(contents(folder.path("ualink") + "/results.json")).at("errors")),
            (std::set<std::pair<std::string, std::string>>{{"Read", "decode error"},
                                                           {"WriteFull", "decode error"}}));
}

// The lists that Ethernet's documents have; PCIe's has none, so null.
TEST(FaultResults, LinksOfEthernetCountByThePublishedNames) {
  const Folder folder;
  const std::string burst = "faults.units=[{at_us: 12, link: switch.gpu0, what: failed}]";
  const auto row_of = [&](const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), {"run", "link_failures", "--out", folder.path(name), "--set",
                                 "faults.events=[]", "--set", burst});
    const Outcome outcome = antares(words);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return row_with(Json::parse(contents(folder.path(name) + "/results.json")).at("replays"),
                    {{"link", "switch.gpu0"}, {"direction", "to_device"}});
  };
  const Json row = row_of(
      "ethernet", {"--set", "switches[0].ports=[{name: gpu, count: 8, protocol: ethernet}]"});
  const Json& counters = row.at("counters");
  EXPECT_EQ(row.at("failed"), 1);
  EXPECT_EQ(counters.at("rx_bad"), row.at("failed"));
  EXPECT_EQ(counters.at("rx_nack_ctl_os"), row.at("requests"));
  EXPECT_EQ(counters.at("tx_replay"), 1);
  EXPECT_EQ(counters.at("rx_expected_seq_good"), row.at("units"));
  EXPECT_GT(counters.at("cf_updates_sent"), 0);
  EXPECT_TRUE(row_of("pcie", {}).at("counters").is_null());
}

// One accelerator's reads get no credit; the others go on, so that something always moves.
TEST(Starvation, OfOneSourceIsNamedThoughOthersMove) {
  const std::vector<std::string> words = {
      "run",
      "link_failures",
      "--set",
      "faults.events=[]",
      "--set",
      "faults.ports.completion_timeout_us=1000000",
      "--set",
      "faults.credits=[{at_us: 6, link: switch.gpu2, what: stuck, class: non_posted, direction: "
      "to_device}]"};
  std::vector<std::string> short_of_patience = words;
  short_of_patience.insert(short_of_patience.end(),
                           {"--set", "run.starvation_us=10", "--set", "run.watchdog_us=80"});
  const Outcome outcome = antares(short_of_patience);
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_THAT(outcome.err,
              HasSubstr("others move, but one request has not been answered for 10 us"));
  EXPECT_THAT(outcome.err, HasSubstr("waits for the answer to its read of"));
  EXPECT_THAT(outcome.err, HasSubstr("to switch.gpu2 since"));
  EXPECT_THAT(outcome.err,
              HasSubstr("switch.gpu2 egress non-posted waits for switch.gpu2 device receiver"));
}

TEST(GoodputStudy, AgreesWithTheClosedFormAndShowsWhereTheBufferBinds) {
  const Folder folder;
  const Outcome outcome = antares({"run", "goodput_study", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 0) << outcome.err << outcome.out;
  const Json rows = Json::parse(contents(folder.path("out") + "/results.json")).at("goodput");
  bool reference = false, binds = false, does_not_bind = false;
  for (const Json& row : rows) {
    // Not null either: where timeouts are too rare to be expected, those that there were count.
    EXPECT_EQ(row.at("equal"), true) << row.dump();
    binds = binds || row.at("buffer_binds").get<bool>();
    does_not_bind = does_not_bind || !row.at("buffer_binds").get<bool>();
    if (row.at("link") != "switch.pcie" || row.at("failure_probability") != 5e-6) continue;
    reference = true;
    // facts/pcie6.md 6: 0.05 % at 5e-6 and a round trip of 200 ns on x16.
    EXPECT_EQ(row.at("failure_ns"), 200);
    EXPECT_NEAR(row.at("lost_share_formula").get<double>(), 5e-4, 5e-7);
  }
  EXPECT_TRUE(reference);
  EXPECT_TRUE(binds && does_not_bind);
}

TEST(GoodputStudy, ShortBuffersBindWithinAHundredMetresInEachProtocol) {
  const Folder folder;
  const Outcome outcome = antares({"run", "replay_depth_study", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 0) << outcome.err << outcome.out;
  const Json rows = Json::parse(contents(folder.path("out") + "/results.json")).at("goodput");
  std::map<std::string, std::set<bool>> binds;
  for (const Json& row : rows) {
    EXPECT_EQ(row.at("equal"), true) << row.dump();
    // The buffer lasts for as many units as the round trip takes.
    const bool shorter = row.at("depth_units").get<double>() * row.at("unit_ns").get<double>() <
                         row.at("round_trip_ns").get<double>();
    EXPECT_EQ(row.at("buffer_binds").get<bool>(), shorter) << row.dump();
    EXPECT_EQ(row.at("lost_share").get<double>() > 0.01, shorter) << row.dump();
    binds[row.at("protocol")].insert(shorter);
  }
  EXPECT_EQ(binds.size(), 4u);
  for (const auto& [protocol, seen] : binds) EXPECT_EQ(seen.size(), 2u) << protocol;
}

TEST(PartitionResults, ARowForEachInEveryForm) {
  const Folder folder;
  const Outcome outcome =
      antares({"run", "partitions", "--workload", "both", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json results = Json::parse(contents(folder.path("out") + "/results.json"));
  const Json& rows = results.at("partition_traffic");
  ASSERT_EQ(rows.size(), 2u);
  const Json all = results.at("traffic").at(0);
  double delivered = 0, requests = 0;
  std::string csv = contents(folder.path("out") + "/partitions.csv");
  EXPECT_THAT(csv, testing::StartsWith("workload,partition,pattern,offered_load,throughput,"));
  for (const Json& row : rows) {
    const std::string name = row.at("partition");
    EXPECT_THAT(outcome.out, HasSubstr("#" + std::string(12 - name.size(), ' ') + name + " "));
    EXPECT_THAT(csv, HasSubstr("\nboth," + name + ",uniform,"));
    delivered += row.at("delivered_GBps").get<double>();
    requests += row.at("requests").get<double>();
  }
  EXPECT_EQ(rows.at(0).at("partition"), "tenant_a");
  EXPECT_EQ(rows.at(1).at("partition"), "tenant_b");
  EXPECT_EQ(requests, all.at("requests").get<double>());
  EXPECT_NEAR(delivered, all.at("delivered_GBps").get<double>(), 1e-6);  // 12 digits each
  // Without partitions there are none.
  antares({"run", "first", "--workload", "uniform", "--out", folder.path("out")});
  EXPECT_FALSE(
      Json::parse(contents(folder.path("out") + "/results.json")).contains("partition_traffic"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("out") + "/partitions.csv"));
}

TEST(FaultResults, NoAnswersBecauseLinksAreDownIsSaid) {
  const Outcome outcome =
      antares({"run", "first", "--workload", "uniform", "--set",
               "faults.events=[{at_us: 0.1, link: \"switch.gpu[0..3]\", what: link_down}]"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("these links are not up: switch.gpu0 (down), switch.gpu1"));
}

TEST(FaultResults, ACollectiveThatMeetsADeadLinkNamesIt) {
  for (const char* algorithm : {"ring", "in_switch_push"}) {
    const Outcome outcome =
        antares({"run", "scorpio_x_20x16", "--workload", "all_reduce", "--algorithm", algorithm,
                 "--bytes", "1MiB", "--set", "faults.ports.completion_timeout_us=20", "--set",
                 "faults.events=[{at_us: 1, link: \"switch.gpu3\", what: link_down}]"});
    EXPECT_EQ(outcome.status, 1) << algorithm;
    EXPECT_THAT(outcome.err, HasSubstr("these links are not up: switch.gpu3 (down)")) << algorithm;
  }
}

}  // namespace
}  // namespace antares::tb
