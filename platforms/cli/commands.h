// SPDX-License-Identifier: Apache-2.0
// The commands of `antares`, each with what the command line has told it. Each returns the exit
// status; what goes wrong is thrown and turned into sentences and a status by main.cpp.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/cli/workload_options.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRunFailed = 1;  ///< the run failed a check
inline constexpr int kExitBadInput = 2;

/// The description and how it is changed: all commands that read one have these.
struct DescriptionOptions {
  std::string description;  ///< a path, or the name of a shipped one
  std::vector<std::string> settings;
  std::string seed;
};

struct RunOptions {
  DescriptionOptions platform;
  WorkloadOptions workload;
  std::string out;
  bool has_out = false;
  std::string trace;
  bool has_trace = false;
  bool dump_config = false;
  std::vector<std::string> command_line;
};

struct DescribeOptions {
  DescriptionOptions platform;
  bool assumptions = false;
  bool json = false;
};

LoadedPlatform load(const DescriptionOptions& options);

int run(const RunOptions& options);
int check(const DescriptionOptions& options);
int describe(const DescribeOptions& options);
int schema(bool markdown);
/// What of the files of others was understood and what ignored.
int trace_info(const std::string& path);
/// `topic` empty: all of them.
int list(const std::string& topic);
std::vector<std::string> list_topics();

}  // namespace antares::platforms::cli
