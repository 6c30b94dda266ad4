// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "antares/platforms/cli/commands.h"
#include "antares/platforms/workload/trace_graph.h"
#include "antares/platforms/workload/trace_info.h"

namespace antares::platforms::cli {

int trace_info(const std::string& path) {
  int status = kExitOk;
  const std::vector<std::string> files = trace_info_paths(path);
  for (const std::string& file : files) {
    try {
      const std::string text = platforms::trace_info(file);
      std::cout << text << std::flush;
    } catch (const TraceError& error) {
      // One file of a folder that is no trace shall not hide the others.
      if (files.size() == 1) throw;
      std::cerr << "antares: " << error.what() << "\n";
      status = kExitBadInput;
    }
  }
  return status;
}

}  // namespace antares::platforms::cli
