// SPDX-License-Identifier: Apache-2.0
// A fabric of two tiers from its description: what `describe` says follows from the figures, and a
// run brings every element to its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;

TEST(TwoTiers, DescribeTellsHopsAndBisection) {
  const Outcome outcome = antares({"describe", "scorpio_x_2tier_256", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto facts = nlohmann::json::parse(outcome.out);
  const auto& fabric = facts.at("fabric");
  constexpr unsigned kLeaves = 16, kEach = 16;
  ASSERT_EQ(fabric.at("pairs").size(), 2u);
  const auto& near = fabric.at("pairs").at(0);
  const auto& far = fabric.at("pairs").at(1);
  EXPECT_EQ(near.at("switches"), 1);
  EXPECT_EQ(near.at("pairs"), kLeaves * kEach * (kEach - 1));
  EXPECT_EQ(far.at("switches"), 3);
  EXPECT_EQ(far.at("pairs"), kLeaves * kEach * (kLeaves - 1) * kEach);
  // As many links up as accelerators: nothing is lost in the middle.
  EXPECT_EQ(fabric.at("bisection_usable_TBps"), fabric.at("half_usable_TBps"));
  // Two switches and two cables more: each a hop less the flits that are counted once already.
  const double hop_ns = facts.at("switches").at(0).at("zero_load").at(0).at("hop_ns");
  const double cables_ns = 2 * 25;
  EXPECT_NEAR(far.at("write_64B_ns").get<double>() - near.at("write_64B_ns").get<double>(),
              2 * hop_ns + cables_ns, 1e-6);
}

TEST(TwoTiers, AdaptivePacketsHaveEveryLinkUp) {
  const Outcome fixed = antares({"describe", "scorpio_x_2tier_256"});
  EXPECT_THAT(fixed.out, HasSubstr("routing             spread: one way a destination"));
  const Outcome adaptive =
      antares({"describe", "scorpio_x_2tier_256", "--set", "routing.policy=adaptive"});
  ASSERT_EQ(adaptive.status, 0) << adaptive.err;
  EXPECT_THAT(adaptive.out, HasSubstr("routing             adaptive: by load among up to 16"));
}

/// What is laid for an all-to-all carries it best, chance worst; load finds most of it by itself.
TEST(TwoTiers, AdaptiveBeatsTheHash) {
  const auto time_us = [](const std::string& policy) {
    const Folder folder;
    const Outcome outcome = antares({"run", "scorpio_x_2tier_256", "--workload", "all_to_all",
                                     "--bytes", "1MiB", "--data", "check", "--set",
                                     "routing.policy=" + policy, "--out", folder.path("out")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const auto row = json_file(folder.path("out/results.json")).at("collectives").at(0);
    EXPECT_EQ(row.at("wrong"), 0);
    return row.at("time_us").get<double>();
  };
  const double hash = time_us("hash");
  EXPECT_LT(time_us("adaptive"), hash);
}

/// Two switches of four accelerators, joined by one link as wide as an accelerator's. Of a size S
/// everybody to everybody puts 2 x 4 x 4 x S/8 = 4 S on it, a direction; the hierarchical one,
/// which knows who sits where, 4 x 2 x 1/2 x S/4 = S, a quarter.
TEST(Hierarchical, PutsAQuarterOnATrunkOfTwoGroupsOfFour) {
  const Folder folder;
  const std::string file = folder.file("two.yaml", R"(antares: 1
name: two
switches:
  - {name: sw, count: 2, ports: [{name: gpu, count: 4, pcie: {lanes: 4}}, {name: trunk, pcie: {lanes: 4}}]}
links: [{from: sw0.trunk, to: sw1.trunk}]
endpoints: [{name: gpu, count: 8, attach: "sw[*].gpu"}]
)");
  constexpr std::uint64_t kBytes = 1 << 20;
  double time_us[2];
  unsigned at = 0;
  for (const auto& [algorithm, sizes_over_trunk] :
       {std::pair{"hierarchical", 1u}, std::pair{"direct", 4u}}) {
    const std::string out = folder.path(algorithm);
    const Outcome outcome =
        antares({"run", file, "--workload", "all_reduce", "--algorithm", algorithm, "--bytes",
                 std::to_string(kBytes), "--data", "check", "--out", out});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto row = json_file(out + "/results.json").at("collectives").at(0);
    EXPECT_EQ(row.at("wrong"), 0);
    time_us[at++] = row.at("time_us").get<double>();
    unsigned found = 0;
    std::istringstream links(contents(out + "/links.csv"));
    for (std::string line; std::getline(links, line);)
      if (line.find("sw0.trunk,to_device,") != std::string::npos) {
        ++found;
        EXPECT_THAT(line, HasSubstr("," + std::to_string(sizes_over_trunk * kBytes) + ","));
      }
    EXPECT_EQ(found, 1u);
  }
  // B: rate of a link. Everybody to everybody waits for the trunk, 4 S/B. Of the four steps those
  // in the groups take 3/4 S/B on each rank's link and those between them 1/2 S/B on the trunk: 5/2
  // S/B at most, one after the other.
  EXPECT_LT(time_us[0], time_us[1] * (5.0 / 2) / 4);
}

TEST(TwoTiers, DataArrivesWholeOverThreeSwitches) {
  const Outcome outcome = antares({"run", "scorpio_x_2tier_256", "--workload", "all_to_all",
                                   "--bytes", "64KiB", "--data", "check"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("# Out of bounds values : 0 OK"));
}

TEST(TwoTiers, TheResolvedDescriptionIsTheSamePlatform) {
  const Folder folder;
  const Outcome dump = antares({"run", "scorpio_x_2tier_256", "--dump-config"});
  ASSERT_EQ(dump.status, 0) << dump.err;
  EXPECT_THAT(dump.out, HasSubstr("name: leaf15"));
  const std::string file = folder.file("resolved.yaml", dump.out);
  const Outcome again = antares({"describe", file, "--json"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, antares({"describe", "scorpio_x_2tier_256", "--json"}).out);
}

TEST(Planes, ShippedSystemsHaveThePublishedFigures) {
  struct System {
    const char* name;
    unsigned switches, accelerators;
    double raw_GBps;  ///< of an accelerator, one direction
  };
  // facts/ualink_nvlink.md B.1 and facts/product_and_collectives.md 2.1.
  for (const System& system : {System{"hgx_h100", 4, 8, 450}, System{"hgx_h200", 4, 8, 450},
                               System{"hgx_b200", 2, 8, 900}, System{"nvl72", 18, 72, 900}}) {
    const Outcome outcome = antares({"describe", system.name, "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto facts = nlohmann::json::parse(outcome.out);
    const auto& fabric = facts.at("fabric");
    EXPECT_EQ(fabric.at("switches"), system.switches) << system.name;
    EXPECT_EQ(fabric.at("planes"), system.switches) << system.name;
    EXPECT_EQ(fabric.at("lanes_used"), system.accelerators * 18 * 2) << system.name;
    EXPECT_EQ(fabric.at("pairs").at(0).at("pairs"),
              system.accelerators * (system.accelerators - 1));
    EXPECT_EQ(fabric.at("bisection_usable_TBps"), fabric.at("half_usable_TBps")) << system.name;
    std::map<std::string, double> raw_GBps;
    for (const auto& part : facts.at("switches"))
      for (const auto& port : part.at("ports"))
        raw_GBps[port.at("endpoint")] += port.at("raw_GBps").get<double>();
    EXPECT_EQ(raw_GBps.size(), system.accelerators) << system.name;
    for (const auto& [endpoint, GBps] : raw_GBps) EXPECT_EQ(GBps, system.raw_GBps) << endpoint;
  }
}

TEST(Planes, TheResolvedDescriptionIsTheSamePlatform) {
  const Folder folder;
  const Outcome dump = antares({"run", "hgx_h100", "--dump-config"});
  ASSERT_EQ(dump.status, 0) << dump.err;
  EXPECT_THAT(dump.out, HasSubstr("granule_bytes: "));
  const Outcome again = antares({"describe", folder.file("resolved.yaml", dump.out), "--json"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, antares({"describe", "hgx_h100", "--json"}).out);
}

TEST(Planes, TrafficLoadsAllOfThem) {
  const Folder folder;
  const std::string file = folder.file("uniform.yaml", R"(antares: 1
name: uniform
switches:
  - name: plane
    count: 3
    ports: [{name: gpu, count: 4, protocol: nvlink, nvlink: {links: 2}}]
endpoints:
  - {name: gpu, count: 4, attach: "plane[*].gpu", planes: {count: 3}}
workloads:
  - name: half
    kind: traffic
    traffic: {pattern: permutation, offered_load: [0.5], measure_us: 20, warmup_us: 2}
)");
  const Outcome run = antares({"run", file, "--out", folder.path("out")});
  ASSERT_EQ(run.status, 0) << run.err;
  const auto results = json_file(folder.path("out/results.json"));
  EXPECT_NEAR(results.at("traffic").at(0).at("throughput").get<double>(), 0.5, 0.02);
}

}  // namespace
}  // namespace antares::tb
