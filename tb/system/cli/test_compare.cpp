// SPDX-License-Identifier: Apache-2.0
// `antares compare`: the same figures as `run` has, one table, one platform's failure is not the
// others'.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// Two switches in a row, `each` accelerators on either.
std::string pair_of_switches(const char* name, unsigned each) {
  const std::string count = std::to_string(each);
  return std::string("antares: 1\nname: ") + name + R"(
switches:
  - name: sw
    count: 2
    ports: [{name: gpu, count: )" +
         count + R"(, pcie: {lanes: 4}}, {name: trunk, pcie: {lanes: 16}}]
links: [{from: sw0.trunk, to: sw1.trunk}]
endpoints: [{name: gpu, count: )" +
         std::to_string(2 * each) + R"(, attach: "sw[*].gpu"}]
)";
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// All that the run of one platform says, the row of the comparison says, too.
void expect_same(const nlohmann::json& row, const nlohmann::json& expected) {
  for (const auto& [key, value] : expected.items())
    if (!value.is_array()) EXPECT_EQ(row.at(key), value) << row.at("platform") << " " << key;
}

TEST(Compare, HasTheFiguresOfSingleRuns) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const Outcome outcome = antares({"compare", "first", two, "--workload", "all_reduce", "--bytes",
                                   "4KiB,64KiB", "--out", folder.path("both")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = json_file(folder.path("both/compare.json"));
  EXPECT_FALSE(json.contains("complete"));
  ASSERT_EQ(json.at("collectives").size(), 4u);
  EXPECT_EQ(lines_of(contents(folder.path("both/compare_collectives.csv"))), 1u + 4u);
  unsigned at = 0;
  for (const std::string& name : {std::string("first"), two}) {
    const std::string out = folder.path("one" + std::to_string(at));
    const Outcome run =
        antares({"run", name, "--workload", "all_reduce", "--bytes", "4KiB,64KiB", "--out", out});
    ASSERT_EQ(run.status, 0) << run.err;
    // The document must outlive the loop over a part of it.
    const auto alone = json_file(out + "/results.json").at("collectives");
    ASSERT_EQ(alone.size(), 2u);
    for (const auto& expected : alone) {
      const auto& row = json.at("collectives").at(at++);
      EXPECT_EQ(row.at("platform"), name);
      expect_same(row, expected);
      EXPECT_GT(row.at("p99_latency_ns").get<double>(), 0);
    }
  }
}

TEST(Compare, CountsHopsSwitchesAndLanes) {
  const Folder folder;
  constexpr unsigned kEach = 3;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", kEach));
  const Outcome outcome = antares({"compare", two, "first", "--workload", "all_to_all", "--bytes",
                                   "6KiB", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = json_file(folder.path("out/compare.json")).at("collectives");
  const double near = kEach - 1;
  const double far = kEach;
  EXPECT_NEAR(rows.at(0).at("hops_mean").get<double>(), (near + 2 * far) / (near + far), 1e-11);
  EXPECT_EQ(rows.at(0).at("hops_max"), 2);
  EXPECT_EQ(rows.at(0).at("switches"), 2);
  EXPECT_EQ(rows.at(0).at("lanes"), 2 * (4 * kEach + 16));
  EXPECT_EQ(rows.at(1).at("hops_mean"), 1);
  EXPECT_THAT(outcome.err, Not(HasSubstr("arning"))) << "elaboration is asked for more than once";
  EXPECT_EQ(rows.at(1).at("hops_max"), 1);
  // Six ranks here, four there: a reader has to know.
  EXPECT_THAT(outcome.out, HasSubstr("different numbers of ranks; --ranks N makes them equal"));
  const Outcome equal = antares({"compare", two, "first", "--workload", "all_to_all", "--bytes",
                                 "6KiB", "--ranks", "3", "--out", folder.path("equal")});
  ASSERT_EQ(equal.status, 0) << equal.err;
  EXPECT_THAT(equal.out, Not(HasSubstr("different numbers of ranks")));
  const auto three = json_file(folder.path("equal/compare.json")).at("collectives");
  for (const auto& row : three) {
    EXPECT_EQ(row.at("ranks"), 3);
    EXPECT_EQ(row.at("hops_max"), 1);  // the first three sit on one switch
  }
}

// A program of two ranks on two switches of two accelerators: its ranks sit on one of them.
TEST(Compare, HopsOfAProgramAreThoseOfItsRanks) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const std::string program = folder.file(
      "pair.xml",
      "<algo name=\"pair\" proto=\"Simple\" nchannels=\"1\" nchunksperloop=\"2\" ngpus=\"2\" "
      "coll=\"allgather\" inplace=\"1\">"
      "<gpu id=\"0\" i_chunks=\"0\" o_chunks=\"2\" s_chunks=\"0\"><tb id=\"0\" send=\"1\" "
      "recv=\"1\" chan=\"0\"><step s=\"0\" type=\"s\" srcbuf=\"o\" srcoff=\"0\" dstbuf=\"o\" "
      "dstoff=\"0\" cnt=\"1\" depid=\"-1\" deps=\"-1\" hasdep=\"0\"/><step s=\"1\" type=\"r\" "
      "srcbuf=\"o\" srcoff=\"1\" dstbuf=\"o\" dstoff=\"1\" cnt=\"1\" depid=\"-1\" deps=\"-1\" "
      "hasdep=\"0\"/></tb></gpu>"
      "<gpu id=\"1\" i_chunks=\"0\" o_chunks=\"2\" s_chunks=\"0\"><tb id=\"0\" send=\"0\" "
      "recv=\"0\" chan=\"0\"><step s=\"0\" type=\"s\" srcbuf=\"o\" srcoff=\"1\" dstbuf=\"o\" "
      "dstoff=\"1\" cnt=\"1\" depid=\"-1\" deps=\"-1\" hasdep=\"0\"/><step s=\"1\" type=\"r\" "
      "srcbuf=\"o\" srcoff=\"0\" dstbuf=\"o\" dstoff=\"0\" cnt=\"1\" depid=\"-1\" deps=\"-1\" "
      "hasdep=\"0\"/></tb></gpu></algo>");
  const Outcome outcome =
      antares({"compare", two, "first", "--workload", "all_gather", "--program", program, "--bytes",
               "64KiB", "--data", "check", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = json_file(folder.path("out/compare.json")).at("collectives");
  ASSERT_EQ(rows.size(), 2u);
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("ranks"), 2);
    EXPECT_EQ(row.at("wrong"), 0);
    EXPECT_EQ(row.at("hops_max"), 1) << row.at("platform");
  }
}

TEST(Compare, OneThatFailsIsNamedAndTheOthersAreThere) {
  const Folder folder;
  const std::string stuck =
      folder.file("stuck.yaml", pair_of_switches("stuck", 2) +
                                    "faults: {credits: [{at_us: 0.1, link: sw0.gpu1, what: lost, "
                                    "class: posted, header_credits: 100000}]}\n");
  const Outcome outcome = antares({"compare", stuck, "nobody", "first", "--workload", "all_reduce",
                                   "--bytes", "256KiB", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr(stuck + ": no rows:\n"));
  EXPECT_THAT(outcome.err, HasSubstr("nothing has moved"));
  EXPECT_THAT(outcome.err, HasSubstr("nobody: no such file"));
  EXPECT_THAT(outcome.out, ContainsRegex("first +4 +262144 "));
  const auto json = json_file(folder.path("out/compare.json"));
  EXPECT_EQ(json.at("collectives").size(), 1u);
  ASSERT_EQ(json.at("failures").size(), 2u);
  // What cannot run is told before anything does.
  EXPECT_EQ(json.at("failures").at(0).at("platform"), "nobody");
  EXPECT_EQ(json.at("failures").at(0).at("exit_status"), 2);
  EXPECT_EQ(json.at("failures").at(1).at("exit_status"), 1);
  EXPECT_EQ(
      antares({"compare", stuck, "first", "--workload", "all_reduce", "--bytes", "256KiB"}).status,
      1);
}

TEST(Compare, TrafficHasTheFiguresOfSingleRuns) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const std::vector<std::string> how = {"--workload", "uniform", "--load",    "0.3,0.6",
                                        "--warmup",   "2",       "--measure", "20"};
  std::vector<std::string> words = {"compare", "first", two, "--out", folder.path("both")};
  words.insert(words.end(), how.begin(), how.end());
  const Outcome outcome = antares(words);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("delivered.*requests.*p50.*p99.*hops mean"));
  const auto rows = json_file(folder.path("both/compare.json")).at("traffic");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(lines_of(contents(folder.path("both/compare_traffic.csv"))), 1u + 4u);
  unsigned at = 0;
  for (const std::string& name : {std::string("first"), two}) {
    words = {"run", name, "--out", folder.path("one" + std::to_string(at))};
    words.insert(words.end(), how.begin(), how.end());
    ASSERT_EQ(antares(words).status, 0);
    const auto alone = json_file(words[3] + "/results.json").at("traffic");
    ASSERT_EQ(alone.size(), 2u);
    for (const auto& expected : alone) {
      expect_same(rows.at(at), expected);
      // Writes of 256 B over four links: what 100 % is follows from the link (x16 or x4, 236 of 256
      // bytes of a flit, 16 of header); the two switches' trunk is as wide as the sources together.
      const double full_GBps = 4 * (name == "first" ? 128 : 32) * 236.0 / 256 * 256 / (256 + 16);
      EXPECT_NEAR(rows.at(at).at("delivered_GBps").get<double>(),
                  rows.at(at).at("throughput").get<double>() * full_GBps, 1e-6 * full_GBps);
      ++at;
    }
  }
  EXPECT_EQ(rows.at(0).at("hops_max"), 1);
  EXPECT_EQ(rows.at(2).at("hops_max"), 2);
}

TEST(Compare, SaturationIsShownSideBySide) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const Outcome outcome =
      antares({"compare", "first", two, "--workload", "permutation", "--find-saturation", "0.2",
               "--warmup", "2", "--measure", "10", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("carried"));
  const auto json = json_file(folder.path("out/compare.json"));
  ASSERT_EQ(json.at("saturation").size(), 2u);
  for (const auto& row : json.at("saturation")) {
    EXPECT_TRUE(row.contains("carried_load"));
    // Loads are shares of each platform's own links (x16 and x4, four sources each).
    const double full_GBps =
        4 * (row.at("platform") == "first" ? 128 : 32) * 236.0 / 256 * 256 / (256 + 16);
    if (row.at("carried_load").is_null()) continue;
    EXPECT_NEAR(row.at("carried_GBps").get<double>() / full_GBps,
                row.at("carried_load").get<double>(), 0.03);
  }
  EXPECT_THAT(outcome.out, ContainsRegex("\\(share\\) +\\(GB/s\\) +\\(share\\) +\\(GB/s\\)"));
}

TEST(Compare, StepsOfModelsAndLayerFilesAreCompared) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 3));
  const std::string model = "{preset: llama3_8b, tensor: 2, layers: 1, sequence: 64}";
  const std::vector<std::string> how = {"--workload", "trace",       "--model",
                                        model,        "--job-ranks", "4"};
  std::vector<std::string> words = {"compare", "first", two, "--out", folder.path("both")};
  words.insert(words.end(), how.begin(), how.end());
  const Outcome outcome = antares(words);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("first +4 .*"));
  const auto rows = json_file(folder.path("both/compare.json")).at("traces");
  ASSERT_EQ(rows.size(), 2u);
  unsigned at = 0;
  for (const std::string& name : {std::string("first"), two}) {
    words = {"run", name, "--out", folder.path("one" + std::to_string(at))};
    words.insert(words.end(), how.begin(), how.end());
    ASSERT_EQ(antares(words).status, 0);
    expect_same(rows.at(at++), json_file(words[3] + "/results.json").at("traces").at(0));
  }
  EXPECT_FALSE(json_file(folder.path("both/compare.json")).contains("collectives"));

  const std::string layers = folder.file(
      "layers.txt",
      "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 1 vpp: 8 ga: 1 "
      "all_gpus: 4 checkpoints: 0 checkpoint_initiates: 0\n1\n"
      "mlp -1 1000 ALLREDUCE 65536 1000 ALLREDUCE 65536 1000 NONE 0 100\n");
  const Outcome file = antares({"compare", "first", two, "--workload", "simai", "--input", layers});
  EXPECT_EQ(file.status, 0) << file.err;
  EXPECT_THAT(file.out, ContainsRegex("exposed"));
}

