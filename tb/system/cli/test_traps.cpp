// SPDX-License-Identifier: Apache-2.0
// Mistakes of systems of many switches, by the command that a user gives: exit 2 before anything
// runs, one message with the place and what would be right, and never slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Outcome check(const std::string& text) {
  const Folder folder;
  return antares({"check", folder.file("t.yaml", text)});
}

void refused(const std::string& description, const std::string& message) {
  const Outcome outcome = check(description);
  EXPECT_EQ(outcome.status, 2) << message;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("t.yaml:"), HasSubstr(message)));
}

/// `switches` a, b, ... of ports gpu and x, each written "name protocol of x".
std::string row_of(const std::vector<std::pair<std::string, std::string>>& switches,
                   const std::string& links, const std::string& more = "") {
  std::string text = "antares: 1\nname: t\nswitches:\n";
  std::string endpoints = "endpoints:\n";
  for (const auto& [name, protocol] : switches) {
    text +=
        "  - {name: " + name +
        ", lanes: 320, ports: [{name: gpu, pcie: {lanes: 16}}, {name: x, protocol: " + protocol +
        "}, {name: y, protocol: " + protocol + "}]}\n";
    endpoints += "  - {name: e" + name + ", attach: " + name + ".gpu}\n";
  }
  return text + "links:\n" + links + endpoints + more;
}

TEST(Traps, OneEndpointTwiceInAPlaneOrOnePortInTwo) {
  const std::string switches =
      "antares: 1\nname: t\nswitches:\n"
      "  - {name: s, count: 2, ports: [{name: gpu, count: 4, protocol: nvlink}]}\n"
      "endpoints:\n";
  refused(switches +
              "  - {name: g, count: 2, attach: s0.gpu, planes: {count: 2}}\n"
              "  - {name: h, count: 4, attach: s1.gpu}\n",
          "\"g0\" is twice in one plane");
  refused(switches +
              "  - {name: g, count: 4, attach: \"s[*].gpu\", planes: {count: 2}}\n"
              "  - {name: h, attach: \"s1.gpu[0]\"}\n",
          "two endpoints on port s1.gpu0");
  refused(switches + "  - {name: g, count: 4, attach: \"s[*].gpu\", planes: {count: 2}}\n" +
              "  - {name: g, kind: memory, attach: \"s1.gpu[0]\"}\n",
          "g");
}

TEST(Traps, TrunksThatCannotSpeak) {
  refused(row_of({{"a", "pcie"}, {"b", "ualink"}},
                 "  - {from: a.x, to: b.x}\n  - {from: a.y, to: b.y}\n"),
          "one end speaks pcie, the other ualink");
  refused(row_of({{"a", "ualink"}, {"b", "ualink"}},
                 "  - {from: a.x, to: b.x}\n  - {from: a.y, to: b.y}\n"),
          "its requests can't leave");
}

TEST(Traps, UnreachablePairsRingsAndWaysThatAreTooLong) {
  refused(row_of({{"a", "pcie"}, {"b", "pcie"}, {"c", "pcie"}, {"d", "pcie"}},
                 "  - {from: a.x, to: b.x}\n  - {from: a.y, to: b.y}\n"
                 "  - {from: c.x, to: d.x}\n  - {from: c.y, to: d.y}\n"),
          "no way leads from endpoint \"ea\"");
  std::vector<std::pair<std::string, std::string>> many;
  std::string line, ring;
  for (char name = 'a'; name < 'a' + 5; ++name) {
    many.emplace_back(std::string(1, name), "pcie");
    const char next = name == 'e' ? 'a' : static_cast<char>(name + 1);
    ring += std::string("  - {from: ") + name + ".x, to: " + next + ".y}\n";
  }
  refused(row_of(many, ring), "wait for each other's buffers in a ring");
  many.clear();
  for (char name = 'a'; name < 'a' + 10; ++name) {
    many.emplace_back(std::string(1, name), "pcie");
    if (name != 'j')
      line +=
          std::string("  - {from: ") + name + ".x, to: " + static_cast<char>(name + 1) + ".y}\n";
  }
  const Outcome outcome = check(row_of(many, line));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("has 9 switches"));
}

/// Free choice can close a ring of waits where fixed ways leave it open: the check looks at all.
TEST(Traps, AdaptiveWaysAreCheckedAllOfThem) {
  std::vector<std::pair<std::string, std::string>> four;
  std::string ring;
  for (char name = 'a'; name < 'a' + 4; ++name) {
    four.emplace_back(std::string(1, name), "pcie");
    const char next = name == 'd' ? 'a' : static_cast<char>(name + 1);
    ring += std::string("  - {from: ") + name + ".x, to: " + next + ".y}\n";
  }
  refused(row_of(four, ring, "routing: {policy: adaptive}\n"),
          "wait for each other's buffers in a ring");
  refused(row_of(four, ring, "routing: {policy: adaptiv}\n"), "did you mean \"adaptive\"");
}

