// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/workload_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

class Checker {
 public:
  Checker(const PlatformConfig& config, const ReadState& state, const std::set<std::string>* names,
          Diagnostics& diagnostics)
      : config_(config), state_(state), names_(names), diagnostics_(diagnostics) {}

  void check_workload(const WorkloadDescription& workload, const std::string& path) {
    if (workload.kind == WorkloadKind::collective) {
      check_ranks(workload.collective.ranks, path + ".collective.ranks");
      check_absent(workload.collective, path + ".collective");
    }
    if (workload.kind == WorkloadKind::concurrent)
      check_concurrent(workload.concurrent, path + ".concurrent");
    if (workload.kind == WorkloadKind::trace && !state_.failed(path + ".trace"))
      check_trace(workload.trace, path);
    if (workload.kind == WorkloadKind::pairs) check_pairs(workload.pairs, path + ".pairs");
    if (workload.kind == WorkloadKind::collective)
      check_barrier(workload.collective, path + ".collective");
    if (workload.kind != WorkloadKind::traffic) return;
    const TrafficWorkload& traffic = workload.traffic;
    const std::string section = path + ".traffic";
    check_endpoints(traffic.sources, section + ".sources");
    check_senders(traffic.sources, section + ".sources");
    check_used(traffic, section);
    check_groups(traffic, section);
    check_sizes(traffic, section);
    if (!traffic.hot_spot_target.empty())
      check_endpoint(traffic.hot_spot_target, section + ".hot_spot_target");
    if (traffic.sweep && traffic.sweep->from > traffic.sweep->to)
      error(section + ".sweep", "from is larger than to", "write the smaller load first");
    if (std::none_of(traffic.packets.begin(), traffic.packets.end(),
                     [](const PacketSize& size) { return size.weight > 0; }))
      error(section + ".packets", "every weight is 0", "one size needs a weight above 0");
    const bool slotted = std::any_of(config_.switches.begin(), config_.switches.end(),
                                     [](const auto& part) { return part.crossbar.slot_ns > 0; });
    if (!slotted && traffic.measure_slots + traffic.warmup_slots > 0)
      error(section + (traffic.measure_slots > 0 ? ".measure_slots" : ".warmup_slots"),
            "no switch of this platform is slotted",
            "use the key that ends in _us, or set slot_ns");
  }

 private:
  void error(const std::string& path, std::string message, std::string hint = {}) {
    diagnostics_.error(state_.place(path), std::move(message), std::move(hint));
  }

  void check_trace(const TraceWorkload& trace, const std::string& path) {
    if (trace.input.empty() && !trace.model)
      return error(path, "kind: trace needs trace.input or trace.model",
                   "the trace's file or folder, or the shape of a model");
    if (!trace.model) return;
    if (!trace.input.empty())
      error(path + ".trace.model", "a trace has either an input or a model",
            "leave one of them out");
    const TraceWorkload standard;
    if (!trace.groups_file.empty() || trace.job_ranks != 0 || trace.format != standard.format ||
        trace.duration_unit != standard.duration_unit)
      error(
          path + ".trace",
          "groups_file, job_ranks, format and duration_unit would not be used: a model needs none",
          "leave them out; model.ranks says how many ranks take part");
  }

  void check_groups(const TrafficWorkload& traffic, const std::string& section) {
    const bool multicast = traffic.pattern == TrafficPattern::multicast;
    if (multicast && config_.groups.empty())
      error(section + ".pattern", "pattern multicast, but the platform has no groups",
            "list them under `groups`");
    if (multicast && traffic.read_fraction > 0)
      error(section + ".read_fraction", "a group cannot be read from", "leave it out");
    std::set<std::string> known;
    for (const GroupDescription& group : config_.groups) known.insert(group.name);
    for (std::size_t i = 0; multicast && i < traffic.groups.size(); ++i) {
      if (known.count(traffic.groups[i]) == 0)
        error(index_path(section + ".groups", i), "there is no group \"" + traffic.groups[i] + "\"",
              suggestion(traffic.groups[i], {known.begin(), known.end()}));
    }
  }

