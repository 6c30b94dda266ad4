// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/moe_study.h"

#include <algorithm>

namespace antares::platforms {
namespace {

using models::Picoseconds;

/// Contributions of one sender under way on a plane. assumption: contexts of an engine are shared
/// out by that; 128 KiB of 4 KiB pieces keep a x16 link busy and leave an engine half of its
/// default buffer.
constexpr std::uint32_t kContributionsInFlight = 32;

bool uses(const MoeWorkload& moe, MoeNaming naming) {
  return std::find(moe.naming.begin(), moe.naming.end(), naming) != moe.naming.end();
}

std::uint32_t largest(const std::vector<std::uint32_t>& list) {
  return list.empty() ? 0 : *std::max_element(list.begin(), list.end());
}

/// Groups of a switch that no group of the description takes.
std::uint32_t free_groups(const PlatformConfig& config, const SwitchDescription& part) {
  const auto taken = static_cast<std::uint32_t>(config.groups.size());
  return part.hypercast && part.hypercast->table_groups > taken
             ? part.hypercast->table_groups - taken
             : 0;
}

std::uint32_t free_groups(const PlatformConfig& config) {
  std::uint32_t least = 65536;  // more are not looked at
  for (const SwitchDescription& part : config.switches)
    least = std::min(least, free_groups(config, part));
  return least;
}

/// Payload by direction of device links, over the endpoints that take part.
double payload(const Platform& platform, const char* direction) {
  double bytes = 0;
  for (const LinkRow& row : platform.link_rows({}))
    if (row.direction == direction) bytes += static_cast<double>(row.payload_bytes);
  return bytes;
}

class Study {
 public:
  Study(Platform& platform, const WorkloadDescription& workload, ResultSink& sink)
      : platform_(platform), name_(workload.name), moe_(workload.moe), sink_(sink) {}

  void run() {
    for (const std::uint32_t experts : moe_.experts)
      for (const std::uint32_t top_k : moe_.top_k)
        if (top_k <= experts) run(experts, top_k);
  }

 private:
  void run(std::uint32_t experts, std::uint32_t top_k) {
    tokens_ = moe_tokens(platform_, name_, moe_, experts, top_k);
    blank_ = MoeRow{};
    blank_.workload = name_;
    blank_.experts = experts;
    blank_.top_k = top_k;
    blank_.senders = static_cast<std::uint32_t>(tokens_.senders.size());
    blank_.tokens = std::uint64_t{moe_.tokens} * tokens_.senders.size();
    by_unicast_us_ = 0;
    dispatch(MoeWay::unicast);
    for (const MoeNaming naming : moe_.naming) {
      if (naming == MoeNaming::table)
        dispatch_by_table();
      else
        dispatch(naming == MoeNaming::bitmap ? MoeWay::bitmap : MoeWay::list);
    }
    if (!moe_.combine) return;
    by_unicast_us_ = 0;
    combine(false);
    combine(true);
  }

  void dispatch(MoeWay way) {
    MoeRow row = blank_;
    row.phase = "dispatch";
    row.naming = way == MoeWay::unicast ? "unicast" : way == MoeWay::bitmap ? "bitmap" : "list";
    measure(row, dispatch_items(platform_, tokens_, moe_, way), {moe_.lookahead_tokens}, nullptr);
  }

  void dispatch_by_table() {
    std::vector<std::uint32_t> sizes = moe_.table_groups;
    if (sizes.empty()) sizes = {free_groups(platform_.config())};
    double update_ns = 0;
    for (const SwitchDescription& part : platform_.config().switches)
      update_ns = std::max(update_ns, part.hypercast->update_latency_ns);
    for (const std::uint32_t groups : sizes) {
      for (const double reprogram_ns : moe_.reprogram_ns) {
        MoeRow row = blank_;
        row.phase = "dispatch";
        row.naming = "table";
        row.table_groups = groups;
        row.reprogram_ns = reprogram_ns + update_ns;
        GroupDirectory directory(platform_,
                                 static_cast<std::uint32_t>(platform_.config().groups.size()),
                                 groups, tokens_.experts,
                                 {models::to_picoseconds(reprogram_ns),
                                  models::to_picoseconds(moe_.reprogram_interval_ns)});
        measure(row, dispatch_items(platform_, tokens_, moe_, MoeWay::table),
                {moe_.lookahead_tokens}, &directory);
      }
    }
  }

