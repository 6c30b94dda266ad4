// SPDX-License-Identifier: Apache-2.0
// A collective of which a rank never begins (collective.absent): it ends in a status, not in
// silence. The others' contributions end with the engine's timeout; the run tells so, names who is
// absent, and leaves nothing in the fabric.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/config/platform_loader.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kTimeout_us = 30;

std::string text_of(const std::string& collective, const std::string& bytes = "bytes: 64 KiB",
                    const std::string& more = "") {
  return "antares: 1\nname: t\nswitches:\n  - name: s\n    lanes: 64\n    hypercast: {}\n"
         "    reduction: {timeout_us: 30}\n"
         "    ports:\n      - {name: gpu, count: 4, protocol: pcie, pcie: {lanes: 16}}\n"
         "endpoints:\n  - {name: gpu, count: 4, kind: accelerator, attach: s.gpu}\n"
         "workloads:\n  - {name: w, kind: collective, collective: {" +
         bytes + ", " + collective + "}}\n" + more;
}

struct Ended {
  std::string why;
  double at_us = 0;
};

Ended run(const std::string& collective, const std::string& bytes = "bytes: 64 KiB",
          const std::string& more = "") {
  tb::ReportGuard reports;
  const PlatformConfig config = parse_platform(text_of(collective, bytes, more), "t").config;
  Platform platform(config);
  Rows rows;
  Ended ended;
  try {
    CollectiveDriver(platform, config.workloads[0], rows).run();
  } catch (const RunFailure& failure) {
    ended.why = failure.what();
  }
  ended.at_us = static_cast<double>(platform.scheduler().now_ps()) * 1e-6;
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  return ended;
}

// Each of three ranks contributes 64 KiB, a request for each step of the interleave.
TEST(AbsentRanks, APushOfTheOthersEndsWithTheTimeoutsStatus) {
  const std::uint64_t kRequests = 3 * (64 << 10) / models::ReductionConfig{}.interleave_bytes;
  const Ended ended = run("algorithm: in_switch_push, absent: [gpu2]");
  EXPECT_THAT(ended.why,
              AllOf(HasSubstr("gpu2 is absent: it never begins"),
                    HasSubstr(std::to_string(kRequests) + " requests were answered with an error"),
                    HasSubstr("the reduction ended with timed_out")));
  EXPECT_THAT(ended.why, Not(HasSubstr("'gpu2': the reduction")));
  EXPECT_GE(ended.at_us, kTimeout_us);
}

// More than engines hold: contexts open one generation after the other, each ends by its time, and
// the watchdog, which would give up after a tenth of that, waits for them.
TEST(AbsentRanks, TheWatchdogWaitsForOpenContexts) {
  const Ended ended =
      run("algorithm: in_switch_push, absent: [gpu2]", "bytes: 4 MiB", "run: {watchdog_us: 3}\n");
  EXPECT_THAT(ended.why, AllOf(HasSubstr("the reduction ended with timed_out"),
                               HasSubstr("nothing is left to happen")));
  EXPECT_GE(ended.at_us, 2 * kTimeout_us);
}

TEST(AbsentRanks, WithoutAnyItIsTheSameCollective) {
  EXPECT_EQ(run("algorithm: in_switch_push, absent: []").why, "");
}

// Software has nobody who would say so: the run is given up when nothing is left to happen.
TEST(AbsentRanks, InSoftwareTheOthersWait) {
  EXPECT_THAT(run("algorithm: ring, absent: [gpu2]").why,
              AllOf(HasSubstr("gpu2 is absent: it never begins"), HasSubstr("from gpu2 to gpu3"),
                    HasSubstr("has not arrived"), Not(HasSubstr("error"))));
}

TEST(AbsentRanks, MistakesAreToldWithTheirPlace) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"absent: [gpu9]", "gpu9"},
      {"absent: [gpu1, gpu1]", "listed twice"},
      {"ranks: [gpu0, gpu1], absent: [gpu2]", "\"gpu2\" takes no part anyway"},
  };
  for (const auto& [collective, says] : mistakes) {
    try {
      parse_platform(text_of(collective), "t");
      ADD_FAILURE() << says << ": accepted";
    } catch (const std::exception& told) {
      EXPECT_THAT(told.what(), AllOf(HasSubstr(says), testing::ContainsRegex("t:[0-9]+:[0-9]+: ")));
    }
  }
}

}  // namespace
}  // namespace antares::platforms
