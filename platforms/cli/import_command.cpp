// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "antares/platforms/cli/commands.h"
#include "antares/platforms/config/plain_text.h"
#include "antares/platforms/report/output_file.h"
#include "antares/platforms/workload/file_format.h"
#include "antares/platforms/workload/topology_dump.h"
#include "antares/platforms/workload/trace_files.h"
#include "antares/platforms/workload/trace_graph.h"

namespace antares::platforms::cli {
namespace {

/// A name that a description may have, from the file's.
std::string identifier_of(const std::string& path) {
  std::string name = std::filesystem::path(path).stem().string();
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return c >= 0x80 || (std::isalnum(c) == 0 && c != '_' && c != '-'); },
      '_');
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 || name[0] == '-')
    name = "server_" + name;
  return name;
}

void print(std::ostream& out, const char* title, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) out << "  " << title << ": " << line << "\n";
}

}  // namespace

int import_topology(const ImportOptions& options) {
  const std::string text = read_single_file(options.input, "one topology dump of NCCL or RCCL");
  constexpr auto kExpected =
      "; expected a topology dump of NCCL or RCCL (<system> with <cpu> in it)";
  if (text.empty()) throw TraceError(options.input + ":1:1: an empty file" + kExpected);
  // What is no text is taken for a Chakra trace, which it may be or not.
  if (const std::size_t at = first_non_text(text); at != std::string_view::npos)
    throw TraceError(options.input + ": at byte " + std::to_string(at) +
                     ": this is not text (UTF-8)" + kExpected);
  if (const FileFormat format = recognise(text); format != FileFormat::nccl_topology)
    throw TraceError(options.input + ": " + to_string(format) + kExpected);
  const ImportedPlatform imported = platforms::import_topology(
      read_topology_dump(text, options.input), identifier_of(options.input), options.input);
  // Whatever comes out is a description that `check` and `run` take.
  parse_platform(imported.description, options.input + " as a description");
  std::ostream& report = options.has_out ? std::cout : std::cerr;
  if (options.has_out)
    replace_output(options.out, imported.description);
  else
    std::cout << imported.description << std::flush;
  report << options.input << ": " << to_string(FileFormat::nccl_topology) << "\n";
  print(report, "understood", imported.understood);
  print(report, "assumption", imported.assumed);
  print(report, "ignored", imported.ignored);
  if (options.has_out) report << "  written to " << options.out << "\n";
  return kExitOk;
}

}  // namespace antares::platforms::cli
