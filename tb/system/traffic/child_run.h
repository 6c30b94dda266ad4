// SPDX-License-Identifier: Apache-2.0
// Runs a simulation in a child process and brings its text back: for tests that compare two runs,
// since the kernel cannot start twice in one. A failed expectation in the child fails the test.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <sstream>
#include <string>

#include "tb/system/traffic/traffic_run.h"

namespace antares::tb {

inline std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) {
    ADD_FAILURE() << "no pipe";
    return {};
  }
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    int status = 1;
    try {
      const std::string text = work();
      std::size_t done = 0;
      while (done < text.size()) {
        const auto written = write(ends[1], text.data() + done, text.size() - done);
        if (written <= 0) break;
        done += static_cast<std::size_t>(written);
      }
      status = done == text.size() && !testing::Test::HasFailure() ? 0 : 1;
    } catch (const std::exception& error) {
      fprintf(stderr, "in the child: %s\n", error.what());
    }
    fflush(nullptr);
    _exit(status);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the run in the child process failed";
  return text;
}

/// Every figure of every row with all its digits.
inline std::string text_of(const RecordingSink& sink) {
  std::ostringstream text;
  text << std::hexfloat;
  for (const auto& row : sink.rows) {
    text << row.workload << ' ' << row.pattern << ' ' << row.offered_load.value_or(0) << ' '
         << row.throughput << ' ' << row.requests << ' ' << row.mean_latency_ns << ' '
         << row.p50_latency_ns << ' ' << row.p99_latency_ns << ' ' << row.max_latency_ns << ' '
         << row.mean_wait_slots << ' ' << row.saturated << '\n';
  }
  for (const auto& row : sink.link_rows) {
    text << row.workload << ' ' << row.link << ' ' << row.direction << ' ' << row.payload_bytes
         << ' ' << row.wire_bytes << ' ' << row.packets << ' ' << row.link_packets << ' '
         << row.elapsed_us << ' ' << row.busy_share << ' ' << row.blocked_credit_share << ' '
         << row.blocked_arbiter_share << ' ' << row.idle_share << '\n';
  }
  return text.str();
}

}  // namespace antares::tb
