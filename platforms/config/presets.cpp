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

constexpr const char* kValueForms =
    "write {value: 1, source: \"public: ...\"} or {value: 1, assumption: \"why\"}";
constexpr unsigned kMaxBases = 8;

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
  PresetReader(std::string section, Diagnostics& diagnostics)
      : section_(std::move(section)), diagnostics_(diagnostics) {}

  /// Puts the values of `preset: NAME` into a section that has it; `file` is where it is written.
  void apply(Node* section, const std::string& file) {
    if (section == nullptr || !section->is_map()) return;
    auto& entries = section->entries;
    const auto preset = std::find_if(entries.begin(), entries.end(),
                                     [](const NodeEntry& entry) { return entry.key == "preset"; });
    if (preset == entries.end() || preset->value.unresolved) return;
    const Node name = preset->value;
    entries.erase(preset);
    if (const Node* more = values(name, file)) add_missing(*section, *more);
  }

 private:
  /// The section's keys; nullptr when there is no such preset, which has been told.
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

  std::string names_hint(const std::string& written) const {
    std::vector<std::string> names;
    for (const ShippedDescription& shipped : list_presets(section_)) names.push_back(shipped.name);
    return suggestion(written, names);
  }

  std::string path_of(const std::string& name, const std::string& beside) const {
    const std::filesystem::path given(name);
    if (given.extension() == ".yaml") {
      if (given.is_absolute()) return name;
      return (std::filesystem::path(beside).parent_path() / given).lexically_normal().string();
    }
    for (const ShippedDescription& shipped : list_presets(section_))
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
    const Node* section = file.find(section_);
    const Node* label = file.find("preset");
    if (section == nullptr || !section->is_map() || label == nullptr || !label->is_scalar()) {
      diagnostics_.error(file.place, "this is no preset: it needs the keys preset and " + section_,
                         "platforms/presets has some");
      return nothing;
    }
    for (const NodeEntry& entry : file.entries)
      if (entry.key != section_ && entry.key != "preset" && entry.key != "based_on")
        diagnostics_.error(entry.key_place, "unknown key \"" + entry.key + "\"",
                           suggestion(entry.key, {"preset", "based_on", section_}));
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
        diagnostics_.error(entry.value.place, entry.key + ": says not where it is from",
                           kValueForms);
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
                                kValueForms);
    if (source != nullptr && source->text.rfind("public: ", 0) != 0)
      return diagnostics_.error(source->place, "a source begins with \"public: \"", kValueForms);
    (source != nullptr ? value.source : value.assumption) = told->text;
    value.origin = "preset " + preset + ", " + to_string(value.place) + ": " +
                   (source != nullptr ? "" : "assumption: ") + told->text;
  }

  std::string section_;
  Diagnostics& diagnostics_;
  std::map<std::string, Node> known_;  ///< by path
  std::vector<std::string> open_;      ///< paths being read, each based on the next
};

}  // namespace

void apply_presets(Node& root, const std::string& file, Diagnostics& diagnostics) {
  const auto each = [&](const char* list, const auto& work) {
    Node* items = root.find(list);
    if (items == nullptr || !items->is_list()) return;
    for (Node& item : items->items) work(item);
  };
  PresetReader accelerators("accelerator", diagnostics);
  each("endpoints",
       [&](Node& endpoint) { accelerators.apply(endpoint.find("accelerator"), file); });
  PresetReader models("model", diagnostics);
  each("workloads", [&](Node& workload) {
    if (Node* trace = workload.find("trace")) models.apply(trace->find("model"), file);
  });
}

void apply_model_preset(Node& model, Diagnostics& diagnostics) {
  if (model.is_scalar()) {
    Node section;
    section.type = Node::Type::map;
    section.place = model.place;
    section.entries.push_back({"preset", model.place, std::move(model)});
    model = std::move(section);
  }
  PresetReader("model", diagnostics).apply(&model, {});
}

}  // namespace antares::platforms
