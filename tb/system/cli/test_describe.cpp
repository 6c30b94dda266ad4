// SPDX-License-Identifier: Apache-2.0
// What describe, check, list, schema and --dump-config print.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/config/platform_loader.h"
#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Describe, The320LaneSwitches) {
  // 64 GT/s a lane is 8 GB/s; of 256 flit bytes 236 carry TLPs (facts/pcie6.md 1.2).
  const double raw_TBps = 320 * 8 / 1000.0;
  const double usable_TBps = raw_TBps * 236 / 256;
  for (const unsigned ports : {20u, 40u, 80u}) {
    const std::string name =
        "scorpio_x_" + std::to_string(ports) + "x" + std::to_string(320 / ports);
    const Outcome text = antares({"describe", name});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_THAT(text.out, AllOf(HasSubstr("2.56 TB/s"), HasSubstr("2.36 TB/s"),
                                HasSubstr("ports               " + std::to_string(ports) + "\n")));
    const auto json = nlohmann::json::parse(antares({"describe", name, "--json"}).out);
    const auto& fabric = json.at("switches").at(0);
    EXPECT_EQ(fabric.at("port_count"), ports);
    EXPECT_EQ(fabric.at("lanes_used"), 320);
    // Printed with 12 digits.
    EXPECT_NEAR(fabric.at("raw_TBps").get<double>(), raw_TBps, 1e-11);
    EXPECT_NEAR(fabric.at("usable_TBps").get<double>(), usable_TBps, 1e-11);
    EXPECT_NEAR(fabric.at("bisection_raw_TBps").get<double>(), raw_TBps / 2, 1e-11);
  }
}

TEST(Describe, WhoIsInWhichPartition) {
  const Outcome text = antares({"describe", "partitions"});
  EXPECT_THAT(text.out, AllOf(HasSubstr("tenant_b         gpu4, gpu5, gpu6, gpu7; endpoints gpu4"),
                              HasSubstr("spare            gpu8; endpoints gpu8 (in no partition")));
  const auto json = nlohmann::json::parse(antares({"describe", "partitions", "--json"}).out);
  const auto& found = json.at("switches").at(0).at("partitions");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found.at(0).at("name"), "tenant_a");
  EXPECT_EQ(found.at(0).at("ports"), nlohmann::json({"gpu0", "gpu1", "gpu2", "gpu3"}));
  EXPECT_EQ(found.at(2).at("endpoints"), nlohmann::json({"gpu8"}));
  EXPECT_THAT(antares({"describe", "first"}).out, Not(HasSubstr("Partitions")));
}

TEST(Describe, WhereGroupsAndTheirTableAre) {
  const auto groups = nlohmann::json::parse(antares({"describe", "pcie_multicast", "--json"}).out);
  const auto& pcie = groups.at("pcie_multicast");
  const auto window = 1ull << pcie.at("index_position").get<unsigned>();
  for (std::size_t g = 0; g < groups.at("groups").size(); ++g) {
    EXPECT_EQ(groups.at("groups").at(g).at("window_bytes"), window);
    EXPECT_EQ(groups.at("groups").at(g).at("window_base"),
              pcie.at("base").get<std::uint64_t>() + g * window);
  }
  EXPECT_FALSE(groups.contains("table_windows")) << "nobody writes changes";
  const Outcome text = antares({"describe", "pcie_multicast"});
  EXPECT_THAT(text.out, HasSubstr("PCIe's multicast: 8 windows of 2^16 bytes"));
  const auto study = nlohmann::json::parse(antares({"describe", "hypercast_study", "--json"}).out);
  EXPECT_FALSE(study.contains("pcie_multicast"));
  const auto& last = study.at("groups").back();
  ASSERT_EQ(study.at("table_windows").size(), 1u) << "of the one switch";
  const auto table = study.at("table_windows").at(0);
  EXPECT_GE(
      table.at("base").get<std::uint64_t>(),
      last.at("window_base").get<std::uint64_t>() + last.at("window_bytes").get<std::uint64_t>());
  // Entries hold as many members as a group may have, in whole entries.
  const auto config = platforms::load_platform(shipped("hypercast_study")).config;
  const auto& engine = *config.switches.at(0).hypercast;
  EXPECT_GE(table.at("entry_bytes").get<std::uint64_t>(),
            std::uint64_t{engine.most_members} * table.at("member_bytes").get<std::uint64_t>());
  EXPECT_EQ(table.at("size_bytes").get<std::uint64_t>(),
            engine.table_groups * table.at("entry_bytes").get<std::uint64_t>());
  EXPECT_THAT(antares({"describe", "hypercast_study"}).out,
              HasSubstr(fmt::format("0x{:x} bytes from 0x{:x} on",
                                    table.at("size_bytes").get<std::uint64_t>(),
                                    table.at("base").get<std::uint64_t>())));
}

TEST(Describe, PartsOfALatencyAddUp) {
  std::size_t paths = 0;
  for (const char* name : {"scorpio_p_64", "scorpio_x_mixed"}) {
    const auto json = nlohmann::json::parse(antares({"describe", name, "--json"}).out);
    for (const auto& hop : json.at("switches").at(0).at("zero_load")) {
      for (const auto& path : hop.at("paths")) {
        double sum_ns = 0;
        for (const auto& part : path.at("parts")) {
          EXPECT_GE(part.at("latency_ns").get<double>(), 0) << path;
          sum_ns += part.at("latency_ns").get<double>();
        }
        // Whole picoseconds: only the sum's own rounding is left.
        EXPECT_NEAR(sum_ns, path.at("total_ns").get<double>(), 1e-6) << path;
        ++paths;
      }
    }
  }
  EXPECT_GT(paths, 0u);
}

