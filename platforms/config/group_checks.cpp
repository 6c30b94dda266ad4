// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/group_checks.h"

#include <charconv>
#include <map>
#include <set>

#include "antares/models/reduction/context_table.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/multicast_checks.h"
#include "antares/platforms/config/plane_checks.h"
#include "antares/platforms/config/pods.h"
#include "antares/platforms/config/schedule_checks.h"

namespace antares::platforms {
namespace {

/// "[3]" or "[0..9]" as first and last; false: neither.
bool read_range(std::string_view text, std::size_t& first, std::size_t& last) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  const auto read = [](std::string_view digits, std::size_t& value) {
    const auto end = digits.data() + digits.size();
    const auto done = std::from_chars(digits.data(), end, value);
    return !digits.empty() && done.ec == std::errc() && done.ptr == end;
  };
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    if (!read(text, first)) return false;
    last = first;
    return true;
  }
  return read(text.substr(0, dots), first) && read(text.substr(dots + 2), last) && first <= last;
}

class GroupCheck {
 public:
  GroupCheck(const PlatformConfig& config, const TellMistake& tell)
      : config_(config), tell_(tell), endpoints_(expand_endpoints(config)), view_(config) {}

  void run() {
    std::map<std::string, std::size_t> names;
    for (std::size_t g = 0; g < config_.groups.size(); ++g) {
      const GroupDescription& group = config_.groups[g];
      const std::string path = index_path("groups", g);
      if (!names.insert({group.name, g}).second)
        tell_(path + ".name", "the group \"" + group.name + "\" exists already",
              "each needs a name of its own");
      check_members(group, group.members, path + ".members");
      check_schedule(group.updates, path + ".updates", config_, tell_);
      for (std::size_t u = 0; u < group.updates.size(); ++u) {
        const GroupChange& change = group.updates[u];
        const std::string where = index_path(path + ".updates", u);
        check_members(group, change.members, where + ".members");
        if (!change.sent_by.empty()) check_sender(group, change.sent_by, where + ".sent_by");
      }
    }
    check_switches();
  }

 private:
  void check_members(const GroupDescription& group, const std::vector<std::string>& members,
                     const std::string& path) {
    std::set<std::size_t> seen;
    const ExpandedEndpoint* first = nullptr;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string where = index_path(path, i);
      const EndpointList found = resolve_members(config_, endpoints_, members[i]);
      if (!found.error.empty()) {
        tell_(where, found.error, found.hint);
        continue;
      }
      for (const std::size_t e : found.endpoints) {
        const ExpandedEndpoint& member = endpoints_[e];
        if (first == nullptr) first = &member;
        if (!seen.insert(e).second)
          return tell_(where, "\"" + member.name + "\" is in the group already",
                       "it would get two copies; name each member once");
        const std::uint64_t memory = memory_bytes(config_.endpoints[member.description]);
        if (group.offset_bytes >= memory || group.window_bytes > memory - group.offset_bytes)
          return tell_(where,
                       "the window of group \"" + group.name + "\" (" +
                           std::to_string(group.window_bytes) + " bytes from " +
                           std::to_string(group.offset_bytes) +
                           " on) does not fit into the memory of \"" + member.name + "\" (" +
                           std::to_string(memory) + " bytes)",
                       "make window_bytes or offset_bytes smaller, or the memory larger");
        if (!view_.sees(*first, member))
          return tell_(where,
                       "members of a group must see each other: " + view_.text(*first) +
                           " does not see " + view_.text(member),
                       "a group belongs to one partition; make one for each");
      }
    }
    const auto& parts = config_.switches;
    for (const SwitchDescription& part : parts) {
      if (part.hypercast && seen.size() > part.hypercast->most_members)
        return tell_(path,
                     std::to_string(seen.size()) + " members, but the switch \"" + part.name +
                         "\" takes " + std::to_string(part.hypercast->most_members),
                     "raise hypercast.most_members, or name fewer");
    }
  }

  /// Its write reaches the table of its own switch, and no other has the group.
  void check_sender(const GroupDescription& group, const std::string& name,
                    const std::string& path) {
    const EndpointList found = resolve_members(config_, endpoints_, name);
    if (!found.error.empty()) return tell_(path, found.error, found.hint);
    if (found.endpoints.size() != 1)
      return tell_(path,
                   "\"" + name + "\" are " + std::to_string(found.endpoints.size()) +
                       " endpoints: one sends a change",
                   "write name[3], or the name of one");
    const ExpandedEndpoint& sender = endpoints_[found.endpoints.front()];
    const EndpointDescription& what = config_.endpoints[sender.description];
    if (what.kind == EndpointKind::memory)
      return tell_(path, "\"" + sender.name + "\" is a memory and sends nothing",
                   "name an accelerator or a host");
    if (what.kind == EndpointKind::host ? what.host.nic.has_value()
                                        : what.accelerator.nic.has_value())
      return tell_(
          path, "\"" + sender.name + "\" sends by a network card, which stores into memories only",
          "name an endpoint without nic, or leave sent_by out");
    if (!config_.links.empty() || has_planes(config_))
      return tell_(path,
                   "a write changes the table of its sender's switch, and on this platform several "
                   "switches have the group \"" +
                       group.name + "\"",
                   "leave sent_by out: all tables then change at at_us");
    if (group.members.empty()) return;  // which is told elsewhere
    const EndpointList first = resolve_members(config_, endpoints_, group.members.front());
    if (!first.endpoints.empty() && !view_.sees(endpoints_[first.endpoints.front()], sender))
      tell_(path,
            "\"" + sender.name + "\" does not see the group \"" + group.name + "\": " +
                view_.text(sender) + ", " + view_.text(endpoints_[first.endpoints.front()]),
            "name an endpoint of the group's partition and switch");
  }

  void check_service_ports(std::size_t s) {
    const SwitchDescription& part = config_.switches[s];
    if (!part.reduction || part.partitions.empty() ||
        part.reduction->placement != models::EnginePlacement::service_ports)
      return;
    tell_(index_path("switches", s) + ".reduction.placement",
          "engines on service ports belong to no partition, and switch \"" + part.name +
              "\" has partitions",
          "take placement: egress_ports, or leave the partitions out");
  }

  /// Where links connect switches, engines of several may be asked for parts of one sum.
  void check_linked_engines() {
    if (config_.links.empty()) return;
    const auto parts = linked_parts(make_graph(config_, expand_links(config_)));
    std::map<std::size_t, std::size_t> first;  // switch with engines, of each part
    std::map<std::size_t, unsigned> switches;
    for (const std::size_t part : parts) ++switches[part];
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const auto& engine = config_.switches[s].reduction;
      if (!engine || switches[parts[s]] == 1) continue;
      const std::string path = index_path("switches", s) + ".reduction";
      const auto [other, is_first] = first.emplace(parts[s], s);
      const SwitchDescription& before = config_.switches[other->second];
      if (!is_first && before.reduction->interleave_bytes != engine->interleave_bytes)
        tell_(
            path + ".interleave_bytes",
            fmt::format("{} B here, {} B at switch \"{}\", to which links lead: engines of the "
                        "two would not agree which of them has an address",
                        engine->interleave_bytes, before.reduction->interleave_bytes, before.name),
            "give linked switches one interleave_bytes");
      if (engine->placement == models::EnginePlacement::service_ports &&
          engine->contexts < models::kShares)
        tell_(path + ".contexts",
              fmt::format("{} context(s): engines on service ports of linked switches keep a part "
                          "of {} for load-reduces that wait for other switches",
                          engine->contexts, models::kShares),
              fmt::format("at least {}", models::kShares));
    }
  }

  void check_switches() {
    check_linked_engines();
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const auto& engine = config_.switches[s].hypercast;
      if (engine && engine->banks > engine->table_groups)
        tell_(index_path("switches", s) + ".hypercast.banks",
              std::to_string(engine->banks) + " banks for a table of " +
                  std::to_string(engine->table_groups) + " groups",
              "banks is 1 to table_groups");
      if (config_.switches[s].reduction && !config_.switches[s].hypercast)
        tell_(index_path("switches", s) + ".reduction",
              "the engines of switch \"" + config_.switches[s].name +
                  "\" ask Hypercast who contributes",
              "add `hypercast: {}` to the switch");
      check_service_ports(s);
    }
    if (config_.groups.empty()) return;
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const SwitchDescription& part = config_.switches[s];
      if (!part.hypercast) {
        tell_(index_path("switches", s),
              "the platform has groups, and the switch \"" + part.name +
                  "\" no engine that makes copies",
              "add `hypercast: {}` to it");
      } else if (config_.groups.size() > part.hypercast->table_groups) {
        tell_("groups",
              std::to_string(config_.groups.size()) + " groups, but the table of switch \"" +
                  part.name + "\" holds " + std::to_string(part.hypercast->table_groups),
              "raise hypercast.table_groups");
      }
    }
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<ExpandedEndpoint> endpoints_;
  PartitionView view_;
};

}  // namespace

