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
      const bool remote = takes_from_flow(action.kind) || gives_to_flow(action.kind) ||
                          action.kind == PlanKind::put || action.kind == PlanKind::get;
      if (remote && (action.peer >= plan_.ranks || action.peer == block.rank))
        fail(step.place, fmt::format("'{}' with rank {}: the peer must be another rank of 0 to {}",
                                     step.name, action.peer, plan_.ranks - 1));
      if (takes_from_flow(action.kind) || gives_to_flow(action.kind)) note(block, step, action);
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

  void note(const PlanBlock& block, const PlanStep& step, const PlanAction& action) {
    Ends& ends = flows_[flow_of(block.rank, action)];
    const bool taker = takes_from_flow(action.kind);
    ++(taker ? ends.taken : ends.given);
    (taker ? ends.takers : ends.givers).insert(block.id);
    ends.place = step.place;
  }

  void check(const PlanFlow& flow, const Ends& ends) const {
    const std::string channel =
        fmt::format("channel {} from rank {} to rank {}", flow.channel, flow.from, flow.to);
    if (ends.givers.size() > 1 || ends.takers.size() > 1)
      fail(ends.place,
           "several thread blocks of one rank use " + channel + ": their order on it is open");
    // A signal that nobody waits for does no harm.
    if (flow.signals ? ends.taken > ends.given : ends.taken != ends.given)
      fail(ends.place, fmt::format(flow.signals ? "{}: {} signals, but {} waits"
                                                : "{}: {} sends, but {} receives",
                                   channel, ends.given, ends.taken));
  }

  static constexpr const char* kNames[] = {"input", "output", "scratch", "landing"};
  const CollectivePlan& plan_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> steps_;
  std::map<PlanFlow, Ends> flows_;
};

}  // namespace

const char* to_string(PlanKind kind) {
  constexpr const char* kNames[] = {"copy", "reduce", "send",   "receive",
                                    "put",  "get",    "signal", "wait"};
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
  text += "\n  all steps can be done: no deadlock\n";
  for (const auto& [reason, times] : plan.ignored)
    text += fmt::format("  note: {} {}\n", times, reason);
  return text;
}

}  // namespace antares::platforms