TEST(Compare, WorkloadsOfADescriptionRunEverywhere) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  folder.file(
      "trace.json",
      R"([{"comms": "all_reduce", "in_msg_size": 4096, "out_msg_size": 4096, "dtype": "float32"}])");
  const std::string lender = folder.file(
      "lender.yaml", pair_of_switches("lender", 2) +
                         "workloads:\n"
                         "  - {name: steps, kind: trace, trace: {input: trace.json}}\n"
                         "  - {name: both, kind: concurrent, concurrent: {layout: {tensor: 2}, "
                         "jobs: [{name: t, dimension: tensor, collective: {bytes: 8 KiB}}, {name: "
                         "d, dimension: data, collective: {bytes: 8 KiB}}]}}\n");
  const Outcome all =
      antares({"compare", "first", two, "--workloads-from", lender, "--out", folder.path("out")});
  ASSERT_EQ(all.status, 0) << all.err;
  const auto json = json_file(folder.path("out/compare.json"));
  EXPECT_EQ(json.at("traces").size(), 2u);
  EXPECT_EQ(json.at("concurrent").size(), 2u * 4u);
  EXPECT_EQ(json.at("concurrent_totals").size(), 2u);
  EXPECT_THAT(all.out, HasSubstr("one by one"));
  const Outcome one = antares({"run", "first", "--workloads-from", lender, "--workload", "steps"});
  EXPECT_EQ(one.status, 0) << one.err;
  // A mistake is told where it is written.
  const std::string names = folder.file(
      "names.yaml", pair_of_switches("names", 3) +
                        "workloads:\n  - {name: w, kind: collective, collective: {ranks: [gpu0, "
                        "gpu5]}}\n");
  const Outcome missing = antares({"compare", "first", "--workloads-from", names});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("names.yaml:10:"));
  EXPECT_THAT(missing.err, HasSubstr("there is no endpoint \"gpu5\""));
}

