// SPDX-License-Identifier: Apache-2.0
// The guard itself: what is announced passes, what is not fails the test, and so does what was
// announced and never came.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

constexpr char kId[] = "/antares/test/planted";

TEST(ReportGuard, AWarningNobodyAnnouncedIsAFailure) {
  ReportGuard reports;
  EXPECT_NONFATAL_FAILURE(SC_REPORT_WARNING(kId, "planted warning"), "planted warning");
  EXPECT_EQ(reports.count(kId), 1);
}

TEST(ReportGuard, AnErrorNobodyAnnouncedIsAFailureAndStillThrows) {
  ReportGuard reports;
  bool thrown = false;
  const auto report = [&thrown] {
    try {
      SC_REPORT_ERROR(kId, "planted error");
    } catch (const sc_core::sc_report&) {
      thrown = true;
    }
  };
  EXPECT_NONFATAL_FAILURE(report(), "planted error");
  EXPECT_TRUE(thrown);
}

TEST(ReportGuard, AnnouncedReportsPassAndTheSimulationGoesOn) {
  ReportGuard reports;
  reports.expect(kId);
  SC_REPORT_WARNING(kId, "first");
  EXPECT_NO_THROW(SC_REPORT_ERROR(kId, "second"));
  EXPECT_EQ(reports.count(kId), 2);
  EXPECT_EQ(reports.last_message(), "second");
}

TEST(ReportGuard, AnAnnouncedReportThatNeverCameIsAFailure) {
  const auto announce_only = [] {
    ReportGuard reports;
    reports.expect(kId);
  };
  EXPECT_NONFATAL_FAILURE(announce_only(), "none came");
}

TEST(ReportGuard, InformationIsNoFailure) {
  ReportGuard reports;
  SC_REPORT_INFO(kId, "nothing to see");
  EXPECT_EQ(reports.count(kId), 0);
}

TEST(ReportGuard, AnErrorInsideAProcessIsNamedWithItsProcess) {
  struct Failing : sc_core::sc_module {
    typedef Failing SC_CURRENT_USER_MODULE;
    explicit Failing(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
      SC_METHOD(run);
    }
    void run() { SC_REPORT_WARNING(kId, "from a process"); }
  };
  ReportGuard reports;
  Failing failing("failing");
  EXPECT_NONFATAL_FAILURE(sc_core::sc_start(sc_core::SC_ZERO_TIME), "failing.run at 0 s");
}

TEST(ReportGuard, ThePreviousHandlerComesBack) {
  {
    ReportGuard outer;
    outer.expect(kId);
    { ReportGuard inner; }
    SC_REPORT_WARNING(kId, "for the outer guard");
    EXPECT_EQ(outer.count(kId), 1);
  }
  EXPECT_THROW(SC_REPORT_ERROR(kId, "no guard any more"), sc_core::sc_report);
}

}  // namespace
}  // namespace antares::tb
