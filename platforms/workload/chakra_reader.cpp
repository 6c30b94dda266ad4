// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/chakra_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <protozero/pbf_reader.hpp>

#include "antares/platforms/workload/chakra_attribute.h"

namespace antares::platforms {

namespace {

using protozero::pbf_reader;

// Longer than a run can be worth (11 days), short enough that sums stay within 64 bits.
constexpr Picoseconds kLongestDuration = 1'000'000'000'000'000'000;
// assumption: a barrier moves one 4-byte element through every rank; its size is not in the trace.
constexpr std::uint64_t kBarrierBytes = 4;

enum class NodeType { invalid, metadata, mem_load, mem_store, compute, send, receive, collective };

// What a node message says, before it is understood.
struct RawNode {
  std::uint64_t id = 0, type = 0, duration = 0;
  protozero::data_view name, input_values;
  std::optional<std::int64_t> comm_type, comm_size, source, destination, tag, priority, num_ops;
  std::string group;
  bool on_cpu = false;

  void take(const ChakraAttribute& attribute) {
    const std::string_view key = attribute.name;
    if (key == "comm_type") comm_type = attribute.integer;
    if (key == "comm_size") comm_size = attribute.integer;
    if (key == "comm_src") source = attribute.integer;
    if (key == "comm_dst") destination = attribute.integer;
    if (key == "comm_tag") tag = attribute.integer;
    if (key == "comm_priority") priority = attribute.integer;
    if (key == "num_ops") num_ops = attribute.integer;
    if (key == "is_cpu_op") on_cpu = attribute.integer.value_or(0) != 0;
    if (key == "pg_name") {
      group = attribute.integer ? std::to_string(*attribute.integer) : std::string(attribute.text);
    }
  }
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file, const ChakraOptions& options)
      : bytes_(bytes), options_(options) {
    graph_.file = file;
    graph_.groups.emplace_back();
  }

  TraceGraph read() {
    if (bytes_.empty()) throw TraceError(graph_.file + ": empty file; expected a Chakra trace");
    for (std::uint64_t messages = 0; at_ < bytes_.size(); ++messages) {
      start_ = at_;
      const protozero::data_view message = next_message();
      try {
        messages == 0 ? read_metadata(pbf_reader(message)) : read_node(pbf_reader(message));
      } catch (const protozero::exception& error) {
        fail(std::string("garbage: the message here is not a ") +
             (messages == 0 ? "GlobalMetadata" : "Node") +
             " of a Chakra trace: " + meaning_of(error));
      }
    }
    link_nodes(graph_, raw_dependencies_, options_.control_dependencies);
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw TraceError(graph_.file + ": at byte " + std::to_string(start_) + ": " + what);
  }

  protozero::data_view next_message() {
    const char* position = bytes_.data() + at_;
    const char* const end = bytes_.data() + bytes_.size();
    std::uint64_t length = 0;
    try {
      length = protozero::decode_varint(&position, end);
    } catch (const protozero::end_of_buffer_exception&) {
      fail("truncated: the file ends within a message's length");
    } catch (const protozero::exception&) {
      fail("garbage: no message length here; is this a Chakra .et file?");
    }
    const auto left = static_cast<std::uint64_t>(end - position);
    if (length > left) {
      fail("truncated: a message of " + std::to_string(length) + " bytes begins here, but only " +
           std::to_string(left) + " bytes are left");
    }
    at_ = static_cast<std::uint64_t>(position - bytes_.data()) + length;
    return {position, static_cast<std::size_t>(length)};
  }

  // The version is a field of its own, an attribute "schema", or absent (a message of length 0).
  void read_metadata(pbf_reader message) {
    while (message.next()) {
      switch (message.tag_and_type()) {
        case protozero::tag_and_type(1, protozero::pbf_wire_type::length_delimited):
          graph_.version = expect_bytes(message).get_string();
          break;
        case protozero::tag_and_type(2, protozero::pbf_wire_type::length_delimited): {
          const ChakraAttribute attribute = read_attribute(expect_bytes(message).get_message());
          if (attribute.name == "schema" && graph_.version.empty()) {
            graph_.version = std::string(attribute.text);
          }
          break;
        }
        case protozero::tag_and_type(1, protozero::pbf_wire_type::varint):
          fail("a node stands first; a trace begins with GlobalMetadata (which may be empty)");
        default:
          skip_field(message);
      }
    }
  }

