// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/collective_plan.h"

#include <fmt/format.h>

#include <set>

#include "antares/platforms/workload/file_format.h"
#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/plan_order.h"
#include "antares/platforms/workload/text_place.h"
#include "antares/platforms/workload/trace_files.h"

namespace antares::platforms {

namespace {

struct Ends {
  std::uint64_t given = 0, taken = 0;
  std::set<std::uint32_t> givers, takers;  ///< thread blocks
  std::string place;
};

class Checker {
 public:
  explicit Checker(const CollectivePlan& plan) : plan_(plan) {}

  void run() {
    if (plan_.chunks == 0) fail(plan_.file, "the message is cut into 0 chunks");
    if (plan_.collective != "all_reduce" && plan_.chunks % plan_.ranks != 0)
      fail(plan_.file,
           fmt::format("{} chunks can't be shared out among {} ranks", plan_.chunks, plan_.ranks));
    for (const PlanBlock& block : plan_.blocks)
      if (!steps_.emplace(std::pair(block.rank, block.id), block.steps.size()).second)
        fail(plan_.file, fmt::format("rank {} has two thread blocks {}", block.rank, block.id));
    for (const PlanBlock& block : plan_.blocks)
      for (const PlanStep& step : block.steps) check(block, step);
    for (const auto& [flow, ends] : flows_) check(flow, ends);
    plan_order(plan_);
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw TraceError(place + ": " + what);
  }

  void check(const PlanBlock& block, const PlanStep& step) {
    for (const PlanDependency& on : step.after) {
      const auto found = steps_.find({block.rank, on.block});
      if (found == steps_.end() || on.step >= found->second)
        fail(step.place, fmt::format("waits for step {} of thread block {}, which is not there",
                                     on.step, on.block));
    }
    for (const PlanAction& action : step.actions) {
      const bool flows = takes_from_flow(action.kind) || gives_to_flow(action.kind);
      const bool within = action.kind == PlanKind::acquire || action.kind == PlanKind::release;
      const bool remote =
          (flows && !within) || action.kind == PlanKind::put || action.kind == PlanKind::get;
      if (remote && (action.peer >= plan_.ranks || action.peer == block.rank))
        fail(step.place, fmt::format("'{}' with rank {}: the peer must be another rank of 0 to {}",
                                     step.name, action.peer, plan_.ranks - 1));
      if (flows) note(block, step, action);
      check_switch(step, action);
      for (const PlanRegion& region : {action.from, action.to}) {
        if (region.count == 0 || region.buffer == PlanBuffer::landing) continue;
        const std::uint64_t end = std::uint64_t{region.chunk} + region.count;
        const std::uint32_t size = buffer_chunks(plan_, region.buffer);
        if (end > size)
          fail(step.place,
               fmt::format("'{}' reaches chunk {} of the {} buffer, which has {} of them",
                           step.name, end - 1, kNames[static_cast<unsigned>(region.buffer)], size));
      }
    }
  }

  /// The switch knows one address for all ranks.
  void check_switch(const PlanStep& step, const PlanAction& action) const {
    const bool loads = action.kind == PlanKind::load_reduce;
    if (!loads && action.kind != PlanKind::multicast) return;
    if (plan_.ranks < 2) fail(step.place, "a switch channel of one rank");
    const PlanBuffer there = loads ? action.from.buffer : action.to.buffer;
    const PlanBuffer own =
        plan_.collective == "all_gather" ? PlanBuffer::input : PlanBuffer::output;
    const bool parts = plan_.collective == "all_gather" || plan_.collective == "reduce_scatter";
    if (plan_.in_place && parts && there == own)
      fail(step.place,
           fmt::format("'{}': the {} buffer of an in-place {} is another part of the message in "
                       "each rank; a switch channel needs the same place in all",
                       step.name, kNames[static_cast<unsigned>(own)], plan_.collective));
  }

  void note(const PlanBlock& block, const PlanStep& step, const PlanAction& action) {
    Ends& ends = flows_[flow_of(block.rank, action)];
    const bool taker = takes_from_flow(action.kind);
    ++(taker ? ends.taken : ends.given);
    (taker ? ends.takers : ends.givers).insert(block.id);
    ends.place = step.place;
  }

  void check(const PlanFlow& flow, const Ends& ends) const {
    const std::string channel = flow_name(flow);
    const std::uint64_t given = ends.given + given_at_start(plan_, flow);
    if (ends.givers.size() > 1 || ends.takers.size() > 1)
      fail(ends.place,
           "several thread blocks of one rank use " + channel + ": their order on it is open");
    // A signal that nobody waits for does no harm.
    if (flow.signals ? ends.taken > given : ends.taken != given)
      fail(ends.place, fmt::format(flow.from == flow.to ? "{}: {} releases, but {} acquires"
                                   : flow.signals       ? "{}: {} signals, but {} waits"
                                                        : "{}: {} sends, but {} receives",
                                   channel, given, ends.taken));
  }

