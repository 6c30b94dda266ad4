// SPDX-License-Identifier: Apache-2.0
// From measured rows to gains and a verdict in words; no simulation.
#include <gtest/gtest.h>

#include <sstream>

#include "antares/platforms/report/claim_table.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kRate_GBps = 100;

Json row(const std::string& collective, const std::string& algorithm, std::uint64_t bytes,
         double time_us, std::uint32_t ranks = 8) {
  ClaimRow made;
  made.platform = "p";
  made.measured.collective = collective;
  made.measured.algorithm = algorithm;
  made.measured.ranks = ranks;
  made.measured.size_bytes = bytes;
  made.measured.time_us = time_us;
  made.output_speedup = 2;
  made.payload_GBps = kRate_GBps;
  return to_json(made, claim_columns());
}

TEST(ClaimGains, TakeTheBestOfEachKind) {
  const auto gains =
      claim_gains({row("all_reduce", "ring", 1 << 20, 40), row("all_reduce", "direct", 1 << 20, 30),
                   row("all_reduce", "in_switch_pull", 1 << 20, 20),
                   row("all_reduce", "in_switch_push", 1 << 20, 25)});
  ASSERT_EQ(gains.size(), 1u);
  EXPECT_EQ(gains[0].software, "direct");
  EXPECT_EQ(gains[0].in_switch, "in_switch_pull");
  EXPECT_DOUBLE_EQ(gains[0].gain, 30.0 / 20);
  EXPECT_DOUBLE_EQ(gains[0].ceiling, 1.75);  // 2(n-1)/n
}

// Fewer bytes of the busiest link, (2(n-1)/n - 1) S = 0.75 S, at 100 GB/s against the time saved.
TEST(ClaimGains, SayWhatGivesThem) {
  const std::uint64_t bytes = 100'000'000;
  const double software_us = 1.75 * bytes / kRate_GBps * 1e-3;
  const double by_bytes_us = 0.75 * bytes / kRate_GBps * 1e-3;
  const auto cause = [&](double saved_us) {
    return claim_gains({row("all_reduce", "ring", bytes, software_us),
                        row("all_reduce", "in_switch_push", bytes, software_us - saved_us)})
        .at(0)
        .from;
  };
  EXPECT_EQ(cause(by_bytes_us), "bandwidth");
  const auto small = claim_gains(
      {row("all_reduce", "direct", 1024, 2.0), row("all_reduce", "in_switch_push", 1024, 1.2)});
  EXPECT_EQ(small.at(0).from, "latency");  // 768 B are 8 ns at most
  const auto gather = claim_gains(
      {row("all_gather", "ring", 8 << 20, 80), row("all_gather", "hypercast", 8 << 20, 79)});
  EXPECT_EQ(gather.at(0).from, "sender load");
  const auto slow = claim_gains({row("all_reduce", "direct", 16 << 10, 1.8),
                                 row("all_reduce", "in_switch_push", 16 << 10, 2.2)});
  EXPECT_EQ(slow.at(0).from, "slower");
  const auto none = claim_gains({row("gather", "direct", 8 << 20, 80)});
  EXPECT_DOUBLE_EQ(none.at(0).gain, 1);
}

TEST(ClaimGains, AreWithoutWhatIsHalfMeasured) {
  EXPECT_TRUE(claim_gains({row("all_reduce", "ring", 1024, 2)}).empty());
  EXPECT_TRUE(claim_gains({row("all_reduce", "in_switch_push", 1024, 2)}).empty());
}

TEST(ClaimExtrapolation, StreamsOnButNeverFasterThanTheLink) {
  EXPECT_DOUBLE_EQ(claim_extrapolated_us(4000, {1000, 10}, {2000, 18}, 0.001), 18 + 2000 * 0.008);
  EXPECT_DOUBLE_EQ(claim_extrapolated_us(4000, {1000, 10}, {2000, 18}, 0.01), 18 + 2000 * 0.01);
}

