// SPDX-License-Identifier: Apache-2.0
// Sizes that are no whole number of elements: run and compare and claim take the whole elements in
// them, and say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr unsigned kElement = 4;  // float32
constexpr unsigned kAsked = 1001;
constexpr unsigned kRun = kAsked / kElement * kElement;

const std::string kSays =
    std::to_string(kAsked) +
    " B are no whole number of float elements (4 B each): " + std::to_string(kRun) + " B are run\n";

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

TEST(RoundedSizes, ARunSaysWhatItTakesAndKeepsWhatWasAsked) {
  const Folder folder;
  const Outcome outcome = antares({"run", "first", "--workload", "all_reduce", "--bytes",
                                   std::to_string(kAsked) + ",1000", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "--bytes: warning: all_reduce: " + kSays);
  const auto rows = json_file(folder.path("out/results.json")).at("collectives");
  EXPECT_EQ(rows.at(0).at("asked_bytes"), kAsked);
  EXPECT_EQ(rows.at(0).at("size_bytes"), kRun);
  EXPECT_EQ(rows.at(1).at("asked_bytes"), 1000);
  EXPECT_EQ(rows.at(1).at("size_bytes"), 1000);
}

TEST(RoundedSizes, ADescriptionIsToldItsPlace) {
  const Folder folder;
  const std::string file =
      folder.file("d.yaml",
                  "antares: 1\nname: t\nswitches:\n"
                  "  - {name: s, ports: [{name: g, count: 2, protocol: pcie}]}\n"
                  "endpoints:\n  - {name: g, count: 2, attach: s.g}\n"
                  "workloads:\n"
                  "  - {name: w, kind: collective, collective: {bytes: [1001], type: uint8}}\n"
                  "  - {name: x, kind: collective, collective: {bytes: [1001]}}\n");
  const Outcome outcome = antares({"run", file});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("d.yaml:9:"));
  EXPECT_EQ(count(outcome.err, "\n"), 1u) << "bytes are elements of uint8:\n" << outcome.err;
}

TEST(RoundedSizes, ACompareSaysItOnce) {
  const Outcome outcome = antares({"compare", "first", "ualink_switch", "--workload", "all_reduce",
                                   "--bytes", std::to_string(kAsked), "--ranks", "4"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(count(outcome.err, kSays), 1u) << outcome.err;
}

TEST(RoundedSizes, AClaimSaysItOnceAndRunsEachSizeOnce) {
  const Folder folder;
  const Outcome outcome = antares(
      {"claim", "scorpio_x_20x16", "--bytes", std::to_string(kAsked) + ",1002,4096", "--ranks", "3",
       "--collectives", "broadcast", "--models", "none", "--out", folder.path("out")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(count(outcome.err, kSays), 1u) << outcome.err;
  EXPECT_EQ(count(outcome.err, "warning"), 2u) << "of 1001 and of 1002";
  EXPECT_EQ(json_file(folder.path("out/claim.json")).at("gains").size(), 2u) << "1000 and 4096";
}

}  // namespace
}  // namespace antares::tb
