// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/param_reader.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "antares/platforms/workload/text_place.h"
#include "antares/platforms/workload/trace_builder.h"

namespace antares::platforms {
namespace {

using ParamJson = nlohmann::json;

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 40;
constexpr unsigned kDeepestParam = 64;

/// Lower case without what writers put in differently: "all_to_allv" and "AllToAllv" are one.
std::string plain(const std::string& word) {
  std::string result;
  for (const char c : word)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

struct CommName {
  const char* name;
  CommType type;
};
constexpr CommName kCommNames[] = {{"allreduce", CommType::all_reduce},
                                   {"allreducecoalesced", CommType::all_reduce},
                                   {"alltoall", CommType::all_to_all},
                                   {"alltoallv", CommType::all_to_all},
                                   {"alltoallsingle", CommType::all_to_all},
                                   {"alltoallbase", CommType::all_to_all},
                                   {"allgather", CommType::all_gather},
                                   {"allgatherbase", CommType::all_gather},
                                   {"allgatherintotensor", CommType::all_gather},
                                   {"allgatherintotensorcoalesced", CommType::all_gather},
                                   {"reducescatter", CommType::reduce_scatter},
                                   {"reducescatterbase", CommType::reduce_scatter},
                                   {"reducescattertensor", CommType::reduce_scatter},
                                   {"reducescattertensorcoalesced", CommType::reduce_scatter},
                                   {"broadcast", CommType::broadcast},
                                   {"reduce", CommType::reduce},
                                   {"gather", CommType::gather},
                                   {"scatter", CommType::scatter},
                                   {"barrier", CommType::barrier}};

/// Nothing travels: they wait for, or set up, what others do.
bool is_marker(const std::string& name) {
  return name == "wait" || name == "init" || name == "waitall" || name == "batchisendirecv" ||
         name == "coalesced";
}

struct TypeBytes {
  const char* name;
  unsigned bytes;
};
constexpr TypeBytes kTypes[] = {
    {"float", 4},    {"float32", 4}, {"int", 4},   {"int32", 4},        {"double", 8},
    {"float64", 8},  {"long", 8},    {"int64", 8}, {"half", 2},         {"float16", 2},
    {"bfloat16", 2}, {"short", 2},   {"int16", 2}, {"byte", 1},         {"uint8", 1},
    {"char", 1},     {"int8", 1},    {"bool", 1},  {"float8e4m3fn", 1}, {"float8e5m2", 1}};

class ParamReader {
 public:
  ParamReader(std::string_view text, const std::string& file)
      : text_(text), file_(file), builder_(empty_graph(file)) {}

  TraceGraph read() {
    const ParamJson content = parse();
    if (content.is_array())
      read_list(content);
    else if (content.is_object())
      read_trace(content);
    else
      fail("line 1", "a list of communications, or an object with nodes, is expected");
    if (builder_.graph().collective_nodes == 0 && builder_.graph().nodes.empty())
      throw TraceError(file_ + ": no communication is in it");
    return builder_.finish();
  }

 private:
  static TraceGraph empty_graph(const std::string& file) {
    TraceGraph graph;
    graph.file = file;
    graph.format = "PARAM";
    graph.groups.emplace_back();
    return graph;
  }

  [[noreturn]] void fail(const std::string& where, const std::string& what) const {
    throw TraceError(file_ + ": " + where + ": " + what);
  }

  ParamJson parse() const {
    // The library's parser calls itself for each bracket.
    unsigned depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (quoted && c == '\\') ++i;
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if ((c == '[' || c == '{') && ++depth > kDeepestParam)
        fail(place(i), "deeper than " + std::to_string(kDeepestParam) + " brackets");
      if ((c == ']' || c == '}') && depth > 0) --depth;
    }
    try {
      return ParamJson::parse(text_);
    } catch (const ParamJson::parse_error& problem) {
      fail(place(problem.byte == 0 ? 0 : problem.byte - 1), "not valid JSON");
    } catch (const ParamJson::exception&) {
      fail("a number", "too large");
    }
  }

  std::string place(std::size_t byte) const {
    const TextPlace at = text_place(text_, byte);
    return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
  }

  void read_list(const ParamJson& list) {
    builder_.graph().version = "list of communications";
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string where = "element " + std::to_string(i);
      if (!list[i].is_object()) fail(where, "an object is expected, with comms or compute");
      if (list[i].contains("compute"))
        ++builder_.graph().ignored["computation without a duration: takes no time"];
      else
        add(list[i], "comms", "in_msg_size", "out_msg_size", "pg_id", where);
    }
  }

  void read_trace(const ParamJson& trace) {
    const std::string schema = text_of(trace, "schema");
    builder_.graph().version =
        "PyTorch execution trace " + (schema.empty() ? "of unknown schema" : printable(schema));
    const auto nodes = trace.find("nodes");
    if (nodes == trace.end() || !nodes->is_array()) fail("nodes", "a list is expected");
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      const ParamJson& node = (*nodes)[i];
      const std::string where = "node " + std::to_string(i);
      if (!node.is_object() || !node.contains("name") || !node["name"].is_string())
        fail(where, "an object with a name is expected");
      const std::string name = node["name"];
      if (name.find("process_group:init") != std::string::npos)
        define_groups(node);
      else if (name == "record_param_comms")
        add(attributes(node), "collective_name", "in_msg_nelems", "out_msg_nelems", "pg_name",
            where);
      else
        ++builder_.graph().ignored["nodes that are no communication: they have no durations"];
    }
  }

