// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/access_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/pods.h"
#include "antares/platforms/config/schedule_checks.h"

namespace antares::platforms {
namespace {

std::string partition_meant(const std::string& written, const std::vector<std::string>& known) {
  return known.empty() ? "list `partitions` of the switch" : suggestion(written, known);
}

class AccessCheck {
 public:
  AccessCheck(const PlatformConfig& config, const TellMistake& tell)
      : config_(config), tell_(tell), endpoints_(expand_endpoints(config)) {
    for (const ExpandedEndpoint& endpoint : endpoints_) names_.push_back(endpoint.name);
  }

  void check(std::size_t index) const {
    const SwitchDescription& part = config_.switches[index];
    for (std::size_t r = 0; r < part.access.size(); ++r) {
      const AccessDescription& rules = part.access[r];
      const std::string path = index_path(index_path("switches", index) + ".access", r);
      if (rules.ports.empty() && rules.partitions.empty())
        tell_(path, "these rules are for no port", "list `ports`, or `partitions`");
      if (rules.sources.empty() && rules.destinations.empty() && rules.addresses.empty())
        tell_(path, "these rules allow everything",
              "list `sources`, `destinations` or `addresses`, or leave the entry out");
      for (std::size_t i = 0; i < rules.ports.size(); ++i) {
        const Attachment found = resolve_ports(config_, index, rules.ports[i]);
        if (!found.error.empty())
          tell_(index_path(path + ".ports", i), "ports: " + rules.ports[i] + ": " + found.error,
                found.hint);
        check_has_device(found, index, index_path(path + ".ports", i));
      }
      check_partitions(part, rules.partitions, path + ".partitions");
      check_have_devices(index, rules.partitions, path + ".partitions");
      check_endpoints(rules.sources, path + ".sources");
      check_endpoints(rules.destinations, path + ".destinations");
      for (std::size_t i = 0; i < rules.addresses.size(); ++i) {
        const std::string where = index_path(path + ".addresses", i);
        if (!check_range(rules.addresses[i], where)) continue;
        const auto& asked = rules.destinations;
        if (!asked.empty() &&
            std::find(asked.begin(), asked.end(), rules.addresses[i].endpoint) == asked.end())
          tell_(where + ".endpoint",
                "\"" + rules.addresses[i].endpoint +
                    "\" is not among the `destinations`: nobody may ask it for anything",
                "add it there, or leave the range out");
      }
    }
    check_redirection(part, index_path("switches", index) + ".ports");
  }

 private:
  /// What comes over a link from another switch was looked at where it entered.
  void check_has_device(const Attachment& found, std::size_t index, const std::string& path) const {
    const std::set<std::size_t> linked = linked_ports(config_, index);
    for (const std::size_t port : found.ports) {
      if (linked.count(port) == 0) continue;
      const SwitchDescription& part = config_.switches[index];
      return tell_(path,
                   "port " + part.name + "." + expand_ports(part)[port].name +
                       " leads to another switch: access is controlled where a request enters the "
                       "fabric",
                   "name ports of endpoints, on the switches where these are");
    }
  }

  /// A partition whose ports here all lead to other switches: the rule would do nothing.
  void check_have_devices(std::size_t index, const std::vector<std::string>& written,
                          const std::string& path) const {
    const SwitchDescription& part = config_.switches[index];
    if (part.partitions.empty()) return;  // that there are none is told of each name
    const std::set<std::size_t> linked = linked_ports(config_, index);
    const std::vector<std::size_t> places = place_partitions(config_, index);
    for (std::size_t i = 0; i < written.size(); ++i) {
      bool any = false, devices = false;
      for (std::size_t port = 0; port < places.size(); ++port) {
        if (partition_name(part, places[port]) != written[i]) continue;
        any = true;
        devices = devices || linked.count(port) == 0;
      }
      if (any && !devices)
        tell_(index_path(path, i),
              "all ports of \"" + written[i] +
                  "\" here lead to other switches: access is "
                  "controlled where a request enters the fabric",
              "write the rules on the switches where its endpoints are");
    }
  }

