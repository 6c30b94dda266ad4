// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/mscclpp_channels.h"

namespace antares::platforms {

namespace {

using Json = PlanJson::Json;

constexpr std::uint64_t kMostOperations = 1'000'000;
constexpr std::uint64_t kMostPlanRanks = 1024;
constexpr std::uint32_t kMostPlanChunks = 1u << 20;
constexpr std::uint64_t kMostUnitBytes = std::uint64_t{1} << 50;
/// A region here or, with a peer, there, or of all ranks.
struct Operand {
  PlanRegion region;
  bool remote = false;
  bool everywhere = false;
  std::uint32_t peer = 0;
};

bool same(const PlanRegion& a, const PlanRegion& b) {
  return a.buffer == b.buffer && a.chunk == b.chunk && a.count == b.count;
}

class MscclppReader {
 public:
  MscclppReader(std::string_view text, const std::string& file)
      : json_(text, file), channels_(json_) {
    plan_.file = file;
    plan_.format = "MSCCL++";
  }

  CollectivePlan read() {
    const Json& content = json_.content();
    if (!content.is_object()) json_.fail("", "expected an object with name, collective and gpus");
    plan_.name = printable(json_.word(content, "name", ""), 100);
    plan_.collective = plan_collective(json_.word(content, "collective", ""), plan_.file);
    if (content.contains("protocol"))
      plan_.protocol = printable(json_.word(content, "protocol", ""));
    const Json& in_place = json_.at(content, "inplace", "");
    if (!in_place.is_boolean()) json_.fail("inplace", "expected true or false");
    plan_.in_place = in_place.get<bool>();
    const Json& gpus = json_.list(content, "gpus", "");
    if (gpus.empty() || gpus.size() > kMostPlanRanks)
      json_.fail("gpus", std::to_string(gpus.size()) + " ranks; expected 1 to " +
                             std::to_string(kMostPlanRanks));
    plan_.ranks = static_cast<std::uint32_t>(gpus.size());
    plan_.least_bytes = json_.optional_number(content, "min_message_size");
    plan_.most_bytes = json_.optional_number(content, "max_message_size");
    if (plan_.most_bytes > std::uint64_t{1} << 50) plan_.most_bytes = 0;
    for (std::size_t g = 0; g < gpus.size(); ++g)
      read_gpu(gpus[g], "gpus[" + std::to_string(g) + "]");
    check_plan(plan_);
    return std::move(plan_);
  }

 private:
  void read_gpu(const Json& gpu, const std::string& path) {
    const std::uint32_t rank = json_.number(gpu, "id", path, plan_.ranks - 1);
    for (const PlanBlock& block : plan_.blocks)
      if (block.rank == rank) json_.fail(path, "a second rank " + std::to_string(rank));
    const std::uint32_t input = json_.number(gpu, "input_chunks", path, kMostPlanChunks);
    const std::uint32_t output = json_.number(gpu, "output_chunks", path, kMostPlanChunks);
    plan_.chunks =
        std::max(plan_.chunks,
                 plan_.collective == "all_gather" ? std::max(output, input * plan_.ranks) : input);
    plan_.scratch_chunks =
        std::max(plan_.scratch_chunks, json_.number(gpu, "scratch_chunks", path, kMostPlanChunks));
    channels_.read(gpu, rank, plan_.ranks, path);
    read_semaphores(gpu, rank, path);
    const Json& blocks = json_.list(gpu, "threadblocks", path);
    for (std::size_t b = 0; b < blocks.size(); ++b)
      read_block(blocks[b], rank, path + ".threadblocks[" + std::to_string(b) + "]");
  }

  void read_semaphores(const Json& gpu, std::uint32_t rank, const std::string& path) {
    if (!gpu.contains("semaphores")) return;
    const Json& entries = json_.list(gpu, "semaphores", path);
    for (std::size_t k = 0; k < entries.size(); ++k)
      plan_.semaphores[{rank, static_cast<std::uint32_t>(k)}] =
          json_.number(entries[k], "init_value", path + ".semaphores[" + std::to_string(k) + "]",
                       kMostPlanChunks);
  }

  void read_block(const Json& json_block, std::uint32_t rank, const std::string& path) {
    PlanBlock block;
    block.rank = rank;
    block.id = json_.number(json_block, "id", path, kMostPlanChunks);
    const Json& operations = json_.list(json_block, "ops", path);
    for (std::size_t o = 0; o < operations.size(); ++o) {
      const std::string here = path + ".ops[" + std::to_string(o) + "]";
      if (json_.word(operations[o], "name", here) == "pipeline")
        read_pipeline(operations[o], json_block, block, here);
      else
        add_operation(operations[o], json_block, block, here);
    }
    plan_.blocks.push_back(std::move(block));
  }

  void add_operation(const Json& op, const Json& json_block, PlanBlock& block,
                     const std::string& path) {
    if (++operations_ > kMostOperations)
      json_.fail(path, "more than " + std::to_string(kMostOperations) + " operations");
    block.steps.push_back(read_operation(op, json_block, block.rank, path));
  }

