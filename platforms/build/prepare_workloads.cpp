// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <set>

#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/build/concurrent_plan.h"
#include "antares/platforms/build/goodput_study.h"
#include "antares/platforms/build/moe_study.h"
#include "antares/platforms/build/pairs_plan.h"
#include "antares/platforms/build/prepared_trace.h"
#include "antares/platforms/build/run_workloads.h"
#include "antares/platforms/build/switch_requests.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/report/tables.h"
#include "antares/platforms/workload/channels.h"
#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/collective_data.h"
#include "antares/platforms/workload/in_place.h"
#include "antares/platforms/workload/plan_compiler.h"

namespace antares::platforms {
namespace {

std::uint64_t host_memory_bytes() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

class Checker {
 public:
  explicit Checker(const LoadedPlatform& platform) : platform_(platform) {}

  std::vector<ReadyWorkload> run() {
    std::vector<ReadyWorkload> ready;
    const auto& workloads = platform_.config.workloads;
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      ready.push_back({workloads[i], nullptr, nullptr, {}});
      const std::string path = index_path("workloads", i);
      if (workloads[i].kind == WorkloadKind::collective) check(ready.back(), path + ".collective");
      if (workloads[i].kind == WorkloadKind::concurrent)
        check_jobs(ready.back(), path + ".concurrent");
      if (workloads[i].kind == WorkloadKind::trace) prepare(ready.back(), path + ".trace");
      if (workloads[i].kind == WorkloadKind::pairs) check(workloads[i].pairs, path + ".pairs");
      if (workloads[i].kind == WorkloadKind::moe) check(workloads[i].moe, path + ".moe");
      if (workloads[i].kind == WorkloadKind::goodput && !any_replay(platform_.config))
        error(path + ".goodput", "no port of this platform has a replay, so no unit of it fails",
              "ports of protocol ideal have none");
    }
    diagnostics_.throw_if_any();
    return ready;
  }

 private:
  void error(const std::string& path, std::string message, std::string hint = {}) {
    diagnostics_.error(place_of(path), std::move(message), std::move(hint));
  }

  Place place_of(std::string path) const {
    while (true) {
      const auto found = platform_.origins.find(path);
      if (found != platform_.origins.end()) return found->second.place;
      const std::size_t cut = path.find_last_of(".[");
      if (cut == std::string::npos) return {platform_.file, 0, 0};
      path.resize(cut);
    }
  }

  /// The endpoints that take part: their descriptions.
  std::vector<const EndpointDescription*> ranks_of(const CollectiveWorkload& workload,
                                                   const std::string& path) {
    const auto endpoints = expand_endpoints(platform_.config);
    std::vector<const EndpointDescription*> ranks;
    const auto described = [&](const ExpandedEndpoint& endpoint) {
      return &platform_.config.endpoints[endpoint.description];
    };
    if (workload.ranks.empty()) {
      for (const auto& endpoint : endpoints)
        if (described(endpoint)->kind == EndpointKind::accelerator)
          ranks.push_back(described(endpoint));
      if (ranks.empty()) error(path, "a collective needs an accelerator, the platform has none");
      return ranks;
    }
    for (std::size_t i = 0; i < workload.ranks.size(); ++i) {
      for (const std::size_t e :
           resolve_members(platform_.config, endpoints, workload.ranks[i]).endpoints) {
        ranks.push_back(described(endpoints[e]));
        if (ranks.back()->kind == EndpointKind::accelerator) continue;
        error(
            index_path(path + ".ranks", i),
            "\"" + endpoints[e].name + "\" is no accelerator: it cannot take part in a collective");
        return {};
      }
    }
    return ranks;
  }

  bool check_names(const std::string& collective, const std::string& algorithm,
                   const std::string& path) {
    std::vector<std::string> collectives;
    std::vector<std::string> offered = {"auto"};
    for (const AlgorithmInfo& info : algorithms()) {
      if (collectives.empty() || collectives.back() != info.collective)
        collectives.push_back(info.collective);
      if (info.collective == collective) offered.push_back(info.algorithm);
    }
    if (std::find(collectives.begin(), collectives.end(), collective) == collectives.end()) {
      error(path + ".collective", "there is no collective \"" + collective + "\"",
            suggestion(collective, collectives));
      return false;
    }
    if (std::find(offered.begin(), offered.end(), algorithm) == offered.end()) {
      error(path + ".algorithm", collective + " has no algorithm \"" + algorithm + "\"",
            "there are " + join(offered));
      return false;
    }
    return true;
  }

