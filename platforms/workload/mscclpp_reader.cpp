// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/text_place.h"

namespace antares::platforms {

namespace {

using nlohmann::json;

constexpr std::uint64_t kMostOperations = 1'000'000;
constexpr std::uint64_t kMostRanks = 1024;
constexpr std::uint64_t kMostChunks = 1u << 20;
/// Channels of one kind to one peer are numbered; the kinds are kept apart by this much.
constexpr std::uint32_t kKindStride = 1u << 16;
const char* const kKinds[] = {"memory", "port"};

struct Channel {
  std::uint32_t peer = 0;
  std::uint32_t number = 0;  ///< among those to this peer
};

struct RemoteBuffer {
  std::uint32_t peer = 0;
  PlanBuffer buffer = PlanBuffer::input;
};

/// A region here or, with a peer, there.
struct Operand {
  PlanRegion region;
  bool remote = false;
  std::uint32_t peer = 0;
};

bool same(const PlanRegion& a, const PlanRegion& b) {
  return a.buffer == b.buffer && a.chunk == b.chunk && a.count == b.count;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text) {
    plan_.file = file;
    plan_.format = "MSCCL++";
  }

  CollectivePlan read() {
    const json content = parse();
    if (!content.is_object()) fail("", "expected an object with name, collective and gpus");
    plan_.name = printable(word(content, "name", ""), 100);
    plan_.collective = plan_collective(word(content, "collective", ""), plan_.file);
    if (content.contains("protocol")) plan_.protocol = printable(word(content, "protocol", ""));
    const json& in_place = at(content, "inplace", "");
    if (!in_place.is_boolean()) fail("inplace", "expected true or false");
    plan_.in_place = in_place.get<bool>();
    const json& gpus = list(content, "gpus", "");
    if (gpus.empty() || gpus.size() > kMostRanks)
      fail("gpus",
           std::to_string(gpus.size()) + " ranks; expected 1 to " + std::to_string(kMostRanks));
    plan_.ranks = static_cast<std::uint32_t>(gpus.size());
    plan_.least_bytes = optional_number(content, "min_message_size");
    plan_.most_bytes = optional_number(content, "max_message_size");
    if (plan_.most_bytes > std::uint64_t{1} << 50) plan_.most_bytes = 0;
    for (std::size_t g = 0; g < gpus.size(); ++g)
      read_gpu(gpus[g], "gpus[" + std::to_string(g) + "]");
    check_plan(plan_);
    return std::move(plan_);
  }

 private:
  json parse() const {
    try {
      return json::parse(text_);
    } catch (const json::parse_error& problem) {
      const TextPlace place = text_place(text_, problem.byte == 0 ? 0 : problem.byte - 1);
      throw TraceError(plan_.file + ":" + std::to_string(place.line) + ":" +
                       std::to_string(place.column) + ": not valid JSON" +
                       (problem.byte > text_.size() ? ": the file ends here" : ""));
    } catch (const json::exception&) {
      throw TraceError(plan_.file + ": not valid JSON: a number in it is too large");
    }
  }

  [[noreturn]] void fail(const std::string& path, const std::string& what) const {
    throw TraceError(plan_.file + (path.empty() ? "" : ": " + path) + ": " + what);
  }

  const json& at(const json& object, const char* key, const std::string& path) const {
    if (!object.is_object()) fail(path, "expected an object");
    const auto found = object.find(key);
    if (found == object.end()) fail(path, std::string("there is no ") + key);
    return *found;
  }
  const json& list(const json& object, const char* key, const std::string& path) const {
    const json& value = at(object, key, path);
    if (!value.is_array()) fail(path, std::string(key) + ": expected a list");
    return value;
  }
  std::string word(const json& object, const char* key, const std::string& path) const {
    const json& value = at(object, key, path);
    if (!value.is_string()) fail(path, std::string(key) + ": expected a text");
    return value.get<std::string>();
  }
  std::uint32_t number(const json& value, const std::string& path, std::uint64_t most) const {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
      fail(path, "expected a whole number of 0 to " + std::to_string(most));
    return static_cast<std::uint32_t>(value.get<std::uint64_t>());
  }
  std::uint32_t number(const json& object, const char* key, const std::string& path,
                       std::uint64_t most) const {
    return number(at(object, key, path), path + "." + key, most);
  }
  std::uint64_t optional_number(const json& object, const char* key) const {
    const auto found = object.find(key);
    if (found == object.end()) return 0;
    if (!found->is_number_unsigned()) fail(key, "expected a whole number of bytes");
    return found->get<std::uint64_t>();
  }