TEST(Describe, ABridgeAndALinksOwnDelayAreParts) {
  // The one-way budget of facts/ualink_nvlink.md C.1: 100 bridge + 100 PHY + 250 switch + 2 x 3 m
  // at 4.6 ns/m, serialisation excluded.
  const auto json = nlohmann::json::parse(antares({"describe", "ethernet_switch", "--json"}).out);
  const auto& path = json.at("switches").at(0).at("zero_load").at(0).at("paths").at(0);
  double fixed_ns = 0;
  for (const auto& part : path.at("parts")) {
    const std::string name = part.at("part");
    if (name != "first flit in" && name != "serialisation out")
      fixed_ns += part.at("latency_ns").get<double>();
  }
  EXPECT_NEAR(fixed_ns, 477.6, 1e-9);
  const auto mixed = nlohmann::json::parse(
      antares({"describe", "scorpio_x_mixed", "--json", "--set", "bridge_ns=70"}).out);
  for (const auto& hop : mixed.at("switches").at(0).at("zero_load")) {
    double bridge_ns = 0;
    for (const auto& part : hop.at("paths").at(0).at("parts"))
      if (part.at("part") == "bridge") bridge_ns = part.at("latency_ns");
    const auto kind = [&](const char* end) { return hop.at(end).get<std::string>().substr(0, 3); };
    const auto pcie = [](const std::string& name) {
      return name != "ual" && name != "nvl" && name != "eth";
    };
    const std::string from = kind("from");
    const std::string to = kind("to");
    const bool same = from == to || (pcie(from) && pcie(to));
    EXPECT_EQ(bridge_ns, same ? 0 : 70) << from << " to " << to;
  }
}

TEST(Describe, PortsHaveTheirLanes) {
  const auto json = nlohmann::json::parse(antares({"describe", "scorpio_x_mixed", "--json"}).out);
  std::vector<int> users(320, 0);
  for (const auto& port : json.at("switches").at(0).at("ports"))
    for (unsigned lane = 0; lane < port.at("lanes").get<unsigned>(); ++lane)
      ++users.at(port.at("first_lane").get<unsigned>() + lane);
  for (const int count : users) EXPECT_EQ(count, 1) << "all 320 lanes are in use, each once";
  EXPECT_THAT(antares({"describe", "scorpio_x_40x8"}).out, HasSubstr("x8 at 312"));
}

TEST(Describe, AHopOfX16TakesThePublicWorkingDefault) {
  const auto json = nlohmann::json::parse(antares({"describe", "first", "--json"}).out);
  const auto& hop = json.at("switches").at(0).at("zero_load").at(0);
  // public: facts/pcie6.md 7.1: 110 ns, of which one 256 B flit at 128 GB/s is 2 ns.
  EXPECT_DOUBLE_EQ(hop.at("hop_ns").get<double>(), 110);
  // 64 B: one flit in, one flit out, two cables of 5 ns.
  EXPECT_DOUBLE_EQ(hop.at("paths").at(0).at("total_ns").get<double>(), 110 + 2 + 2 * 5);
}

TEST(Describe, AssumptionsOnRequest) {
  EXPECT_THAT(antares({"describe", "first"}).out, HasSubstr("--assumptions"));
  const Outcome all = antares({"describe", "first", "--assumptions"});
  EXPECT_THAT(all.out, AllOf(HasSubstr("crossbar_ns"), HasSubstr("not published")));
}

TEST(Check, TellsWhereTrainsAreCut) {
  const Outcome fine = antares({"check", "scorpio_x_20x16"});
  EXPECT_EQ(fine.status, 0) << fine.err;
  EXPECT_THAT(fine.out, AllOf(HasSubstr("fine"), Not(HasSubstr("cut"))));
  const Outcome cut = antares({"check", "scorpio_x_20x16", "--set", "run.train_bytes=1MiB"});
  EXPECT_EQ(cut.status, 0) << cut.err;
  EXPECT_THAT(cut.out, HasSubstr("cut from run.train_bytes = 1 MiB"));
}

TEST(List, EverythingThereIs) {
  const Outcome all = antares({"list"});
  EXPECT_EQ(all.status, 0);
  EXPECT_THAT(all.out, AllOf(HasSubstr("scorpio_x_80x4"), HasSubstr("recursive_doubling"),
                             HasSubstr("hot_spot"), HasSubstr("islip"), HasSubstr("accelerator")));
  EXPECT_THAT(antares({"list", "columns"}).out,
              AllOf(HasSubstr("busbw_GBps"), HasSubstr("blocked_on_credit_share")));
}

TEST(Help, GoesToStandardOutput) {
  for (const char* word : {"--help", "--version"}) {
    const Outcome outcome = antares({word});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("ntares"), Not(HasSubstr("SystemC 2"))));
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_TRUE(nlohmann::json::parse(antares({"schema"}).out).contains("$schema"));
}

TEST(DumpConfig, RoundTrip) {
  const Folder folder;
  const std::vector<std::string> options = {
      "--workload", "all_reduce", "--bytes", "64KiB,3 MiB", "--data",
      "check",      "--seed",     "7",       "--set",       "run.train_bytes=4KiB"};
  std::vector<std::string> words = {"run", "first", "--dump-config"};
  words.insert(words.end(), options.begin(), options.end());
  const Outcome dumped = antares(words);
  EXPECT_EQ(dumped.status, 0) << dumped.err;
  const std::string file = folder.file("dumped.yaml", dumped.out);
  words = {"run", "first", "--out", folder.path("a")};
  words.insert(words.end(), options.begin(), options.end());
  EXPECT_EQ(antares(words).status, 0);
  const Outcome again = antares({"run", file, "--out", folder.path("b")});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(contents(folder.path("a/results.json")), contents(folder.path("b/results.json")));
}

}  // namespace
}  // namespace antares::tb
