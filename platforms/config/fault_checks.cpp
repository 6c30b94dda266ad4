// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/fault_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/linked_ports.h"
#include "antares/platforms/config/schedule_checks.h"

namespace antares::platforms {

namespace {

/// Of a failure of lanes or rate: whether the link has what would be left.
void check_degradation(const PlatformConfig& config, const FaultEvent& event,
                       const Attachment& link, const std::string& path, const TellMistake& tell) {
  for (const std::size_t port : link.ports) {
    const PortGroup& group = group_of(config, {link.switch_index, port});
    if (!group.problems().empty()) return;  // told at its own place
    const auto policy = group.make_policy();
    std::string what = fmt::format("{} link \"{}\"", policy->protocol(), event.link);
    if (policy->lanes() != 0) what += fmt::format(" of x{}", policy->lanes());
    if (!group.width_changes.empty())
      return tell(path,
                  what +
                      " changes its width on request (width_changes); it can't lose lanes "
                      "or rate as well",
                  "leave one of the two out");
    if (event.what == FaultKind::speed_fall_back) {
      if (policy->slower() == nullptr)
        return tell(path + ".what", what + " has no lower rate to fall back to",
                    "leave the entry out");
    } else if (!event.lanes) {
      return tell(path + ".what", "lane_failure: lanes is missing", "say how many still work");
    } else if (*event.lanes >= policy->lanes() || policy->at_lanes(*event.lanes) == nullptr) {
      return tell(path + ".lanes", fmt::format("{} has no narrower width x{}", what, *event.lanes),
                  "fewer lanes than it has, a width of its protocol");
    }
  }
}

/// What happens to a link that nobody has plugged in means nothing.
void check_connected(const PlatformConfig& config, const std::string& name, const Attachment& link,
                     const std::string& path, const TellMistake& tell) {
  for (const std::size_t port : link.ports) {
    if (group_of(config, {link.switch_index, port}).connected) continue;
    return tell(path + ".link", "\"" + name + "\" is not connected (connected: false)",
                "leave the entry out");
  }
}

/// A generated schedule names few links in many lines: each is looked up, and told, once.
class Links {
 public:
  Links(const PlatformConfig& config, const TellMistake& tell) : config_(config), tell_(tell) {}
  /// nullptr: there is no such link.
  const Attachment* find(const std::string& link, const std::string& path) {
    const auto [found, is_new] = known_.emplace(link, Attachment{});
    if (is_new) {
      found->second = resolve_attachment(config_, link);
      if (!found->second.error.empty())
        tell_(path + ".link", "link: " + link + ": " + found->second.error, found->second.hint);
      check_connected(config_, link, found->second, path, tell_);
    }
    return found->second.error.empty() ? &found->second : nullptr;
  }

