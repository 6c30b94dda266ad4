// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "antares/platforms/build/group_plan.h"
#include "antares/platforms/cli/commands.h"
#include "antares/platforms/config/group_checks.h"
#include "antares/platforms/config/json_schema.h"
#include "antares/platforms/report/columns.h"
#include "antares/platforms/report/fabric_facts.h"
#include "antares/platforms/report/tables.h"
#include "antares/platforms/report/topology_facts.h"

namespace antares::platforms::cli {
namespace {

using Json = nlohmann::ordered_json;

double ns(models::Picoseconds ps) { return static_cast<double>(ps) * 1e-3; }

/// "x8 at 16": width, and the first lane of the part that it takes.
std::string lanes_text(const PortFacts& port) {
  return port.lanes == 0 ? "-" : fmt::format("x{} at {}", port.lanes, port.first_lane);
}

void print_ports(const SwitchFacts& facts) {
  std::cout << fmt::format("{:<16} {:<9} {:>10} {:>12} {:>15} {:>16}  {}\n", "port", "protocol",
                           "lanes", "raw (GB/s)", "usable (GB/s)", "payload (GB/s)", "endpoint");
  for (const PortFacts& port : facts.ports)
    std::cout << fmt::format("{:<16} {:<9} {:>10} {:>12.3f} {:>15.3f} {:>16.3f}  {}\n", port.name,
                             port.protocol, lanes_text(port), port.raw_GBps, port.usable_GBps,
                             port.payload_GBps, port.endpoint.empty() ? "-" : port.endpoint);
  std::cout
      << "Bandwidths are of one direction, the other carries as much. raw: after the line "
         "code; usable: after flit\nframing; payload: a stream of writes of the largest "
         "packet, after headers.\nlanes: width, and the first lane of the part (the lane map is an "
         "assumption).\n\n";
}

void print_totals(const SwitchFacts& facts) {
  std::cout << fmt::format("ports               {}\n", facts.ports.size())
            << fmt::format("lanes               {} of {}\n", facts.lanes_used, facts.lanes)
            << fmt::format("raw                 {:.2f} TB/s a direction\n", facts.raw_GBps / 1000)
            << fmt::format("usable              {:.2f} TB/s a direction\n",
                           facts.usable_GBps / 1000)
            << fmt::format(
                   "bisection           {:.2f} TB/s raw, {:.2f} TB/s usable a direction (the first "
                   "half of the ports to the other)\n\n",
                   facts.bisection_raw_GBps / 1000, facts.bisection_usable_GBps / 1000);
}

void print_partitions(const SwitchFacts& facts) {
  if (facts.partitions.empty()) return;
  std::cout << "Partitions: ports that see each other and nobody else\n";
  for (const PartitionFacts& partition : facts.partitions)
    std::cout << fmt::format(
        "  {:<16} {}; endpoints {}{}{}\n", partition.name, join(partition.ports),
        partition.endpoints.empty() ? "none" : join(partition.endpoints),
        partition.bridges ? "" : "; no bridging between protocols",
        partition.name == kSpare ? " (in no partition: these see nobody)" : "");
  std::cout << "\n";
}

void print_hop(const HopFacts& hop) {
  std::cout << fmt::format(
      "Zero-load latency {} to {}, one hop: {:.3f} ns (first flit and the "
      "switch, without cables)\n",
      hop.from, hop.to, ns(hop.hop_ps));
  for (const PathFacts& path : hop.paths) {
    std::cout << fmt::format("  {:<34} {:>10.3f} ns =", path.what, ns(path.total_ps));
    std::size_t column = 52;
    const char* separator = " ";
    for (const LatencyPart& part : path.parts) {
      const std::string text = fmt::format("{}{} {:.3f}", separator, part.name, ns(part.ps));
      if (column + text.size() > 118) {
        std::cout << "\n" << std::string(52, ' ');
        column = 52;
      }
      std::cout << text;
      column += text.size();
      separator = " + ";
    }
    std::cout << "\n";
  }
  std::cout << "\n";
}

void print_topology(const TopologyFacts& facts) {
  std::string parts;
  for (const auto& [lanes, count] : facts.parts)
    parts += fmt::format("{}{} of {} lanes", parts.empty() ? "" : ", ", count, lanes);
  std::cout
      << "Fabric\n"
      << fmt::format("switches            {}: {}\n", facts.switches, parts)
      << fmt::format("links between them  {}\n", facts.links)
      << (facts.planes == 1 ? ""
                            : fmt::format("planes              {}, requests dealt by {}\n",
                                          facts.planes, facts.dealt))
      << fmt::format("lanes               {}\n", facts.lanes_used)
      << (facts.links == 0 ? ""
                           : fmt::format("routing             {}: {}\n", facts.policy,
                                         facts.most_ways == 1
                                             ? "one way a destination"
                                             : fmt::format("{} among up to {} links",
                                                           facts.policy == "ecmp"
                                                               ? "by a hash of the two endpoints"
                                                               : "by load",
                                                           facts.most_ways)))
      << (facts.way_channels == 1
              ? ""
              : fmt::format("virtual channels    {}, by pair of switches: ways that would wait for "
                            "each other in a ring are kept apart\n",
                            facts.way_channels))
      << fmt::format(
             "bisection           {:.2f} TB/s usable a direction, {:.0f} % of what the ports of "
             "half of the endpoints carry\n"
             "                    (maximum flow from the first half of the endpoints to the "
             "other)\n\n",
             facts.bisection_usable_GBps / 1000,
             facts.half_usable_GBps == 0
                 ? 0
                 : 100 * facts.bisection_usable_GBps / facts.half_usable_GBps);
  constexpr auto kForm = "{:>8} {:>10} {:>8}  {:<{}} {:<{}} {:>14}  {}\n";
  std::uint64_t all = 0;
  std::size_t width = 12;
  for (const PairClass& one : facts.classes) {
    all += one.pairs;
    width = std::max({width, one.from_link.size(), one.to_link.size()});
  }
  std::cout << fmt::format(kForm, "switches", "pairs", "share", "from", width, "to", width,
                           "64 B write", "for example")
            << fmt::format(kForm, "passed", "", "(%)", "", width, "", width, "(ns)", "");
  for (const PairClass& one : facts.classes)
    std::cout << fmt::format(
        kForm, one.switches, one.pairs,
        fmt::format("{:.2f}", 100.0 * static_cast<double>(one.pairs) / static_cast<double>(all)),
        one.from_link, width, one.to_link, width, fmt::format("{:.3f}", ns(one.write_ps)),
        one.from + " to " + one.to);
  std::cout << "Ordered pairs of endpoints, at zero load"
            << (facts.planes == 1 ? "" : "; over several planes by the slowest") << ".\n\n";
}

void print_groups(const PlatformConfig& config) {
  if (config.groups.empty()) return;
  const auto endpoints = expand_endpoints(config);
  const auto bases = group_bases(config);
  constexpr auto kForm = "{:<20} {:>8}  {:<18} {:>14}  {}\n";
  std::cout << "Groups\n" << fmt::format(kForm, "name", "members", "window at", "bytes", "who");
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& group = config.groups[g];
    std::size_t members = 0;
    for (const std::string& name : group.members)
      members += resolve_members(config, endpoints, name).endpoints.size();
    std::cout << fmt::format(kForm, group.name, members, fmt::format("0x{:x}", bases[g]),
                             group.window_bytes, fmt::join(group.members, ", "));
  }
  if (const PcieMulticastDescription* const pcie = pcie_multicast_of(config))
    std::cout << fmt::format(
        "PCIe's multicast: {} windows of 2^{} bytes from 0x{:x} on, {} of them with a group; plain "
        "posted writes only.\n",
        pcie->groups, pcie->index_position, pcie_multicast_base(config),
        std::min<std::size_t>(pcie->groups, config.groups.size()));
  if (has_sent_updates(config))
    for (const SwitchDescription& part : config.switches)
      if (part.hypercast) {
        const auto window = table_window(config, *part.hypercast);
        std::cout << fmt::format(
            "Changes in band: writes into the table window of '{}', 0x{:x} bytes from 0x{:x} on; "
            "a group's entry each 0x{:x} bytes, {} B a member.\n",
            part.name, window.size_bytes(), window.base(), window.entry_bytes(),
            models::kTableMemberBytes);
      }
  std::cout << "\n";
}

void print_assumptions(const LoadedPlatform& loaded) {
  std::cout << "Values in use that nobody has published, and why they are what they are\n";
  for (const AssumptionRow& row : assumptions(loaded.config, loaded.origins))
    std::cout << fmt::format("  {} = {}{}\n      {}\n", row.path, row.value,
                             row.unit.empty() ? "" : " " + row.unit, row.why);
}

Json to_json(const SwitchFacts& facts) {
  Json json = {{"name", facts.name},
               {"port_count", facts.ports.size()},
               {"lanes", facts.lanes},
               {"lanes_used", facts.lanes_used},
               {"raw_TBps", rounded(facts.raw_GBps / 1000)},
               {"usable_TBps", rounded(facts.usable_GBps / 1000)},
               {"bisection_raw_TBps", rounded(facts.bisection_raw_GBps / 1000)},
               {"bisection_usable_TBps", rounded(facts.bisection_usable_GBps / 1000)}};
  json["ports"] = Json::array();
  for (const PortFacts& port : facts.ports)
    json["ports"].push_back({{"name", port.name},
                             {"protocol", port.protocol},
                             {"first_lane", port.lanes == 0 ? Json() : Json(port.first_lane)},
                             {"lanes", port.lanes},
                             {"raw_GBps", rounded(port.raw_GBps)},
                             {"usable_GBps", rounded(port.usable_GBps)},
                             {"payload_GBps", rounded(port.payload_GBps)},
                             {"endpoint", port.endpoint}});
  json["trains"] = Json::array();
  for (const TrainFacts& train : facts.trains)
    json["trains"].push_back({{"what", train.what},
                              {"asked_bytes", train.asked_bytes},
                              {"effective_bytes", train.effective_bytes}});
  if (!facts.partitions.empty()) json["partitions"] = Json::array();
  for (const PartitionFacts& partition : facts.partitions)
    json["partitions"].push_back({{"name", partition.name},
                                  {"ports", partition.ports},
                                  {"endpoints", partition.endpoints},
                                  {"bridges", partition.bridges}});
  json["zero_load"] = Json::array();
  for (const HopFacts& hop : facts.hops) {
    Json paths = Json::array();
    for (const PathFacts& path : hop.paths) {
      Json parts = Json::array();
      for (const LatencyPart& part : path.parts)
        parts.push_back({{"part", part.name}, {"latency_ns", ns(part.ps)}});
      paths.push_back({{"what", path.what}, {"total_ns", ns(path.total_ps)}, {"parts", parts}});
    }
    json["zero_load"].push_back(
        {{"from", hop.from}, {"to", hop.to}, {"hop_ns", ns(hop.hop_ps)}, {"paths", paths}});
  }
  return json;
}

Json to_json(const TopologyFacts& facts) {
  Json json = {{"switches", facts.switches},
               {"links", facts.links},
               {"planes", facts.planes},
               {"dealt_by", facts.dealt.empty() ? Json(nullptr) : Json(facts.dealt)},
               {"lanes_used", facts.lanes_used},
               {"routing", facts.policy},
               {"most_ways", facts.most_ways},
               {"bisection_usable_TBps", rounded(facts.bisection_usable_GBps / 1000)},
               {"half_usable_TBps", rounded(facts.half_usable_GBps / 1000)}};
  json["parts"] = Json::array();
  for (const auto& [lanes, count] : facts.parts)
    json["parts"].push_back({{"lanes", lanes}, {"switches", count}});
  json["pairs"] = Json::array();
  for (const PairClass& one : facts.classes)
    json["pairs"].push_back({{"switches", one.switches},
                             {"from_link", one.from_link},
                             {"to_link", one.to_link},
                             {"pairs", one.pairs},
                             {"from", one.from},
                             {"to", one.to},
                             {"write_64B_ns", ns(one.write_ps)}});
  return json;
}

Json to_json(const Platform& platform, const LoadedPlatform& loaded, bool with_assumptions) {
  Json json = {{"name", platform.config().name}, {"description", platform.config().description}};
  json["switches"] = Json::array();
  for (const SwitchFacts& facts : fabric_facts(platform))
    json["switches"].push_back(to_json(facts));
  if (is_fabric(platform.config())) json["fabric"] = to_json(topology_facts(platform));
  for (std::size_t g = 0; g < platform.config().groups.size(); ++g) {
    const GroupDescription& group = platform.config().groups[g];
    json["groups"].push_back({{"name", group.name},
                              {"members", group.members},
                              {"window_base", group_bases(platform.config())[g]},
                              {"window_bytes", group.window_bytes}});
  }
  if (const PcieMulticastDescription* const pcie = pcie_multicast_of(platform.config()))
    json["pcie_multicast"] = {{"base", pcie_multicast_base(platform.config())},
                              {"index_position", pcie->index_position},
                              {"groups", pcie->groups}};
  if (has_sent_updates(platform.config()))
    for (const SwitchDescription& part : platform.config().switches)
      if (part.hypercast) {
        const auto window = table_window(platform.config(), *part.hypercast);
        json["table_windows"].push_back({{"switch", part.name},
                                         {"base", window.base()},
                                         {"size_bytes", window.size_bytes()},
                                         {"entry_bytes", window.entry_bytes()},
                                         {"member_bytes", models::kTableMemberBytes}});
      }
  if (!with_assumptions) return json;
  json["assumptions"] = Json::array();
  for (const AssumptionRow& row : assumptions(loaded.config, loaded.origins))
    json["assumptions"].push_back(
        {{"path", row.path}, {"value", row.value}, {"unit", row.unit}, {"why", row.why}});
  return json;
}

}  // namespace

