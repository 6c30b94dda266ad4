// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/failure.h"

#include <new>
#include <stdexcept>
#include <systemc>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/cli/interrupt.h"
#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/report/output_file.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms::cli {
namespace {

Failure said(const std::string& message, int status) { return {"antares: " + message, status}; }

}  // namespace

Failure failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const ConfigError& error) {
    // One mistake a line, each with its place: editors find file:line:col at the line's beginning.
    return {error.what(), kExitBadInput};
  } catch (const Interrupted& error) {
    return said(error.what(), error.exit_status());
  } catch (const TraceError& error) {
    return said(error.what(), kExitBadInput);
  } catch (const OutputError& error) {
    return said(error.what(), kExitBadInput);
  } catch (const RunFailure& error) {
    return said(error.what(), kExitRunFailed);
  } catch (const sc_core::sc_report& error) {
    return said(std::string(error.get_msg_type()) + ": " + error.get_msg(), kExitRunFailed);
  } catch (const std::invalid_argument& error) {
    return said(error.what(), kExitBadInput);
  } catch (const std::bad_alloc&) {
    return said("out of memory: take smaller sizes, or data: timing", kExitRunFailed);
  } catch (const std::exception& error) {
    return said(error.what(), kExitRunFailed);
  }
}

}  // namespace antares::platforms::cli
