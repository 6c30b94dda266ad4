// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/platform_checks.h"

#include <algorithm>
#include <map>
#include <set>

#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/address_map.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/crossing_checks.h"
#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/fault_checks.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/config/lane_map.h"
#include "antares/platforms/config/partition_checks.h"
#include "antares/platforms/config/plane_checks.h"
#include "antares/platforms/config/quantity.h"
#include "antares/platforms/config/topology_checks.h"
#include "antares/platforms/config/workload_checks.h"

namespace antares::platforms {
namespace {

class Checker {
 public:
  Checker(const PlatformConfig& config, const ReadState& state, Diagnostics& diagnostics)
      : config_(config), state_(state), diagnostics_(diagnostics) {}

  void run() {
    for (std::size_t i = 0; i < config_.switches.size(); ++i)
      check_switch(config_.switches[i], index_path("switches", i));
    check_names("switches", config_.switches, "switch");
    check_names("workloads", config_.workloads, "workload");
    check_endpoint_names();
    check_attachments();
    const bool names_known = !names_failed("endpoints", config_.endpoints.size());
    check_workloads(config_, state_, names_known ? &names_ : nullptr, diagnostics_);
    if (!names_failed("switches", config_.switches.size())) {
      const TellMistake tell = [this](const std::string& path, const std::string& message,
                                      const std::string& hint) {
        if (!state_.failed(path)) error(path, message, hint);
      };
      check_faults(config_, tell);
      check_partitions(config_, tell);
      check_port_moves(config_, tell);
      if (names_known) check_access(config_, tell);
      check_who_sees_whom(config_, tell);
      check_crossings(config_, state_, tell);
      const bool groups_known =
          config_.groups.empty() || !names_failed("groups", config_.groups.size());
      if (names_known && groups_known) check_groups(config_, tell);
    }
    check_trace(config_.observe.trace);
    check_watchdog();
  }

 private:
  void error(const std::string& path, std::string message, std::string hint = {}) {
    diagnostics_.error(state_.place(path), std::move(message), std::move(hint));
  }

  void check_trace(const models::PacketTraceConfig& trace) {
    if (trace.from_us < trace.to_us || state_.failed("observe.trace.from_us") ||
        state_.failed("observe.trace.to_us"))
      return;
    error("observe.trace.to_us", "the trace ends before it begins: no packet would be in it",
          "observe.trace.to_us must be later than observe.trace.from_us");
  }

  /// Packets that are on their way for longer than that would look like a fabric in which nothing
  /// moves.
  void check_watchdog() {
    if (!config_.observe.watchdog || state_.failed("run.watchdog_us")) return;
    for (const SwitchDescription& part : config_.switches) {
      const models::HopLatency& hop = part.latency;
      double cables_ns = 0;
      for (const PortGroup& group : part.ports)
        cables_ns = std::max(cables_ns, 2 * group.propagation_ns + group.credit_update_ns);
      const double fixed_us = (hop.serdes_rx_ns + hop.fec_crc_ns + hop.route_lookup_ns +
                               hop.arbitration_ns + hop.crossbar_ns + hop.serdes_tx_ns +
                               part.bridge.latency_ns + part.root_turnaround_ns + cables_ns) /
                              1000;
      if (fixed_us < config_.run.watchdog_us) continue;
      error("run.watchdog_us",
            format_number(config_.run.watchdog_us) +
                " us is no longer than the fixed delays of one pass through switch \"" + part.name +
                "\" and its cables (" + format_number(fixed_us) +
                " us): packets on their way would look like a fabric in which nothing moves",
            "make it several times as long, or the delays shorter");
      return;
    }
  }

  template <class Described>
  void check_names(const std::string& list, const std::vector<Described>& described,
                   const std::string& what) {
    std::map<std::string, std::string> first;
    for (std::size_t i = 0; i < described.size(); ++i) {
      const std::string path = index_path(list, i) + ".name";
      if (state_.failed(path)) continue;
      claim(first, described[i].name, path, what);
    }
  }

  bool claim(std::map<std::string, std::string>& first, const std::string& name,
             const std::string& path, const std::string& what) {
    const auto [known, is_new] = first.emplace(name, path);
    if (!is_new)
      error(path, "the " + what + " \"" + name + "\" exists already",
            "the first is at " + to_string(state_.place(known->second)));
    return is_new;
  }