  void combine(bool reduced) {
    MoeRow row = blank_;
    row.phase = "combine";
    row.naming = reduced ? "list" : "unicast";
    MoeExchange::Limits limits;
    if (reduced)
      limits.requests_in_flight =
          kContributionsInFlight *
          static_cast<std::uint32_t>(platform_.endpoints()[tokens_.experts.front()].ports.size());
    measure(row, combine_items(platform_, tokens_, moe_, reduced), limits, nullptr);
  }

  void measure(MoeRow row, MoeItems items, const MoeExchange::Limits& limits,
               GroupDirectory* directory) {
    const std::string label = name_ + "[" + row.phase + " by " + row.naming + "]";
    platform_.mark_links();
    MoeExchange exchange(platform_, std::move(items), limits, directory);
    const MoeTimes times = exchange.run(sink_, label);
    const bool dispatch = row.phase == "dispatch";
    const auto experts = static_cast<double>(row.experts);
    const auto senders = static_cast<double>(row.senders);
    row.sender_bytes = payload(platform_, "to_switch") / (dispatch ? senders : experts);
    row.receiver_bytes = payload(platform_, "to_device") / (dispatch ? experts : senders);
    row.time_us = static_cast<double>(times.time_ps) * 1e-6;
    if (directory != nullptr) {
      const std::uint64_t missed = times.looked_up - times.hits;
      row.updates = static_cast<std::int64_t>(directory->updates());
      if (times.looked_up != 0)
        row.hit_rate = static_cast<double>(times.hits) / static_cast<double>(times.looked_up);
      row.miss_wait_ns = missed == 0 ? 0
                                     : static_cast<double>(times.miss_wait_ps) * 1e-3 /
                                           static_cast<double>(missed);
      if (times.time_ps != 0)
        row.stalled_share =
            static_cast<double>(times.stalled_ps) / (static_cast<double>(times.time_ps) * senders);
    }
    if (row.naming == "unicast") by_unicast_us_ = row.time_us;
    if (row.time_us > 0) row.gain = by_unicast_us_ / row.time_us;
    sink_.moe(row);
    sink_.progress(name_, 0);
  }

