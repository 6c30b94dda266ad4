// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/transfer_plan.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "antares/platforms/build/collective_engine.h"
#include "antares/platforms/workload/collective_bytes.h"

namespace antares::platforms {
namespace {

// A trace may hold many sizes; programs beyond this many messages are made again when needed.
constexpr std::uint64_t kMostKeptMessages = 2'000'000;

bool offers(const std::string& collective, const std::string& algorithm) {
  const auto& known = algorithms();
  return std::any_of(known.begin(), known.end(), [&](const AlgorithmInfo& info) {
    return info.collective == collective && info.algorithm == algorithm;
  });
}

void check_name(const std::string& algorithm) {
  std::set<std::string> names = {"auto", kInSwitch};
  for (const AlgorithmInfo& info : algorithms()) {
    if (info.collective != "send_recv") names.insert(info.algorithm);
  }
  if (names.count(algorithm) != 0) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  throw std::invalid_argument("unknown algorithm '" + algorithm + "' for a trace; there are " +
                              list);
}

std::uint64_t busiest_link_bytes(const models::Program& program) {
  std::uint64_t most = 0;
  for (const RankBytes& rank : bytes_by_rank(program))
    most = std::max({most, rank.sent_bytes, rank.received_bytes});
  return most;
}

std::uint64_t needed_bytes(const models::Program& program) {
  constexpr std::uint64_t kPage = 4096;  // the engine lays buffers out in pages
  return CollectiveEngine::buffer_offset(program, models::Buffer::scratch) +
         (program.scratch_bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

bool is_void(const TraceNode& transfer, std::uint32_t ranks) {
  return transfer.bytes == 0 || ranks < 2;
}

TransferPlanner::TransferPlanner(std::string algorithm) : algorithm_(std::move(algorithm)) {
  if (algorithm_.empty()) algorithm_ = "auto";
  check_name(algorithm_);
}

TransferPlanner::Key TransferPlanner::key(const TraceNode& transfer, std::uint32_t ranks) {
  const bool send = transfer.kind == TraceNodeKind::send;
  return {transfer.kind, send ? CommType{} : transfer.comm_type, transfer.bytes, ranks,
          transfer.whole_buffer};
}

CollectiveRequest TransferPlanner::request(const TraceNode& transfer, std::uint32_t ranks) {
  if (transfer.kind == TraceNodeKind::send) {
    CollectiveRequest pair;
    pair.collective = "send_recv";
    pair.algorithm = "pair";
    pair.bytes = transfer.bytes;
    if (pair.bytes % pair.element_bytes != 0) pair.element_bytes = 1;
    return pair;
  }
  CollectiveRequest request = to_request(transfer, ranks);
  // A barrier is a handful of bytes: it keeps the algorithm that is right for it.
  if (algorithm_ == "auto" || request.algorithm != "auto") return request;
  if (algorithm_ == kInSwitch) {
    request.in_switch = {true, true};
    algorithm_used_ = true;
    return request;
  }
  if (offers(request.collective, algorithm_)) {
    request.algorithm = algorithm_;
    algorithm_used_ = true;
  } else {
    without_algorithm_.insert(request.collective);
  }
  return request;
}

std::shared_ptr<const TransferPlan> TransferPlanner::plan(const TraceNode& transfer,
                                                          std::uint32_t ranks) {
  const auto known = plans_.find(key(transfer, ranks));
  if (known != plans_.end()) return known->second;
  auto plan = std::make_shared<TransferPlan>();
  plan->request = request(transfer, ranks);
  plan->program = make_program(plan->request);
  plan->busiest_link_bytes = busiest_link_bytes(plan->program);
  if (kept_messages_ + plan->program.messages.size() <= kMostKeptMessages) {
    kept_messages_ += plan->program.messages.size();
    plans_.emplace(key(transfer, ranks), plan);
  }
  return plan;
}

void TransferPlanner::check(const TraceSet& set, std::uint64_t memory_bytes) {
  std::set<Key> seen;
  const std::size_t graphs = set.single_file ? 1 : set.ranks.size();
  for (std::size_t rank = 0; rank < graphs; ++rank) {
    const TraceGraph& graph = *set.ranks[rank];
    for (const TraceNode& node : graph.nodes) {
      const bool send = node.kind == TraceNodeKind::send;
      if (!send && node.kind != TraceNodeKind::collective) continue;
      const auto ranks = send ? 2u
                              : static_cast<std::uint32_t>(
                                    set.members(static_cast<std::uint32_t>(rank), node).size());
      if (is_void(node, ranks) || !seen.insert(key(node, ranks)).second) continue;
      std::uint64_t needed = 0;
      try {
        needed = needed_bytes(plan(node, ranks)->program);
      } catch (const std::invalid_argument& error) {
        throw TraceError(graph.file + ": " + graph.label(node) + ": " + error.what());
      }
      if (needed > memory_bytes) {
        throw TraceError(graph.file + ": " + graph.label(node) + " needs " +
                         std::to_string(needed) + " bytes of buffers on each of its " +
                         std::to_string(ranks) + " accelerators, but there are " +
                         std::to_string(memory_bytes) + " (accelerator.memory_bytes)");
      }
    }
  }
  if (algorithm_used_ || without_algorithm_.empty()) return;
  throw std::invalid_argument("algorithm '" + algorithm_ +
                              "' is offered by no collective of the trace (" +
                              *without_algorithm_.begin() + "); take auto");
}

std::vector<std::string> TransferPlanner::notes() const {
  std::vector<std::string> notes;
  for (const std::string& collective : without_algorithm_) {
    notes.push_back(collective + " has no algorithm '" + algorithm_ + "': it took auto");
  }
  return notes;
}

}  // namespace antares::platforms