  void check_switch(const SwitchDescription& part, const std::string& path) {
    if (part.crossbar.slot_ns > 0 && part.crossbar.slot_ns < 0.001 &&
        !state_.failed(path + ".crossbar.slot_ns"))
      error(path + ".crossbar.slot_ns",
            "a slot shorter than a picosecond, which is the model's time step",
            "0 is no slots; else 0.001 ns or more");
    if (part.count != 1 && !state_.failed(path + ".count"))
      error(path + ".count",
            std::to_string(part.count) + " switches \"" + part.name + "\": more than " +
                std::to_string(kMaxSwitches) + " in all, or set in C++",
            "a description writes them out; in C++ list them one by one");
    std::size_t ports = 0;
    std::map<std::string, std::string> first;
    bool lanes_known = !state_.failed(path + ".lanes") && !state_.failed(path + ".lane_block");
    for (std::size_t g = 0; g < part.ports.size(); ++g) {
      const PortGroup& group = part.ports[g];
      const std::string group_path = index_path(path + ".ports", g);
      ports += group.count;
      check_link(group, group_path);
      lanes_known = lanes_known && !state_.failed(group_path) && group.problems().empty();
      if (state_.failed(group_path + ".name")) continue;
      for (std::size_t i = 0; i < group.count; ++i)
        if (!claim(first, numbered_name(group.name, group.count, i), group_path + ".name", "port"))
          break;
    }
    if (ports > kMaxPortsPerSwitch)
      error(path + ".ports", std::to_string(ports) + " ports on the switch \"" + part.name + "\"",
            "at most " + std::to_string(kMaxPortsPerSwitch) + " are possible");
    check_tree(part, path);
    if (!lanes_known) return;
    for (const LaneProblem& problem : place_lanes(part).problems)
      error(problem.group == kNoGroup ? path + ".ports"
                                      : index_path(path + ".ports", problem.group) +
                                            (problem.about_key ? ".first_lane" : ""),
            problem.message, problem.hint);
  }

  void check_link(const PortGroup& group, const std::string& path) {
    const std::string link = path + "." + group.key();
    if (state_.failed(link) || state_.failed(path + ".protocol")) return;
    const auto found = group.problems();
    for (const std::string& problem : found) error(link, "port \"" + group.name + "\": " + problem);
    if (found.empty()) check_widths(group, path);
    if (group.acs) {
      for (const std::string& problem : protocols::problems(*group.acs))
        error(path + ".acs", "port \"" + group.name + "\": " + problem);
    }
  }

  void check_widths(const PortGroup& group, const std::string& path) {
    if (group.width_changes.empty()) return;
    const auto policy = group.make_policy();
    for (std::size_t i = 0; i < group.width_changes.size(); ++i) {
      const std::string where = index_path(path + ".width_changes", i);
      const unsigned lanes = group.width_changes[i].lanes;
      if (policy->make_width_end() == nullptr)
        error(where,
              "the width of this " + std::string(policy->protocol()) +
                  " link cannot change while it is in use",
              "PCIe in flit mode can (L0p)");
      else if (policy->at_lanes(lanes) == nullptr)
        error(where, "x" + std::to_string(lanes) + " is no width of this link",
              "at most x" + std::to_string(policy->lanes()));
    }
  }

  /// One upstream port; egress control names ports that exist.
  void check_tree(const SwitchDescription& part, const std::string& path) {
    std::vector<std::string> names;
    for (const ExpandedPort& port : expand_ports(part)) names.push_back(port.name);
    unsigned upstream = 0;
    for (std::size_t g = 0; g < part.ports.size(); ++g) {
      const PortGroup& group = part.ports[g];
      const std::string where = index_path(path + ".ports", g);
      if (group.role == models::PortRole::upstream) upstream += group.count;
      const bool one_tree = part.partitions.empty();
      if (group.role == models::PortRole::upstream && upstream > 1 && one_tree)
        error(where + ".role",
              "a switch has one upstream port, this would be number " + std::to_string(upstream),
              "with partitions, one each");
      if (!group.acs) continue;
      for (const std::string& blocked : group.acs->egress_blocked) {
        if (std::find(names.begin(), names.end(), blocked) == names.end())
          error(where + ".acs.egress_blocked", "there is no port \"" + blocked + "\"",
                suggestion(blocked, names));
      }
    }
  }

