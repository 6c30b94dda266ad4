// SPDX-License-Identifier: Apache-2.0
// The program `antares`. Every failure ends here as plain sentences on standard error and an exit
// status: 0 fine, 1 the run failed a check, 2 bad input, 128 + signal when interrupted.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <systemc>

#include "antares/platforms/cli/command_line.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/failure.h"

namespace {

using namespace antares::platforms;

/// SystemC prints to standard output, where our tables are, and aborts on fatal reports.
void report(const sc_core::sc_report& what, const sc_core::sc_actions& actions) {
  using namespace sc_core;
  if (what.get_severity() == SC_INFO) return;
  if (what.get_severity() == SC_WARNING) {
    // The same one a million times tells nobody more.
    constexpr int kShown = 5;
    static int shown = 0;
    if (++shown <= kShown)
      std::cerr << "antares: warning: " << what.get_msg_type() << ": " << what.get_msg() << "\n";
    return;
  }
  const sc_actions quiet = actions & ~(SC_DISPLAY | SC_LOG | SC_ABORT | SC_STOP);
  sc_report_handler::default_handler(what, quiet | SC_THROW);
}

int guarded(int argc, char** argv) {
  cli::Failure failure;
  try {
    const int status = cli::command_line(argc, argv);
    std::cout.flush();
    if (std::cout) return status;
    failure = {"antares: the output could not be written (disk full?)", cli::kExitRunFailed};
  } catch (...) {
    failure = cli::failure_of(std::current_exception());
  }
  std::cout << std::flush;
  std::cerr << failure.text << "\n";
  return failure.status;
}

}  // namespace

int sc_main(int argc, char** argv) {
  sc_core::sc_report_handler::set_handler(report);
  return guarded(argc, argv);
}

int main(int argc, char** argv) {
  // Before the kernel looks at it: its banner has no place between our tables.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
