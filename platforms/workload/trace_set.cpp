// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/trace_set.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "antares/platforms/workload/file_format.h"
#include "antares/platforms/workload/layer_trace.h"
#include "antares/platforms/workload/param_reader.h"
#include "antares/platforms/workload/process_groups.h"
#include "antares/platforms/workload/trace_files.h"
#include "antares/platforms/workload/trace_matching.h"

namespace antares::platforms {

namespace {

std::vector<std::uint32_t> all_ranks(std::uint32_t count) {
  std::vector<std::uint32_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), 0u);
  return ranks;
}

ProcessGroups defined_groups(const std::vector<TraceGraph>& graphs,
                             const TraceSetOptions& options) {
  if (!options.group_file.empty()) return read_group_file(options.group_file);
  ProcessGroups groups;
  for (const TraceGraph& graph : graphs) {
    if (graph.group_definitions.empty()) continue;
    for (auto& [name, ranks] : read_group_metadata(graph.group_definitions, graph.file)) {
      const auto [known, added] = groups.emplace(name, ranks);
      if (!added && known->second != ranks) {
        throw TraceError(graph.file + ": process group '" + name +
                         "' has other ranks here than in another rank's trace; give one definition "
                         "with a process group file");
      }
    }
  }
  return groups;
}

std::string beyond(const std::string& name, std::uint32_t rank, std::uint32_t count) {
  return "process group '" + name + "' holds rank " + std::to_string(rank) +
         ", but there are ranks 0 to " + std::to_string(count - 1);
}

// The ranks of the groups that its nodes name; where some name none, or none that is defined, of
// all groups: the whole job.
std::vector<std::uint32_t> ranks_of_file(const TraceGraph& graph, const ProcessGroups& defined,
                                         std::uint32_t available, TraceSet& set) {
  if (defined.empty()) {
    set.warnings.push_back(
        "a single file that does not say how many ranks the job had: replayed on " +
        std::to_string(available) + " ranks, all there are; a process group file would tell");
    return all_ranks(available);
  }
  std::set<std::string> named;
  bool whole_job = false;
  for (const TraceNode& node : graph.nodes) {
    if (node.kind != TraceNodeKind::collective) continue;
    const std::string& name = graph.groups[node.group];
    if (defined.count(name) != 0)
      named.insert(name);
    else
      whole_job = true;
  }
  std::set<std::uint32_t> ranks;
  for (const auto& [name, members] : defined) {
    if (!whole_job && !named.empty() && named.count(name) == 0) continue;
    if (members.empty()) {
      set.warnings.push_back("process group '" + name +
                             "' is the whole job, and nothing says how many ranks that had: "
                             "replayed on " +
                             std::to_string(available) + " ranks, all there are");
      return all_ranks(available);
    }
    if (members.back() >= available)
      throw TraceError(graph.file + ": " + beyond(name, members.back(), available) +
                       ": take a larger platform, or a process group file with fewer ranks");
    ranks.insert(members.begin(), members.end());
  }
  return {ranks.begin(), ranks.end()};
}

// A set that has lost its last files looks like that of a smaller job; groups know better, used or
// not.
void check_complete(const ProcessGroups& groups, TraceSet& set, const std::string& file) {
  const auto count = static_cast<std::uint32_t>(set.ranks.size());
  for (const auto& [name, ranks] : groups) {
    if (!ranks.empty() && ranks.back() >= count) {
      throw TraceError(file + ": " + beyond(name, ranks.back(), count) +
                       ": files of the set are missing");
    }
  }
  if (groups.empty()) {
    set.warnings.push_back("nothing says how many ranks the job had: taken as the " +
                           std::to_string(count) +
                           " whose files are there; a process group file would tell");
  }
}

class GroupTable {
 public:
  GroupTable(ProcessGroups defined, TraceSet& set, std::vector<std::uint32_t> job, bool from_file)
      : defined_(std::move(defined)), set_(set), job_(std::move(job)), from_file_(from_file) {
    set_.groups.push_back({"", job_});
  }