  void check_endpoint_names() {
    std::map<std::string, std::string> first;
    std::size_t count = 0;
    for (std::size_t d = 0; d < config_.endpoints.size(); ++d) {
      const EndpointDescription& endpoint = config_.endpoints[d];
      const std::string path = index_path("endpoints", d);
      count += endpoint.count;
      if (state_.failed(path + ".name")) continue;
      for (std::size_t i = 0; i < endpoint.count; ++i) {
        const std::string name = numbered_name(endpoint.name, endpoint.count, i);
        names_.insert(name);
        if (!claim(first, name, path + ".name", "endpoint")) break;
      }
    }
    if (count > kMaxEndpoints)
      error("endpoints", std::to_string(count) + " endpoints",
            "at most " + std::to_string(kMaxEndpoints) + " are possible");
  }

  void check_unordered(const EndpointDescription& endpoint, const PortList& attachment,
                       const std::string& path) {
    if (endpoint.kind != EndpointKind::accelerator || !endpoint.accelerator.unordered_io) return;
    for (const PortRef& port : attachment.ports) {
      const PortGroup& group = group_of(config_, port);
      protocols::RequestShape write;
      write.flags = protocols::kUnorderedIo;
      write.bytes = 64;
      if (!group.problems().empty()) return;
      const auto refusal = group.make_policy()->refuses(write);
      if (!refusal) continue;
      error(path + ".accelerator.unordered_io",
            "port \"" + group.name + "\" does not carry unordered I/O: " + refusal.text);
      return;
    }
  }

  void check_attachments() {
    /// Port -> path of the endpoint on it.
    std::map<PortRef, std::string> taken;
    bool complete = true;
    for (std::size_t d = 0; d < config_.endpoints.size(); ++d) {
      const EndpointDescription& endpoint = config_.endpoints[d];
      const std::string path = index_path("endpoints", d);
      if (state_.failed(path + ".attach") || state_.failed(path + ".count") ||
          state_.failed(path + ".planes") || state_.failed(path + ".planes.count") ||
          names_failed("switches", config_.switches.size())) {
        complete = false;
        continue;
      }
      const PortList attachment = resolve_port_list(config_, endpoint.attach);
      if (!attachment.error.empty()) {
        complete = false;
        error(path + ".attach", "attach: " + endpoint.attach + ": " + attachment.error,
              attachment.hint);
        continue;
      }
      const TellMistake tell = [&](const std::string& at, const std::string& message,
                                   const std::string& hint) {
        if (!state_.failed(at)) error(at, message, hint);
      };
      if (!check_plane_ports(config_, d, attachment, tell)) complete = false;
      if (!endpoint.planes && attachment.ports.size() < endpoint.count)
        error(path + ".attach",
              std::to_string(endpoint.count) + " endpoints \"" + endpoint.name + "\" for the " +
                  std::to_string(attachment.ports.size()) + " port(s) of " + endpoint.attach,
              "count: " + std::to_string(attachment.ports.size()) + " would fit");
      check_unordered(endpoint, attachment, path);
      check_virtual_channel(config_, endpoint, attachment.ports, path, tell);
      check_nic(endpoint, attachment, path);
      for (const ExpandedEndpoint& one : expand_description(config_, d))
        if (!take(taken, one.ports, path)) break;
    }
    if (complete) check_topology(taken);
  }

  void check_topology(std::map<PortRef, std::string>& taken) {
    bool fine = true;
    const TellMistake tell = [&](const std::string& path, const std::string& message,
                                 const std::string& hint) {
      fine = false;
      if (!state_.failed(path)) error(path, message, hint);
    };
    const std::vector<LinkedPorts> links = check_links(config_, tell);
    for (const LinkedPorts& link : links) {
      const std::string path = index_path("links", link.description);
      for (const PortRef& port : {link.from, link.to}) {
        const auto [other, is_free] = taken.emplace(port, path);
        if (!is_free)
          tell(path, "an endpoint and a link on port " + port_name(config_, port),
               "the endpoint is attached at " + to_string(state_.place(other->second)));
      }
    }
    if (fine) check_connected(taken);
    if (fine) check_planes(config_, links, tell);
    if (fine) check_ways(config_, links, tell);
    if (fine) check_addresses(config_, tell);
  }