  void read_pipeline(const Json& op, const Json& json_block, PlanBlock& block,
                     const std::string& path) {
    const Json& context = json_.at(op, "iter_context", path);
    const std::string of = path + ".iter_context";
    PlanLoop loop;
    loop.first_step = static_cast<std::uint32_t>(block.steps.size());
    loop.unit_bytes =
        json_.number(json_.at(context, "unit_size", of), of + ".unit_size", 1, kMostUnitBytes);
    loop.chunks = static_cast<std::uint32_t>(
        json_.number(json_.at(context, "num_chunks", of), of + ".num_chunks", 1, kMostPlanChunks));
    const Json& operations = json_.list(op, "ops", path);
    if (operations.empty()) json_.fail(path, "a pipeline without operations");
    for (std::size_t o = 0; o < operations.size(); ++o) {
      const std::string here = path + ".ops[" + std::to_string(o) + "]";
      add_operation(operations[o], json_block, block, here);
      for (const PlanAction& action : block.steps.back().actions)
        if (std::max(action.from.count, action.to.count) > loop.chunks)
          json_.fail(here, "more chunks at once than the pipeline goes over (num_chunks " +
                               std::to_string(loop.chunks) + ")");
    }
    loop.steps = static_cast<std::uint32_t>(operations.size());
    block.loops.push_back(loop);
  }

  PlanStep read_operation(const Json& op, const Json& block, std::uint32_t rank,
                          const std::string& path) {
    PlanStep step;
    step.name = json_.word(op, "name", path);
    step.place = json_.place(path);
    const std::string& name = step.name;
    const std::string kind =
        op.contains("channel_type") ? json_.word(op, "channel_type", path) : "";
    if (name == "nop" || name == "flush") return step;
    if (name == "signal" || name == "rlxsignal" || name == "wait" || name == "rlxwait") {
      const bool waits = name.find("wait") != std::string::npos;
      for (const Json& id : json_.list(op, "channel_ids", path)) {
        const auto [peer, number] = channels_.channel(block, kind, id, path);
        step.actions.push_back({waits ? PlanKind::wait : PlanKind::signal, {}, {}, peer, number});
      }
      return step;
    }
    if (name == "sem_acquire" || name == "sem_release") {
      for (const Json& id : json_.list(op, "semaphore_ids", path)) {
        const std::uint32_t semaphore = json_.number(id, path, kMostPlanChunks);
        if (plan_.semaphores.count({rank, semaphore}) == 0)
          json_.fail(path, "semaphore " + std::to_string(semaphore) + " of rank " +
                               std::to_string(rank) + " is not there");
        step.actions.push_back({name == "sem_acquire" ? PlanKind::acquire : PlanKind::release,
                                {},
                                {},
                                rank,
                                semaphore});
      }
      return step;
    }
    const bool moves = name == "copy" || name == "put" || name == "get";
    const bool switches = name == "glres" || name == "glre" || name == "gstore";
    if (!moves && !switches && name != "re" && name != "res" && name != "rre" && name != "rres")
      json_.fail(path, "operation '" + printable(name) +
                           "' cannot be run; there are copy, put, get, re, res, rre, rres, glres, "
                           "glre, gstore, signal, wait, rlxsignal, rlxwait, sem_acquire, "
                           "sem_release, flush, nop and, around others, pipeline");
    if (switches != (kind == "switch"))
      json_.fail(path, "'" + name + (switches ? "' needs" : "' cannot use") +
                           " a channel_type \"switch\"");
    if (switches) note_operator(op, path);
    const std::vector<Operand> from = operands(op, "src_buff", block, kind, path);
    const std::vector<Operand> to = operands(op, "dst_buff", block, kind, path);
    for (const Operand& each : to)
      if (each.region.count != from[0].region.count) json_.fail(path, "sizes differ");
    switches ? add_switched(step, from, to, path)
    : moves  ? add_moves(step, from, to, path)
             : add_reduction(step, from, to, path);
    return step;
  }

  std::vector<Operand> operands(const Json& op, const char* key, const Json& block,
                                const std::string& kind, const std::string& path) const {
    std::vector<Operand> result;
    const Json& entries = json_.list(op, key, path);
    if (entries.empty()) json_.fail(path, std::string(key) + " is empty");
    for (std::size_t e = 0; e < entries.size(); ++e) {
      const Json& entry = entries[e];
      const std::string here = path + "." + key + "[" + std::to_string(e) + "]";
      Operand operand;
      operand.region.chunk = json_.number(entry, "index", here, kMostPlanChunks);
      operand.region.count = json_.number(entry, "size", here, kMostPlanChunks);
      if (operand.region.count == 0) json_.fail(here, "a size of 0 chunks");
      if (entry.contains("switch_channel_id")) {
        if (kind != "switch")
          json_.fail(here, "a switch channel in an operation of kind '" + printable(kind) + "'");
        operand.region.buffer = channels_.switched(block, entry.at("switch_channel_id"), here);
        operand.everywhere = true;
      } else if (entry.contains("type")) {
        operand.region.buffer = channels_.buffer(json_.word(entry, "type", here), here);
      } else {
        const auto [peer, buffer] =
            channels_.remote(block, kind, json_.at(entry, "buffer_id", here), here);
        operand.region.buffer = buffer;
        operand.remote = true;
        operand.peer = peer;
      }
      if (!result.empty() && operand.region.count != result[0].region.count)
        json_.fail(path, std::string("sizes in ") + key + " differ");
      result.push_back(operand);
    }
    return result;
  }

