// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_compiler.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "antares/platforms/workload/plan_layout.h"
#include "antares/platforms/workload/plan_loops.h"
#include "antares/platforms/workload/plan_order.h"
#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

namespace {

using models::Buffer;
using models::OnArrival;
using models::Region;

constexpr std::uint64_t kSignalBytes = 8;
constexpr std::uint64_t kReadRequestBytes = 16;

using Messages = std::vector<std::uint32_t>;

CollectiveRequest request_of(const CollectivePlan& plan, std::uint64_t bytes,
                             std::uint32_t element_bytes) {
  CollectiveRequest request;
  request.collective = plan.collective;
  request.algorithm = plan.name;
  request.ranks = plan.ranks;
  request.bytes = bytes;
  request.element_bytes = element_bytes;
  return request;
}

class Compiler {
 public:
  Compiler(const CollectivePlan& plan, std::uint64_t bytes, std::uint32_t element_bytes)
      : plan_(plan),
        builder_(request_of(plan, bytes, element_bytes), plan.name),
        layout_(plan, bytes),
        blocks_(plan.blocks.size()) {}

  models::Program compile() {
    reserve();
    layout_.prepare(builder_);
    for (const PlanPosition& at : plan_order(plan_)) write_step(at);
    if (layout_.result_in_work()) copy_results();
    return builder_.take();
  }

 private:
  struct BlockState {
    Messages done;  ///< what stands for "all steps up to here"
    std::vector<std::uint64_t> landing;
    std::map<std::uint32_t, Messages> done_after;  ///< of the steps that others wait for
    std::map<std::uint32_t, Messages> puts;        ///< by peer
    std::map<PlanFlow, std::size_t> told;          ///< puts that earlier signals have covered
    /// ... and those that earlier releases have, by semaphore and peer.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> handed_on;
  };
  /// What a taker of a flow gets: one message, or a signal with the puts before it.
  struct Flow {
    std::vector<Messages> given;
    std::size_t taken = 0;
    std::vector<Region> landings;                         ///< of sends
    std::vector<std::map<std::uint32_t, Messages>> puts;  ///< of releases, by peer
  };
  /// Something that stands in memory since an earlier action of the step.
  struct Written {
    Region at;
    std::uint64_t bytes = 0;
    std::uint32_t message = 0;
    bool used = false;
  };

  void reserve() {
    std::uint64_t messages = 0;
    for (std::size_t b = 0; b < plan_.blocks.size(); ++b) {
      const PlanBlock& block = plan_.blocks[b];
      for (const PlanStep& step : block.steps) {
        // Passes of a pipeline land beside each other in what the first one needs at most.
        std::vector<std::uint64_t>& landing = blocks_[b].landing;
        landing.push_back(step.passed_steps != 0
                              ? landing[landing.size() - step.passed_steps]
                              : layout_.reserve_landing(block.rank, step.landing_chunks));
        for (const PlanDependency& on : step.after)
          awaited_[{block.rank, on.block}].insert(on.step);
        for (const PlanAction& action : step.actions) {
          if (action.kind == PlanKind::multicast) messages += plan_.ranks - 1;
          messages += action.kind == PlanKind::get ? 2 : 1;
          if (action.kind == PlanKind::receive)
            flows_[flow_of(block.rank, action)].landings.push_back(
                layout_.landing(blocks_[b].landing.back() + action.to.chunk));
        }
      }
    }
    builder_.reserve(messages, messages);
  }

  Region place(std::uint32_t block, std::uint32_t step, std::uint32_t rank,
               const PlanRegion& region) const {
    if (region.buffer != PlanBuffer::landing) return layout_.place(rank, region);
    return layout_.landing(blocks_[block].landing[step] + region.chunk);
  }

