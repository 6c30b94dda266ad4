// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/pairs_plan.h"

#include <algorithm>
#include <map>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/pods.h"

namespace antares::platforms {
namespace {

using models::PacketKind;

/// The endpoints of one port group, in the order of their ports.
struct EndpointGroup {
  std::vector<std::size_t> all;
  std::vector<std::size_t> requesters;
};

}  // namespace

std::vector<PlannedPair> plan_pairs(const PlatformConfig& config, PairScope scope) {
  std::map<std::pair<std::size_t, std::size_t>, EndpointGroup> groups;
  const auto endpoints = expand_endpoints(config);
  for (std::size_t e = 0; e < endpoints.size(); ++e) {
    const auto ports = expand_ports(config.switches[endpoints[e].switch_index]);
    EndpointGroup& group = groups[{endpoints[e].switch_index, ports[endpoints[e].port].group}];
    group.all.push_back(e);
    if (config.endpoints[endpoints[e].description].kind != EndpointKind::memory)
      group.requesters.push_back(e);
  }
  const PartitionView view(config);
  std::vector<PlannedPair> pairs;
  for (const auto& [from_key, from] : groups) {
    if (from.requesters.empty()) continue;
    for (const auto& [to_key, to] : groups) {
      const bool same = from_key == to_key;
      if (to_key.first != from_key.first || (!same && scope == PairScope::within_groups)) continue;
      // The first two of them that see each other.
      for (const std::size_t source : from.requesters) {
        const auto target = std::find_if(to.all.begin(), to.all.end(), [&](std::size_t each) {
          return each != source && view.sees(endpoints[source], endpoints[each]);
        });
        if (target == to.all.end()) continue;
        pairs.push_back({source, *target, from_key.first});
        break;
      }
    }
  }
  return pairs;
}

const char* to_string(PairOperation operation) {
  switch (operation) {
    case PairOperation::write:
      return "write";
    case PairOperation::read:
      return "read";
    case PairOperation::fetch_add:
      return "fetch_add";
    case PairOperation::swap:
      return "swap";
    case PairOperation::compare_and_swap:
      return "compare_and_swap";
    case PairOperation::deferrable_write:
      return "deferrable_write";
  }
  return "?";
}

PacketKind PairRequest::kind() const {
  switch (operation) {
    case PairOperation::write:
    case PairOperation::deferrable_write:
      return PacketKind::write;
    case PairOperation::read:
      return PacketKind::read;
    case PairOperation::fetch_add:
    case PairOperation::swap:
    case PairOperation::compare_and_swap:
      break;
  }
  return PacketKind::atomic;
}

std::uint32_t PairRequest::answer_bytes() const {
  if (kind() == PacketKind::write) return 0;
  return operation == PairOperation::compare_and_swap ? bytes / 2 : bytes;
}

PairRequest as_asked_by(const EndpointDescription& requester, PairRequest request) {
  const bool unordered =
      requester.kind == EndpointKind::accelerator && requester.accelerator.unordered_io;
  if (unordered && !request.is_atomic()) request.flags |= protocols::kUnorderedIo;
  return request;
}

models::Request PairRequest::at(std::uint64_t address) const {
  models::Request request;
  request.address = address;
  request.bytes = bytes;
  request.read = operation == PairOperation::read;
  request.flags = flags;
  if (!is_atomic()) return request;
  request.operand_bytes = static_cast<std::uint8_t>(answer_bytes());
  request.atomic = operation == PairOperation::fetch_add ? protocols::AtomicOp::fetch_add
                   : operation == PairOperation::swap    ? protocols::AtomicOp::swap
                                                         : protocols::AtomicOp::compare_and_swap;
  return request;
}

std::vector<PairRequest> plan_requests(const PairsWorkload& workload) {
  std::vector<PairRequest> requests;
  for (const PairOperation operation : workload.operations) {
    if (!PairsWorkload::sized_by_bytes(operation)) {
      const std::uint32_t operands = operation == PairOperation::compare_and_swap ? 2 : 1;
      requests.push_back({operation, operands * workload.operand_bytes});
      continue;
    }
    const std::uint8_t flags =
        operation == PairOperation::deferrable_write ? protocols::kWantsAnswer : 0;
    for (const std::uint32_t bytes : workload.bytes) requests.push_back({operation, bytes, flags});
  }
  return requests;
}

std::vector<PairsProblem> pairs_problems(const PlatformConfig& config,
                                         const PairsWorkload& workload) {
  std::vector<PairsProblem> problems;
  if (plan_pairs(config, workload.pairs).empty())
    problems.push_back(
        {"", "no accelerator or host has another endpoint to talk to",
         workload.pairs == PairScope::all ? "add an endpoint" : "pairs: all leaves the group"});
  for (std::size_t d = 0; d < config.endpoints.size(); ++d) {
    if (config.endpoints[d].planes)
      problems.push_back(
          {index_path("endpoints", d) + ".planes",
           "a pairs workload compares two ports of one switch with their closed form",
           "leave planes out, or run traffic or a collective"});
  }
  // Then a write's answer says that the switch has it, not the memory: another quantity.
  for (std::size_t s = 0; s < config.switches.size(); ++s) {
    const auto& ports = config.switches[s].ports;
    for (std::size_t g = 0; g < ports.size(); ++g) {
      const std::string path = index_path(index_path("switches", s) + ".ports", g);
      if (ports[g].posted_response == models::PostedResponse::at_accept)
        problems.push_back({path + ".posted_response",
                            "a pairs workload measures until a write is in memory",
                            "set posted_response: at_delivery"});
      const auto& acs = ports[g].acs;
      if (acs && (acs->request_redirect || acs->completion_redirect || acs->egress_control))
        problems.push_back(
            {path + ".acs",
             "a pairs workload compares with a closed form of direct paths, these controls send "
             "requests round or keep them out",
             "leave request_redirect, completion_redirect and egress_control out, or run traffic"});
    }
  }
  return problems;
}

}  // namespace antares::platforms
