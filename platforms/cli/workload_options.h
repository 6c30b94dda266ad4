// SPDX-License-Identifier: Apache-2.0
// Workloads from the command line. --workload takes the name of one of the description's workloads
// (options given beside it change that one), or says what kind to build from the options alone.
// --workloads-from takes the workloads of another description. Values meet the same checks as in a
// file; messages name the option. Units: as in the keys.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms::cli {

struct WorkloadOption {
  const char* name;   ///< "--bytes"
  const char* value;  ///< "SIZE,..."
  const char* key;    ///< of the workload's section in a description
  const char* help;
  const char* group;
  bool collective;  ///< the kinds of workload it is for
  bool traffic;
  bool trace;
  bool pairs = false;
};

const std::vector<WorkloadOption>& workload_option_list();

struct WorkloadOptions {
  std::string workload;
  std::string from;  ///< a description whose workloads take the place of the platform's own
  /// The platform's own workloads are out of the question: they are not the same everywhere.
  bool none_of_its_own = false;
  std::map<std::string, std::string> given;  ///< option name to its text
};

/// Replaces the platform's workloads if --workload or --workloads-from was given. Throws
/// ConfigError.
void apply(const WorkloadOptions& options, LoadedPlatform& platform);

}  // namespace antares::platforms::cli
