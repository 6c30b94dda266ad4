// SPDX-License-Identifier: Apache-2.0
// Bad input of every kind: exit status 2 and a sentence that names what is wrong, on standard
// error, before anything is simulated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// `words` must be refused with a message that holds `needle`.
void expect_refused(const std::vector<std::string>& words, const std::string& needle) {
  const Outcome outcome = antares(words);
  std::string line = "antares";
  for (const std::string& word : words) line += " " + word;
  EXPECT_EQ(outcome.status, 2) << line << "\n" << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(needle), Not(HasSubstr("terminate called")))) << line;
  EXPECT_THAT(outcome.out, Not(HasSubstr("#"))) << line << ": no table may have been begun";
}

/// first.yaml with one piece of text replaced.
std::string changed(const Folder& folder, const std::string& from, const std::string& to) {
  std::string text = contents(shipped("first"));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return folder.file("changed.yaml", text);
}

TEST(BadInput, FilesThatAreNoDescriptions) {
  const Folder folder;
  for (const std::string command : {"run", "check", "describe"}) {
    expect_refused({command, folder.path("none.yaml")}, "no such file");
    expect_refused({command, folder.path()}, "directory");
    expect_refused({command, folder.file("empty.yaml", "")}, "empty.yaml");
    expect_refused({command, folder.file("binary.yaml", std::string("\x7f"
                                                                    "ELF\0\0\1\2",
                                                                    8))},
                   "binary.yaml");
    expect_refused({command, "frist"}, "did you mean \"first\"");
  }
}

TEST(BadInput, AHundredMegabytesOfYaml) {
  const Folder folder;
  std::string text;
  text.reserve(100u << 20);
  while (text.size() < 100u << 20) text += "antares: 1\nname: a_rather_long_name_of_a_platform\n";
  expect_refused({"check", folder.file("huge.yaml", text)}, "huge.yaml");
}

TEST(BadInput, KeysAndValues) {
  const Folder folder;
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> cases = {
      {{"name: first\n", "name: first\nname: second\n"}, "name"},
      {{"lanes: 64 ", "lnaes: 64 "}, "did you mean \"lanes\""},
      {{"measure_us: 20", "measure_us: 20 GB"}, "measure_us"},
      {{"lanes: 64 ", "lanes: 0 "}, "out of range"},
      {{"lanes: 64 ", "lanes: -1 "}, "lanes"},
      {{"lanes: 64 ", "lanes: 1000000000000 "}, "lanes"},
      {{"[4 KiB, 64 KiB, 1 MiB]", "[0]"}, "bytes"},
      {{"[4 KiB, 64 KiB, 1 MiB]", "[2]"}, "hold no element"},
      {{"algorithm: ring", "algorithm: rnig"}, "no algorithm \"rnig\""},
      {{"collective: all_reduce\n", "collective: all_redcue\n"}, "did you mean \"all_reduce\""},
      {{"attach: switch.gpu ", "attach: switch.gpx "}, "gpx"},
      {{"    count: 4\n    kind", "    count: 3\n    kind"}, "nothing is attached"},
      {{"    attach: switch.gpu ",
        "    attach: switch.gpu\n  - name: more\n    attach: switch.gpu[0] "},
       "two endpoints on port"},
  };
  for (const auto& [change, needle] : cases)
    expect_refused({"run", changed(folder, change.first, change.second)}, needle);
}

TEST(BadInput, OneLaneTooMany) {
  const Folder folder;
  std::string text = contents(shipped("scorpio_x_20x16"));
  const std::string ports = "    ports:\n";
  text.insert(text.find(ports) + ports.size(),
              "      - {name: one_more, connected: false, pcie: {lanes: 1}}\n");
  expect_refused({"run", folder.file("lanes.yaml", text)}, "321 lanes");
}

TEST(BadInput, AllMistakesAtOnceWithTheirPlaces) {
  const Folder folder;
  std::string text = contents(shipped("first"));
  text += "  nonsense: 1\nmore_nonsense: 2\n";
  const Outcome outcome = antares({"check", folder.file("two.yaml", text)});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("two.yaml:"), HasSubstr("\"nonsense\""),
                                 HasSubstr("\"more_nonsense\"")));
}

