// SPDX-License-Identifier: Apache-2.0
// Finds and unpacks the files of a trace: one .et file (plain, .gz, or in a .tar.gz) or a set
// NAME.<rank>.et, given as its folder, as the prefix FOLDER/NAME, or as an archive that holds it.
// Knows names and bytes only, not what is in a trace. No time here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace antares::platforms {

struct TraceFile {
  std::string name;                   ///< path, with "archive: member" for a file within an archive
  std::optional<std::uint32_t> rank;  ///< from NAME.<rank>.et
  std::string bytes;                  ///< empty for files that are read later (read_file)
  bool in_memory = false;
};

struct TraceFiles {
  std::vector<TraceFile>
      files;  ///< by rank, without holes; or a single one, to replay on all ranks
  bool single = false;
};

/// Throws TraceError: missing, directory without traces, two traces in one folder, missing ranks.
TraceFiles find_trace_files(const std::string& path);

/// The text of the one file `path` (or the one in the archive `path`); `expected` says of what, in
/// messages: "an MSCCL program". Throws TraceError.
std::string read_single_file(const std::string& path, const std::string& expected);

/// The file's bytes, unpacked. Throws TraceError.
std::string read_trace_file(const TraceFile& file);

}  // namespace antares::platforms