  void write_step(const PlanPosition& at) {
    const PlanBlock& block = plan_.blocks[at.block];
    const PlanStep& step = block.steps[at.step];
    BlockState& state = blocks_[at.block];
    before_ = state.done;
    for (const PlanDependency& on : step.after) {
      const Messages& others = blocks_[index_of(block.rank, on.block)].done_after.at(on.step);
      before_.insert(before_.end(), others.begin(), others.end());
    }
    std::sort(before_.begin(), before_.end());
    before_.erase(std::unique(before_.begin(), before_.end()), before_.end());
    written_.clear();
    waited_.clear();
    implied_ = false;
    for (const PlanAction& action : step.actions) {
      const std::uint64_t all =
          std::max(action.from.count, action.to.count) * layout_.chunk_bytes();
      const std::uint64_t bytes = std::min(step.most_bytes, all - std::min(step.begin_bytes, all));
      if (all > 0 && bytes == 0) continue;  // a pass behind the end of this region
      const auto part = [&](const PlanRegion& region, std::uint32_t rank) {
        if (region.count == 0) return Region{};
        Region placed = place(at.block, at.step, rank, region);
        placed.offset_bytes += step.begin_bytes;
        return placed;
      };
      write(block.rank, state, action, bytes,
            part(action.from, action.kind == PlanKind::get ? action.peer : block.rank),
            part(action.to, action.kind == PlanKind::put ? action.peer : block.rank));
    }
    state.done = waited_;
    if (!implied_) state.done.insert(state.done.end(), before_.begin(), before_.end());
    for (const Written& one : written_)
      if (!one.used) state.done.push_back(one.message);
    const auto awaited = awaited_.find({block.rank, block.id});
    if (awaited != awaited_.end() && awaited->second.count(at.step) != 0)
      state.done_after[at.step] = state.done;
  }

  void write(std::uint32_t rank, BlockState& state, const PlanAction& action, std::uint64_t bytes,
             Region from, Region to) {
    switch (action.kind) {
      case PlanKind::copy:
      case PlanKind::reduce: {
        depend(from, &to, bytes, true);
        add_written(
            to, bytes,
            builder_.send(rank, from, rank, to, bytes,
                          action.kind == PlanKind::reduce ? OnArrival::reduce : OnArrival::copy));
        implied_ = true;
        break;
      }
      case PlanKind::send: {
        Flow& flow = flows_[flow_of(rank, action)];
        depend(from, nullptr, bytes, false);
        flow.given.push_back({builder_.send(
            rank, from, action.peer, flow.landings.at(flow.given.size()), bytes, OnArrival::copy)});
        break;
      }
      case PlanKind::receive: {
        Flow& flow = flows_[flow_of(rank, action)];
        add_written(to, bytes, flow.given.at(flow.taken++).front());
        break;
      }
      case PlanKind::put:
        depend(from, nullptr, bytes, false);
        state.puts[action.peer].push_back(
            builder_.send(rank, from, action.peer, to, bytes, OnArrival::copy));
        break;
      case PlanKind::get: {
        depend(to, nullptr, bytes, true);
        const std::uint32_t asked =
            builder_.send(rank, layout_.control(), action.peer, control(kSignalBytes),
                          kReadRequestBytes, OnArrival::copy);
        builder_.begin_dependencies();
        builder_.require(asked, false);
        add_written(to, bytes, builder_.send(action.peer, from, rank, to, bytes, OnArrival::copy));
        implied_ = true;
        break;
      }
      case PlanKind::signal: {
        builder_.begin_dependencies();
        for (const std::uint32_t message : before_) builder_.require(message, false);
        for (const Written& one : written_) builder_.require(one.message, false);
        const Messages& puts = state.puts[action.peer];
        std::size_t& told = state.told[flow_of(rank, action)];
        Messages given(puts.begin() + static_cast<std::ptrdiff_t>(told), puts.end());
        told = puts.size();
        given.push_back(builder_.send(rank, layout_.control(), action.peer,
                                      control(kSignalBytes + kReadRequestBytes), kSignalBytes,
                                      OnArrival::copy));
        flows_[flow_of(rank, action)].given.push_back(std::move(given));
        break;
      }
      case PlanKind::load_reduce:
        depend(from, &to, bytes, true);
        add_written(to, bytes, builder_.load_reduce(rank, from, to, bytes));
        implied_ = true;
        break;
      case PlanKind::multicast: {
        depend(from, nullptr, bytes, true);
        const std::uint32_t first = builder_.multicast(rank, from, to, bytes, true);
        for (std::uint32_t peer = 0; peer < plan_.ranks; ++peer)
          if (peer != rank) state.puts[peer].push_back(first + peer);
        add_written(to, bytes, first + rank);
        implied_ = true;
        break;
      }
      case PlanKind::release:
        release(state, flow_of(rank, action));
        break;
      case PlanKind::acquire: {
        Flow& flow = flows_[flow_of(rank, action)];
        if (flow.taken++ < given_at_start(plan_, flow_of(rank, action))) break;
        const std::size_t given = flow.taken - 1 - given_at_start(plan_, flow_of(rank, action));
        waited_.insert(waited_.end(), flow.given.at(given).begin(), flow.given.at(given).end());
        for (const auto& [peer, puts] : flow.puts.at(given)) {
          Messages& own = state.puts[peer];
          own.insert(own.end(), puts.begin(), puts.end());
        }
        break;
      }
      case PlanKind::wait: {
        Flow& flow = flows_[flow_of(rank, action)];
        const Messages& given = flow.given.at(flow.taken++);
        waited_.insert(waited_.end(), given.begin(), given.end());
        break;
      }
    }
  }

