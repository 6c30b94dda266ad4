// SPDX-License-Identifier: Apache-2.0
// What every simulation test starts with: a ReportGuard, which turns SystemC warnings and errors
// into test failures. Without it a warning is a line that nobody reads, and an error inside
// sc_start() an exception that a test may swallow.
//
//   ReportGuard reports;
//   reports.expect(antares::models::kReportProtocolError);  // only where the test provokes it
//   ... build, sc_start(), EXPECT ...
//
// Leaves out: information reports (they pass in silence) and fatal ones (the kernel aborts).
#pragma once
#include <map>
#include <string>
#include <systemc>

namespace antares::tb {

class ReportGuard {
 public:
  ReportGuard();
  /// Adds a failure for each announced id that never came.
  ~ReportGuard();
  ReportGuard(const ReportGuard&) = delete;
  ReportGuard& operator=(const ReportGuard&) = delete;

  /// Announces a report id. Reports with this id are counted and then dropped: an announced error
  /// does not throw, and the simulation goes on behind it.
  void expect(const std::string& id);
  /// Reports with this id so far, announced or not.
  int count(const std::string& id) const;
  /// Text of the latest warning or error, announced or not.
  const std::string& last_message() const { return last_message_; }

 private:
  static void handle(const sc_core::sc_report& report, const sc_core::sc_actions& actions);

  std::map<std::string, int> counts_;
  std::map<std::string, bool> expected_;  // id -> has come
  std::string last_message_;
  sc_core::sc_report_handler_proc previous_handler_;
  ReportGuard* previous_guard_;
};

}  // namespace antares::tb