  /// Newer schemas keep them in a list of {name, value}, older ones flat in the node.
  static ParamJson attributes(const ParamJson& node) {
    ParamJson flat = node;
    const auto list = node.find("attrs");
    if (list == node.end() || !list->is_array()) return flat;
    for (const ParamJson& each : *list)
      if (each.is_object() && each.contains("name") && each["name"].is_string() &&
          each.contains("value"))
        flat[each["name"].get<std::string>()] = each["value"];
    return flat;
  }

  void define_groups(const ParamJson& node) {
    // The definition is a text in the node's inputs.
    const ParamJson* inputs = nullptr;
    if (const auto found = node.find("inputs"); found != node.end()) inputs = &*found;
    if (inputs != nullptr && inputs->is_object() && inputs->contains("values"))
      inputs = &(*inputs)["values"];
    if (inputs == nullptr || !inputs->is_array()) return;
    for (const ParamJson& value : *inputs)
      if (value.is_string() && value.get<std::string>().find("pg_name") != std::string::npos)
        builder_.graph().group_definitions = value;
  }

  static std::string text_of(const ParamJson& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    return found->is_number_integer() ? found->dump() : std::string();
  }

  std::uint64_t number(const ParamJson& object, const char* key, const std::string& where) const {
    const auto found = object.find(key);
    if (found == object.end()) fail(where, std::string(key) + " is missing");
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMostElements)
      fail(where, std::string(key) + " is no number of elements; expected 0 to 2^40");
    return found->get<std::uint64_t>();
  }

  std::uint64_t element_bytes(const ParamJson& object, const std::string& where) const {
    std::string name = text_of(object, "dtype");
    if (name.rfind("torch.", 0) == 0) name = name.substr(6);
    for (const TypeBytes& type : kTypes)
      if (plain(name) == type.name) return type.bytes;
    fail(where, "dtype \"" + printable(name) + "\" is not known");
  }

  std::uint32_t group_of(const std::string& name, const ParamJson& object) {
    if (name.empty()) return 0;  // all ranks
    auto& groups = builder_.graph().groups;
    const auto known = std::find(groups.begin(), groups.end(), name);
    if (known != groups.end()) return static_cast<std::uint32_t>(known - groups.begin());
    groups.push_back(name);
    if (const auto ranks = object.find("global_ranks"); ranks != object.end() && ranks->is_array())
      definitions_.push_back({{"pg_name", name}, {"ranks", *ranks}});
    if (!definitions_.empty()) builder_.graph().group_definitions = definitions_.dump();
    return static_cast<std::uint32_t>(groups.size() - 1);
  }

  void add(const ParamJson& object, const char* name_key, const char* in_key, const char* out_key,
           const char* group_key, const std::string& where) {
    const std::string written = text_of(object, name_key);
    const std::string name = plain(written);
    if (is_marker(name)) {
      ++builder_.graph().ignored["waits and set-up: transfers go one after the other"];
      return;
    }
    const auto* const known = std::find_if(std::begin(kCommNames), std::end(kCommNames),
                                           [&](const CommName& each) { return name == each.name; });
    if (known == std::end(kCommNames))
      fail(where, std::string(name_key) + " \"" + printable(written) +
                      "\" is no communication that is known here" +
                      (name == "send" || name == "recv" || name == "isend" || name == "irecv"
                           ? ": sends and receives are not read"
                           : ""));
    std::uint64_t bytes = 4;
    if (known->type != CommType::barrier) {
      // The whole buffer is the side that has the parts of all ranks.
      const bool gathers = known->type == CommType::all_gather || known->type == CommType::gather ||
                           known->type == CommType::broadcast;
      bytes = number(object, gathers ? out_key : in_key, where) * element_bytes(object, where);
      if (bytes == 0) {
        ++builder_.graph().ignored["communications of no bytes"];
        return;
      }
      note_splits(object);
    }
    ready_ = builder_.collective(printable(written), known->type,
                                 group_of(text_of(object, group_key), object), bytes, ready_);
  }

  void note_splits(const ParamJson& object) {
    for (const char* key : {"in_split", "in_split_size"})
      if (const auto splits = object.find(key);
          splits != object.end() && splits->is_array() && !splits->empty() &&
          std::adjacent_find(splits->begin(), splits->end(), std::not_equal_to<>()) !=
              splits->end())
        ++builder_.graph().ignored["uneven splits: taken as even"];
  }

  std::string_view text_;
  const std::string& file_;
  TraceBuilder builder_;
  TraceBuilder::Nodes ready_;
  ParamJson definitions_ = ParamJson::array();
};

}  // namespace

TraceGraph read_param(std::string_view text, const std::string& file) {
  return ParamReader(text, file).read();
}

}  // namespace antares::platforms