EndpointList resolve_members(const PlatformConfig& config,
                             const std::vector<ExpandedEndpoint>& endpoints,
                             const std::string& text) {
  EndpointList found;
  const std::size_t bracket = text.find('[');
  const std::string name = text.substr(0, bracket);
  std::size_t first = 0;
  std::size_t last = ~std::size_t{0};
  if (bracket != std::string::npos && !read_range(text.substr(bracket), first, last)) {
    found.error = "\"" + text + "\" is no list of endpoints";
    found.hint = "write name, name[3] or name[0..9]";
    return found;
  }
  for (std::size_t e = 0; e < endpoints.size(); ++e) {
    const bool whole = config.endpoints[endpoints[e].description].name == name;
    if (whole && endpoints[e].index >= first && endpoints[e].index <= last)
      found.endpoints.push_back(e);
    else if (bracket == std::string::npos && endpoints[e].name == name)
      found.endpoints.push_back(e);
  }
  std::vector<std::string> known;
  std::size_t count = 0;
  for (const EndpointDescription& endpoint : config.endpoints) {
    known.push_back(endpoint.name);
    if (endpoint.name == name) count = endpoint.count;
  }
  for (const ExpandedEndpoint& endpoint : endpoints) known.push_back(endpoint.name);
  if (found.endpoints.empty() && count == 0) {
    found.error = "there is no endpoint \"" + name + "\"";
    found.hint = suggestion(name, known);
  } else if (bracket != std::string::npos && last >= count) {
    found.error = "\"" + text + "\": \"" + name + "\" has " + std::to_string(count) +
                  " endpoints, 0 to " + std::to_string(count - 1);
  }
  return found;
}

std::vector<std::string> names_in(const PlatformConfig& config,
                                  const std::vector<std::string>& entries) {
  std::vector<std::string> names;
  if (entries.empty()) return names;
  const auto endpoints = expand_endpoints(config);
  for (const std::string& entry : entries) {
    const EndpointList found = resolve_members(config, endpoints, entry);
    if (!found.error.empty()) names.push_back(entry);
    for (const std::size_t e : found.endpoints) names.push_back(endpoints[e].name);
  }
  return names;
}

void check_groups(const PlatformConfig& config, const TellMistake& tell) {
  GroupCheck(config, tell).run();
  check_pcie_multicast(config, tell);
}

}  // namespace antares::platforms
