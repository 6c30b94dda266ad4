// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/traffic_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "antares/platforms/build/partition_plan.h"
#include "antares/platforms/build/zero_load_table.h"
#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

using models::PacketKind;
using models::Picoseconds;

models::Pattern pattern_of(TrafficPattern pattern) {
  switch (pattern) {
    case TrafficPattern::uniform:
    case TrafficPattern::multicast:  // among groups
      return models::Pattern::uniform;
    case TrafficPattern::permutation:
      return models::Pattern::permutation;
    case TrafficPattern::transpose:
      return models::Pattern::transpose;
    case TrafficPattern::hot_spot:
      return models::Pattern::hot_spot;
    case TrafficPattern::incast:
      return models::Pattern::incast;
  }
  throw std::invalid_argument("unknown traffic pattern");
}

std::uint32_t index_of(const Platform& platform, const std::string& name) {
  const PlatformEndpoint& endpoint = platform.endpoint(name);
  return static_cast<std::uint32_t>(&endpoint - platform.endpoints().data());
}

std::vector<models::RequestShape> shapes_of(const TrafficWorkload& traffic) {
  std::vector<models::RequestShape> shapes;
  for (const PacketSize& size : traffic.packets) {
    const double reads = size.weight * traffic.read_fraction;
    if (size.weight > reads) shapes.push_back({size.bytes, false, size.weight - reads});
    if (reads > 0) shapes.push_back({size.bytes, true, reads});
  }
  if (shapes.empty()) throw std::invalid_argument("every weight in `packets` is 0");
  return shapes;
}

double packet_ps(const protocols::LinkPolicy& policy, std::uint32_t request_bytes,
                 const std::vector<models::RequestShape>& shapes) {
  const auto wire_bytes = [&](PacketKind kind, std::uint32_t bytes) {
    return policy.wire_cost(packet_of(policy, kind, bytes, window_base(0), request_bytes)).bytes;
  };
  double weights = 0;
  double bytes = 0;
  for (const models::RequestShape& shape : shapes) {
    weights += shape.weight;
    bytes +=
        shape.weight *
        static_cast<double>(shape.read ? std::max(wire_bytes(PacketKind::read, shape.bytes),
                                                  wire_bytes(PacketKind::completion, shape.bytes))
                                       : wire_bytes(PacketKind::write, shape.bytes));
  }
  const auto& per_byte = policy.rate().per_byte;
  return bytes / weights * static_cast<double>(per_byte.numerator) /
         static_cast<double>(per_byte.denominator);
}

double coin_ps(const protocols::LinkRate& rate, double whole_packet_ps) {
  if (rate.flit_usable_bytes <= 1) return whole_packet_ps;
  const double flit_ps = static_cast<double>(rate.flit_usable_bytes) *
                         static_cast<double>(rate.per_byte.numerator) /
                         static_cast<double>(rate.per_byte.denominator);
  return std::min(flit_ps, whole_packet_ps);
}

Picoseconds window_ps(double microseconds, std::uint64_t slots, Picoseconds slot_ps) {
  if (slots != 0 && slot_ps != 0) return slots * slot_ps;
  const auto time_ps = static_cast<Picoseconds>(microseconds * 1e6 + 0.5);
  return slot_ps == 0 ? time_ps : (time_ps + slot_ps - 1) / slot_ps * slot_ps;
}

}  // namespace

double TrafficPlan::capacity_bytes_per_ps(std::uint32_t partition) const {
  double sum = 0;
  for (const PlannedSource& source : sources)
    if (partition == kAll || source.partition == partition) sum += mean_bytes / source.packet_ps;
  return sum;
}

double TrafficPlan::mean_packet_ps(std::uint32_t partition) const {
  double sum = 0;
  double count = 0;
  for (const PlannedSource& source : sources) {
    if (partition != kAll && source.partition != partition) continue;
    sum += source.packet_ps;
    ++count;
  }
  return sum / count;
}

