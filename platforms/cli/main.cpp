// SPDX-License-Identifier: Apache-2.0
// The program `antares`. Every failure ends here as plain sentences on standard error and an exit
// status: 0 fine, 1 the run failed a check, 2 bad input, 128 + signal when interrupted.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <systemc>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/cli/command_line.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/report/result_files.h"
#include "antares/platforms/workload/trace_graph.h"

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

int fail(const std::string& message, int status) {
  std::cout << std::flush;
  std::cerr << "antares: " << message << "\n";
  return status;
}

int guarded(int argc, char** argv) {
  try {
    const int status = cli::command_line(argc, argv);
    std::cout.flush();
    if (!std::cout)
      return fail("the output could not be written (disk full?)", cli::kExitRunFailed);
    return status;
  } catch (const ConfigError& error) {
    // One mistake a line, each with its place: editors find file:line:col at the line's beginning.
    std::cout << std::flush;
    std::cerr << error.what() << "\n";
    return cli::kExitBadInput;
  } catch (const cli::Interrupted& error) {
    return fail(error.what(), error.exit_status());
  } catch (const TraceError& error) {
    return fail(error.what(), cli::kExitBadInput);
  } catch (const OutputError& error) {
    return fail(error.what(), cli::kExitBadInput);
  } catch (const RunFailure& error) {
    return fail(error.what(), cli::kExitRunFailed);
  } catch (const sc_core::sc_report& error) {
    return fail(std::string(error.get_msg_type()) + ": " + error.get_msg(), cli::kExitRunFailed);
  } catch (const std::invalid_argument& error) {
    return fail(error.what(), cli::kExitBadInput);
  } catch (const std::bad_alloc&) {
    return fail("out of memory: take smaller sizes, or data: timing", cli::kExitRunFailed);
  } catch (const std::exception& error) {
    return fail(error.what(), cli::kExitRunFailed);
  }
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
