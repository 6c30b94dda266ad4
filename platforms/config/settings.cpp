// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/parameters.h"
#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

namespace {

/// One step of a path: a key, or an index into a list.
struct Step {
  std::string key;
  std::optional<std::size_t> index;
};

/// Steps of "a.b[2].c"; empty when it is not such a path.
std::vector<Step> split_path(const std::string& path) {
  std::vector<Step> steps;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '[') {
      const std::size_t end = path.find(']', at);
      if (end == std::string::npos || steps.empty()) return {};
      std::size_t index = 0;
      const auto [stop, problem] = std::from_chars(path.data() + at + 1, path.data() + end, index);
      if (problem != std::errc() || stop != path.data() + end) return {};
      steps.push_back({{}, index});
      at = end + 1;
      if (at < path.size() && path[at] != '.' && path[at] != '[') return {};
      continue;
    }
    if (path[at] == '.') {
      if (steps.empty()) return {};
      ++at;
    }
    const std::size_t end = std::min(path.find_first_of(".[]", at), path.size());
    if (end == at) return {};
    steps.push_back({path.substr(at, end - at), {}});
    at = end;
  }
  if (!path.empty() && path.back() == '.') return {};
  return steps;
}

void replace_places(Node& node, const Place& place) {
  node.place = place;
  for (Node& item : node.items) replace_places(item, place);
  for (NodeEntry& entry : node.entries) {
    entry.key_place = place;
    replace_places(entry.value, place);
  }
}

class Setter {
 public:
  Setter(const StructFields& structure, const Place& place, Diagnostics& diagnostics)
      : structure_(structure), place_(place), diagnostics_(diagnostics) {}

  void set(Node& root, const std::vector<Step>& steps, Node value,
           const std::vector<std::string>& more_names) {
    const StructFields* structure = &structure_;
    const FieldType* type = nullptr;
    Node* node = &root;
    std::string path;
    for (const Step& step : steps) {
      while (type != nullptr && type->kind() == FieldKind::optional) type = type->element();
      if (type != nullptr) structure = type->structure();
      if (step.index) {
        if (!enter_element(node, *step.index, type, path)) return;
        type = type->element();
        path = index_path(path, *step.index);
        continue;
      }
      if (structure == nullptr) {
        const bool list = type->kind() == FieldKind::list;
        return fail(path + (list ? " is a list" : " is a single value") + ": it has no key \"" +
                        step.key + "\"",
                    list ? "write " + path + "[0]." + step.key : "");
      }
      const FieldInfo* field = structure->find(step.key);
      if (field == nullptr) {
        std::vector<std::string> names = path.empty() ? more_names : std::vector<std::string>();
        for (const FieldInfo& known : structure->fields) names.push_back(known.key);
        return fail((path.empty() ? "there is no parameter or key \"" : path + " has no key \"") +
                        step.key + "\"",
                    suggestion(step.key, names));
      }
      if (!enter_key(node, step.key, path)) return;
      type = field->type;
      path = join_path(path, step.key);
    }
    *node = std::move(value);
  }

 private:
  /// What a path that turns out to be wrong has made on its way goes again: an empty section would
  /// be told as a second mistake.
  void take_back() {
    if (first_made_in_ == nullptr) return;
    first_made_in_->entries.pop_back();
    if (was_null_) first_made_in_->type = Node::Type::null;
  }

  bool enter_key(Node*& node, const std::string& key, const std::string& path) {
    const bool was_null = node->type == Node::Type::null;
    if (was_null) node->type = Node::Type::map;
    if (!node->is_map()) {
      fail(path + " is " + node->type_name() + " in this description: its keys can't be set",
           "set " + path + " as a whole");
      return false;
    }
    Node* child = node->find(key);
    if (child == nullptr) {
      Node empty;
      empty.place = place_;
      node->entries.push_back({key, place_, std::move(empty)});
      if (first_made_in_ == nullptr) {
        first_made_in_ = node;
        was_null_ = was_null;
      }
      child = &node->entries.back().value;
    }
    node = child;
    return true;
  }

  bool enter_element(Node*& node, std::size_t index, const FieldType* type,
                     const std::string& path) {
    if (type == nullptr || type->kind() != FieldKind::list) {
      fail(path + " is no list: it has no element " + std::to_string(index));
      return false;
    }
    // One value stands for a list of one (see Binder): element 0 is that value.
    if (node->is_scalar() && index == 0 && node->text.find("${") == std::string::npos) return true;
    const std::size_t count = node->is_list() ? node->items.size() : node->is_scalar() ? 1 : 0;
    if (!node->is_list() || index >= count) {
      fail(path + " has no element " + std::to_string(index),
           count == 0 ? "the description doesn't list any there"
                      : "it has " + std::to_string(count) + ", counted from 0");
      return false;
    }
    node = &node->items[index];
    return true;
  }

  void fail(std::string message, std::string hint = {}) {
    take_back();
    diagnostics_.error(place_, std::move(message), std::move(hint));
  }

  const StructFields& structure_;
  const Place& place_;
  Diagnostics& diagnostics_;
  Node* first_made_in_ = nullptr;  ///< its last entry was made on the way
  bool was_null_ = false;
};

}  // namespace

Node typed_value(const std::string& text, const Place& place, Diagnostics& diagnostics) {
  Node value;
  try {
    value = parse_yaml_value(text, place.file);
  } catch (const ConfigError& error) {
    for (const Diagnostic& problem : error.diagnostics())
      diagnostics.error(place, problem.message, problem.hint);
    value.unresolved = true;
  }
  replace_places(value, place);
  return value;
}

std::map<std::string, Node> apply_settings(Node& root, const StructFields& structure,
                                           const std::vector<std::string>& settings,
                                           Diagnostics& diagnostics) {
  std::map<std::string, Node> for_parameters;
  const std::vector<std::string> parameters = parameter_names(root);
  for (const std::string& setting : settings) {
    const Place place{"--set " + setting, 0, 0};
    const std::size_t equals = setting.find('=');
    const std::string path = setting.substr(0, equals);
    const std::vector<Step> steps = split_path(path);
    if (equals == std::string::npos || steps.empty()) {
      diagnostics.error(place, "this is no setting",
                        "write name=value for a parameter, or a.b[2].c=value for a key");
      continue;
    }
    Node value = typed_value(setting.substr(equals + 1), place, diagnostics);
    if (value.unresolved) continue;
    if (value.type == Node::Type::null) {
      diagnostics.error(place, "there is no value behind the =");
      continue;
    }
    if (steps.size() == 1 &&
        std::find(parameters.begin(), parameters.end(), path) != parameters.end()) {
      for_parameters[path] = std::move(value);
      continue;
    }
    if (steps[0].key == "parameters") {
      diagnostics.error(place, "the declaration of a parameter can't be set",
                        "set its value with --set name=value");
      continue;
    }
    Setter(structure, place, diagnostics).set(root, steps, std::move(value), parameters);
  }
  return for_parameters;
}

}  // namespace antares::platforms
