// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/multicast_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "antares/platforms/config/address_map.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

constexpr std::uint64_t kPage = 4096;

std::uint64_t up_to(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

/// Windows of groups that PCIe's multicast does not name are packed at this distance.
std::uint64_t step_of(const PlatformConfig& config) {
  std::uint64_t step = kPage;
  for (const GroupDescription& group : config.groups)
    while (step < group.window_bytes) step *= 2;
  return step;
}

std::uint64_t behind_packed(const PlatformConfig& config) {
  return window_base(expand_endpoints(config).size()) + config.groups.size() * step_of(config);
}

struct Range {
  std::uint64_t base;
  std::uint64_t bytes;
  std::string what;
};

bool overlap(const Range& one, const Range& other) {
  return one.base < other.base ? other.base - one.base < one.bytes
                               : one.base - other.base < other.bytes;
}

class MulticastCheck {
 public:
  MulticastCheck(const PlatformConfig& config, const TellMistake& tell)
      : config_(config), tell_(tell), endpoints_(expand_endpoints(config)) {}

  void run() {
    const PcieMulticastDescription* const first = pcie_multicast_of(config_);
    if (first == nullptr) return;
    for (std::size_t s = 0; s < config_.switches.size(); ++s) {
      const auto& engine = config_.switches[s].hypercast;
      if (!engine) continue;
      const std::string path = index_path("switches", s) + ".hypercast";
      if (!engine->pcie_multicast || !same_windows(*engine->pcie_multicast, *first)) {
        tell_(path + (engine->pcie_multicast ? ".pcie" : ""),
              "the windows of PCIe's multicast are not those of the other switches: an address "
              "would mean one group here and another there",
              "give all switches the same base, index_position and groups");
        continue;
      }
      check_table(*engine, path + ".pcie");
      check_blocks(*engine->pcie_multicast, path + ".pcie.blocks");
      check_overlays(*engine->pcie_multicast, path + ".pcie.overlays");
      if (&*engine->pcie_multicast == first) check_windows(*engine, path + ".pcie");
    }
    check_groups_have_windows(*first);
    for (std::size_t w = 0; w < config_.workloads.size(); ++w)
      if (config_.workloads[w].kind == WorkloadKind::traffic)
        check_senders(*first, config_.workloads[w].traffic,
                      index_path("workloads", w) + ".traffic");
  }

 private:
  static bool same_windows(const PcieMulticastDescription& one,
                           const PcieMulticastDescription& other) {
    return one.base == other.base && one.index_position == other.index_position &&
           one.groups == other.groups;
  }

  /// Windows are alike on all switches, tables are not.
  void check_table(const HypercastDescription& engine, const std::string& path) {
    const unsigned windows = engine.pcie_multicast->groups;
    if (windows > engine.table_groups)
      tell_(path + ".groups",
            std::to_string(windows) + " windows, but the table holds " +
                std::to_string(engine.table_groups) + " groups",
            "raise hypercast.table_groups, or take fewer");
  }

  void check_windows(const HypercastDescription& engine, const std::string& path) {
    const PcieMulticastDescription& pcie = *engine.pcie_multicast;
    if (pcie.base % kPage != 0)
      return tell_(path + ".base",
                   fmt::format("{:#x} is no multiple of 4096: the register has no place for the "
                               "lower bits",
                               pcie.base),
                   std::to_string(up_to(pcie.base, kPage)) + " would be");
    const std::uint64_t base = pcie_multicast_base(config_);
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if ((std::uint64_t{pcie.groups} << pcie.index_position) - 1 > most - base)
      return tell_(path + (pcie.base == 0 ? ".index_position" : ".base"),
                   fmt::format("{} windows of 2^{} bytes from {:#x} on reach beyond 64 bits",
                               pcie.groups, pcie.index_position, base),
                   "take a smaller index_position, base or number of groups");
    const Range region{base, std::uint64_t{pcie.groups} << pcie.index_position, ""};
    for (const Range& other : others(pcie)) {
      if (!overlap(region, other)) continue;
      tell_(
          path + ".base",
          fmt::format("the windows ({:#x} bytes from {:#x} on) overlap {} ({:#x} bytes from {:#x} "
                      "on)",
                      region.bytes, region.base, other.what, other.bytes, other.base),
          "leave base out: the windows then stand behind everything");
      return;
    }
    check_moe(pcie, path);
  }

  /// The other windows there are.
  std::vector<Range> others(const PcieMulticastDescription& pcie) const {
    std::vector<Range> ranges;
    for (std::size_t e = 0; e < endpoints_.size(); ++e)
      ranges.push_back({window_base(e), memory_bytes(config_.endpoints[endpoints_[e].description]),
                        "the memory of \"" + endpoints_[e].name + "\""});
    const std::vector<std::uint64_t> bases = group_bases(config_);
    for (std::size_t g = pcie.groups; g < config_.groups.size(); ++g)
      ranges.push_back({bases[g], config_.groups[g].window_bytes,
                        "the window of group \"" + config_.groups[g].name + "\""});
    return ranges;
  }

  void check_moe(const PcieMulticastDescription& pcie, const std::string& path) {
    for (const WorkloadDescription& workload : config_.workloads)
      if (workload.kind == WorkloadKind::moe && pcie.groups > config_.groups.size())
        return tell_(path + ".groups",
                     "group " + std::to_string(config_.groups.size()) +
                         " would have a window, but belongs to workload \"" + workload.name +
                         "\", which names its groups by number",
                     "at most as many as the platform's `groups`, which are " +
                         std::to_string(config_.groups.size()));
  }

  void check_groups_have_windows(const PcieMulticastDescription& pcie) {
    const std::uint64_t bytes = std::uint64_t{1} << pcie.index_position;
    for (std::size_t g = 0; g < config_.groups.size() && g < pcie.groups; ++g) {
      const GroupDescription& group = config_.groups[g];
      if (group.window_bytes != bytes)
        tell_(index_path("groups", g) + ".window_bytes",
              "the window of group \"" + group.name + "\" is one of PCIe's multicast, of 2^" +
                  std::to_string(pcie.index_position) + " = " + std::to_string(bytes) +
                  " bytes, not " + std::to_string(group.window_bytes),
              "set window_bytes: " + std::to_string(bytes) +
                  ", or another hypercast.pcie.index_position");
    }
  }

  bool reaches(const PcieMulticastDescription& pcie, const TrafficWorkload& traffic) const {
    for (std::size_t g = 0; g < config_.groups.size() && g < pcie.groups; ++g)
      if (traffic.groups.empty() || std::find(traffic.groups.begin(), traffic.groups.end(),
                                              config_.groups[g].name) != traffic.groups.end())
        return true;
    return false;
  }

  /// PCIe's multicast takes posted writes; what some ports send is answered.
  void check_senders(const PcieMulticastDescription& pcie, const TrafficWorkload& traffic,
                     const std::string& path) {
    if (traffic.pattern != TrafficPattern::multicast || !reaches(pcie, traffic)) return;
    for (const ExpandedEndpoint& endpoint : endpoints_) {
      const bool named = std::find(traffic.sources.begin(), traffic.sources.end(), endpoint.name) !=
                         traffic.sources.end();
      if (config_.endpoints[endpoint.description].kind == EndpointKind::memory ||
          (!traffic.sources.empty() && !named))
        continue;
      const PortGroup& group = group_of(config_, PortRef{endpoint.switch_index, endpoint.port});
      if (!group.problems().empty()) continue;  // told at its own place
      const auto policy = group.make_policy();
      if (!policy->completes(protocols::Packet{})) continue;
      return tell_(traffic.sources.empty() ? path : path + ".sources",
                   fmt::format("\"{}\" sends to groups of PCIe's multicast, which takes posted "
                               "writes only, but writes of its {} port \"{}\" are answered",
                               endpoint.name, policy->protocol(), group.name),
                   fmt::format("name senders on PCIe ports in sources, or in groups some behind "
                               "the first {} (hypercast.pcie.groups)",
                               pcie.groups));
    }
  }

  /// Endpoints that an entry names, each once over all entries.
  std::vector<std::size_t> named(const std::string& text, const std::string& path,
                                 std::set<std::size_t>& seen) {
    const EndpointList found = resolve_members(config_, endpoints_, text);
    if (!found.error.empty()) tell_(path, found.error, found.hint);
    for (const std::size_t e : found.endpoints)
      if (!seen.insert(e).second) {
        tell_(path, "\"" + endpoints_[e].name + "\" has an entry already", "give each one entry");
        break;
      }
    return found.endpoints;
  }

  void check_blocks(const PcieMulticastDescription& pcie, const std::string& path) {
    std::set<std::size_t> seen;
    for (std::size_t b = 0; b < pcie.blocks.size(); ++b) {
      const MulticastBlock& block = pcie.blocks[b];
      const std::string where = index_path(path, b);
      named(block.sender, where + ".sender", seen);
      if (block.all.empty() && block.untranslated.empty())
        tell_(where, "nothing is blocked", "name groups in all or untranslated");
      check_blocked(pcie, block.all, where + ".all");
      check_blocked(pcie, block.untranslated, where + ".untranslated");
    }
  }

  void check_blocked(const PcieMulticastDescription& pcie, const std::vector<std::string>& groups,
                     const std::string& path) {
    std::vector<std::string> known;
    for (const GroupDescription& group : config_.groups) known.push_back(group.name);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto found = std::find(known.begin(), known.end(), groups[i]);
      const auto here = groups.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(groups.begin(), here, groups[i]) != here)
        tell_(index_path(path, i), "group \"" + groups[i] + "\" is listed twice", "once is enough");
      else if (found == known.end())
        tell_(index_path(path, i), "there is no group \"" + groups[i] + "\"",
              suggestion(groups[i], known));
      else if (found - known.begin() >= static_cast<std::ptrdiff_t>(pcie.groups))
        tell_(index_path(path, i),
              "group \"" + groups[i] + "\" is none of PCIe's multicast, which has the first " +
                  std::to_string(pcie.groups),
              "raise hypercast.pcie.groups, or list the group earlier");
    }
  }

  void check_overlays(const PcieMulticastDescription& pcie, const std::string& path) {
    std::set<std::size_t> seen;
    for (std::size_t o = 0; o < pcie.overlays.size(); ++o) {
      const MulticastOverlay& overlay = pcie.overlays[o];
      const std::string where = index_path(path, o);
      const std::uint64_t bytes = std::uint64_t{1} << overlay.size_bits;
      const auto members = named(overlay.member, where + ".member", seen);
      if (overlay.offset_bytes % bytes != 0) {
        tell_(where + ".offset_bytes",
              std::to_string(overlay.offset_bytes) + " has bits below 2^size_bits = " +
                  std::to_string(bytes) + ", which are the packet's own",
              std::to_string(up_to(overlay.offset_bytes, bytes)) + " would be a multiple");
        continue;
      }
      for (const std::size_t e : members) {
        const std::uint64_t memory = memory_bytes(config_.endpoints[endpoints_[e].description]);
        if (bytes <= memory && overlay.offset_bytes <= memory - bytes) continue;
        tell_(where,
              "2^" + std::to_string(overlay.size_bits) + " bytes from " +
                  std::to_string(overlay.offset_bytes) + " on do not fit into the memory of \"" +
                  endpoints_[e].name + "\" (" + std::to_string(memory) + " bytes)",
              "make size_bits or offset_bytes smaller, or the memory larger");
        break;
      }
    }
  }

  const PlatformConfig& config_;
  const TellMistake& tell_;
  std::vector<ExpandedEndpoint> endpoints_;
};

}  // namespace