TEST(Compare, WhatOnePlatformCannotRunIsNamedBeforeTheOthersRun) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 3));
  const std::string broken =
      folder.file("broken.yaml", pair_of_switches("broken", 2) + "runn: {}\n");
  const Outcome outcome =
      antares({"compare", two, "first", broken, "--workload", "trace", "--model",
               "{preset: llama3_8b, layers: 1, sequence: 16}", "--job-ranks", "6"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("first: no rows:"));
  EXPECT_THAT(outcome.err, HasSubstr("there are only 4 accelerators"));
  EXPECT_THAT(outcome.err, HasSubstr("did you mean \"run\""));
  EXPECT_THAT(outcome.out, HasSubstr(two));
  const Outcome engines =
      antares({"compare", "first", "scorpio_x_20x16", "--workload", "all_reduce", "--algorithm",
               "in_switch_push", "--bytes", "64KiB", "--ranks", "4"});
  EXPECT_EQ(engines.status, 2);
  EXPECT_THAT(engines.err, HasSubstr("first: no rows:"));
  EXPECT_THAT(engines.err, HasSubstr("needs a switch that copies and reduces"));
  EXPECT_THAT(engines.out, HasSubstr("scorpio_x_20x16"));
}

TEST(Compare, AMistakeThatAllShareIsToldOnce) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const Outcome outcome =
      antares({"compare", "first", two, "--workload", "uniform", "--load", "2"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("first, " + two + ": no rows:"));
  EXPECT_EQ(outcome.err.find("out of range"), outcome.err.rfind("out of range"));
}