  Platform& platform_;
  std::string name_;
  const MoeWorkload& moe_;
  ResultSink& sink_;
  MoeTokens tokens_;
  MoeRow blank_;
  double by_unicast_us_ = 0;
};

}  // namespace

std::vector<MoeProblem> moe_problems(const PlatformConfig& config, const MoeWorkload& moe) {
  std::vector<MoeProblem> problems;
  std::uint64_t accelerators = 0;
  std::uint64_t memory_bytes = ~std::uint64_t{0};
  for (const ExpandedEndpoint& endpoint : expand_endpoints(config)) {
    const EndpointDescription& description = config.endpoints[endpoint.description];
    if (description.kind != EndpointKind::accelerator) continue;
    ++accelerators;
    memory_bytes = std::min(memory_bytes, description.accelerator.memory_bytes);
  }
  const std::uint32_t experts = largest(moe.experts);
  if (std::uint64_t{experts} + moe.senders > accelerators)
    problems.push_back(
        {"experts",
         std::to_string(experts) + " experts" +
             (moe.senders == 0 ? "" : " and " + std::to_string(moe.senders) + " senders") +
             " need as many accelerators, the platform has " + std::to_string(accelerators),
         "take fewer"});
  const auto least = std::min_element(moe.top_k.begin(), moe.top_k.end());
  if (least != moe.top_k.end() && *least > experts)
    problems.push_back({"top_k",
                        "a token can't go to " + std::to_string(*least) + " of " +
                            std::to_string(experts) + " experts",
                        "top_k is at most experts"});
  if (experts == 1 && moe.senders == 0)
    problems.push_back({"experts", "one expert's own accelerator sends nothing to itself",
                        "take two at least, or senders"});
  for (const SwitchDescription& part : config.switches) {
    const bool table = uses(moe, MoeNaming::table);
    if (!part.hypercast)
      problems.push_back({"", "\"" + part.name + "\" makes no copies",
                          "add `hypercast: {outside_senders: true}` to it"});
    else if (table && !part.hypercast->outside_senders)
      problems.push_back(
          {"naming",
           "who sends a token is not always one of its experts, and the groups of \"" + part.name +
               "\" take packets of members only",
           "set hypercast.outside_senders: true"});
    else if (table && std::max(1u, largest(moe.table_groups)) > free_groups(config, part))
      problems.push_back({"table_groups",
                          "the table of \"" + part.name + "\" has room for " +
                              std::to_string(free_groups(config, part)) + " groups",
                          "raise hypercast.table_groups"});
    const std::uint32_t most = std::min(largest(moe.top_k), experts);
    if (part.hypercast && !moe.naming.empty() && most > part.hypercast->most_members)
      problems.push_back({"top_k",
                          "a token goes to " + std::to_string(most) +
                              " experts, and a group of \"" + part.name + "\" has " +
                              std::to_string(part.hypercast->most_members) + " members at most",
                          "raise hypercast.most_members, or take a smaller top_k"});
    if (moe.combine && !part.reduction)
      problems.push_back({"combine", "\"" + part.name + "\" adds nothing up",
                          "add `reduction: {}` to it, or set combine: false"});
  }
  constexpr std::uint32_t kElementBytes = 2;  // results are BF16
  if (moe.combine && moe.combine_bytes % kElementBytes != 0)
    problems.push_back(
        {"combine_bytes",
         std::to_string(moe.combine_bytes) + " B are no whole number of BF16 elements",
         "take an even number"});
  const std::uint64_t senders = moe.senders == 0 ? experts : moe.senders;
  const std::uint64_t needed =
      senders * moe.tokens *
      std::max(moe_slot_bytes(moe.token_bytes),
               moe.combine ? largest(moe.top_k) * moe_slot_bytes(moe.combine_bytes) : 0);
  if (needed > memory_bytes)
    problems.push_back({"tokens",
                        "they need " + std::to_string(needed) + " B of each memory, but " +
                            std::to_string(memory_bytes) + " B are there",
                        "take fewer, or raise accelerator.memory_bytes"});
  return problems;
}

std::vector<models::GroupConfig> moe_groups(const PlatformConfig& config,
                                            const SwitchDescription& part,
                                            const std::vector<models::AddressWindow>& windows) {
  std::uint32_t count = 0;
  for (const WorkloadDescription& workload : config.workloads) {
    if (workload.kind != WorkloadKind::moe || !uses(workload.moe, MoeNaming::table)) continue;
    const std::uint32_t named = largest(workload.moe.table_groups);
    count = std::max(count, named != 0 ? named : free_groups(config));
  }
  std::vector<models::GroupConfig> groups;
  if (windows.empty()) return groups;
  const auto first = static_cast<std::uint32_t>(config.groups.size());
  for (std::uint32_t g = 0; g < std::min(count, free_groups(config, part)); ++g) {
    models::GroupConfig group;
    group.name = "moe" + std::to_string(g);
    group.id = models::GroupId(first + g);
    // Somebody; nobody sends to it before it has been written.
    group.members = {{windows.front().endpoint, 0}};
    groups.push_back(std::move(group));
  }
  return groups;
}

void run_moe(Platform& platform, const WorkloadDescription& workload, ResultSink& sink) {
  Study(platform, workload, sink).run();
}

}  // namespace antares::platforms