 private:
  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::map<std::string, Attachment> known_;
};

void check_credit_event(const PlatformConfig& config, const CreditEvent& event,
                        const Attachment& link, const std::string& path, const TellMistake& tell) {
  if (event.what == CreditEvent::Kind::lose && event.header_credits + event.data_credits == 0)
    tell(path + ".what", "lost: neither header_credits nor data_credits", "say how many get lost");
  for (const std::size_t port : link.ports) {
    const PortGroup& group = group_of(config, {link.switch_index, port});
    if (!group.problems().empty()) return;  // told at its own place
    const auto policy = group.make_policy();
    const unsigned channels = policy->receiver_credits().virtual_channels;
    if (event.virtual_channel >= channels)
      return tell(
          path + ".virtual_channel",
          fmt::format("\"{}\" has {} virtual channel(s), counted from 0", event.link, channels),
          "leave it out for channel 0");
    const protocols::VcId vc(static_cast<std::uint8_t>(event.virtual_channel));
    const auto has = protocols::granted(*policy, vc, event.traffic_class);
    const std::string link = fmt::format("the {} link \"{}\"", policy->protocol(), event.link);
    if (has.header == 0 && has.data == 0)
      return tell(path + ".class",
                  link + " has no credits of the class " + to_string(event.traffic_class),
                  "this link has: " + protocols::classes_text(*policy, vc));
    if (event.data_credits != 0 && has.data == 0)
      return tell(path + ".data_credits", link + " counts link packets only, no data credits",
                  "use header_credits");
  }
}

/// Of a burst: whether the link has anything that fails.
void check_burst(const PlatformConfig& config, const UnitEvent& event, const Attachment& link,
                 const std::string& path, const TellMistake& tell) {
  for (const std::size_t port : link.ports) {
    const PortGroup& group = group_of(config, {link.switch_index, port});
    if (!group.problems().empty()) return;  // told at its own place
    const auto policy = group.make_policy();
    if (policy->make_replay() != nullptr) continue;
    return tell(path + ".what",
                fmt::format("failed: the {} link \"{}\" has no replay, and so no unit that fails",
                            policy->protocol(), event.link),
                "leave the entry out");
  }
}

/// The first key that asks for failures or repairs; nullptr: none does.
const char* first_set(const protocols::ErrorConfig& errors) {
  if (errors.flit_failure_probability > 0) return "flit_failure_probability";
  return errors.repaired_share > 0 ? "repaired_share" : nullptr;
}

void check_bursts(const protocols::ErrorConfig& errors, const std::string& path,
                  const TellMistake& tell) {
  if (errors.burst_units != 1 && errors.flit_failure_probability <= 0)
    tell(path + ".burst_units", "burst_units would not be used: no unit fails by chance",
         "set flit_failure_probability, or list bursts under faults.units");
}

/// Failures with a probability, where nothing can fail.
void check_errors(const PlatformConfig& config, const FaultsDescription& faults, Links& links,
                  const TellMistake& tell) {
  const auto fails = [](const PortGroup& group) {
    // A group with mistakes of its own is told at its place.
    return !group.problems().empty() || group.make_policy()->make_replay() != nullptr;
  };
  constexpr auto kHint = "leave it out: an ideal link, and one without replay, is perfect";
  bool any = false;
  for (const SwitchDescription& part : config.switches)
    for (const PortGroup& group : part.ports) any = any || fails(group);
  if (const char* key = first_set(faults.ports.errors); key != nullptr && !any)
    tell(std::string("faults.ports.errors.") + key,
         "no port has a replay, and so no unit that fails", kHint);
  check_bursts(faults.ports.errors, "faults.ports.errors", tell);
  for (std::size_t i = 0; i < faults.links.size(); ++i) {
    const LinkFaults& entry = faults.links[i];
    const std::string path = index_path("faults.links", i);
    const Attachment* link = links.find(entry.link, path);
    check_bursts(entry.port.errors, path + ".port.errors", tell);
    const char* key = first_set(entry.port.errors);
    if (link == nullptr || key == nullptr) continue;
    for (const std::size_t port : link->ports) {
      if (fails(group_of(config, {link->switch_index, port}))) continue;
      tell(path + ".port.errors." + key,
           fmt::format("\"{}\" has no replay, and so no unit that fails", entry.link), kHint);
      break;
    }
  }
}

bool alike(const protocols::LinkStateConfig& a, const protocols::LinkStateConfig& b) {
  return a.scaled_ps(a.detect_ms) == b.scaled_ps(b.detect_ms) &&
         a.scaled_ps(a.train_ms) == b.scaled_ps(b.train_ms) &&
         a.scaled_ps(a.recovery_ms) == b.scaled_ps(b.recovery_ms);
}

/// A link between switches is one link: both of its ends go from state to state together.
void check_both_ends(const PlatformConfig& config, const FaultsDescription& faults, Links& links,
                     const TellMistake& tell) {
  if (faults.links.empty() || config.links.empty()) return;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> entries;  // the last one counts
  for (std::size_t i = 0; i < faults.links.size(); ++i) {
    const Attachment* link = links.find(faults.links[i].link, index_path("faults.links", i));
    if (link == nullptr) continue;
    for (const std::size_t port : link->ports) entries[{link->switch_index, port}] = i;
  }
  std::set<std::size_t> told;
  for (const LinkedPorts& link : expand_links(config)) {
    const auto from = entries.find({link.from.switch_index, link.from.port});
    const auto to = entries.find({link.to.switch_index, link.to.port});
    const auto state = [&](const auto& found) {
      return found == entries.end() ? faults.ports.state : faults.links[found->second].port.state;
    };
    if (alike(state(from), state(to))) continue;
    const std::size_t entry =
        from == entries.end()
            ? to->second
            : (to == entries.end() ? from->second : std::max(from->second, to->second));
    if (told.insert(entry).second)
      tell(index_path("faults.links", entry) + ".port.state",
           "the other end of \"" + faults.links[entry].link +
               "\", at another switch, has other times: a link has one state",
           "say the same `state` of both ends; an entry takes nothing from faults.ports");
  }
}

}  // namespace

void check_faults(const PlatformConfig& config, const TellMistake& tell) {
  if (!config.faults) return;
  const FaultsDescription& faults = *config.faults;
  const auto only_links = [](const WorkloadDescription& workload) {
    return workload.kind == WorkloadKind::goodput;
  };
  if (!config.workloads.empty() &&
      std::all_of(config.workloads.begin(), config.workloads.end(), only_links))
    tell("faults", "faults would not be used: goodput takes single links, with its own errors",
         "leave the section out, or add a workload of another kind");
  check_schedule(faults.events, "faults.events", config, tell);
  check_schedule(faults.credits, "faults.credits", config, tell);
  check_schedule(faults.units, "faults.units", config, tell);
  Links links(config, tell);
  check_errors(config, faults, links, tell);
  check_both_ends(config, faults, links, tell);
  for (std::size_t i = 0; i < faults.credits.size(); ++i) {
    const std::string path = index_path("faults.credits", i);
    if (const Attachment* link = links.find(faults.credits[i].link, path))
      check_credit_event(config, faults.credits[i], *link, path, tell);
  }
  std::set<std::string> bursts;
  for (std::size_t i = 0; i < faults.units.size(); ++i) {
    const UnitEvent& event = faults.units[i];
    const std::string path = index_path("faults.units", i);
    const Attachment* link = links.find(event.link, path);
    if (link != nullptr && event.what == UnitEvent::Kind::fail && bursts.insert(event.link).second)
      check_burst(config, event, *link, path, tell);
  }
  std::set<std::tuple<std::string, FaultKind, std::optional<std::uint32_t>>> degradations;
  for (std::size_t i = 0; i < faults.events.size(); ++i) {
    const FaultEvent& event = faults.events[i];
    const std::string path = index_path("faults.events", i);
    const Attachment* link = links.find(event.link, path);
    const bool degrades =
        event.what == FaultKind::lane_failure || event.what == FaultKind::speed_fall_back;
    if (link != nullptr && degrades &&
        degradations.emplace(event.link, event.what, event.lanes).second)
      check_degradation(config, event, *link, path, tell);
  }
}

}  // namespace antares::platforms