TEST(ClaimRange, SaysWhereInWords) {
  const std::uint64_t k = 1024;
  const auto range = [&](double a, double b, double c, double ceiling = 3) {
    return claim_range({{k, a}, {16 * k, b}, {k * k, c}}, 1.95, ceiling);
  };
  EXPECT_EQ(range(2, 1.95, 2.1), "holds");
  EXPECT_EQ(range(1, 2, 2), "holds from 16 KiB");
  EXPECT_EQ(range(1, 1, 2), "holds from 1 MiB");
  EXPECT_EQ(range(2, 2, 1), "holds up to 16 KiB");
  EXPECT_EQ(range(1, 2, 1), "holds at 16 KiB");
  EXPECT_EQ(range(2, 1, 2), "holds, with gaps");
  // Not for ever: bytes forbid it where latency no longer counts.
  EXPECT_EQ(range(2, 2, 2, 1), "holds to 1 MiB and more");
  EXPECT_EQ(range(1, 2, 2, 1), "holds from 16 KiB to 1 MiB and more");
  EXPECT_EQ(range(1, 1, 2, 1), "holds at 1 MiB and more");
  EXPECT_EQ(range(1, 1, 1.5, 1.75), "cannot hold");
  EXPECT_EQ(range(1, 1, 1.94, 1.96), "not reached");
}

TEST(ClaimVerdicts, AreOneASeries) {
  std::vector<Json> rows;
  for (const std::uint32_t ranks : {8u, 40u})
    for (const std::uint64_t bytes : {std::uint64_t{1024}, std::uint64_t{1} << 30}) {
      rows.push_back(row("all_reduce", "ring", bytes, 20, ranks));
      rows.push_back(row("all_reduce", "in_switch_push", bytes, bytes == 1024 ? 8 : 16, ranks));
    }
  const auto verdicts = claim_verdicts(claim_gains(rows), 2);
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].ranks, 8u);
  EXPECT_EQ(verdicts[0].claimed, "holds up to 1 KiB");
  EXPECT_EQ(verdicts[0].any, "holds");
  EXPECT_DOUBLE_EQ(verdicts[0].best_gain, 2.5);
  EXPECT_EQ(verdicts[0].best_at_bytes, 1024u);
}

Json model_row(const std::string& platform, bool in_switch, double time_us) {
  ClaimModelRow made;
  made.platform = platform;
  made.model = "dense";
  made.algorithm = in_switch ? "in_switch" : "auto";
  made.in_switch = in_switch;
  made.measured.ranks = 8;
  made.measured.time_us = time_us;
  made.measured.exposed_communication_us = time_us / 2;
  return to_json(made, claim_model_columns());
}

// An interrupted claim has software's row of a platform and not yet the switch's.
TEST(ClaimModels, WhatHasNotRunIsNotSaidToHaveNoEngines) {
  const auto last_words = [](const std::vector<Json>& rows, const std::string& platform) {
    std::ostringstream out;
    print_claim_models(out, rows, "own", {"plain"}, 2);
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);)
      if (line.find(" " + platform + " ") != std::string::npos)
        return line.substr(line.find_first_not_of(' ', line.find_last_of("0123456789") + 1));
    return std::string("no line");
  };
  const std::vector<Json> begun = {model_row("own", false, 40), model_row("nvl72", false, 40),
                                   model_row("plain", false, 40)};
  EXPECT_EQ(last_words(begun, "own"), "not run");
  EXPECT_EQ(last_words(begun, "nvl72"), "not run");
  EXPECT_EQ(last_words(begun, "plain"), "no engines");
  std::vector<Json> done = begun;
  done.push_back(model_row("own", true, 20));
  done.push_back(model_row("nvl72", true, 30));
  EXPECT_EQ(last_words(done, "own"), "holds");
  EXPECT_EQ(last_words(done, "nvl72"), "cannot hold");
}

}  // namespace
}  // namespace antares::platforms
