// SPDX-License-Identifier: Apache-2.0
// The commands of `antares`, each with what the command line has told it. Each returns the exit
// status; what goes wrong is thrown and turned into sentences and a status by main.cpp.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "antares/platforms/build/run_workloads.h"
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

struct CompareOptions {
  std::vector<std::string> descriptions;
  std::vector<std::string> settings;  ///< for each of them
  std::string seed;
  WorkloadOptions workload;
  std::string out;
  bool has_out = false;
};

struct ClaimOptions {
  DescriptionOptions platform;
  std::map<std::string, std::string> given;  ///< option of claim_options.h to its text
  std::string models_from = "claim_models";
  bool quick = false;
  std::string out;
  bool has_out = false;
};

struct ImportOptions {
  std::string input;
  std::string out;
  bool has_out = false;
};

struct DescribeOptions {
  DescriptionOptions platform;
  bool assumptions = false;
  bool json = false;
};

LoadedPlatform load(const DescriptionOptions& options);

/// A description with the workloads of the command line, ready to be built and run.
struct PreparedPlatform {
  LoadedPlatform loaded;
  std::vector<ReadyWorkload> workloads;
};
/// Throws ConfigError and TraceError.
PreparedPlatform prepare(const DescriptionOptions& options, const WorkloadOptions& workload);

int run(const RunOptions& options);
int compare(const CompareOptions& options);
/// What copies and sums in the switch gain, and where.
int claim(const ClaimOptions& options);
int check(const DescriptionOptions& options);
int describe(const DescribeOptions& options);
int schema(bool markdown);
/// A topology dump of NCCL or RCCL as a description.
int import_topology(const ImportOptions& options);
/// What of the files of others was understood and what ignored.
int trace_info(const std::string& path);
/// `topic` empty: all of them.
int list(const std::string& topic);
std::vector<std::string> list_topics();

}  // namespace antares::platforms::cli
