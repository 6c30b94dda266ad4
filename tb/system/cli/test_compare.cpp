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

TEST(Compare, HasTheFiguresOfSingleRuns) {
  const Folder folder;
  const std::string two = folder.file("two.yaml", pair_of_switches("two", 2));
  const Outcome outcome = antares({"compare", "first", two, "--workload", "all_reduce", "--bytes",
                                   "4KiB,64KiB", "--out", folder.path("both")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = json_file(folder.path("both/compare.json"));
  EXPECT_FALSE(json.contains("complete"));
  ASSERT_EQ(json.at("rows").size(), 4u);
  EXPECT_EQ(lines_of(contents(folder.path("both/compare.csv"))), 1u + 4u);
  unsigned at = 0;
  for (const std::string& name : {std::string("first"), two}) {
    const std::string out = folder.path("one" + std::to_string(at));
    const Outcome run =
        antares({"run", name, "--workload", "all_reduce", "--bytes", "4KiB,64KiB", "--out", out});
    ASSERT_EQ(run.status, 0) << run.err;
    for (const auto& expected : json_file(out + "/results.json").at("collectives")) {
      const auto& row = json.at("rows").at(at++);
      EXPECT_EQ(row.at("platform"), name);
      for (const char* key : {"algorithm", "ranks", "size_bytes", "time_us", "algbw_GBps",
                              "busbw_GBps", "wirebw_GBps", "p99_latency_ns", "wrong"})
        EXPECT_EQ(row.at(key), expected.at(key)) << name << " " << key;
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
  const auto rows = json_file(folder.path("out/compare.json")).at("rows");
  const double near = kEach - 1;
  const double far = kEach;
  EXPECT_NEAR(rows.at(0).at("hops_mean").get<double>(), (near + 2 * far) / (near + far), 1e-11);
  EXPECT_EQ(rows.at(0).at("hops_max"), 2);
  EXPECT_EQ(rows.at(0).at("switches"), 2);
  EXPECT_EQ(rows.at(0).at("lanes"), 2 * (4 * kEach + 16));
  EXPECT_EQ(rows.at(1).at("hops_mean"), 1);
  EXPECT_EQ(rows.at(1).at("hops_max"), 1);
  // Six ranks here, four there: a reader has to know.
  EXPECT_THAT(outcome.out, HasSubstr("different numbers of ranks; --ranks N makes them equal"));
  const Outcome equal = antares({"compare", two, "first", "--workload", "all_to_all", "--bytes",
                                 "6KiB", "--ranks", "3", "--out", folder.path("equal")});
  ASSERT_EQ(equal.status, 0) << equal.err;
  EXPECT_THAT(equal.out, Not(HasSubstr("different numbers of ranks")));
  const auto three = json_file(folder.path("equal/compare.json")).at("rows");
  for (const auto& row : three) {
    EXPECT_EQ(row.at("ranks"), 3);
    EXPECT_EQ(row.at("hops_max"), 1);  // the first three sit on one switch
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
  EXPECT_EQ(json.at("rows").size(), 1u);
  ASSERT_EQ(json.at("failures").size(), 2u);
  EXPECT_EQ(json.at("failures").at(0).at("exit_status"), 1);
  EXPECT_EQ(json.at("failures").at(1).at("platform"), "nobody");
  EXPECT_EQ(json.at("failures").at(1).at("exit_status"), 2);
  EXPECT_EQ(
      antares({"compare", stuck, "first", "--workload", "all_reduce", "--bytes", "256KiB"}).status,
      1);
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
  refused({"first", "--bytes", "4KiB"}, "the collective that all platforms run is missing");
  refused({"first", "--workload", "uniform", "--bytes", "4KiB"}, "\"uniform\" is no collective");
  refused({"first", "--workload", "all_reduce"}, "the sizes that all platforms run are missing");
  refused({"first", "--workload", "all_reduce", "--bytes", "4KiB", "--ranks", "1"}, "--ranks");
  refused({"first", "--workload", "all_reduce", "--bytes", "4KiB", "--ranks", "5"},
          "has 4 accelerators");
  refused({"first", "--workload", "all_reduce", "--bytes", "4KiB", "--out", ""}, "--out");
  refused({"--workload", "all_reduce", "--bytes", "4KiB"}, "FILE");
}

}  // namespace
}  // namespace antares::tb