  /// What the switch is to compute, where the file says it; one for all.
  void note_operator(const Json& op, const std::string& path) {
    if (!op.contains("reduce_op")) return;
    const std::string redop = json_.word(op, "reduce_op", path);
    if (redop != "sum" && redop != "min" && redop != "max")
      json_.fail(path + ".reduce_op",
                 "'" + printable(redop) + "' is no operator; there are sum, min and max");
    if (!plan_.redop.empty() && plan_.redop != redop)
      json_.fail(path + ".reduce_op", "'" + redop + "', but others of the program are '" +
                                          plan_.redop + "': a collective has one operator");
    plan_.redop = redop;
  }

  /// Sum of all ranks' source here (or in a landing); stored to all ranks.
  void add_switched(PlanStep& step, const std::vector<Operand>& from,
                    const std::vector<Operand>& to, const std::string& path) const {
    const bool loads = step.name != "gstore", stores = step.name != "glre";
    if (from.size() != 1 || to.size() != 1)
      json_.fail(path, "'" + step.name + "' has one source and one target");
    if (from[0].everywhere != loads || to[0].everywhere != stores)
      json_.fail(path, "'" + step.name + "' goes from " +
                           (loads ? "a switch channel" : "a local buffer") + " to " +
                           (stores ? "a switch channel" : "a local buffer"));
    PlanRegion sum = loads ? to[0].region : from[0].region;
    if (loads && stores) {
      sum = {PlanBuffer::landing, 0, from[0].region.count};
      step.landing_chunks = sum.count;
    }
    if (loads) step.actions.push_back({PlanKind::load_reduce, from[0].region, sum, 0, 0});
    if (stores) step.actions.push_back({PlanKind::multicast, sum, to[0].region, 0, 0});
  }

  void add_moves(PlanStep& step, const std::vector<Operand>& from, const std::vector<Operand>& to,
                 const std::string& path) const {
    if (from.size() != to.size()) json_.fail(path, "src_buff and dst_buff have different lengths");
    const bool put = step.name == "put";
    const bool get = step.name == "get";
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i].remote != get || to[i].remote != put)
        json_.fail(path, step.name + (get   ? " reads from a remote buffer into a local one"
                                      : put ? " stores from a local buffer into a remote one"
                                            : " copies from a local buffer into a local one"));
      step.actions.push_back({put   ? PlanKind::put
                              : get ? PlanKind::get
                                    : PlanKind::copy,
                              from[i].region, to[i].region, put ? to[i].peer : from[i].peer, 0});
    }
  }

  /// Sum of all sources in the first local target (or in a landing), stored into the others.
  void add_reduction(PlanStep& step, const std::vector<Operand>& from,
                     const std::vector<Operand>& to, const std::string& path) const {
    const std::uint32_t chunks = from[0].region.count;
    const auto landing = [&] {
      const PlanRegion region{PlanBuffer::landing, step.landing_chunks, chunks};
      step.landing_chunks += chunks;
      return region;
    };
    const auto local =
        std::find_if(to.begin(), to.end(), [](const auto& each) { return !each.remote; });
    const PlanRegion sum = local != to.end() ? local->region : landing();
    const auto there = std::find_if(from.begin(), from.end(), [&](const auto& each) {
      return !each.remote && same(each.region, sum);
    });
    // What is reduced into must stand there first; a local source spares a read.
    auto first = there != from.end() ? there
                                     : std::find_if(from.begin(), from.end(),
                                                    [](const auto& each) { return !each.remote; });
    if (first == from.end()) json_.fail(path, step.name + " needs a local source");
    if (first != there) step.actions.push_back({PlanKind::copy, first->region, sum, 0, 0});
    for (auto each = from.begin(); each != from.end(); ++each) {
      if (each == first) continue;
      PlanRegion region = each->region;
      if (each->remote) {
        region = landing();
        step.actions.push_back({PlanKind::get, each->region, region, each->peer, 0});
      }
      step.actions.push_back({PlanKind::reduce, region, sum, 0, 0});
    }
    for (auto each = to.begin(); each != to.end(); ++each) {
      if (each == local) continue;
      step.actions.push_back(
          {each->remote ? PlanKind::put : PlanKind::copy, sum, each->region, each->peer, 0});
    }
  }

  PlanJson json_;
  CollectivePlan plan_;
  std::uint64_t operations_ = 0;
  MscclppChannels channels_;  ///< of the rank being read
};

}  // namespace

CollectivePlan read_mscclpp(std::string_view text, const std::string& file) {
  return MscclppReader(text, file).read();
}

}  // namespace antares::platforms