  bool take(std::map<PortRef, std::string>& taken, const std::vector<PortRef>& ports,
            const std::string& path) {
    return std::all_of(ports.begin(), ports.end(),
                       [&](const PortRef& port) { return take(taken, port, path); });
  }

  bool take(std::map<PortRef, std::string>& taken, const PortRef& port, const std::string& path) {
    const auto [other, is_free] = taken.emplace(port, path + ".attach");
    const std::string name = port_name(config_, port);
    if (!is_free) {
      error(path + ".attach", "two endpoints on port " + name,
            "the other is attached at " + to_string(state_.place(other->second)));
      return false;
    }
    if (!group_of(config_, port).connected) {
      error(path + ".attach", "an endpoint on port " + name + ", which is connected: false",
            "take connected: false out, or attach elsewhere");
      return false;
    }
    return true;
  }

  /// A card makes Ethernet packets: it belongs on a port that carries them.
  void check_nic(const EndpointDescription& endpoint, const PortList& attachment,
                 const std::string& path) {
    const bool host = endpoint.kind == EndpointKind::host;
    const auto& nic = host ? endpoint.host.nic : endpoint.accelerator.nic;
    if (!nic || endpoint.kind == EndpointKind::memory || attachment.ports.empty()) return;
    const std::string key = path + (host ? ".host.nic" : ".accelerator.nic");
    if (state_.failed(key)) return;
    for (const std::string& problem : nic->problems())
      error(key, "endpoint \"" + endpoint.name + "\": " + problem);
    const PortGroup& group = group_of(config_, attachment.ports.front());
    check_card_delays(
        config_, endpoint, attachment.ports, path,
        [this](const std::string& at, const std::string& message, const std::string& hint) {
          diagnostics_.warning(state_.place(at), message, hint);
        });
    if (!group.carries_network_packets())
      error(key,
            "a network card on port " + port_name(config_, attachment.ports.front()) +
                ", whose protocol is " + group.key(),
            "attach it to a port with protocol: ethernet, or leave nic out");
  }

  void check_connected(const std::map<PortRef, std::string>& taken) {
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const SwitchDescription& part = config_.switches[s];
      std::vector<std::vector<std::string>> open(part.ports.size());
      const auto ports = expand_ports(part);
      for (std::size_t i = 0; i < ports.size(); ++i)
        if (part.ports[ports[i].group].connected && taken.count({s, i}) == 0)
          open[ports[i].group].push_back(ports[i].name);
      for (std::size_t g = 0; g < open.size(); ++g)
        if (!open[g].empty())
          error(index_path(index_path("switches", s) + ".ports", g),
                "nothing is attached to " + std::to_string(open[g].size()) + " port(s) of \"" +
                    part.name + "\": " + join(open[g]),
                "attach endpoints, link them to another switch, or put them into a group with "
                "connected: false");
    }
  }

  /// Whether a name in this list may be missing only because it could not be read.
  bool names_failed(const std::string& list, std::size_t count) const {
    if (count == 0) return true;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string path = index_path(list, i);
      if (state_.failed(path + ".name") || state_.failed(path + ".count")) return true;
    }
    return list == "switches" && port_names_failed();
  }

  bool port_names_failed() const {
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const std::string ports = index_path("switches", s) + ".ports";
      if (config_.switches[s].ports.empty()) return true;
      for (std::size_t g = 0; g < config_.switches[s].ports.size(); ++g)
        if (state_.failed(index_path(ports, g) + ".name") ||
            state_.failed(index_path(ports, g) + ".count"))
          return true;
    }
    return false;
  }

  const PlatformConfig& config_;
  const ReadState& state_;
  Diagnostics& diagnostics_;
  std::set<std::string> names_;
};

}  // namespace

void cross_check(const PlatformConfig& config, const ReadState& state, Diagnostics& diagnostics) {
  Checker(config, state, diagnostics).run();
}

}  // namespace antares::platforms
