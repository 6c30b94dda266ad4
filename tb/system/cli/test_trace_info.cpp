// SPDX-License-Identifier: Apache-2.0
// `antares trace info`: its words and its exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kLayers = "DATA\n1\na -1 5 NONE 0 5 NONE 0 5 ALLREDUCE 4096 0\n";

TEST(TraceInfo, OneFileAndAFolderOfThem) {
  const Folder folder;
  const std::string good = folder.file("good.txt", kLayers);
  const Outcome one = antares({"trace", "info", good});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_THAT(one.out, AllOf(HasSubstr("a SimAI layer file"), HasSubstr("4096 bytes")));
  folder.file("bad.txt", "DATA\n2\na -1 5 NONE 0 5 NONE 0 5 ALLREDUCE 4096 0\n");
  // What is wrong with one of them doesn't hide the other.
  const Outcome all = antares({"trace", "info", folder.path()});
  EXPECT_EQ(all.status, 2);
  EXPECT_THAT(all.out, HasSubstr("good.txt: a SimAI layer file"));
  EXPECT_THAT(all.err, HasSubstr("bad.txt:4:1: the file ends after 1 of 2 layers"));
}

TEST(TraceInfo, BadInputIsExitTwo) {
  EXPECT_EQ(antares({"trace"}).status, 2);
  EXPECT_EQ(antares({"trace", "info"}).status, 2);
  const Outcome missing = antares({"trace", "info", "/none.txt"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("/none.txt"));
}

TEST(TraceInfo, FormatsAreOneWayToAskForATrace) {
  const Folder folder;
  const std::string layers = folder.file("w.txt", kLayers);
  EXPECT_EQ(antares({"run", "first", "--workload", "simai", "--input", layers}).status, 0);
  EXPECT_EQ(antares({"run", "first", "--workload", "trace", "--input", layers}).status, 0);
  const Outcome wrong = antares({"run", "first", "--workload", "chakra", "--input", layers});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("is a SimAI layer file, not a Chakra trace"));
  const Outcome twice =
      antares({"run", "first", "--workload", "simai", "--format", "simai", "--input", layers});
  EXPECT_EQ(twice.status, 2);
  EXPECT_THAT(twice.err, HasSubstr("says that already"));
}

}  // namespace
}  // namespace antares::tb