TEST(Traps, MoreRanksThanEndpoints) {
  const Folder folder;
  const std::string layers = folder.file(
      "layers.txt",
      "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 1 vpp: 1 ga: 1 "
      "all_gpus: 64 checkpoints: 0 checkpoint_initiates: 0\n1\n"
      "layer0\t-1\t1000\tALLREDUCE\t4096\t1000\tNONE\t0\t1000\tNONE\t0\t10\n");
  const Outcome outcome = antares({"run", "first", "--workload", "trace", "--input", layers});
  EXPECT_EQ(outcome.status, 2) << outcome.out;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("64"), HasSubstr("4")));
}

TEST(Traps, LayerFilesWithJunkRows) {
  const Folder folder;
  const std::string head =
      "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 1 vpp: 1 ga: 1 "
      "all_gpus: 4 checkpoints: 0 checkpoint_initiates: 0\n2\n"
      "good\t-1\t1000\tALLREDUCE\t4096\t1000\tNONE\t0\t1000\tNONE\t0\t10\n";
  for (const std::string junk : {"%&/()=\n", "short\t-1\t1000\n",
                                 "bad\t-1\t1e999\tALLREDUCE\t4096\t1\tNONE\t0\t1\tNONE\t0\t10\n",
                                 "bad\t-1\t1000\tALLREDUCE\t-4096\t1\tNONE\t0\t1\tNONE\t0\t10\n",
                                 "bad\t-1\t1000\tALLTHINGS\t4096\t1\tNONE\t0\t1\tNONE\t0\t10\n"}) {
    const Outcome outcome = antares(
        {"run", "first", "--workload", "trace", "--input", folder.file("junk.txt", head + junk)});
    EXPECT_EQ(outcome.status, 2) << junk;
    EXPECT_THAT(outcome.err, HasSubstr("junk.txt:4:")) << junk;
  }
}

/// Eleven levels of ten would be a hundred thousand million words.
std::string laughs(const std::string& root, const std::string& body) {
  std::string text = "<?xml version=\"1.0\"?>\n<!DOCTYPE " + root + " [\n<!ENTITY l0 \"lol\">\n";
  for (unsigned level = 1; level < 12; ++level) {
    text += "<!ENTITY l" + std::to_string(level) + " \"";
    for (unsigned k = 0; k < 10; ++k) text += "&l" + std::to_string(level - 1) + ";";
    text += "\">\n";
  }
  return text + "]>\n" + body;
}

TEST(Traps, XmlBombsAreRefusedAtOnce) {
  const Folder folder;
  const std::string topology =
      laughs("system", "<system version=\"1\"><cpu numaid=\"&l11;\"/></system>");
  const std::string program = laughs("algo", "<algo name=\"&l11;\">&l11;</algo>");
  std::string deep = "<system>";
  for (unsigned i = 0; i < 100'000; ++i) deep += "<cpu numaid=\"0\">";
  for (unsigned i = 0; i < 100'000; ++i) deep += "</cpu>";
  const std::vector<std::vector<std::string>> commands = {
      {"import", "nccl-topology", folder.file("laughs.xml", topology)},
      {"import", "nccl-topology", folder.file("deep.xml", deep + "</system>")},
      {"trace", "info", folder.file("laughs_plan.xml", program)},
      {"run", "first", "--workload", "all_reduce", "--bytes", "64KiB", "--program",
       folder.file("plan.xml", program)}};
  for (const auto& command : commands) {
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = antares(command);
    // Refused by its first lines: milliseconds; seconds only where the machine is busy.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    EXPECT_EQ(outcome.status, 2) << command[2];
    EXPECT_THAT(outcome.err, HasSubstr(".xml:")) << command[2];
  }
}

TEST(Traps, TopologyDumpsWithEmptyOrOddLinkSpeeds) {
  const Folder folder;
  const auto dump = [&](const std::string& link) {
    return folder.file("dump.xml",
                       "<system version=\"1\"><cpu numaid=\"0\">\n"
                       "<pci busid=\"0000:01:00.0\" class=\"0x030200\" " +
                           link +
                           "/>\n"
                           "<pci busid=\"0000:02:00.0\" class=\"0x030200\" link_speed=\"16 GT/s\" "
                           "link_width=\"16\"/>\n</cpu></system>\n");
  };
  for (const char* link : {"", "link_speed=\"\" link_width=\"\"", "link_speed=\"0\""}) {
    const std::string out = folder.path("server.yaml");
    const Outcome outcome = antares({"import", "nccl-topology", dump(link), "--out", out});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(contents(out), HasSubstr("says no link_speed: taken as 8 GT/s"));
    EXPECT_EQ(antares({"run", out, "--workload", "all_reduce", "--bytes", "64KiB"}).status, 0);
  }
  for (const char* link : {"link_speed=\"fast\"", "link_speed=\"17 GT/s\"",
                           "link_speed=\"8 GT/s\" link_width=\"-4\""}) {
    const Outcome outcome = antares({"import", "nccl-topology", dump(link)});
    EXPECT_EQ(outcome.status, 2) << link;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("dump.xml:2:"), HasSubstr("expected"))) << link;
  }
}

}  // namespace
}  // namespace antares::tb