  /// Each request fits into what it may be for: every memory, or the windows of its groups.
  void check_sizes(const TrafficWorkload& traffic, const std::string& section) {
    for (std::size_t p = 0; p < traffic.packets.size(); ++p) {
      const std::uint64_t bytes = traffic.packets[p].bytes;
      const auto too_large = [&](const std::string& what, std::uint64_t has) {
        const std::string path = index_path(section + ".packets", p) + ".bytes";
        if (bytes <= has || state_.failed(path)) return false;
        error(path, fmt::format("a request of {} B is larger than {} ({} B)", bytes, what, has),
              "take smaller requests, or make room");
        return true;
      };
      bool told = false;
      if (traffic.pattern != TrafficPattern::multicast) {
        for (const EndpointDescription& endpoint : config_.endpoints)
          told =
              told || too_large("the memory of \"" + endpoint.name + "\"", memory_bytes(endpoint));
        continue;
      }
      for (const GroupDescription* group : groups_of(traffic))
        told = told ||
               too_large("the window of the group \"" + group->name + "\"", group->window_bytes);
    }
  }

  std::vector<const GroupDescription*> groups_of(const TrafficWorkload& traffic) const {
    std::vector<const GroupDescription*> used;
    for (const GroupDescription& group : config_.groups)
      if (traffic.groups.empty() || std::find(traffic.groups.begin(), traffic.groups.end(),
                                              group.name) != traffic.groups.end())
        used.push_back(&group);
    return used;
  }

  /// What the pattern leaves without a meaning is a mistake of the writer.
  void check_used(const TrafficWorkload& traffic, const std::string& section) {
    const auto unused = [&](const std::string& key, bool is_set, const char* why, const char* how) {
      const std::string path = section + "." + key;
      if (is_set && !state_.failed(path)) error(path, key + " would not be used: " + why, how);
    };
    if (state_.failed(section + ".pattern")) return;
    const TrafficWorkload standard;
    const bool hot_spot = traffic.pattern == TrafficPattern::hot_spot;
    unused(
        "hot_spot_target",
        !traffic.hot_spot_target.empty() && !hot_spot && traffic.pattern != TrafficPattern::incast,
        "the pattern aims at nobody", "leave it out, or take pattern hot_spot or incast");
    unused("groups", !traffic.groups.empty() && traffic.pattern != TrafficPattern::multicast,
           "the pattern sends to endpoints", "leave it out, or take pattern multicast");
    unused("hot_spot_fraction",
           traffic.hot_spot_fraction != standard.hot_spot_fraction && !hot_spot,
           "the pattern has no hot spot", "leave it out, or take pattern hot_spot");
  }

  /// A size that no listed operation has is a mistake of the writer.
  void check_pairs(const PairsWorkload& pairs, const std::string& path) {
    if (state_.failed(path + ".operations")) return;
    const auto& listed = pairs.operations;
    for (std::size_t i = 0; i < listed.size(); ++i)
      if (std::find(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(i), listed[i]) !=
          listed.begin() + static_cast<std::ptrdiff_t>(i))
        error(index_path(path + ".operations", i), "this operation is listed twice",
              "each gives rows of its own; leave one out");
    // Two operands of 16 B are a compare-and-swap's; PCIe has no other atomic of that size.
    if (pairs.operand_bytes == 16 &&
        std::find(listed.begin(), listed.end(), PairOperation::compare_and_swap) == listed.end() &&
        std::any_of(listed.begin(), listed.end(),
                    [](PairOperation each) { return !PairsWorkload::sized_by_bytes(each); }))
      error(path + ".operand_bytes",
            "operand_bytes is 16, and only a compare_and_swap has operands of 16 B",
            "use 4 or 8, or add compare_and_swap to operations");
    const PairsWorkload standard;
    if (pairs.operand_bytes != standard.operand_bytes &&
        std::all_of(listed.begin(), listed.end(), PairsWorkload::sized_by_bytes))
      error(path + ".operand_bytes", "operand_bytes would not be used: no operation is an atomic",
            "leave it out, or add fetch_add, swap or compare_and_swap to operations");
    if (pairs.bytes != standard.bytes &&
        std::none_of(listed.begin(), listed.end(), PairsWorkload::sized_by_bytes))
      error(path + ".bytes", "bytes would not be used: every operation is an atomic",
            "operand_bytes is the size of their operands");
  }