  void read_dependencies(pbf_reader& message, bool data) {
    const auto node = static_cast<std::uint32_t>(graph_.nodes.size());
    if (message.wire_type() == protozero::pbf_wire_type::varint) {
      raw_dependencies_.edges.push_back({node, data, message.get_uint64()});
      return;
    }
    for (const std::uint64_t id : expect_bytes(message).get_packed_uint64()) {
      raw_dependencies_.edges.push_back({node, data, id});
    }
  }

  void read_node(pbf_reader message) {
    RawNode raw;
    while (message.next()) {
      switch (message.tag()) {
        case 1:
          raw.id = expect_varint(message).get_uint64();
          break;
        case 2:
          raw.name = expect_bytes(message).get_view();
          break;
        case 3:
          raw.type = expect_varint(message).get_uint64();
          break;
        case 4:
          read_dependencies(message, false);
          break;
        case 5:
          read_dependencies(message, true);
          break;
        case 7:
          raw.duration = expect_varint(message).get_uint64();
          break;
        case 8:
          raw.input_values = expect_bytes(message).get_view();
          break;
        case 10:
          raw.take(read_attribute(expect_bytes(message).get_message()));
          break;
        default:
          skip_field(message);
      }
    }
    add(raw);
  }

  void add(const RawNode& raw) {
    if (graph_.nodes.size() >= std::numeric_limits<std::uint32_t>::max() - 1 ||
        graph_.names.size() + raw.name.size() > std::numeric_limits<std::uint32_t>::max()) {
      fail("more than 2^32 nodes or bytes of node names");
    }
    TraceNode node;
    node.id = raw.id;
    node.file_offset_bytes = start_;
    node.name_offset = static_cast<std::uint32_t>(graph_.names.size());
    node.name_length = static_cast<std::uint32_t>(raw.name.size());
    graph_.names.append(raw.name.data(), raw.name.size());
    // All ids are compared in the end. Garbage repeats one at once (zeros are nodes without any),
    // and is not worth reading to its end.
    if (!graph_.nodes.empty() && graph_.nodes.back().id == node.id)
      throw TraceError(graph_.two_of_one_id(graph_.nodes.back(), node));
    if (raw.duration > kLongestDuration / options_.duration_unit_ps) {
      fail(graph_.label(node) + " lasts " + std::to_string(raw.duration) +
           " units; the longest duration is 10^18 ps (11 days)");
    }
    node.duration_ps = raw.duration * options_.duration_unit_ps;
    node.priority = small(node, "comm_priority", raw.priority);
    switch (static_cast<NodeType>(std::min<std::uint64_t>(raw.type, 8))) {
      case NodeType::compute:
        understand_compute(node, raw);
        break;
      case NodeType::send:
      case NodeType::receive:
        understand_point_to_point(node, raw);
        break;
      case NodeType::collective:
        ++graph_.collective_nodes;
        understand_collective(node, raw);
        break;
      case NodeType::mem_load:
      case NodeType::mem_store:
        node.kind = TraceNodeKind::memory;
        ++graph_.ignored["memory nodes: replayed for their recorded duration, no traffic"];
        break;
      case NodeType::metadata:
        read_process_groups(raw);
        node.duration_ps = 0;
        break;
      case NodeType::invalid:
      default:
        node.duration_ps = 0;
        ++graph_.ignored["nodes of type invalid or unknown: they take no time"];
    }
    graph_.nodes.push_back(node);
  }

  void understand_compute(TraceNode& node, const RawNode& raw) {
    node.kind = TraceNodeKind::compute;
    node.lane = raw.on_cpu ? TraceLane::cpu : TraceLane::gpu;
    if (node.duration_ps == 0 && raw.num_ops.value_or(0) > 0) {
      ++graph_.ignored["compute nodes with num_ops but no duration: they take no time"];
    }
  }

