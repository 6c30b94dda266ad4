// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/plan_compiler.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "antares/platforms/workload/plan_order.h"
#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

namespace {

using models::Buffer;
using models::OnArrival;
using models::Region;

constexpr std::uint64_t kSignalBytes = 8;
constexpr std::uint64_t kReadRequestBytes = 16;
constexpr std::uint64_t kControlBytes = 64;  ///< room for what signals and requests carry

using Messages = std::vector<std::uint32_t>;

bool writes_input(const CollectivePlan& plan) {
  for (const PlanBlock& block : plan.blocks)
    for (const PlanStep& step : block.steps)
      for (const PlanAction& action : step.actions)
        if (action.to.count > 0 && action.to.buffer == PlanBuffer::input) return true;
  return false;
}

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

/// Where the plan's buffers are in ours. Ours keep the input untouched: a plan in place works on
/// the output, or on a copy in scratch where the result is a part of it.
class Layout {
 public:
  Layout(const CollectivePlan& plan, std::uint64_t bytes) : plan_(plan) {
    chunk_bytes_ = bytes / plan.chunks;
    share_bytes_ = plan.collective == "all_reduce" ? 0 : bytes / plan.ranks;
    in_scratch_ = plan.in_place ? plan.collective == "reduce_scatter" : writes_input(plan);
    work_bytes_ = in_scratch_ ? buffer_chunks(plan, PlanBuffer::input) * chunk_bytes_ : 0;
    landing_start_ = work_bytes_ + plan.scratch_chunks * chunk_bytes_;
    landing_chunks_.resize(plan.ranks);
  }

  std::uint64_t chunk_bytes() const { return chunk_bytes_; }
  bool result_in_work() const { return plan_.in_place && in_scratch_; }
  /// Of a reduce_scatter, in the copy that it works on.
  Region result(std::uint32_t rank) const { return {Buffer::scratch, rank * share_bytes_}; }
  std::uint64_t share_bytes() const { return share_bytes_; }

  /// First chunk of a step's landing.
  std::uint64_t reserve_landing(std::uint32_t rank, std::uint32_t chunks) {
    const std::uint64_t first = landing_chunks_[rank];
    landing_chunks_[rank] += chunks;
    return first;
  }
  Region landing(std::uint64_t chunk) const {
    return {Buffer::scratch, landing_start_ + chunk * chunk_bytes_};
  }
  Region control() const { return {Buffer::scratch, control_start()}; }

  Region place(std::uint32_t rank, const PlanRegion& region) const {
    const std::uint64_t offset = region.chunk * chunk_bytes_;
    switch (region.buffer) {
      case PlanBuffer::input:
        if (in_scratch_) return {Buffer::scratch, offset};
        if (!plan_.in_place) return {Buffer::input, offset};
        return {Buffer::output, offset + (gathers() ? rank * share_bytes_ : 0)};
      case PlanBuffer::output:
        if (result_in_work()) return {Buffer::scratch, offset + rank * share_bytes_};
        return {Buffer::output, offset};
      case PlanBuffer::scratch:
        return {Buffer::scratch, work_bytes_ + offset};
      case PlanBuffer::landing:
        break;
    }
    throw std::logic_error("a landing has no place of its own");
  }

  void prepare(ProgramBuilder& builder) const {
    const std::uint64_t input = buffer_chunks(plan_, PlanBuffer::input) * chunk_bytes_;
    builder.set_buffers(input, buffer_chunks(plan_, PlanBuffer::output) * chunk_bytes_,
                        control_start() + kControlBytes);
    for (std::uint32_t rank = 0; rank < plan_.ranks; ++rank)
      if (in_scratch_ || plan_.in_place)
        builder.copy(rank, {Buffer::input, 0}, place(rank, {PlanBuffer::input, 0, 1}), input);
  }

 private:
  bool gathers() const { return plan_.collective == "all_gather"; }
  std::uint64_t control_start() const {
    const std::uint64_t most = *std::max_element(landing_chunks_.begin(), landing_chunks_.end());
    return (landing_start_ + most * chunk_bytes_ + 63) / 64 * 64;
  }

  const CollectivePlan& plan_;
  std::uint64_t chunk_bytes_ = 0, share_bytes_ = 0, work_bytes_ = 0, landing_start_ = 0;
  bool in_scratch_ = false;
  std::vector<std::uint64_t> landing_chunks_;  ///< by rank
};

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
  };
  /// What a taker of a flow gets: one message, or a signal with the puts before it.
  struct Flow {
    std::vector<Messages> given;
    std::size_t taken = 0;
    std::vector<Region> landings;  ///< of sends
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
        blocks_[b].landing.push_back(layout_.reserve_landing(block.rank, step.landing_chunks));
        for (const PlanDependency& on : step.after)
          awaited_[{block.rank, on.block}].insert(on.step);
        for (const PlanAction& action : step.actions) {
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
      const Region from =
          action.from.count == 0
              ? Region{}
              : place(at.block, at.step, action.kind == PlanKind::get ? action.peer : block.rank,
                      action.from);
      const Region to =
          action.to.count == 0
              ? Region{}
              : place(at.block, at.step, action.kind == PlanKind::put ? action.peer : block.rank,
                      action.to);
      write(block.rank, state, action, from, to);
    }
    state.done = waited_;
    if (!implied_) state.done.insert(state.done.end(), before_.begin(), before_.end());
    for (const Written& one : written_)
      if (!one.used) state.done.push_back(one.message);
    const auto awaited = awaited_.find({block.rank, block.id});
    if (awaited != awaited_.end() && awaited->second.count(at.step) != 0)
      state.done_after[at.step] = state.done;
  }

  void write(std::uint32_t rank, BlockState& state, const PlanAction& action, Region from,
             Region to) {
    const std::uint64_t bytes =
        std::max(action.from.count, action.to.count) * layout_.chunk_bytes();
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
      case PlanKind::wait: {
        Flow& flow = flows_[flow_of(rank, action)];
        const Messages& given = flow.given.at(flow.taken++);
        waited_.insert(waited_.end(), given.begin(), given.end());
        break;
      }
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
  Layout layout_;
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
  if (bytes > 0 && bytes % unit == 0) return;
  throw std::invalid_argument(std::to_string(bytes) + " bytes can't be cut into the program's " +
                              std::to_string(plan.chunks) + " chunks of whole elements (" +
                              std::to_string(element_bytes) + " bytes each); take a multiple of " +
                              std::to_string(unit) + " bytes");
}

models::Program compile_plan(const CollectivePlan& plan, std::uint64_t bytes,
                             std::uint32_t element_bytes) {
  check_plan_size(plan, bytes, element_bytes);
  return Compiler(plan, bytes, element_bytes).compile();
}

}  // namespace antares::platforms