  void check_redirection(const SwitchDescription& part, const std::string& path) const {
    for (const PortGroup& group : part.ports)
      if (group.role == models::PortRole::upstream) return;
    for (std::size_t g = 0; g < part.ports.size(); ++g) {
      const auto& acs = part.ports[g].acs;
      if (acs && (acs->request_redirect || acs->completion_redirect))
        tell_(index_path(path, g) + ".acs",
              "redirects upstream, and switch \"" + part.name +
                  "\" has no upstream port: what is "
                  "redirected would be lost",
              "give the root's port role: upstream, or leave the redirection out");
    }
  }

  void check_partitions(const SwitchDescription& part, const std::vector<std::string>& written,
                        const std::string& path) const {
    std::vector<std::string> known;
    for (const PartitionDescription& partition : part.partitions) known.push_back(partition.name);
    for (std::size_t i = 0; i < written.size(); ++i)
      if (std::find(known.begin(), known.end(), written[i]) == known.end())
        tell_(index_path(path, i), "there is no partition \"" + written[i] + "\"",
              partition_meant(written[i], known));
  }

  bool known(const std::string& name, const std::string& path) const {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return true;
    tell_(path, "there is no endpoint \"" + name + "\"", suggestion(name, names_));
    return false;
  }

  void check_endpoints(const std::vector<std::string>& written, const std::string& path) const {
    for (std::size_t i = 0; i < written.size(); ++i) known(written[i], index_path(path, i));
  }