TEST(BadInput, Options) {
  expect_refused({"run", "first", "--set", "nonsense"}, "nonsense");
  expect_refused({"run", "first", "--set", "runn.seed=1"}, "did you mean \"run\"");
  expect_refused({"run", "first", "--seed", "minus one"}, "seed");
  expect_refused({"run", "first", "--seed", "-1"}, "0..18446744073709551615");
  expect_refused({"run", "first", "--seed", "-1"}, "--seed -1: seed");
  expect_refused({"run", "first", "--workload", "barrier", "--bytes", "4096"},
                 "bytes would not be used");
  expect_refused({"run", "first", "--workload", "all_reduce", "--program", "none"},
                 "--program: none: no such file; expected one MSCCL");
  expect_refused({"import", "nccl-topology", "none"}, "none: no such file; expected one topology");
  expect_refused({"run", ""}, "FILE");
  expect_refused({"run", "first", "--workload", "all_reduce", "--bytes", ""}, "bytes: is empty");
  expect_refused({"run", "first", "--workload", ""}, "--workload: is empty");
  expect_refused({"run", "first", "--seed", ""}, "--seed: is empty");
  expect_refused({"run", "first", "--workload", "uniform", "--target="}, "--target: is empty");
  expect_refused({"list", ""}, "TOPIC: is empty");
  expect_refused({"run", "first", "--workload", "uniform", "--mode", "closed", "--load", "0.5"},
                 "mode is closed");
  expect_refused(
      {"run", "first", "--workload", "uniform", "--mode", "closed", "--arrivals", "on_off"},
      "mode is closed");
  expect_refused({"run", "first", "--workload", "uniform", "--target", "gpu1"},
                 "hot_spot_target would not be used");
  expect_refused(
      {"run", "first", "--workload", "uniform", "--find-saturation", "0.1", "--load", "0.3"},
      "--load: would not be used");
  expect_refused({"run", "first", "--workload", "uniform", "--window", "4"}, "mode is open");
  expect_refused({"run", "first", "--workload", "broadcast", "--redop", "max"}, "reduces nothing");
  expect_refused({"run", "first", "--workload", "all_reduce", "--root", "1"}, "no root");
  expect_refused({"run", "first", "--seeed", "1"}, "did you mean --seed");
  expect_refused({"run"}, "FILE");
  expect_refused({"rnu", "first"}, "possible: run");
  expect_refused({"run", "first", "--workload", "all_redcue"}, "did you mean \"all_reduce\"");
  expect_refused({"run", "first", "--workload", "all_reduce", "--algorithm", "rign"},
                 "--algorithm: ");
  expect_refused({"run", "first", "--workload", "all_reduce", "--bytes", "0"}, "--bytes: ");
  expect_refused({"run", "first", "--workload", "all_reduce", "--bytes", "1 GB/s"}, "--bytes: ");
  expect_refused({"run", "first", "--workload", "all_reduce", "--bytes", "100GiB"}, "--bytes: ");
  expect_refused({"run", "first", "--workload", "all_reduce", "--load", "0.5"}, "--load: ");
  expect_refused({"run", "first", "--workload", "uniform", "--load", "1.5"}, "--load: ");
  expect_refused({"run", "first", "--workload", "broadcast", "--root", "4"}, "ranks 0 to 3");
  expect_refused({"run", "first", "--workload", "all_reduce", "--ranks", "gpu0,gpu9"}, "gpu9");
  expect_refused({"run", "first", "--workload", "all_reduce", "--ranks", "0"},
                 "--ranks: a collective of 0 ranks");
  expect_refused({"run", "first", "--workload", "chakra"}, "--input");
  expect_refused({"run", "first", "--bytes", "1MiB"}, "--workload");
  expect_refused({"list", "colums"}, "did you mean \"columns\"");
  expect_refused({}, "Usage");
}

TEST(BadInput, TracesAreRefusedBeforeTimeZero) {
  const Folder folder;
  // Read to their end, 3 GB of zeros are as many nodes; they are refused at the second.
  const std::string zeros = folder.file("zeros.et", std::string(32 << 20, '\0'));
  expect_refused({"run", "first", "--workload", "chakra", "--input", zeros}, "two nodes have id 0");
  const Outcome missing =
      antares({"run", "first", "--workload", "chakra", "--input", folder.path("none.et")});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("none.et"));
  const std::string garbage = folder.file("garbage.et", "this is no trace at all, not one bit");
  const Outcome refused = antares({"run", "first", "--workload", "chakra", "--input", garbage});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("garbage.et"));
}