namespace {

/// The groups that a source is a member of, among those that the workload names.
models::TargetChoice groups_of(const Platform& platform, models::PatternConfig pattern,
                               std::uint32_t peer, const TrafficWorkload& traffic) {
  const PlatformConfig& config = platform.config();
  const auto endpoints = expand_endpoints(config);
  pattern.targets.clear();
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& group = config.groups[g];
    const auto& wanted = traffic.groups;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), group.name) == wanted.end())
      continue;
    for (const std::string& name : group.members) {
      const auto members = resolve_members(config, endpoints, name).endpoints;
      if (std::find(members.begin(), members.end(), peer) == members.end()) continue;
      pattern.targets.push_back(static_cast<std::uint32_t>(endpoints.size() + g));
    }
  }
  return models::TargetChoice(pattern, peer);
}

/// The pattern as one source plays it: among those that it reaches, so that each partition plays it
/// by itself.
models::TargetChoice targets_of(const Platform& platform, models::PatternConfig pattern,
                                std::uint32_t peer, const TrafficWorkload& traffic) {
  const auto& endpoints = platform.endpoints();
  const auto reached = [&](std::uint32_t each) {
    return reaches(endpoints[peer], endpoints[each]);
  };
  const auto drop = [](std::vector<std::uint32_t>& indices, auto is_out) {
    indices.erase(std::remove_if(indices.begin(), indices.end(), is_out), indices.end());
  };
  drop(pattern.targets, [&](std::uint32_t each) { return !reached(each); });
  drop(pattern.peers, [&](std::uint32_t each) { return each != peer && !reached(each); });
  pattern.hot_target = pattern.targets.empty() ? peer : pattern.targets.front();
  if (!traffic.hot_spot_target.empty()) {
    const std::uint32_t hot = index_of(platform, traffic.hot_spot_target);
    if (!reached(hot) && !traffic.sources.empty())
      throw std::invalid_argument("'" + endpoints[peer].name + "' does not reach '" +
                                  traffic.hot_spot_target +
                                  "' (hot_spot_target): it is in another partition");
    if (!reached(hot)) pattern.targets.clear();  // silent, as the aim of an incast is
    pattern.hot_target = reached(hot) ? hot : peer;
  }
  return models::TargetChoice(pattern, peer);
}

/// Where each source is now; partitions come in the order of their pods, those without a source are
/// left out.
void place_sources(const Platform& platform, TrafficPlan& plan) {
  const Pods pods(platform.config());
  if (!has_partitions(platform.config())) {
    plan.partitions.emplace_back();
    return;
  }
  std::map<std::size_t, std::vector<PlannedSource*>> by_pod;
  for (PlannedSource& source : plan.sources)
    by_pod[pod_of(platform, pods, *platform.endpoints()[source.endpoint].port)].push_back(&source);
  for (const auto& [pod, sources] : by_pod) {
    for (PlannedSource* source : sources)
      source->partition = static_cast<std::uint32_t>(plan.partitions.size());
    plan.partitions.push_back(pod == kNoPartition ? kSpare : pods.name(pod));
  }
}

}  // namespace