  /// False: the endpoint is unknown.
  bool check_range(const AccessRangeDescription& range, const std::string& path) const {
    if (!known(range.endpoint, path + ".endpoint")) return false;
    const auto place = std::find(names_.begin(), names_.end(), range.endpoint) - names_.begin();
    const std::uint64_t has =
        memory_bytes(config_.endpoints[endpoints_[static_cast<std::size_t>(place)].description]);
    if (range.from_bytes < has && range.size_bytes <= has - range.from_bytes) return true;
    tell_(path + ".size_bytes",
          fmt::format("{} B from {} on reach beyond the memory of \"{}\"", range.size_bytes,
                      range.from_bytes, range.endpoint),
          fmt::format("it has {} B", has));
    return true;
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<ExpandedEndpoint> endpoints_;
  std::vector<std::string> names_;
};

void check_moves(const PlatformConfig& config, std::size_t index, const TellMistake& tell) {
  const SwitchDescription& part = config.switches[index];
  const auto& events = part.port_moves.events;
  const std::string path = index_path("switches", index) + ".port_moves.events";
  if (events.empty()) {
    const models::PortMoveConfig standard;
    const models::PortMoveConfig& drain = part.port_moves.drain;
    if (drain.timeout_us != standard.timeout_us ||
        drain.table_update_us != standard.table_update_us)
      tell(index_path("switches", index) + ".port_moves.drain",
           "drain would not be used: no port moves", "list `events`, or leave it out");
    return;
  }
  check_schedule(events, path, config, tell);
  if (part.partitions.empty())
    return tell(path, "the switch \"" + part.name + "\" has no partitions to move ports between",
                "list `partitions` of the switch");
  std::vector<std::string> known = {kSpare};
  for (const PartitionDescription& partition : part.partitions) known.push_back(partition.name);
  std::vector<std::size_t> places = place_partitions(config, index);
  const std::vector<ExpandedPort> ports = expand_ports(part);
  const std::set<std::size_t> linked = linked_ports(config, index);
  // A wrong name is wrong in many lines of a generated schedule: each is told once.
  std::set<std::string> refused;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const PortMoveEvent& event = events[i];
    const std::string where = index_path(path, i);
    const auto to = std::find(known.begin(), known.end(), event.to);
    if (to == known.end() && refused.insert("to " + event.to).second)
      tell(where + ".to", "there is no partition \"" + event.to + "\"",
           suggestion(event.to, known));
    const Attachment found = resolve_ports(config, index, event.port);
    if (!found.error.empty() && refused.insert(event.port).second)
      tell(where + ".port", "port: " + event.port + ": " + found.error, found.hint);
    for (const std::size_t port : found.ports) {
      if (linked.count(port) != 0 && refused.insert(event.port).second)
        tell(where + ".port",
             "port " + part.name + "." + ports[port].name +
                 " leads to another switch: such ports stay where they are",
             "move ports of endpoints");
    }
    if (to == known.end()) continue;
    const std::size_t place =
        to == known.begin() ? kNoPartition : static_cast<std::size_t>(to - known.begin()) - 1;
    for (const std::size_t port : found.ports) {
      if (places[port] == place)
        tell(where + ".to",
             "port " + part.name + "." + ports[port].name + " is in " +
                 (place == kNoPartition ? "no partition" : "the partition \"" + event.to + "\"") +
                 " already, by this schedule",
             "leave the event out");
      places[port] = place;
    }
  }
}

void check_pod_resets(const PlatformConfig& config, const TellMistake& tell) {
  const auto& resets = config.pod_resets;
  if (resets.empty()) return;
  if (!config.faults)
    tell("pod_resets", "a reset takes links down, which here never go down",
         "add a `faults` section; `faults: {ports: {}}` will do");
  if (!has_partitions(config))
    return tell("pod_resets", "no switch has partitions", "list `partitions` of a switch");
  check_schedule(resets, "pod_resets", config, tell);
  const Pods pods(config);
  std::set<std::string> refused;
  for (std::size_t i = 0; i < resets.size(); ++i) {
    const std::string& name = resets[i].pod;
    const std::size_t pod = find_pod(config, pods, name);
    if (pod == kNoPod) {
      if (refused.insert(name).second)
        tell(index_path("pod_resets", i) + ".pod", "there is no partition \"" + name + "\"",
             suggestion(name, pods.names()));
      continue;
    }
    for (const PodPart& part : pods.parts(pod)) {
      const SwitchDescription& on = config.switches[part.switch_index];
      if (on.partitions.empty() && refused.insert(name).second)
        tell(index_path("pod_resets", i) + ".pod",
             "the switch \"" + on.name + "\" belongs to \"" + name +
                 "\" as a whole: it has no partition that could be reset",
             "list its ports as `partitions` of the switch");
    }
  }
}

void check_resets(const PlatformConfig& config, std::size_t index, const TellMistake& tell) {
  const SwitchDescription& part = config.switches[index];
  const std::string path = index_path("switches", index) + ".partition_resets";
  const auto& resets = part.partition_resets;
  if (!resets.empty() && !config.faults)
    tell(path, "a reset takes links down, which here never go down",
         "add a `faults` section; `faults: {ports: {}}` will do");
  std::vector<std::string> known;
  for (const PartitionDescription& partition : part.partitions) known.push_back(partition.name);
  std::set<std::string> refused;
  check_schedule(resets, path, config, tell);
  for (std::size_t i = 0; i < resets.size(); ++i) {
    const std::string where = index_path(path, i);
    const std::string& name = resets[i].partition;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (refused.insert(name).second)
      tell(where + ".partition", "there is no partition \"" + name + "\"",
           partition_meant(name, known));
  }
}

}  // namespace

std::uint64_t memory_bytes(const EndpointDescription& endpoint) {
  switch (endpoint.kind) {
    case EndpointKind::accelerator:
      return endpoint.accelerator.memory_bytes;
    case EndpointKind::memory:
      return endpoint.memory.memory_bytes;
    case EndpointKind::host:
      return endpoint.host.memory_bytes;
  }
  return 0;
}

void check_access(const PlatformConfig& config, const TellMistake& tell) {
  const AccessCheck check(config, tell);
  for (std::size_t s = 0; s < config.switches.size(); ++s) check.check(s);
}

void check_port_moves(const PlatformConfig& config, const TellMistake& tell) {
  for (std::size_t s = 0; s < config.switches.size(); ++s) {
    check_moves(config, s, tell);
    check_resets(config, s, tell);
  }
  check_pod_resets(config, tell);
}

}  // namespace antares::platforms