  /// An algorithm that leaves work to the switch needs one that does it.
  void check_in_switch(const CollectiveWorkload& workload, const std::string& path) {
    if (!uses_switch(workload.algorithm)) return;
    const bool reduces_there = workload.algorithm != "hypercast";
    if (!check_switches(path + ".algorithm", "\"" + workload.algorithm + "\"", true, reduces_there))
      return;
    if (reduces_there && reduces(workload.collective))
      check_operator(workload,
                     workload.algorithm == "in_switch_push" ? models::ReductionPath::push
                                                            : models::ReductionPath::pull,
                     path);
  }

  /// A sum names all ranks, a copy the others, to the switches where ranks are.
  void check_members(const std::vector<const EndpointDescription*>& ranks, bool sums,
                     const std::string& path) {
    if (ranks.empty()) return;
    const std::size_t members = ranks.size() - (sums ? 0 : 1);
    const auto endpoints = expand_endpoints(platform_.config);
    for (const AttachedPort& at : attached_ports(endpoints)) {
      const std::size_t description = endpoints[at.endpoint].description;
      const SwitchDescription& part = platform_.config.switches[at.port.switch_index];
      if (!part.hypercast || members <= part.hypercast->most_members ||
          std::find(ranks.begin(), ranks.end(), &platform_.config.endpoints[description]) ==
              ranks.end())
        continue;
      return error(path,
                   std::to_string(members) + " members are more than switch \"" + part.name +
                       "\" lets a packet name (" + std::to_string(part.hypercast->most_members) +
                       ")",
                   "raise hypercast.most_members, or name fewer ranks");
    }
  }

  bool check_switches(const std::string& path, const std::string& what, bool copies, bool reduces) {
    for (const SwitchDescription& part : platform_.config.switches) {
      if ((part.hypercast || !copies) && (part.reduction || !reduces)) continue;
      error(
          path,
          what + " needs a switch that " + (reduces ? "copies and reduces" : "copies") + "; \"" +
              part.name + "\" does not",
          reduces ? "add `hypercast: {}` and `reduction: {}` to it" : "add `hypercast: {}` to it");
      return false;
    }
    return true;
  }

  void check_operator(const CollectiveWorkload& workload, models::ReductionPath by,
                      const std::string& path) {
    try {
      reduction_kind(workload.type, workload.redop, by);
    } catch (const std::invalid_argument& problem) {
      error(path, problem.what());
    }
  }

  void check_buffer_use(const CollectiveWorkload& workload, const std::string& path) {
    if (workload.buffers != BufferUse::in_place) return;
    if (!workload.program.empty())
      error(path + ".buffers", "a program says itself what it does in place", "leave it out");
    else if (!has_in_place(workload.collective))
      error(path + ".buffers", workload.collective + " has no in-place form (nccl-tests has none)",
            "leave it out");
  }

  void check_plan_switch(const CollectivePlan& plan, const CollectiveWorkload& workload,
                         const std::string& path) {
    const InSwitch use = switch_use(plan);
    if (!use.copies && !use.reduces) return;
    // A load-reduce is a read that the switch copies to all members.
    if (!check_switches(path + ".program", workload.program, true, use.reduces)) return;
    if (use.reduces) check_operator(workload, models::ReductionPath::pull, path);
    if (!plan.redop.empty() && plan.redop != to_string(workload.redop))
      error(path + ".redop",
            workload.program + " computes " + plan.redop + ", not " + to_string(workload.redop),
            "set redop: " + plan.redop);
  }