TrafficPlan make_traffic_plan(const Platform& platform, const WorkloadDescription& workload) {
  const TrafficWorkload& traffic = workload.traffic;
  const auto& endpoints = platform.endpoints();
  TrafficPlan plan;
  plan.shapes = shapes_of(traffic);
  double weights = 0;
  std::uint64_t largest = 0;
  for (const models::RequestShape& shape : plan.shapes) {
    weights += shape.weight;
    plan.mean_bytes += shape.weight * shape.bytes;
    largest = std::max<std::uint64_t>(largest, shape.bytes);
  }
  plan.mean_bytes /= weights;
  for (const SwitchDescription& part : platform.config().switches) {
    const auto slot = static_cast<Picoseconds>(part.crossbar.slot_ns * 1000 + 0.5);
    plan.slot_ps = std::max(plan.slot_ps, slot);
  }
  plan.warmup_ps = window_ps(traffic.warmup_us, traffic.warmup_slots, plan.slot_ps);
  plan.measure_ps = window_ps(traffic.measure_us, traffic.measure_slots, plan.slot_ps);

  models::PatternConfig pattern;
  pattern.pattern = pattern_of(traffic.pattern);
  pattern.hot_fraction = traffic.hot_spot_fraction;
  // Theory draws the destination of a cell among all outputs, its own input's included.
  pattern.include_self = plan.slot_ps != 0;
  for (std::uint32_t e = 0; e < endpoints.size(); ++e) {
    if (endpoints[e].memory != nullptr) pattern.targets.push_back(e);
    if (traffic.sources.empty() && endpoints[e].requester != nullptr) pattern.peers.push_back(e);
  }
  for (const std::string& name : traffic.sources) {
    pattern.peers.push_back(index_of(platform, name));
    if (endpoints[pattern.peers.back()].requester == nullptr) {
      throw std::invalid_argument(
          workload.name + ": '" + name +
          "' is a memory and cannot send; sources are accelerators and hosts");
    }
  }
  if (pattern.targets.empty()) throw std::invalid_argument(workload.name + ": there is no target");
  for (const std::uint32_t target : pattern.targets) {
    if (traffic.pattern != TrafficPattern::multicast && largest > endpoints[target].window_bytes) {
      throw std::invalid_argument(workload.name + ": a request of " + std::to_string(largest) +
                                  " bytes is larger than the memory of '" + endpoints[target].name +
                                  "' (" + std::to_string(endpoints[target].window_bytes) +
                                  " bytes)");
    }
  }
  for (const GroupDescription& group : platform.config().groups) {
    const bool used =
        traffic.groups.empty() ||
        std::find(traffic.groups.begin(), traffic.groups.end(), group.name) != traffic.groups.end();
    if (traffic.pattern == TrafficPattern::multicast && used && largest > group.window_bytes)
      throw std::invalid_argument(workload.name + ": a request of " + std::to_string(largest) +
                                  " bytes is larger than the window of group '" + group.name +
                                  "' (" + std::to_string(group.window_bytes) + " bytes)");
  }
  for (const std::uint32_t peer : pattern.peers) {
    const models::TargetChoice targets = traffic.pattern == TrafficPattern::multicast
                                             ? groups_of(platform, pattern, peer, traffic)
                                             : targets_of(platform, pattern, peer, traffic);
    if (targets.empty()) continue;
    const protocols::LinkPolicy& policy = endpoints[peer].port->policy();
    // All planes take their share of a load.
    double links = 0;
    for (const models::PortAdapter* port : endpoints[peer].ports)
      links += port->policy().rate().raw_GBps / policy.rate().raw_GBps;
    const double whole_ps = packet_ps(policy, endpoints[peer].request_bytes, plan.shapes) / links;
    plan.sources.push_back({peer, targets, whole_ps, coin_ps(policy.rate(), whole_ps), 0});
  }
  if (plan.sources.empty()) {
    throw std::invalid_argument(workload.name + ": with pattern " + to_string(traffic.pattern) +
                                " and " + std::to_string(pattern.peers.size()) +
                                " source(s) nobody has anybody to send to");
  }
  place_sources(platform, plan);
  return plan;
}

double rounded_load(double load) { return std::round(load * 1e9) / 1e9; }

std::vector<double> loads_of(const LoadSweep& sweep) {
  std::vector<double> loads;
  constexpr double kRounding = 1e-9;
  for (unsigned i = 0;; ++i) {
    const double load = rounded_load(sweep.from + i * sweep.step);
    if (load > sweep.to - kRounding) break;
    loads.push_back(load);
  }
  loads.push_back(sweep.to);
  return loads;
}

const char* to_string(TrafficPattern pattern) {
  switch (pattern) {
    case TrafficPattern::uniform:
      return "uniform";
    case TrafficPattern::permutation:
      return "permutation";
    case TrafficPattern::transpose:
      return "transpose";
    case TrafficPattern::hot_spot:
      return "hot_spot";
    case TrafficPattern::incast:
      return "incast";
    case TrafficPattern::multicast:
      return "multicast";
  }
  return "?";
}

}  // namespace antares::platforms
