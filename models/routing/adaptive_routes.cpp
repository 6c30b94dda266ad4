// SPDX-License-Identifier: Apache-2.0
#include "antares/models/routing/adaptive_routes.h"

#include <cassert>

namespace antares::models {
namespace {

bool is_better(const ExitState& a, const ExitState& b, bool carries_data) {
  if (a.up != b.up) return a.up;
  const auto first = carries_data ? &ExitState::data_credits : &ExitState::header_credits;
  const auto second = carries_data ? &ExitState::header_credits : &ExitState::data_credits;
  if (a.*first != b.*first) return a.*first > b.*first;
  if (a.*second != b.*second) return a.*second > b.*second;
  return a.drained_ps < b.drained_ps;
}

}  // namespace

std::size_t best_exit(const std::vector<ExitState>& exits, bool carries_data, std::uint64_t tie) {
  std::size_t best = tie % exits.size();
  for (std::size_t i = 1; i < exits.size(); ++i) {
    const std::size_t other = (tie % exits.size() + i) % exits.size();
    if (is_better(exits[other], exits[best], carries_data)) best = other;
  }
  return best;
}

void AdaptiveRoutes::begin(EndpointId a, EndpointId b, Picoseconds now_ps) {
  Pair& pair = pairs_[pair_of(a, b)];
  if (pair.under_way == 0 && pair.idle_since_ps < now_ps) ++pair.epoch;
  ++pair.under_way;
  ++under_way_;
}

void AdaptiveRoutes::end(EndpointId a, EndpointId b, Picoseconds now_ps) {
  Pair& pair = pairs_[pair_of(a, b)];
  assert(pair.under_way != 0);
  --under_way_;
  if (--pair.under_way == 0) pair.idle_since_ps = now_ps;
}

std::uint32_t AdaptiveRoutes::epoch(EndpointId a, EndpointId b) const {
  const auto found = pairs_.find(pair_of(a, b));
  return found == pairs_.end() ? 0 : found->second.epoch;
}

std::optional<protocols::PortId> AdaptiveRoutes::flow_way(EndpointId source, EndpointId destination,
                                                          std::uint32_t epoch) const {
  const auto found = flow_ways_.find(key_of(source, destination));
  if (found == flow_ways_.end() || found->second.epoch != epoch) return std::nullopt;
  return found->second.port;
}

void AdaptiveRoutes::set_flow_way(EndpointId source, EndpointId destination, std::uint32_t epoch,
                                  PortId port) {
  flow_ways_.insert_or_assign(key_of(source, destination), Way{epoch, port});
}

std::optional<protocols::PortId> AdaptiveRoutes::whole_way(std::uintptr_t whole) const {
  const auto found = whole_ways_.find(whole);
  if (found == whole_ways_.end()) return std::nullopt;
  return found->second;
}

}  // namespace antares::models