  static constexpr const char* kNames[] = {"input", "output", "scratch", "landing"};
  const CollectivePlan& plan_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> steps_;
  std::map<PlanFlow, Ends> flows_;
};

}  // namespace

const char* to_string(PlanKind kind) {
  constexpr const char* kNames[] = {"copy",    "reduce",  "send",        "receive",
                                    "put",     "get",     "signal",      "wait",
                                    "release", "acquire", "load-reduce", "multicast"};
  return kNames[static_cast<unsigned>(kind)];
}

std::uint32_t buffer_chunks(const CollectivePlan& plan, PlanBuffer buffer) {
  switch (buffer) {
    case PlanBuffer::input:
      return plan.collective == "all_gather" ? plan.chunks / plan.ranks : plan.chunks;
    case PlanBuffer::output:
      return plan.collective == "reduce_scatter" ? plan.chunks / plan.ranks : plan.chunks;
    case PlanBuffer::scratch:
      return plan.scratch_chunks;
    case PlanBuffer::landing:
      break;
  }
  return 0;
}

InSwitch switch_use(const CollectivePlan& plan) {
  InSwitch use;
  for (const PlanBlock& block : plan.blocks)
    for (const PlanStep& step : block.steps)
      for (const PlanAction& action : step.actions) {
        use.copies |= action.kind == PlanKind::multicast;
        use.reduces |= action.kind == PlanKind::load_reduce;
      }
  return use;
}

std::string plan_collective(const std::string& name, const std::string& place) {
  std::string letters;
  for (const char c : name)
    if (c != '_' && c != '-') letters += c;
  if (letters == "allreduce") return "all_reduce";
  if (letters == "allgather") return "all_gather";
  if (letters == "reducescatter") return "reduce_scatter";
  if (letters == "alltoall") return "all_to_all";
  throw TraceError(place + ": collective '" + printable(name) +
                   "' cannot be run; there are allreduce, allgather, reduce_scatter and alltoall");
}

void check_plan(const CollectivePlan& plan) { Checker(plan).run(); }

CollectivePlan load_plan(const std::string& path) {
  const std::string text = read_single_file(path, "one MSCCL or MSCCL++ file");
  const FileFormat format = recognise(text);
  if (format != FileFormat::msccl && format != FileFormat::mscclpp)
    throw TraceError(path + " is " + to_string(format) +
                     "; expected an MSCCL program (XML) or an MSCCL++ plan (JSON)");
  check_text_size(text, path);
  return format == FileFormat::msccl ? read_msccl(text, path) : read_mscclpp(text, path);
}

std::string to_text(const CollectivePlan& plan) {
  std::map<std::string, std::uint64_t> steps;
  std::map<PlanKind, std::uint64_t> actions;
  std::uint64_t count = 0;
  for (const PlanBlock& block : plan.blocks) {
    for (const PlanStep& step : block.steps) {
      ++steps[step.name];
      ++count;
      for (const PlanAction& action : step.actions) ++actions[action.kind];
    }
  }
  std::string text = fmt::format(
      "program: {} '{}', {} {} on {} ranks, protocol {} (not used: the accelerator's own overheads "
      "hold)\n",
      plan.format, plan.name, plan.in_place ? "in-place" : "out-of-place", plan.collective,
      plan.ranks, plan.protocol.empty() ? "not given" : plan.protocol);
  text += fmt::format("  the message is cut into {} chunks; {} chunks of scratch a rank\n",
                      plan.chunks, plan.scratch_chunks);
  if (plan.most_bytes > 0)
    text += fmt::format("  meant for {} to {} bytes (any size that the chunks divide is run)\n",
                        plan.least_bytes, plan.most_bytes);
  text += fmt::format("  {} thread blocks, {} steps:", plan.blocks.size(), count);
  const char* separator = " ";
  for (const auto& [name, times] : steps) {
    text += fmt::format("{}{} {}", separator, times, name);
    separator = ", ";
  }
  text += "\n  understood as:";
  separator = " ";
  for (const auto& [kind, times] : actions) {
    text += fmt::format("{}{} {}", separator, times, to_string(kind));
    separator = ", ";
  }
  std::set<std::pair<std::uint64_t, std::uint32_t>> loops;
  for (const PlanBlock& block : plan.blocks)
    for (const PlanLoop& loop : block.loops) loops.insert({loop.unit_bytes, loop.chunks});
  for (const auto& [unit_bytes, chunks] : loops)
    text += fmt::format("\n  pipelined: steps are done for {} bytes at a time, until {} chunk{}",
                        unit_bytes, chunks, chunks == 1 ? " is through" : "s are through");
  text += "\n  all steps can be done: no deadlock\n";
  for (const auto& [reason, times] : plan.ignored)
    text += fmt::format("  note: {} {}\n", times, reason);
  return text;
}

}  // namespace antares::platforms
