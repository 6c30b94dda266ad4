// SPDX-License-Identifier: Apache-2.0
#include "tb/support/simulation.h"

#include <gtest/gtest.h>

namespace antares::tb {
namespace {
// The report handler is a plain function: it finds the guard of the running test here.
ReportGuard* active_guard = nullptr;

std::string where(const sc_core::sc_report& report) {
  const char* process = report.get_process_name();
  return std::string(process != nullptr ? process : "elaboration") + " at " +
         report.get_time().to_string();
}
}  // namespace

ReportGuard::ReportGuard()
    : previous_handler_(sc_core::sc_report_handler::set_handler(&ReportGuard::handle)),
      previous_guard_(active_guard) {
  active_guard = this;
}

ReportGuard::~ReportGuard() {
  sc_core::sc_report_handler::set_handler(previous_handler_);
  active_guard = previous_guard_;
  for (const auto& [id, has_come] : expected_) {
    if (!has_come) ADD_FAILURE() << "the test announced a SystemC report " << id << "; none came";
  }
}

void ReportGuard::expect(const std::string& id) { expected_.emplace(id, false); }

int ReportGuard::count(const std::string& id) const {
  const auto found = counts_.find(id);
  return found == counts_.end() ? 0 : found->second;
}

void ReportGuard::handle(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  using sc_core::sc_report_handler;
  const sc_core::sc_severity severity = report.get_severity();
  if (severity == sc_core::SC_INFO) return;
  if (severity == sc_core::SC_FATAL) {
    sc_report_handler::default_handler(report, actions);
    return;
  }
  ReportGuard& guard = *active_guard;
  ++guard.counts_[report.get_msg_type()];
  guard.last_message_ = report.get_msg();
  const auto announced = guard.expected_.find(report.get_msg_type());
  if (announced != guard.expected_.end()) {
    announced->second = true;
    return;
  }
  const bool is_error = severity == sc_core::SC_ERROR;
  ADD_FAILURE_AT(report.get_file_name(), report.get_line_number())
      << "SystemC " << (is_error ? "error " : "warning ") << report.get_msg_type() << ": "
      << report.get_msg() << " (" << where(report) << ")";
  // Code behind an error relies on the throw: without it the test may loop or crash.
  if (is_error) sc_report_handler::default_handler(report, actions & ~sc_core::SC_DISPLAY);
}

}  // namespace antares::tb