  /// Whoever acquires comes after all that this block has done, and a signal of it covers what
  /// this block has put.
  void release(BlockState& state, const PlanFlow& semaphore) {
    Flow& flow = flows_[semaphore];
    Messages given = before_;
    for (const Written& one : written_) given.push_back(one.message);
    flow.given.push_back(std::move(given));
    flow.puts.emplace_back();
    for (const auto& [peer, puts] : state.puts) {
      std::size_t& told = state.handed_on[{semaphore.channel, peer}];
      if (told == puts.size()) continue;
      flow.puts.back()[peer].assign(puts.begin() + static_cast<std::ptrdiff_t>(told), puts.end());
      told = puts.size();
    }
  }

  /// A message waits for the steps before and for what the step has written where it reads or
  /// writes; slice by slice where it is the same place.
  void depend(Region from, const Region* to, std::uint64_t bytes, bool arrives_here) {
    builder_.begin_dependencies();
    for (const std::uint32_t message : before_) builder_.require(message, false);
    for (Written& one : written_) {
      const bool overlaps =
          overlap(one, from, bytes) || (to != nullptr && overlap(one, *to, bytes));
      if (!overlaps) continue;
      const bool same =
          one.bytes == bytes && (is_at(one, from) || (to != nullptr && is_at(one, *to)));
      builder_.require(one.message, same);
      one.used |= arrives_here;
    }
  }

  static bool is_at(const Written& one, Region region) {
    return one.at.buffer == region.buffer && one.at.offset_bytes == region.offset_bytes;
  }
  static bool overlap(const Written& one, Region region, std::uint64_t bytes) {
    return one.at.buffer == region.buffer && one.at.offset_bytes < region.offset_bytes + bytes &&
           region.offset_bytes < one.at.offset_bytes + one.bytes;
  }
  void add_written(Region at, std::uint64_t bytes, std::uint32_t message) {
    written_.push_back({at, bytes, message, false});
  }
  Region control(std::uint64_t offset_bytes) const {
    Region region = layout_.control();
    region.offset_bytes += offset_bytes;
    return region;
  }

  std::size_t index_of(std::uint32_t rank, std::uint32_t id) {
    if (indices_.empty())
      for (std::size_t b = 0; b < plan_.blocks.size(); ++b)
        indices_[{plan_.blocks[b].rank, plan_.blocks[b].id}] = b;
    return indices_.at({rank, id});
  }

  void copy_results() {
    for (std::uint32_t rank = 0; rank < plan_.ranks; ++rank) {
      builder_.begin_dependencies();
      for (std::size_t b = 0; b < plan_.blocks.size(); ++b)
        if (plan_.blocks[b].rank == rank)
          for (const std::uint32_t message : blocks_[b].done) builder_.require(message, false);
      builder_.send(rank, layout_.result(rank), rank, {Buffer::output, 0}, layout_.share_bytes(),
                    OnArrival::copy);
    }
  }

  const CollectivePlan& plan_;
  ProgramBuilder builder_;
  PlanLayout layout_;
  std::vector<BlockState> blocks_;
  std::map<PlanFlow, Flow> flows_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> awaited_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> indices_;
  Messages before_, waited_;  ///< of the step being written
  std::vector<Written> written_;
  bool implied_ = false;  ///< something that arrives here has waited for before_
};

}  // namespace

void check_plan_size(const CollectivePlan& plan, std::uint64_t bytes, std::uint32_t element_bytes) {
  const std::uint64_t unit = std::uint64_t{plan.chunks} * element_bytes;
  if (bytes > 0 && bytes % unit == 0) {
    if (has_loops(plan)) unrolled(plan, bytes / plan.chunks, element_bytes);
    return;
  }
  throw std::invalid_argument(std::to_string(bytes) + " bytes can't be cut into the program's " +
                              std::to_string(plan.chunks) + " chunks of whole elements (" +
                              std::to_string(element_bytes) + " bytes each); take a multiple of " +
                              std::to_string(unit) + " bytes");
}

models::Program compile_plan(const CollectivePlan& plan, std::uint64_t bytes,
                             std::uint32_t element_bytes) {
  check_plan_size(plan, bytes, element_bytes);
  if (!has_loops(plan)) return Compiler(plan, bytes, element_bytes).compile();
  const CollectivePlan flat = unrolled(plan, bytes / plan.chunks, element_bytes);
  return Compiler(flat, bytes, element_bytes).compile();
}

}  // namespace antares::platforms