const PcieMulticastDescription* pcie_multicast_of(const PlatformConfig& config) {
  for (const SwitchDescription& part : config.switches)
    if (part.hypercast && part.hypercast->pcie_multicast) return &*part.hypercast->pcie_multicast;
  return nullptr;
}

std::uint64_t pcie_multicast_base(const PlatformConfig& config) {
  const PcieMulticastDescription& pcie = *pcie_multicast_of(config);
  return pcie.base != 0 ? pcie.base
                        : up_to(behind_packed(config), std::uint64_t{1} << pcie.index_position);
}

std::vector<std::uint64_t> group_bases(const PlatformConfig& config) {
  const PcieMulticastDescription* const pcie = pcie_multicast_of(config);
  const std::uint64_t first = window_base(expand_endpoints(config).size());
  const std::uint64_t step = step_of(config);
  const std::uint64_t pcie_first = pcie == nullptr ? 0 : pcie_multicast_base(config);
  std::vector<std::uint64_t> bases(config.groups.size());
  for (std::size_t g = 0; g < bases.size(); ++g) {
    const bool by_pcie = pcie != nullptr && g < pcie->groups;
    bases[g] = by_pcie ? pcie_first + (std::uint64_t{g} << pcie->index_position) : first + g * step;
  }
  return bases;
}

bool has_sent_updates(const PlatformConfig& config) {
  for (const GroupDescription& group : config.groups)
    for (const GroupChange& change : group.updates)
      if (!change.sent_by.empty()) return true;
  return false;
}

std::uint64_t table_window_base(const PlatformConfig& config) {
  std::uint64_t base = behind_packed(config);
  const PcieMulticastDescription* const pcie = pcie_multicast_of(config);
  if (pcie != nullptr)
    base = std::max(
        base, pcie_multicast_base(config) + (std::uint64_t{pcie->groups} << pcie->index_position));
  return up_to(base, kPage);
}

void check_pcie_multicast(const PlatformConfig& config, const TellMistake& tell) {
  MulticastCheck(config, tell).run();
}

}  // namespace antares::platforms
