// SPDX-License-Identifier: Apache-2.0
// `antares claim`: the same figures as `run` has, the best of each kind, ceilings beside them, and
// what was found before something went wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;

constexpr unsigned kRanks = 4;

std::string one_switch(const char* engines = "hypercast: {}, reduction: {}, ") {
  return std::string("antares: 1\nname: one\nswitches: [{name: sw, ") + engines +
         "ports: [{name: gpu, count: 4, pcie: {lanes: 4}}]}]\n"
         "endpoints: [{name: gpu, count: 4, attach: sw.gpu}]\n"
         "run: {train_bytes: 4 KiB}\n";
}

const nlohmann::json& find(const nlohmann::json& list, const std::string& collective,
                           std::uint64_t bytes) {
  for (const auto& each : list)
    if (each.at("collective") == collective && each.at("size_bytes") == bytes) return each;
  throw std::runtime_error("no gain of " + collective);
}

TEST(Claim, HasTheFiguresOfSingleRunsAndTheirCeilings) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const Outcome outcome =
      antares({"claim", file, "--collectives", "all_reduce,all_gather", "--bytes", "64KiB,1KiB",
               "--models", "none", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = json_file(folder.path("out/claim.json"));
  EXPECT_FALSE(json.contains("complete"));
  const auto& rows = json.at("collectives");
  const std::string csv = contents(folder.path("out/claim.csv"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + static_cast<long>(rows.size()));
  const auto& gain = find(json.at("gains"), "all_reduce", 64 << 10);
  double best[2] = {1e9, 1e9};
  for (const std::string algorithm :
       {"ring", "direct", "recursive_doubling", "tree", "in_switch_pull", "in_switch_push"}) {
    const std::string out = folder.path(algorithm);
    ASSERT_EQ(antares({"run", file, "--workload", "all_reduce", "--bytes", "64KiB", "--algorithm",
                       algorithm, "--out", out})
                  .status,
              0);
    const double time_us =
        json_file(out + "/results.json").at("collectives").at(0).at("time_us").get<double>();
    double& of_kind = best[algorithm.rfind("in_switch", 0) == 0];
    of_kind = std::min(of_kind, time_us);
  }
  EXPECT_EQ(gain.at("software_us"), best[0]);
  EXPECT_EQ(gain.at("in_switch_us"), best[1]);
  EXPECT_NEAR(gain.at("gain").get<double>(), best[0] / best[1], 1e-9);
  EXPECT_NEAR(gain.at("ceiling").get<double>(), 2.0 * (kRanks - 1) / kRanks, 1e-9);
  EXPECT_EQ(find(json.at("gains"), "all_gather", 1 << 10).at("ceiling"), 1);
  EXPECT_EQ(find(json.at("gains"), "all_gather", 1 << 10).at("sender_load"), kRanks - 1);
  // all_reduce at its own speed-up, at 1 and at 4; all_gather once.
  EXPECT_EQ(json.at("verdicts").size(), 4u);
  EXPECT_THAT(outcome.out, HasSubstr("Is it 2 times?"));
  EXPECT_THAT(outcome.out, HasSubstr("--assumptions"));
}

// A ring is far behind at the size before (steps of 19 ranks) and may be the best at the largest,
// 16 times larger: no algorithm is left out there that its bytes leave a chance.
TEST(Claim, AtItsLargestSizeHasTheBestOfAllSoftware) {
  const Folder folder;
  const Outcome outcome = antares({"claim", "scorpio_x_20x16", "--collectives", "broadcast",
                                   "--bytes", "1MiB,16MiB", "--ranks", "20", "--speed-up", "2",
                                   "--models", "none", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  constexpr std::uint64_t kLargest = 16 << 20;
  double best = 1e9;
  for (const std::string algorithm : {"ring", "direct"}) {
    const std::string out = folder.path(algorithm);
    ASSERT_EQ(antares({"run", "scorpio_x_20x16", "--workload", "broadcast", "--bytes", "16MiB",
                       "--algorithm", algorithm, "--out", out})
                  .status,
              0);
    best = std::min(
        best, json_file(out + "/results.json").at("collectives").at(0).at("time_us").get<double>());
  }
  const auto json = json_file(folder.path("out/claim.json"));
  EXPECT_EQ(find(json.at("gains"), "broadcast", kLargest).at("software_us"), best);
  std::set<std::string> ran;
  for (const auto& row : json.at("collectives"))
    if (row.at("size_bytes") == kLargest) ran.insert(row.at("algorithm").get<std::string>());
  EXPECT_EQ(ran.count("ring"), 1u) << "the link carries no more bytes by it than by any other";
}

// Operands and results cross a crossbar output: at speed-up 1 the ceiling is below 1.
TEST(Claim, TakesTheSpeedUpsAskedFor) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const Outcome outcome =
      antares({"claim", file, "--collectives", "all_reduce", "--bytes", "4MiB", "--speed-up", "1,4",
               "--models", "none", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto gains = json_file(folder.path("out/claim.json")).at("gains");
  ASSERT_EQ(gains.size(), 2u);
  const double ring = 2.0 * (kRanks - 1) / kRanks;
  EXPECT_NEAR(gains.at(0).at("ceiling_at_speed_up").get<double>(), ring / 2, 1e-9);
  EXPECT_NEAR(gains.at(1).at("ceiling_at_speed_up").get<double>(), ring, 1e-9);
  // T >= max(link bytes / B, crossbar-output bytes / (speed-up x B)); push: S and 2S.
  const double rate_GBps = 4 * 64.0 / 8 * 236 / 256 * 256 / (256 + 16);
  for (const auto& gain : gains) {
    const double size = 4 << 20;
    const double bytes = std::max(size, 2 * size / gain.at("output_speedup").get<double>());
    EXPECT_GE(gain.at("in_switch_us").get<double>(), bytes / rate_GBps * 1e-3);
  }
  EXPECT_LT(gains.at(0).at("gain").get<double>(), gains.at(1).at("gain").get<double>());
}

TEST(Claim, MarksWhatItHasNotSimulated) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const Outcome outcome =
      antares({"claim", file, "--collectives", "all_gather", "--bytes", "1MiB,4MiB,16MiB",
               "--simulate-to", "4MiB", "--models", "none", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("\n~ +16 MiB "));
  std::map<std::string, std::map<std::uint64_t, double>> us;
  const auto rows = json_file(folder.path("out/claim.json")).at("collectives");
  for (const auto& row : rows) {
    const auto bytes = row.at("size_bytes").get<std::uint64_t>();
    EXPECT_EQ(row.at("extrapolated").get<bool>(), bytes == 16u << 20);
    us[row.at("algorithm").get<std::string>()][bytes] = row.at("time_us").get<double>();
  }
  for (auto& [algorithm, by_size] : us) {
    if (by_size.size() < 3) continue;
    // 12 MiB more at the rate from 1 MiB to 4 MiB, but no faster than the link: 3/4 of each byte.
    const double rate_GBps = 4 * 64.0 / 8 * 236 / 256 * 256 / (256 + 16);
    const double by_link =
        by_size[4 << 20] + 12 * 1048576.0 * (kRanks - 1) / kRanks / rate_GBps * 1e-3;
    const double wanted = by_size[4 << 20] + 4 * (by_size[4 << 20] - by_size[1 << 20]);
    EXPECT_NEAR(by_size[16 << 20], std::max(wanted, by_link), 1e-6 * wanted) << algorithm;
  }
  EXPECT_EQ(us.at("hypercast").size(), 3u);
}

TEST(Claim, TimesModelsHereAndThere) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const std::string other = folder.file("other.yaml", one_switch(""));
  const std::string models = folder.file(
      "models.yaml", one_switch() +
                         "workloads: [{name: tiny, kind: trace, trace: {model: {tensor: 4, "
                         "layers: 1, hidden: 256, sequence: 64, compute_TFLOPs: 400}}}]\n");
  const Outcome outcome = antares({"claim", file, "--collectives", "none", "--models-from", models,
                                   "--baseline", other, "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = json_file(folder.path("out/claim.json")).at("models");
  std::size_t there = 0;
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("model"), "tiny");
    EXPECT_EQ(row.at("ranks"), kRanks);
    there += row.at("platform") == other ? 1 : 0;
    if (row.at("platform") == other) {
      EXPECT_FALSE(row.at("in_switch").get<bool>());
    }
  }
  EXPECT_EQ(there, 1u);               // auto
  EXPECT_EQ(rows.size(), there + 3);  // auto, direct, in_switch
  EXPECT_THAT(outcome.out, HasSubstr("no engines"));
}

// As where it was interrupted before: there are engines, and no row of theirs.
TEST(Claim, AModelThatHasNoRowWithTheSwitchIsNotSaidToHaveNoEngines) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const std::string other =
      folder.file("other.yaml", one_switch("hypercast: {}, reduction: {timeout_us: 0.001}, "));
  const std::string models = folder.file(
      "models.yaml", one_switch() +
                         "workloads: [{name: tiny, kind: trace, trace: {model: {tensor: 4, "
                         "layers: 1, hidden: 256, sequence: 64, compute_TFLOPs: 400}}}]\n");
  const Outcome outcome = antares({"claim", file, "--collectives", "none", "--models-from", models,
                                   "--baseline", other, "--quick"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("not run"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("no engines")));
}

TEST(Claim, OneThatFailsIsNamedAndTheOthersAreThere) {
  const Folder folder;
  // Its contributions wait for a context longer than the context's time limit.
  const std::string file =
      folder.file("slow.yaml", one_switch("hypercast: {}, reduction: {timeout_us: 0.001}, "));
  const Outcome outcome =
      antares({"claim", file, "--collectives", "all_reduce,all_gather", "--bytes", "64KiB",
               "--models", "none", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("in_switch_push"));
  const auto json = json_file(folder.path("out/claim.json"));
  EXPECT_GE(json.at("failures").size(), 1u);
  EXPECT_EQ(json.at("failures").at(0).at("exit_status"), 1);
  EXPECT_NO_THROW(find(json.at("gains"), "all_gather", 64 << 10));
}

TEST(Claim, InterruptedItKeepsWhatItHad) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const pid_t process = start_antares(
      {"claim", file, "--bytes", "4KiB,1GiB", "--models", "none", "--out", folder.path("out")});
  const std::string json = folder.path("out/claim.json");
  const auto has_rows = [&] {
    struct stat status {};
    return stat(json.c_str(), &status) == 0 && !json_file(json).at("collectives").empty();
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!has_rows() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  ASSERT_EQ(kill(process, SIGINT), 0);
  EXPECT_EQ(finish(process).status, 130);
  EXPECT_EQ(json_file(json).at("complete"), false);
  EXPECT_FALSE(json_file(json).at("collectives").empty());
}

TEST(Claim, BadInputIsRefusedBeforeAnythingRuns) {
  const Folder folder;
  const std::string file = folder.file("one.yaml", one_switch());
  const std::string plain = folder.file("plain.yaml", one_switch(""));
  const auto refused = [&](std::vector<std::string> words, const std::string& text) {
    words.insert(words.begin(), "claim");
    const Outcome outcome = antares(words);
    EXPECT_EQ(outcome.status, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  refused({plain}, "does not copy and reduce");
  refused({file, "--collectives", "all_reduse"}, "did you mean \"all_reduce\"?");
  refused({file, "--bytes", "0"}, "--bytes");
  refused({file, "--bytes", "1MiB,many"}, "--bytes");
  refused({file, "--ranks", "5"}, "has 4 accelerators, not 5");
  refused({file, "--ranks", "1"}, "--ranks");
  refused({file, "--speed-up", "0.5"}, "--speed-up");
  refused({file, "--models", "denze"}, "did you mean \"dense\"?");
  refused({file, "--models-from", plain}, "no workload that is the step of a model");
  refused({file, "--baseline", "nobody"}, "nobody");
  refused({file, "--baseline", file}, "is named twice");
  refused({file, "--model-ranks", "8"}, "4 accelerators, not 8");
  refused({file, "--collectives", "none", "--models", "none"}, "nothing is left to run");
  refused({file, "--bytes", "1MiB,4MiB", "--simulate-to", "1MiB"}, "two sizes at least");
  refused({file, "--out", plain}, "is a file");
  refused({file, "--out", ""}, "--out");
}

}  // namespace
}  // namespace antares::tb