  PlanBuffer buffer(const std::string& name, const std::string& path) const {
    if (name == "i") return PlanBuffer::input;
    if (name == "o") return PlanBuffer::output;
    if (name == "s") return PlanBuffer::scratch;
    fail(path, "'" + printable(name) +
                   "' is no buffer; there are i (input), o (output) and s "
                   "(scratch)");
  }

  void read_gpu(const json& gpu, const std::string& path) {
    const std::uint32_t rank = number(gpu, "id", path, plan_.ranks - 1);
    for (const PlanBlock& block : plan_.blocks)
      if (block.rank == rank) fail(path, "a second rank " + std::to_string(rank));
    const std::uint32_t input = number(gpu, "input_chunks", path, kMostChunks);
    const std::uint32_t output = number(gpu, "output_chunks", path, kMostChunks);
    plan_.chunks =
        std::max(plan_.chunks,
                 plan_.collective == "all_gather" ? std::max(output, input * plan_.ranks) : input);
    plan_.scratch_chunks =
        std::max(plan_.scratch_chunks, number(gpu, "scratch_chunks", path, kMostChunks));
    read_channels(gpu, path);
    const json& blocks = list(gpu, "threadblocks", path);
    for (std::size_t b = 0; b < blocks.size(); ++b)
      read_block(blocks[b], rank, path + ".threadblocks[" + std::to_string(b) + "]");
  }

  void read_channels(const json& gpu, const std::string& path) {
    for (auto& channels : channels_) channels.clear();
    remote_.clear();
    const json& entries = list(gpu, "channels", path);
    for (std::size_t c = 0; c < entries.size(); ++c) {
      const std::string here = path + ".channels[" + std::to_string(c) + "]";
      const int kind = kind_of(word(entries[c], "channel_type", here));
      if (kind < 0) continue;  // refused where an operation uses it
      for (const json& peer : list(entries[c], "connected_to", here)) {
        Channel channel;
        channel.peer = number(peer, here + ".connected_to", plan_.ranks - 1);
        for (const Channel& other : channels_[kind]) channel.number += other.peer == channel.peer;
        if (channels_[kind].size() >= kKindStride) fail(here, "too many channels");
        channels_[kind].push_back(channel);
      }
    }
    if (!gpu.contains("remote_buffers")) return;
    const json& buffers = list(gpu, "remote_buffers", path);
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      const std::string here = path + ".remote_buffers[" + std::to_string(b) + "]";
      remote_.push_back({number(buffers[b], "rank", here, plan_.ranks - 1),
                         buffer(word(buffers[b], "type", here), here)});
    }
  }

  static int kind_of(const std::string& name) {
    for (int kind = 0; kind < 2; ++kind)
      if (name == kKinds[kind]) return kind;
    return -1;
  }

  void read_block(const json& json_block, std::uint32_t rank, const std::string& path) {
    PlanBlock block;
    block.rank = rank;
    block.id = number(json_block, "id", path, kMostChunks);
    const json& operations = list(json_block, "ops", path);
    for (std::size_t o = 0; o < operations.size(); ++o) {
      if (++operations_ > kMostOperations)
        fail(path, "more than " + std::to_string(kMostOperations) + " operations");
      block.steps.push_back(
          read_operation(operations[o], json_block, path + ".ops[" + std::to_string(o) + "]"));
    }
    plan_.blocks.push_back(std::move(block));
  }