TEST(Compare, BadInputIsRefusedBeforeAnythingRuns) {
  const auto refused = [](const std::vector<std::string>& words, const std::string& text) {
    std::vector<std::string> all = {"compare"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = antares(all);
    EXPECT_EQ(outcome.status, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  refused({"first", "first", "--workload", "all_reduce", "--bytes", "4KiB"}, "named twice");
  refused({"first", "--bytes", "4KiB"}, "the workload that all platforms run is missing");
  refused({"first", "--workload", "uniform", "--bytes", "4KiB"}, "does not go with --workload");
  refused({"first", "--workload", "unifrom"}, "did you mean \"uniform\"");
  refused({"first", "--workload", "traffic_of_mine"}, "--workloads-from FILE");
  refused({"first", "--workload", "pairs"}, "there is nothing to set side by side");
  refused({"first", "--workload", "trace"}, "needs --input");
  refused({"first", "--workload", "trace", "--model", "llama3_9b"}, "did you mean \"llama3_8b\"");
  refused({"first", "--workload", "trace", "--model", "{preset: llama3_8b, layer: 2}"},
          "did you mean \"layers\"");
  refused({"first", "--workload", "trace", "--model", "{preset: llama3_8b"}, "--model");
  refused({"first", "--workload", "trace", "--model", "llama3_8b", "--ranks", "4"},
          "--job-ranks N is for models");
  refused({"first", "--workload", "trace", "--model", "llama3_8b", "--input", "x"},
          "either an input or a model");
  refused({"first", "--workloads-from", "nobody"}, "nobody");
  refused({"first", "--workload", "all_reduce", "--ranks", "0"}, "of 0 ranks");
  refused({"first", "--workload", "all_reduce", "--ranks", "99999999999999999999"}, "has 4");
  refused({"first", "--workload", "all_reduce", "--bytes", "4KiB", "--ranks", "5"},
          "has 4 accelerators");
  refused({"first", "--workload", "all_reduce", "--bytes", "4KiB", "--out", ""}, "--out");
  refused({"--workload", "all_reduce", "--bytes", "4KiB"}, "FILE");
}

}  // namespace
}  // namespace antares::tb