  /// The steps of a collective that come from a file; nullptr, with an error, if they can't be run.
  std::shared_ptr<const CollectivePlan> load(const CollectiveWorkload& workload,
                                             const std::string& path) {
    if (workload.channels != 1)
      error(path + ".channels", "channels would not be used: a program has its own",
            "leave it out");
    if (workload.algorithm != "auto")
      error(path + ".program",
            "a program and algorithm \"" + workload.algorithm + "\" exclude each other",
            "leave one of them out");
    try {
      auto plan = std::make_shared<CollectivePlan>(
          load_plan(meant_by(workload.program, path + ".program")));
      if (plan->collective == workload.collective) return plan;
      error(path + ".program",
            workload.program + " is a program for " + plan->collective + ", not for " +
                workload.collective,
            "set collective: " + plan->collective);
    } catch (const TraceError& problem) {
      error(path + ".program", problem.what());
    }
    return nullptr;
  }

  void check_plan_ranks(const CollectivePlan& plan, const CollectiveWorkload& workload,
                        std::vector<const EndpointDescription*>& ranks, const std::string& path) {
    if (ranks.empty()) return;
    if (ranks.size() > plan.ranks && workload.ranks.empty()) ranks.resize(plan.ranks);
    if (ranks.size() == plan.ranks) return;
    error(workload.ranks.empty() ? path + ".program" : path + ".ranks",
          workload.program + " is a program for " + std::to_string(plan.ranks) +
              " ranks, but there are " + std::to_string(ranks.size()),
          "name " + std::to_string(plan.ranks) + " accelerators in ranks");
    ranks.clear();
  }

  void check(ReadyWorkload& ready, const std::string& path) {
    const CollectiveWorkload& workload = ready.description.collective;
    bool named = check_names(workload.collective, workload.algorithm, path);
    check_buffer_use(workload, path);
    check_in_switch(workload, path);
    auto ranks = ranks_of(workload, path);
    if (uses_switch(workload.algorithm))
      check_members(ranks, workload.algorithm != "hypercast", path + ".algorithm");
    if (named && !workload.program.empty()) {
      ready.plan = load(workload, path);
      named = ready.plan != nullptr;
      if (named) check_plan_ranks(*ready.plan, workload, ranks, path);
      if (named) check_plan_switch(*ready.plan, workload, path);
    }
    const std::uint32_t element = element_bytes(workload.type);
    for (std::size_t i = 0; i < workload.bytes.size(); ++i)
      if (workload.bytes[i] < element)
        error(index_path(path + ".bytes", i),
              std::to_string(workload.bytes[i]) + " B hold no element of type " +
                  to_string(workload.type),
              "at least " + std::to_string(element) + " B are needed");
      else if (ready.plan != nullptr)
        named &=
            check_size(*ready.plan, workload.bytes[i], element, index_path(path + ".bytes", i));
    if (has_root(workload.collective) && !ranks.empty() && workload.root >= ranks.size()) {
      error(path + ".root", "root " + std::to_string(workload.root) + " is no rank",
            "there are ranks 0 to " + std::to_string(ranks.size() - 1));
    } else if (named && !ranks.empty() && !workload.bytes.empty()) {
      check_buffers(ready, ranks, path);
    }
  }

  /// Each job in the first of its groups: the others have as many ranks.
  void check_jobs(ReadyWorkload& ready, const std::string& path) {
    const ConcurrentWorkload& workload = ready.description.concurrent;
    ready.job_plans.resize(workload.jobs.size());
    std::vector<ConcurrentGroup> groups;
    try {
      groups = concurrent_groups(platform_.config, workload);
    } catch (const TraceError& problem) {
      return error(path + ".layout", problem.what());
    }
    for (const ConcurrentGroup& group : groups) {
      if (group.number != 0) continue;
      const std::string at = index_path(path + ".jobs", group.job) + ".collective";
      ReadyWorkload one;
      one.description.collective = workload.jobs[group.job].collective;
      if (group.ranks.size() == 1)
        error(index_path(path + ".jobs", group.job),
              "each group has one rank: its collective moves nothing",
              "take another dimension, or a layout in which it has more");
      one.description.collective.ranks = group.ranks;
      if (group.ranks.size() > 1) check(one, at);
      ready.job_plans[group.job] = one.plan;
    }
  }

  bool check_size(const CollectivePlan& plan, std::uint64_t bytes, std::uint32_t element,
                  const std::string& path) {
    try {
      check_plan_size(plan, bytes, element);
      return true;
    } catch (const std::invalid_argument& problem) {
      error(path, problem.what());
      return false;
    }
  }