int describe(const DescribeOptions& options) {
  const LoadedPlatform loaded = load(options.platform);
  Platform platform(loaded.config);
  if (is_fabric(loaded.config)) platform.elaborate();
  if (options.json) {
    std::cout << to_json(platform, loaded, options.assumptions).dump(2) << "\n";
    return kExitOk;
  }
  std::cout << loaded.config.name
            << (loaded.config.description.empty() ? "" : ": " + loaded.config.description)
            << "\n\n";
  if (is_fabric(loaded.config)) print_topology(topology_facts(platform));
  print_groups(loaded.config);
  const SwitchFacts* before = nullptr;
  const std::vector<SwitchFacts> all = fabric_facts(platform);
  for (const SwitchFacts& facts : all) {
    if (before != nullptr && facts.same_part_as(*before)) {
      std::cout << "Switch " << facts.name << ": as " << before->name << "\n\n";
      continue;
    }
    before = &facts;
    std::cout << "Switch " << facts.name << "\n";
    print_ports(facts);
    print_totals(facts);
    print_partitions(facts);
    for (const HopFacts& hop : facts.hops) print_hop(hop);
  }
  const std::size_t count = assumptions(loaded.config, loaded.origins).size();
  if (options.assumptions)
    print_assumptions(loaded);
  else
    std::cout << count << " of the values in use are assumptions: --assumptions lists them.\n";
  return kExitOk;
}

}  // namespace antares::platforms::cli
