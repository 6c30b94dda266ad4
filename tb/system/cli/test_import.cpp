// SPDX-License-Identifier: Apache-2.0
// `antares import nccl-topology`: the sample dumps (ANTARES_DATA, or shared/data beside the source)
// become descriptions that are right and run; what is no dump is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tb/support/paths.h"
#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::HasSubstr;

TEST(Import, EachSampleDumpIsAPlatformThatRuns) {
  const std::string samples = sample_data("nccl_topology");
  if (!std::filesystem::exists(samples))
    GTEST_SKIP() << samples << " is not there; set ANTARES_DATA to the sample data";
  const Folder folder;
  unsigned dumps = 0;
  for (const auto& entry : std::filesystem::directory_iterator(samples)) {
    if (entry.path().extension() != ".xml") continue;
    ++dumps;
    const std::string file = folder.path(entry.path().stem().string() + ".yaml");
    const Outcome import =
        antares({"import", "nccl-topology", entry.path().string(), "--out", file});
    ASSERT_EQ(import.status, 0) << entry.path() << ": " << import.err;
    EXPECT_THAT(import.out, HasSubstr("understood: ")) << entry.path();
    const Outcome check = antares({"check", file});
    ASSERT_EQ(check.status, 0) << entry.path() << ": " << check.err;
    const Outcome run = antares({"run", file, "--workload", "all_reduce", "--algorithm", "ring",
                                 "--bytes", "256KiB", "--data", "check"});
    ASSERT_EQ(run.status, 0) << entry.path() << ": " << run.err;
    EXPECT_THAT(run.out, HasSubstr("# Out of bounds values : 0 OK")) << entry.path();
    // To standard output comes the same description.
    EXPECT_EQ(antares({"import", "nccl-topology", entry.path().string()}).out, contents(file));
    const Outcome info = antares({"trace", "info", entry.path().string()});
    EXPECT_EQ(info.status, 0) << info.err;
    EXPECT_THAT(info.out, HasSubstr("antares import nccl-topology"));
  }
  EXPECT_GE(dumps, 6u);
}

TEST(Import, WhatIsNoDumpIsRefused) {
  const Folder folder;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& text) {
    std::vector<std::string> words = {"import", "nccl-topology"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = antares(words);
    EXPECT_EQ(outcome.status, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  refused({folder.path("nothing.xml")}, "nothing.xml");
  refused({folder.file("algo.xml", "<algo name=\"a\"/>")}, "an MSCCL program; expected a topology");
  refused({folder.file("empty.xml", "")}, "empty.xml:1:1: an empty file; expected a topology dump");
  refused({folder.file("binary.xml", std::string("<sys\0tem>\xff", 10))},
          "binary.xml: at byte 4: this is not text (UTF-8); expected a topology dump");
  refused({folder.file("odd.xml",
                       "<system><cpu numaid=\"0\"><pci busid=\"a\" class=\"0x030200\" "
                       "link_speed=\"7 GT/s\"/></cpu></system>")},
          "odd.xml:1:");
  refused({}, "PATH is required");
  const std::string good =
      folder.file("good.xml",
                  "<system><cpu numaid=\"0\"><pci busid=\"a\" class=\"0x030200\"/><pci busid=\"b\" "
                  "class=\"0x030200\"/></cpu></system>");
  refused({good, "--out", folder.path("no/such/folder.yaml")}, "cannot be written");
  EXPECT_EQ(antares({"import", "nccl-topology", good}).status, 0);
  EXPECT_EQ(antares({"import"}).status, 2);
  const Outcome spice = antares({"import", "ncl-topology", good});
  EXPECT_EQ(spice.status, 2);
  EXPECT_THAT(spice.err, HasSubstr("import: there is no command \"ncl-topology\"; did you mean "
                                   "\"nccl-topology\"?"));
  EXPECT_THAT(antares({"trace", "inof", good}).err, HasSubstr("did you mean \"info\"?"));
}

}  // namespace
}  // namespace antares::tb