  void renumber(TraceGraph& graph) {
    std::vector<std::uint32_t> number;
    for (const std::string& name : graph.groups) number.push_back(find_or_add(name, graph.file));
    for (TraceNode& node : graph.nodes) node.group = number[node.group];
  }

 private:
  std::uint32_t rank_count() const { return static_cast<std::uint32_t>(set_.ranks.size()); }

  std::uint32_t find_or_add(const std::string& name, const std::string& file) {
    for (std::uint32_t i = 0; i < set_.groups.size(); ++i) {
      if (set_.groups[i].name == name) return i;
    }
    const auto defined = defined_.find(name);
    if (defined == defined_.end() && from_file_) {
      throw TraceError(file + ": uses process group '" + name +
                       "', which the process group file does not define");
    }
    TraceGroup group{name, job_};
    if (defined == defined_.end()) {
      set_.warnings.push_back("process group '" + name +
                              "' is defined nowhere: taken as all ranks; a process group file "
                              "{\"<name>\": [ranks]} would tell");
    } else if (!defined->second.empty()) {
      group.ranks = defined->second;
      if (group.ranks.back() >= rank_count()) {
        throw TraceError(file + ": " + beyond(name, group.ranks.back(), rank_count()));
      }
    }
    set_.groups.push_back(std::move(group));
    return static_cast<std::uint32_t>(set_.groups.size() - 1);
  }

  ProcessGroups defined_;
  TraceSet& set_;
  std::vector<std::uint32_t> job_;
  bool from_file_;
};

}  // namespace

TraceSet make_trace_set(std::vector<TraceGraph> graphs, bool single_file,
                        const TraceSetOptions& options) {
  if (graphs.empty() || graphs.size() > 65535 || options.available_ranks > 65535)
    throw TraceError("a trace cannot run on " +
                     std::to_string(graphs.empty() ? 0 : options.available_ranks) + " ranks");
  if (!single_file && graphs.size() > options.available_ranks) {
    throw TraceError(graphs.front().file + ": the trace has " + std::to_string(graphs.size()) +
                     " ranks, but there are only " + std::to_string(options.available_ranks) +
                     " accelerators");
  }
  TraceSet set;
  ProcessGroups defined = defined_groups(graphs, options);
  const std::vector<std::uint32_t> job =
      single_file ? ranks_of_file(graphs.front(), defined, options.available_ranks, set)
                  : all_ranks(static_cast<std::uint32_t>(graphs.size()));
  if (job.empty()) throw TraceError(graphs.front().file + ": a trace cannot run on 0 ranks");
  set.ranks.resize(job.back() + 1);
  set.single_file = single_file && job.size() == set.ranks.size();
  if (!single_file)
    check_complete(defined, set,
                   options.group_file.empty() ? graphs.front().file : options.group_file);
  GroupTable table(std::move(defined), set, job, !options.group_file.empty());
  bool anything = false;
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    anything |= !graphs[i].nodes.empty();
    table.renumber(graphs[i]);
    const auto graph = std::make_shared<const TraceGraph>(std::move(graphs[i]));
    if (single_file) {
      for (const std::uint32_t rank : job) set.ranks[rank] = graph;
    } else {
      set.ranks[i] = graph;
    }
  }
  const auto idle = std::make_shared<const TraceGraph>();  // ranks below those of the file's group
  for (auto& graph : set.ranks)
    if (graph == nullptr) graph = idle;
  if (!anything) throw TraceError(set.ranks[job.front()]->file + ": the trace has no nodes");
  check_matching(set);
  return set;
}

