// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/presets.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "antares/platforms/config/descriptions.h"
#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

constexpr const char* kForms =
    "write {value: 1, source: \"public: ...\"} or {value: 1, assumption: \"why\"}";
constexpr unsigned kMaxBases = 8;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// What `more` has and `map` has not.
void add_missing(Node& map, const Node& more) {
  for (const NodeEntry& entry : more.entries) {
    Node* own = map.find(entry.key);
    if (own == nullptr)
      map.entries.push_back(entry);
    else if (own->is_map() && entry.value.is_map())
      add_missing(*own, entry.value);
  }
}

class PresetReader {
 public:
  explicit PresetReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// The accelerator's keys; nullptr when there is no such preset, which has been told.
  const Node* values(const Node& name, const std::string& beside) {
    if (!name.is_scalar() || name.text.empty()) {
      diagnostics_.error(name.place, "preset: a name is needed", names_hint({}));
      return nullptr;
    }
    const std::string path = path_of(name.text, beside);
    if (path.empty()) {
      diagnostics_.error(name.place, "there is no preset \"" + name.text + "\"",
                         names_hint(name.text));
      return nullptr;
    }
    if (const auto known = known_.find(path); known != known_.end()) return &known->second;
    if (open_.size() >= kMaxBases || std::find(open_.begin(), open_.end(), path) != open_.end()) {
      diagnostics_.error(name.place, "presets are based on each other in a ring, or more than " +
                                         std::to_string(kMaxBases) + " deep");
      return nullptr;
    }
    open_.push_back(path);
    Node result = read(path);
    open_.pop_back();
    return &known_.emplace(path, std::move(result)).first->second;
  }

 private:
  static std::string names_hint(const std::string& written) {
    std::vector<std::string> names;
    for (const ShippedDescription& shipped : list_presets()) names.push_back(shipped.name);
    return suggestion(written, names);
  }

  static std::string path_of(const std::string& name, const std::string& beside) {
    if (ends_with(name, ".yaml")) {
      const std::filesystem::path given(name);
      if (given.is_absolute()) return name;
      return (std::filesystem::path(beside).parent_path() / given).lexically_normal().string();
    }
    for (const ShippedDescription& shipped : list_presets())
      if (shipped.name == name) return shipped.path;
    return {};
  }

  Node read(const std::string& path) {
    Node file;
    Node nothing;
    nothing.type = Node::Type::map;
    try {
      file = parse_yaml(read_description_file(path), path, diagnostics_);
    } catch (const ConfigError& error) {
      for (const Diagnostic& each : error.diagnostics())
        diagnostics_.error({each.file, each.line, each.column}, each.message, each.hint);
      return nothing;
    }
    const Node* section = file.find("accelerator");
    const Node* label = file.find("preset");
    if (section == nullptr || !section->is_map() || label == nullptr || !label->is_scalar()) {
      diagnostics_.error(file.place, "this is no preset: it needs the keys preset and accelerator",
                         "platforms/presets has some");
      return nothing;
    }
    for (const NodeEntry& entry : file.entries)
      if (entry.key != "accelerator" && entry.key != "preset" && entry.key != "based_on")
        diagnostics_.error(entry.key_place, "unknown key \"" + entry.key + "\"",
                           suggestion(entry.key, {"preset", "based_on", "accelerator"}));
    Node result = graded(*section, label->text);
    if (const Node* base = file.find("based_on")) {
      if (const Node* more = values(*base, path)) add_missing(result, *more);
    }
    return result;
  }

  /// The section with plain values, each knowing where it is from.
  Node graded(const Node& section, const std::string& preset) {
    Node result;
    result.type = Node::Type::map;
    result.place = section.place;
    for (const NodeEntry& entry : section.entries) {
      NodeEntry plain{entry.key, entry.key_place, {}};
      const Node* value = entry.value.find("value");
      if (entry.value.is_map() && value == nullptr) {
        plain.value = graded(entry.value, preset);
      } else if (value == nullptr) {
        diagnostics_.error(entry.value.place, entry.key + ": says not where it is from", kForms);
        continue;
      } else {
        plain.value = *value;
        grade(plain.value, entry, preset);
      }
      result.entries.push_back(std::move(plain));
    }
    return result;
  }

  void grade(Node& value, const NodeEntry& entry, const std::string& preset) {
    const Node* source = entry.value.find("source");
    const Node* assumption = entry.value.find("assumption");
    const Node* told = source != nullptr ? source : assumption;
    if (entry.value.entries.size() != 2 || told == nullptr || !told->is_scalar() ||
        told->text.empty())
      return diagnostics_.error(entry.value.place,
                                entry.key + ": value and one of source and assumption are needed",
                                kForms);
    if (source != nullptr && source->text.rfind("public: ", 0) != 0)
      return diagnostics_.error(source->place, "a source begins with \"public: \"", kForms);
    (source != nullptr ? value.source : value.assumption) = told->text;
    value.origin = "preset " + preset + ", " + to_string(value.place) + ": " +
                   (source != nullptr ? "" : "assumption: ") + told->text;
  }

  Diagnostics& diagnostics_;
  std::map<std::string, Node> known_;  ///< by path
  std::vector<std::string> open_;      ///< paths being read, each based on the next
};

}  // namespace

void apply_presets(Node& root, const std::string& file, Diagnostics& diagnostics) {
  Node* endpoints = root.find("endpoints");
  if (endpoints == nullptr || !endpoints->is_list()) return;
  PresetReader reader(diagnostics);
  for (Node& endpoint : endpoints->items) {
    Node* accelerator = endpoint.find("accelerator");
    if (accelerator == nullptr || !accelerator->is_map()) continue;
    auto& entries = accelerator->entries;
    const auto preset = std::find_if(entries.begin(), entries.end(),
                                     [](const NodeEntry& entry) { return entry.key == "preset"; });
    if (preset == entries.end() || preset->value.unresolved) continue;
    const Node name = preset->value;
    entries.erase(preset);
    if (const Node* values = reader.values(name, file)) add_missing(*accelerator, *values);
  }
}

}  // namespace antares::platforms
