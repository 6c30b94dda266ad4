// SPDX-License-Identifier: Apache-2.0
// A run that is killed or interrupted keeps the rows it has finished and never looks whole.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tb/support/perfetto_reader.h"
#include "tb/system/cli/program.h"

namespace antares::tb {
namespace {

/// A run that goes on for hours: one small size over and over.
pid_t start_endless(const Folder& folder) {
  return start_antares({"run", "first", "--workload", "all_reduce", "--bytes", "64KiB",
                        "--iterations", "1000000", "--out", folder.path("out")});
}

/// Waits for rows in links.csv: for what the process does, not for time.
bool wait_for_rows(const Folder& folder) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string text = contents(folder.path("out/links.csv"));
    if (std::count(text.begin(), text.end(), '\n') > 9) return true;
    std::this_thread::yield();
  }
  return false;
}

void expect_incomplete(const Folder& folder) {
  const auto results = json_file(folder.path("out/results.json"));
  EXPECT_EQ(results.at("complete"), false);
  EXPECT_TRUE(results.at("totals").is_null());
  EXPECT_NE(json_file(folder.path("out/run_info.json")).at("outcome"), "complete");
}

TEST(Interrupted, KilledInTheMiddle) {
  const Folder folder;
  const pid_t process = start_endless(folder);
  EXPECT_TRUE(wait_for_rows(folder));
  kill(process, SIGKILL);
  EXPECT_EQ(finish(process).status, -1);
  expect_incomplete(folder);
}

TEST(Interrupted, ControlCEndsInGoodOrder) {
  const Folder folder;
  const pid_t process = start_endless(folder);
  EXPECT_TRUE(wait_for_rows(folder));
  kill(process, SIGINT);
  EXPECT_EQ(finish(process).status, 128 + SIGINT);
  expect_incomplete(folder);
  EXPECT_EQ(json_file(folder.path("out/run_info.json")).at("outcome"), "interrupted");
  const std::string text = contents(folder.path("out/links.csv"));
  EXPECT_EQ(text.back(), '\n') << "no torn line";
}

/// Ends a long traced run by `signal` once the file has what the bound on packets allows, so that
/// nothing is just being written; whole messages must be there, with each slice's end.
void expect_readable_after(int signal) {
  const Folder folder;
  const std::string path = folder.path("a.pftrace");
  const pid_t process =
      start_antares({"run", "first", "--workload", "all_reduce", "--bytes", "64KiB", "--iterations",
                     "1000000", "--trace", path, "--set", "observe.trace.packets=3000"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::size_t size = 0;
  for (int unchanged = 0; unchanged < 10 && std::chrono::steady_clock::now() < deadline;) {
    const std::size_t now = contents(path).size();
    unchanged = now != 0 && now == size ? unchanged + 1 : 0;
    size = now;
    std::this_thread::yield();
  }
  kill(process, signal);
  finish(process);
  EXPECT_GT(PerfettoReader(path).slices.size(), 100u);
}

TEST(Interrupted, PacketTraceOfAKilledRunIsReadable) { expect_readable_after(SIGKILL); }
TEST(Interrupted, PacketTraceOfAnInterruptedRunIsReadable) { expect_readable_after(SIGINT); }

}  // namespace
}  // namespace antares::tb