  void understand_collective(TraceNode& node, const RawNode& raw) {
    const bool barrier = raw.comm_type == static_cast<int>(CommType::barrier) && !raw.on_cpu;
    if (!raw.comm_size && !barrier) {
      // The host side of a collective: it launches the kernel that is the transfer.
      understand_compute(node, raw);
      ++graph_.ignored[raw.on_cpu ? "CPU collectives without comm_size: replayed as CPU compute"
                                  : "collectives without comm_size: replayed as compute"];
      return;
    }
    node.kind = TraceNodeKind::collective;
    node.lane = TraceLane::communication;
    const std::int64_t type = raw.comm_type.value_or(-1);
    if (type < 0 || type >= static_cast<std::int64_t>(kCommTypes)) {
      fail(graph_.label(node) + " is a collective with " +
           (raw.comm_type ? "comm_type " + std::to_string(type) : std::string("no comm_type")) +
           "; known are 0 (all_reduce) to 9 (barrier)");
    }
    node.comm_type = static_cast<CommType>(type);
    node.bytes = size_of(node, raw.comm_size.value_or(kBarrierBytes));
    node.group = group_index(raw.group);
  }

  // comm_type of these nodes repeats the node type in converted files: it is no collective.
  void understand_point_to_point(TraceNode& node, const RawNode& raw) {
    const bool send = raw.type == static_cast<std::uint64_t>(NodeType::send);
    node.kind = send ? TraceNodeKind::send : TraceNodeKind::receive;
    node.lane = send ? TraceLane::communication : TraceLane::none;
    const std::optional<std::int64_t>& peer = send ? raw.destination : raw.source;
    if (!peer || !raw.comm_size) {
      fail(graph_.label(node) + " is a " + to_string(node.kind) + " without " +
           (raw.comm_size ? (send ? "comm_dst" : "comm_src") : "comm_size"));
    }
    node.peer = small(node, send ? "comm_dst" : "comm_src", peer);
    node.tag = small(node, "comm_tag", raw.tag);
    node.bytes = size_of(node, *raw.comm_size);
  }

  std::uint64_t size_of(const TraceNode& node, std::int64_t comm_size) const {
    if (comm_size < 0 || comm_size > std::int64_t{1} << 50) {
      fail(graph_.label(node) + " moves " + std::to_string(comm_size) +
           " bytes; a size is 0 to 2^50 bytes");
    }
    return static_cast<std::uint64_t>(comm_size);
  }

  std::uint32_t small(const TraceNode& node, const char* what,
                      const std::optional<std::int64_t>& value) const {
    if (value.value_or(0) < 0 || value.value_or(0) > std::numeric_limits<std::uint32_t>::max()) {
      fail(graph_.label(node) + ": " + what + " is " + std::to_string(*value) +
           "; it must be 0 to 2^32-1");
    }
    return static_cast<std::uint32_t>(value.value_or(0));
  }

  std::uint32_t group_index(const std::string& name) {
    const auto found = std::find(graph_.groups.begin(), graph_.groups.end(), name);
    if (found == graph_.groups.end()) graph_.groups.push_back(name);
    return static_cast<std::uint32_t>(std::find(graph_.groups.begin(), graph_.groups.end(), name) -
                                      graph_.groups.begin());
  }

  // PyTorch's process groups, a JSON list within the text of the node's input values.
  void read_process_groups(const RawNode& raw) {
    pbf_reader inputs(raw.input_values);
    while (inputs.next(1)) {
      const std::string text = expect_bytes(inputs).get_string();
      const std::size_t begin = text.find("[{");
      const std::size_t end = text.rfind("}]");
      if (begin != std::string::npos && end != std::string::npos && end > begin &&
          text.find("pg_name") != std::string::npos) {
        graph_.group_definitions = text.substr(begin, end + 2 - begin);
      }
    }
  }

  std::string_view bytes_;
  ChakraOptions options_;
  std::uint64_t at_ = 0;     ///< next byte to read
  std::uint64_t start_ = 0;  ///< of the current message's length prefix
  TraceGraph graph_;
  RawDependencies raw_dependencies_;
};

}  // namespace

TraceGraph read_chakra(std::string_view bytes, const std::string& file,
                       const ChakraOptions& options) {
  if (options.duration_unit_ps == 0) {
    throw TraceError("the unit of duration must not be 0 ps");
  }
  return Reader(bytes, file, options).read();
}

}  // namespace antares::platforms