TEST(BadInput, FoldersThatCannotBeWritten) {
  const Folder folder;
  const std::string file = folder.file("taken", "something of value");
  expect_refused({"run", "first", "--out", file}, "is a file");
  EXPECT_EQ(contents(file), "something of value");
  expect_refused({"run", "first", "--out", file + "/below"}, "taken");
  expect_refused({"run", "first", "--out", "/proc/nothing/can/be/made/here"}, "/proc/nothing");
  expect_refused({"run", "first", "--out", ""}, "--out");
}

TEST(BadInput, PacketTraceThatCannotBeWritten) {
  const Folder folder;
  expect_refused({"run", "first", "--trace", folder.path()}, "cannot be written");
  expect_refused({"run", "first", "--trace", folder.path("none/a.pftrace")}, "none/a.pftrace");
  expect_refused({"run", "first", "--trace", ""}, "--trace");
  expect_refused({"run", "first", "--set", "observe.trace.to_us=0"}, "ends before it begins");
  // A full disk shows only once something is written.
  const Outcome full =
      antares({"run", "first", "--trace", "/dev/full", "--out", folder.path("out")});
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, HasSubstr("/dev/full: cannot be written"));
  EXPECT_EQ(json_file(folder.path("out/results.json")).at("complete"), false);
  EXPECT_EQ(json_file(folder.path("out/run_info.json")).at("outcome"), "failed");
}

TEST(BadInput, ARunThatFailsIsStatusOneWithADiagnosis) {
  const Folder folder;
  // The whole run may take 1 us of simulated time, the collective needs more.
  const Outcome outcome =
      antares({"run", "first", "--workload", "all_reduce", "--bytes", "1MiB", "--set",
               "run.max_simulated_ms=0.001", "--out", folder.path("out")});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_THAT(outcome.err, Not(IsEmpty()));
  const auto results = json_file(folder.path("out/results.json"));
  EXPECT_EQ(results.at("complete"), false);
  EXPECT_TRUE(results.at("totals").is_null());
  EXPECT_TRUE(results.contains("failure"));
}

TEST(BadInput, MoreRanksThanAPacketNames) {
  const std::vector<std::string> run = {
      "run",        "scorpio_x_20x16", "--workload", "all_reduce",
      "--bytes",    "64KiB",           "--set",      "switches[0].hypercast={most_members: 4}",
      "--algorithm"};
  for (const std::string algorithm : {"in_switch_push", "in_switch_pull"}) {
    auto words = run;
    words.push_back(algorithm);
    expect_refused(words, "20 members are more than switch");
  }
  const Outcome trace =
      antares({"run", "scorpio_x_20x16", "--workload", "trace", "--model",
               "{preset: llama3_8b, tensor: 20, layers: 1, sequence: 16}", "--algorithm",
               "in_switch", "--set", "switches[0].hypercast={most_members: 4}"});
  EXPECT_EQ(trace.status, 1);
  EXPECT_THAT(trace.err,
              AllOf(HasSubstr("trace: all_reduce by in_switch_push: 20 members are more"),
                    HasSubstr("hypercast.most_members"), Not(HasSubstr("uncaught"))));
  // A copy names the others only.
  const auto hypercast = [](unsigned most) {
    return antares({"run", "scorpio_x_20x16", "--workload", "broadcast", "--algorithm", "hypercast",
                    "--bytes", "64KiB", "--set",
                    "switches[0].hypercast={most_members: " + std::to_string(most) + "}"});
  };
  EXPECT_EQ(hypercast(18).status, 2);
  EXPECT_EQ(hypercast(19).status, 0) << hypercast(19).err;
  // Left to choose, it chooses what can be.
  auto words = run;
  words.push_back("auto");
  const Outcome outcome = antares(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("all_reduce, "), Not(HasSubstr("in_switch"))));
}

}  // namespace
}  // namespace antares::tb