  void check_concurrent(const ConcurrentWorkload& workload, const std::string& path) {
    std::set<std::string> names;
    bool any_dimension = false;
    for (std::size_t j = 0; j < workload.jobs.size(); ++j) {
      const ConcurrentJob& job = workload.jobs[j];
      const std::string at = index_path(path + ".jobs", j);
      if (state_.failed(at)) continue;
      const bool along = job.dimension != JobDimension::all;
      any_dimension = any_dimension || along;
      if (!names.insert(job.name).second)
        error(at + ".name", "two jobs are called \"" + job.name + "\"", "each needs its own name");
      if (along && !job.collective.ranks.empty())
        error(at + ".dimension", "the ranks are named already", "leave dimension or ranks out");
      if (along && !workload.layout)
        error(at + ".dimension", "there is no layout to have dimensions", "add `layout: {...}`");
      if (job.collective.bytes.size() != 1)
        error(at + ".collective.bytes",
              std::to_string(job.collective.bytes.size()) + " sizes: a job has one",
              "make a job for each, or a workload for each size");
      check_ranks(job.collective.ranks, at + ".collective.ranks");
      check_absent(job.collective, at + ".collective");
      check_barrier(job.collective, at + ".collective");
    }
    if (workload.jobs.empty() && !state_.failed(path))
      error(path + ".jobs", "there are no jobs to run at once", "list some under `jobs`");
    const bool uses_layout =
        any_dimension || std::any_of(workload.jobs.begin(), workload.jobs.end(),
                                     [](const auto& job) { return job.collective.ranks.empty(); });
    if (workload.layout && !uses_layout && !state_.failed(path))
      error(path + ".layout", "layout would not be used: every job names its ranks",
            "leave it out, or name a dimension");
  }

  void check_barrier(const CollectiveWorkload& what, const std::string& path) {
    if (what.collective != "barrier" || what.bytes == CollectiveWorkload().bytes) return;
    error(path + ".bytes", "bytes would not be used: a barrier's messages are flags",
          "leave it out");
  }

  /// As members of a group are named.
  void check_ranks(const std::vector<std::string>& entries, const std::string& path) {
    if (names_ == nullptr || entries.empty()) return;
    const auto endpoints = expand_endpoints(config_);
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string where = index_path(path, i);
      if (state_.failed(where)) continue;
      const EndpointList found = resolve_members(config_, endpoints, entries[i]);
      if (!found.error.empty()) {
        error(where, found.error, found.hint);
        continue;
      }
      for (const std::size_t e : found.endpoints)
        if (!seen.insert(e).second) {
          error(where, "the endpoint \"" + endpoints[e].name + "\" is listed twice");
          break;
        }
    }
  }

  void check_absent(const CollectiveWorkload& what, const std::string& path) {
    check_ranks(what.absent, path + ".absent");
    if (names_ == nullptr || what.absent.empty() || what.ranks.empty()) return;
    const auto ranks = names_in(config_, what.ranks);
    for (std::size_t i = 0; i < what.absent.size(); ++i)
      for (const std::string& name : names_in(config_, {what.absent[i]}))
        if (names_->count(name) != 0 &&
            std::find(ranks.begin(), ranks.end(), name) == ranks.end()) {
          error(index_path(path + ".absent", i), "\"" + name + "\" takes no part anyway",
                "name it in ranks, too");
          break;
        }
  }

  void check_endpoints(const std::vector<std::string>& names, const std::string& path) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      check_endpoint(names[i], index_path(path, i));
      if (!seen.insert(names[i]).second)
        error(index_path(path, i), "the endpoint \"" + names[i] + "\" is listed twice");
    }
  }

  void check_senders(const std::vector<std::string>& names, const std::string& path) {
    if (names_ == nullptr || names.empty()) return;
    const auto endpoints = expand_endpoints(config_);
    for (std::size_t i = 0; i < names.size(); ++i)
      for (const ExpandedEndpoint& endpoint : endpoints)
        if (endpoint.name == names[i] &&
            config_.endpoints[endpoint.description].kind == EndpointKind::memory)
          error(index_path(path, i), "\"" + names[i] + "\" is a memory and cannot send",
                "sources are accelerators and hosts");
  }

  void check_endpoint(const std::string& name, const std::string& path) {
    if (names_ == nullptr || names_->count(name) != 0 || state_.failed(path)) return;
    error(path, "there is no endpoint \"" + name + "\"",
          suggestion(name, {names_->begin(), names_->end()}));
  }

  const PlatformConfig& config_;
  const ReadState& state_;
  const std::set<std::string>* names_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_workloads(const PlatformConfig& config, const ReadState& state,
                     const std::set<std::string>* endpoints, Diagnostics& diagnostics) {
  Checker checker(config, state, endpoints, diagnostics);
  for (std::size_t i = 0; i < config.workloads.size(); ++i)
    checker.check_workload(config.workloads[i], index_path("workloads", i));
}

}  // namespace antares::platforms