  PlanStep read_operation(const json& op, const json& block, const std::string& path) const {
    PlanStep step;
    step.name = word(op, "name", path);
    step.place = plan_.file + ": " + path;
    const std::string& name = step.name;
    const std::string kind =
        op.is_object() && op.contains("channel_type") ? word(op, "channel_type", path) : "";
    if (kind == "switch" || name.substr(0, 2) == "gl" || name.substr(0, 2) == "gs")
      fail(path, "'" + printable(name) +
                     "' uses a switch channel (reduction and multicast in the "
                     "switch), which cannot be run yet");
    if (name == "nop" || name == "flush") return step;
    if (name == "signal" || name == "rlxsignal" || name == "wait" || name == "rlxwait") {
      const bool waits = name.find("wait") != std::string::npos;
      for (const json& id : list(op, "channel_ids", path)) {
        const Channel channel = channel_of(block, kind, id, path);
        step.actions.push_back(
            {waits ? PlanKind::wait : PlanKind::signal,
             {},
             {},
             channel.peer,
             channel.number + kKindStride * static_cast<std::uint32_t>(kind_of(kind))});
      }
      return step;
    }
    const bool moves = name == "copy" || name == "put" || name == "get";
    if (!moves && name != "re" && name != "res" && name != "rre" && name != "rres")
      fail(path, "operation '" + printable(name) +
                     "' cannot be run; there are copy, put, get, re, res, rre, rres, signal, wait, "
                     "rlxsignal, rlxwait, flush and nop");
    const std::vector<Operand> from = operands(op, "src_buff", block, kind, path);
    const std::vector<Operand> to = operands(op, "dst_buff", block, kind, path);
    for (const Operand& each : to)
      if (each.region.count != from[0].region.count) fail(path, "sizes differ");
    moves ? add_moves(step, from, to, path) : add_reduction(step, from, to, path);
    return step;
  }

  /// The id in an operation counts the thread block's channels, those count the rank's.
  Channel channel_of(const json& block, const std::string& kind, const json& id,
                     const std::string& path) const {
    const std::uint32_t index =
        reference(block, "channels", "channel_type", "channel_ids", kind, id, path);
    const auto& channels = channels_[kind_of(kind)];
    if (index >= channels.size())
      fail(path, "channel " + std::to_string(index) + " of kind " + kind + " is not there");
    return channels[index];
  }

  std::uint32_t reference(const json& block, const char* key, const char* kind_key,
                          const char* ids_key, const std::string& kind, const json& id,
                          const std::string& path) const {
    if (kind_of(kind) < 0)
      fail(path, "channel_type '" + printable(kind) + "'; there are memory and port");
    const std::uint32_t wanted = number(id, path, kMostChunks);
    for (const json& entry : list(block, key, path)) {
      if (word(entry, kind_key, path) != kind) continue;
      const json& ids = list(entry, ids_key, path);
      if (wanted < ids.size()) return number(ids[wanted], path, kMostChunks);
    }
    fail(path, std::string(key) + " of the thread block has no number " + std::to_string(wanted) +
                   " of kind " + kind);
  }

  std::vector<Operand> operands(const json& op, const char* key, const json& block,
                                const std::string& kind, const std::string& path) const {
    std::vector<Operand> result;
    const json& entries = list(op, key, path);
    if (entries.empty()) fail(path, std::string(key) + " is empty");
    for (const json& entry : entries) {
      Operand operand;
      operand.region.chunk = number(entry, "index", path, kMostChunks);
      operand.region.count = number(entry, "size", path, kMostChunks);
      if (operand.region.count == 0) fail(path, "a size of 0 chunks");
      if (entry.contains("type")) {
        operand.region.buffer = buffer(word(entry, "type", path), path);
      } else {
        const std::uint32_t index =
            reference(block, "remote_buffer_refs", "access_channel_type", "remote_buffer_ids", kind,
                      at(entry, "buffer_id", path), path);
        if (index >= remote_.size())
          fail(path, "remote buffer " + std::to_string(index) + " is not there");
        operand.region.buffer = remote_[index].buffer;
        operand.remote = true;
        operand.peer = remote_[index].peer;
      }
      if (!result.empty() && operand.region.count != result[0].region.count)
        fail(path, std::string("sizes in ") + key + " differ");
      result.push_back(operand);
    }
    return result;
  }

  void add_moves(PlanStep& step, const std::vector<Operand>& from, const std::vector<Operand>& to,
                 const std::string& path) const {
    if (from.size() != to.size()) fail(path, "src_buff and dst_buff have different lengths");
    const bool put = step.name == "put";
    const bool get = step.name == "get";
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i].remote != get || to[i].remote != put)
        fail(path, step.name + (get   ? " reads from a remote buffer into a local one"
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
    if (first == from.end()) fail(path, step.name + " needs a local source");
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

  std::string_view text_;
  CollectivePlan plan_;
  std::uint64_t operations_ = 0;
  std::vector<Channel> channels_[2];  ///< of the rank being read, by kind
  std::vector<RemoteBuffer> remote_;
};

}  // namespace

CollectivePlan read_mscclpp(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace antares::platforms