namespace {

/// What a format asked for is in a sentence.
const char* wanted(TraceFormat format) {
  return to_string(format == TraceFormat::simai   ? FileFormat::simai
                   : format == TraceFormat::param ? FileFormat::param
                                                  : FileFormat::chakra);
}

TraceFormat format_of(FileFormat seen) {
  switch (seen) {
    case FileFormat::simai:
      return TraceFormat::simai;
    case FileFormat::param:
    case FileFormat::pytorch:
      return TraceFormat::param;
    case FileFormat::chakra:
      return TraceFormat::chakra;
    default:
      return TraceFormat::automatic;
  }
}

/// The format of a trace's file; throws what else it is for, if it is no trace.
FileFormat trace_format(const std::string& bytes, const std::string& file,
                        const TraceSetOptions& options) {
  const FileFormat seen = recognise(bytes);
  const auto fail = [&](const std::string& what) {
    throw TraceError(file + " is " + to_string(seen) + what);
  };
  if (seen == FileFormat::msccl || seen == FileFormat::mscclpp)
    fail(": how a collective is done, not a trace; run it as a collective with `program`");
  if (seen == FileFormat::nccl_topology) fail(": a machine, not a trace");
  if (options.format != TraceFormat::automatic && format_of(seen) != options.format)
    fail(std::string(", not ") + wanted(options.format) +
         " as asked for; leave the format out, or give another input");
  if (format_of(seen) == TraceFormat::automatic)
    fail(
        ": there is no reader that turns it into a trace; Chakra, SimAI and PARAM files can be "
        "replayed");
  return seen;
}

TraceSet load_layers(const std::string& text, const std::string& file,
                     const TraceSetOptions& options) {
  check_text_size(text, file);
  if (!options.group_file.empty())
    throw TraceError(options.group_file + ": a process group file does not go with " + file +
                     ": the header of a SimAI layer file says who belongs together");
  LayerTraceOptions layers;
  layers.available_ranks = options.available_ranks;
  layers.job_ranks = options.job_ranks;
  if (options.duration_unit_ps > 0) layers.duration_unit_ps = options.duration_unit_ps;
  return make_layer_set(read_layers(text, file), layers);
}

}  // namespace

TraceSet load_traces(const std::string& path, const TraceSetOptions& options) {
  TraceFiles found = find_trace_files(path);
  ChakraOptions chakra = options.chakra;
  if (options.duration_unit_ps > 0) chakra.duration_unit_ps = options.duration_unit_ps;
  std::vector<TraceGraph> graphs;
  for (TraceFile& file : found.files) {
    const std::string bytes = read_trace_file(file);
    const TraceFormat format = format_of(trace_format(bytes, file.name, options));
    if (format == TraceFormat::simai) {
      if (!found.single)
        throw TraceError(file.name +
                         " is a SimAI layer file: it stands for all ranks, give it alone");
      return load_layers(bytes, file.name, options);
    }
    if (format == TraceFormat::param) check_text_size(bytes, file.name);
    graphs.push_back(format == TraceFormat::param ? read_param(bytes, file.name)
                                                  : read_chakra(bytes, file.name, chakra));
    file.bytes = {};
  }
  if (options.job_ranks > 0)
    throw TraceError(path +
                     ": job_ranks (--job-ranks) goes with SimAI layer files; the ranks of a "
                     "Chakra trace are its files");
  return make_trace_set(std::move(graphs), found.single, options);
}

CollectiveRequest to_request(const TraceNode& collective, std::uint32_t ranks) {
  CollectiveRequest request;
  request.collective = to_string(collective.comm_type);
  request.ranks = ranks;
  request.bytes = collective.bytes;
  switch (collective.comm_type) {
    case CommType::all_gather:
    case CommType::gather:
      if (!collective.whole_buffer) request.bytes *= ranks;
      break;
    case CommType::reduce_scatter_block:
      request.collective = to_string(CommType::reduce_scatter);
      break;
    case CommType::barrier:
      request.collective = to_string(CommType::all_reduce);
      request.algorithm = "direct";
      break;
    default:
      break;
  }
  // The element type is not in the trace; sizes that 4 doesn't divide are cut by bytes.
  if (request.bytes % request.element_bytes != 0) request.element_bytes = 1;
  return request;
}

}  // namespace antares::platforms
