// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "antares/platforms/workload/collective_plan.h"
#include "antares/platforms/workload/file_format.h"
#include "antares/platforms/workload/layer_trace.h"
#include "antares/platforms/workload/param_reader.h"
#include "antares/platforms/workload/topology_dump.h"
#include "antares/platforms/workload/trace_files.h"
#include "antares/platforms/workload/trace_set.h"
#include "antares/platforms/workload/trace_summary.h"

namespace antares::platforms {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kMostGroups = 8;

std::string notes(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) text += "  warning: " + warning + "\n";
  return text;
}

std::string describe_groups(const std::vector<TraceGroup>& groups) {
  std::string text;
  std::size_t named = 0;
  for (const TraceGroup& group : groups) {
    if (group.name.empty() || ++named > kMostGroups) continue;
    text += fmt::format("  process group '{}': {} ranks, {} to {}\n", group.name,
                        group.ranks.size(), group.ranks.front(), group.ranks.back());
  }
  if (named > kMostGroups) text += fmt::format("  and {} more groups\n", named - kMostGroups);
  return text;
}

std::string chakra_info(TraceFiles& files, std::string first) {
  std::vector<TraceGraph> graphs;
  for (TraceFile& file : files.files) {
    graphs.push_back(read_chakra(graphs.empty() ? first : read_trace_file(file), file.name));
    file.bytes = {};
  }
  if (files.single)
    return to_text(summarize(graphs.front())) +
           "  a single file: it is replayed on every rank of its process groups, or on every "
           "accelerator "
           "where none is defined\n";
  TraceSetOptions options;
  options.available_ranks = static_cast<std::uint32_t>(graphs.size());
  const TraceSet set = make_trace_set(std::move(graphs), false, options);
  return to_text(summarize(set)) + describe_groups(set.groups) + notes(set.warnings) +
         "  sums are over all ranks; collectives, sends and receives match across ranks\n";
}

std::string param_info(const std::string& text, const std::string& file) {
  check_text_size(text, file);
  return to_text(summarize(read_param(text, file))) +
         "  sizes are elements of dtype in the file; one transfer after the other, on every "
         "accelerator\n";
}

std::string topology_info(const std::string& text, const std::string& path) {
  const ImportedPlatform imported = import_topology(read_topology_dump(text, path), "server", path);
  std::string result;
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) result += fmt::format("  {}: {}\n", title, line);
  };
  add("understood", imported.understood);
  add("assumption", imported.assumed);
  add("ignored", imported.ignored);
  return result + "  no workload, but a platform: antares import nccl-topology " + path + "\n";
}

std::string layer_info(const std::string& text, const std::string& file) {
  check_text_size(text, file);
  const LayerFile layers = read_layers(text, file);
  // The smallest job that has all groups, where the file doesn't say how large it is.
  LayerTraceOptions options;
  options.available_ranks = layers.job_ranks;
  if (layers.job_ranks == 0)
    options.available_ranks = layers.tensor_ranks * layers.expert_ranks * layers.pipeline_stages;
  const TraceSet set = make_layer_set(layers, options);
  const std::uint64_t stage = std::uint64_t{layers.tensor_ranks} * layers.pipeline_stages;
  std::string result = to_text(summarize(set));
  result += fmt::format(
      "  layers: {}; ranks: {}; tensor-parallel {}, data-parallel {}, expert-parallel {}, pipeline "
      "stages {}\n",
      layers.rows.size(),
      layers.job_ranks == 0 ? "not given (all accelerators)" : std::to_string(layers.job_ranks),
      layers.tensor_is_job ? "all" : std::to_string(layers.tensor_ranks),
      layers.job_ranks == 0 ? "the rest" : std::to_string(layers.job_ranks / stage),
      layers.expert_ranks, layers.pipeline_stages);
  result +=
      "  durations are taken as ns (duration_unit), sizes as bytes of the whole buffer; counts "
      "and sums are of one rank\n";
  return result + notes(set.warnings);
}

}  // namespace

std::vector<std::string> trace_info_paths(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_regular_file(error)) continue;
    const std::string name = entry->path().string();
    if (name.size() > 3 && (name.rfind(".et") == name.size() - 3 ||
                            (name.size() > 6 && name.rfind(".et.gz") == name.size() - 6)))
      return {path};
    files.push_back(name);
  }
  if (error) throw TraceError(path + ": cannot be read: " + error.message());
  if (files.empty()) throw TraceError(path + ": the folder holds no files");
  if (files.size() > kMostFiles)
    throw TraceError(path + ": the folder holds " + std::to_string(files.size()) +
                     " files and no Chakra set; give one of them");
  std::sort(files.begin(), files.end());
  return files;
}

std::string trace_info(const std::string& path) {
  TraceFiles files = find_trace_files(path);
  const TraceFile& first = files.files.front();
  const std::string bytes = read_trace_file(first);
  const FileFormat format = recognise(bytes);
  const std::string head = path + ": " + to_string(format) + "\n";
  switch (format) {
    case FileFormat::chakra:
      return head + chakra_info(files, bytes);
    case FileFormat::simai:
      return head + layer_info(bytes, first.name);
    case FileFormat::param:
    case FileFormat::pytorch:
      return head + param_info(bytes, first.name);
    case FileFormat::nccl_topology:
      return head + topology_info(bytes, path);
    case FileFormat::msccl:
    case FileFormat::mscclpp:
      return head + to_text(load_plan(path));
    default:
      throw TraceError(path + ": " + to_string(format) + ": there is no reader for it");
  }
}

}  // namespace antares::platforms
