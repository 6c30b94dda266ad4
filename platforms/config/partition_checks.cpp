// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/partition_checks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/config/pods.h"

namespace antares::platforms {
namespace {

class SwitchCheck {
 public:
  SwitchCheck(const PlatformConfig& config, std::size_t index, const TellMistake& tell)
      : config_(config),
        index_(index),
        part_(config.switches[index]),
        ports_(expand_ports(part_)),
        path_(index_path("switches", index)),
        tell_(tell) {}

  void run() {
    for (std::size_t p = 0; p < part_.partitions.size(); ++p) {
      check_name(p);
      for (std::size_t i = 0; i < part_.partitions[p].ports.size(); ++i)
        check_ports(p, index_path(path_of(p) + ".ports", i), part_.partitions[p].ports[i]);
      check_upstream(p);
    }
  }

 private:
  std::string path_of(std::size_t partition) const {
    return index_path(path_ + ".partitions", partition);
  }

  void check_name(std::size_t p) {
    const std::string& name = part_.partitions[p].name;
    const std::string path = path_of(p) + ".name";
    if (name == kSpare)
      tell_(path, "no partition can be called \"" + name + "\"",
            "that is what the ports in none of them are called");
    if (!names_.insert({name, p}).second)
      tell_(path, "the partition \"" + name + "\" exists already",
            "each needs a name of its own; one partition may list ports of several groups");
  }

  void check_ports(std::size_t p, const std::string& path, const std::string& ports) {
    const Attachment found = resolve_ports(config_, index_, ports);
    if (!found.error.empty())
      return tell_(path, "ports: " + ports + ": " + found.error, found.hint);
    bool told = false;  // one message for a range, however much of it is taken
    for (const std::size_t port : found.ports) {
      const auto [owner, is_free] = owners_.emplace(port, p);
      if (is_free || std::exchange(told, true)) continue;
      const std::string name = part_.name + "." + ports_[port].name;
      tell_(path,
            owner->second == p ? "port " + name + " is in this partition already"
                               : "port " + name + " is in the partition \"" +
                                     part_.partitions[owner->second].name + "\" already",
            "a port is in one partition, once");
    }
  }

  void check_upstream(std::size_t p) {
    std::string first;
    for (const auto& [port, owner] : owners_) {
      if (owner != p || part_.ports[ports_[port].group].role != models::PortRole::upstream)
        continue;
      if (!first.empty())
        return tell_(path_of(p) + ".ports",
                     "the partition \"" + part_.partitions[p].name + "\" has two upstream ports, " +
                         first + " and " + ports_[port].name,
                     "a partition has at most one");
      first = ports_[port].name;
    }
  }

  const PlatformConfig& config_;
  std::size_t index_;
  const SwitchDescription& part_;
  std::vector<ExpandedPort> ports_;
  std::string path_;
  const TellMistake& tell_;
  std::map<std::string, std::size_t> names_;
  std::map<std::size_t, std::size_t> owners_;  ///< partition by port
};

class WorkloadCheck {
 public:
  WorkloadCheck(const PlatformConfig& config, const TellMistake& tell)
      : config_(config), tell_(tell), endpoints_(expand_endpoints(config)), view_(config) {}

  void check(const CollectiveWorkload& collective, const std::string& path) const {
    const ExpandedEndpoint* first = nullptr;
    for (const ExpandedEndpoint* rank : ranks_of(collective)) {
      // The first on a spare port, which sees not even itself: told beside the next one.
      if (first == nullptr) first = rank;
      if (rank == first || view_.sees(*first, *rank)) continue;
      return tell_(collective.ranks.empty() ? path : path + ".ranks",
                   "the ranks of a collective must see each other: " + view_.text(*first) +
                       " does not see " + view_.text(*rank),
                   "list `ranks` of one partition");
    }
  }

  void check(const TrafficWorkload& traffic, const std::string& path) const {
    const bool aims =
        traffic.pattern == TrafficPattern::hot_spot || traffic.pattern == TrafficPattern::incast;
    const ExpandedEndpoint* target = find(traffic.hot_spot_target);
    if (!aims || target == nullptr) return;
    for (std::size_t i = 0; i < traffic.sources.size(); ++i) {
      const ExpandedEndpoint* source = find(traffic.sources[i]);
      if (source == nullptr || view_.sees(*source, *target)) continue;
      tell_(index_path(path + ".sources", i),
            view_.text(*source) + " does not see hot_spot_target " + view_.text(*target),
            "list `sources` of one partition");
    }
  }

 private:
  const ExpandedEndpoint* find(const std::string& name) const {
    const auto found = std::find_if(endpoints_.begin(), endpoints_.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found == endpoints_.end() ? nullptr : &*found;
  }

  std::vector<const ExpandedEndpoint*> ranks_of(const CollectiveWorkload& collective) const {
    std::vector<const ExpandedEndpoint*> ranks;
    for (const std::string& name : names_in(config_, collective.ranks))
      if (const ExpandedEndpoint* rank = find(name)) ranks.push_back(rank);
    if (!collective.ranks.empty()) return ranks;
    for (const ExpandedEndpoint& endpoint : endpoints_)
      if (config_.endpoints[endpoint.description].kind == EndpointKind::accelerator)
        ranks.push_back(&endpoint);
    return ranks;
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<ExpandedEndpoint> endpoints_;
  PartitionView view_;
};

}  // namespace

void check_partitions(const PlatformConfig& config, const TellMistake& tell) {
  for (std::size_t s = 0; s < config.switches.size(); ++s) SwitchCheck(config, s, tell).run();
}

void check_who_sees_whom(const PlatformConfig& config, const TellMistake& tell) {
  const bool any = std::any_of(config.switches.begin(), config.switches.end(),
                               [](const auto& part) { return !part.partitions.empty(); });
  // Where ports move, who sees whom shows when a workload starts.
  const bool moves = std::any_of(config.switches.begin(), config.switches.end(),
                                 [](const auto& part) { return !part.port_moves.events.empty(); });
  if (!any || moves) return;
  const WorkloadCheck workloads(config, tell);
  for (std::size_t i = 0; i < config.workloads.size(); ++i) {
    const WorkloadDescription& workload = config.workloads[i];
    const std::string path = index_path("workloads", i);
    if (workload.kind == WorkloadKind::collective)
      workloads.check(workload.collective, path + ".collective");
    if (workload.kind == WorkloadKind::traffic)
      workloads.check(workload.traffic, path + ".traffic");
    if (workload.kind != WorkloadKind::concurrent) continue;
    // Jobs along a dimension of the layout: several groups, looked at when they start.
    for (std::size_t j = 0; j < workload.concurrent.jobs.size(); ++j)
      if (workload.concurrent.jobs[j].dimension == JobDimension::all)
        workloads.check(workload.concurrent.jobs[j].collective,
                        index_path(path + ".concurrent.jobs", j) + ".collective");
  }
}

}  // namespace antares::platforms