  void check_buffers(const ReadyWorkload& ready,
                     const std::vector<const EndpointDescription*>& ranks,
                     const std::string& path) {
    const CollectiveWorkload& workload = ready.description.collective;
    const auto largest = std::max_element(workload.bytes.begin(), workload.bytes.end());
    const std::string where =
        index_path(path + ".bytes", static_cast<std::size_t>(largest - workload.bytes.begin()));
    CollectiveRequest request;
    request.collective = workload.collective;
    request.algorithm = workload.algorithm;
    request.ranks = static_cast<std::uint32_t>(ranks.size());
    request.element_bytes = element_bytes(workload.type);
    request.bytes = *largest / request.element_bytes * request.element_bytes;
    request.root = has_root(workload.collective) ? workload.root : 0;
    if (request.bytes == 0) return;
    std::uint64_t needed = 0;
    try {
      models::Program program =
          ready.plan == nullptr ? make_program_in_channels(request, workload.channels)
                                : compile_plan(*ready.plan, request.bytes, request.element_bytes);
      if (workload.buffers == BufferUse::in_place) program = in_place(std::move(program), request);
      needed =
          CollectiveEngine::buffer_offset(program, models::Buffer::scratch) + program.scratch_bytes;
    } catch (const std::invalid_argument& problem) {
      error(path, problem.what());
      return;
    }
    for (const EndpointDescription* endpoint : ranks) {
      if (needed <= endpoint->accelerator.memory_bytes) continue;
      error(where,
            workload.collective + " needs " + readable_bytes(needed) + " of buffers a rank, \"" +
                endpoint->name + "\" has " + readable_bytes(endpoint->accelerator.memory_bytes),
            "take a smaller size, or raise accelerator.memory_bytes");
      break;
    }
    const std::uint64_t all = needed * ranks.size();
    if (workload.data == DataMode::check && all > host_memory_bytes())
      error(where,
            "data: check moves real bytes: " + std::to_string(ranks.size()) + " ranks need " +
                readable_bytes(all) + ", this machine has " + readable_bytes(host_memory_bytes()),
            "take a smaller size, or data: timing");
  }

  void check(const MoeWorkload& workload, const std::string& path) {
    for (const MoeProblem& problem : moe_problems(platform_.config, workload))
      error(problem.key.empty() ? path : path + "." + problem.key, problem.message, problem.hint);
  }

  void check(const PairsWorkload& workload, const std::string& path) {
    for (const PairsProblem& problem : pairs_problems(platform_.config, workload))
      error(problem.path.empty() ? path : problem.path, problem.message, problem.hint);
  }

  std::string meant_by(const std::string& path, const std::string& key) const {
    const auto found = platform_.origins.find(key);
    const bool on_command_line =
        found != platform_.origins.end() && found->second.place.file.rfind("--", 0) == 0;
    return path.empty() || on_command_line ? path : resolve_path(platform_, path);
  }

  void prepare(ReadyWorkload& ready, const std::string& path) {
    TraceWorkload& workload = ready.description.trace;
    workload.input = meant_by(workload.input, path + ".input");
    workload.groups_file = meant_by(workload.groups_file, path + ".groups_file");
    std::set<std::string> names = {"auto", kInSwitch};
    for (const AlgorithmInfo& info : algorithms()) names.insert(info.algorithm);
    if (names.count(workload.algorithm) == 0)
      return error(path + ".algorithm", "there is no algorithm \"" + workload.algorithm + "\"",
                   suggestion(workload.algorithm, {names.begin(), names.end()}));
    try {
      ready.trace = prepare_trace(platform_.config, workload);
    } catch (const TraceError& problem) {
      const std::string said = problem.what();
      const bool of_groups =
          !workload.groups_file.empty() && said.rfind(workload.groups_file, 0) == 0;
      error(path + (workload.model ? ".model" : of_groups ? ".groups_file" : ".input"), said);
    } catch (const std::invalid_argument& problem) {
      error(path, problem.what());
    }
  }

  const LoadedPlatform& platform_;
  Diagnostics diagnostics_;
};

}  // namespace

std::vector<ReadyWorkload> prepare_workloads(const LoadedPlatform& platform) {
  return Checker(platform).run();
}

}  // namespace antares::platforms
