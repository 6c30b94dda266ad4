// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/parameters.h"

#include <algorithm>
#include <set>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/node.h"
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/config/quantity.h"
#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

struct Parameter {
  Node value;
  Place declared;
  std::string origin;
  bool used = false;
};

bool is_top_level_key(const std::string& name) {
  return protocols::struct_fields<PlatformConfig>().find(name) != nullptr;
}

class Resolver {
 public:
  explicit Resolver(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void declare(const Node& list, const std::map<std::string, Node>& given) {
    if (!list.is_list()) {
      diagnostics_.error(list.place,
                         std::string("parameters: a list is needed, this is ") + list.type_name(),
                         "start each parameter with - name: ...");
      return;
    }
    for (const Node& item : list.items) declare_one(item, given);
  }

  /// Puts values in place of ${name} in this node and below.
  void substitute(Node& node) {
    for (Node& item : node.items) substitute(item);
    for (NodeEntry& entry : node.entries) substitute(entry.value);
    if (!node.is_scalar() || node.text.find("${") == std::string::npos) return;
    node.unresolved = true;
    std::string result;
    std::string origin;
    std::size_t at = 0;
    while (true) {
      const std::size_t start = node.text.find("${", at);
      result += node.text.substr(at, start - at);
      if (start == std::string::npos) break;
      const std::size_t end = node.text.find('}', start);
      if (end == std::string::npos) {
        diagnostics_.error(node.place, "\"${\" without its closing brace", "write ${name}");
        return;
      }
      Parameter* parameter = lookup(node.text.substr(start + 2, end - start - 2), node.place);
      if (parameter == nullptr) return;
      if (start == 0 && end + 1 == node.text.size()) {
        replace(node, *parameter);
        return;
      }
      if (!parameter->value.is_scalar()) {
        diagnostics_.error(node.place, "a list can't be put into a text",
                           "let the value be ${...} and nothing else");
        return;
      }
      grow(parameter->value.text.size(), node.place);
      result += parameter->value.text;
      origin += (origin.empty() ? "" : ", ") + parameter->origin;
      at = end + 1;
    }
    node.text = result;
    node.origin = origin;
    node.unresolved = false;
  }

  void report_unused(const std::set<std::string>& referenced,
                     const std::map<std::string, Node>& given) {
    for (const auto& [name, parameter] : parameters_) {
      if (referenced.count(name) == 0)
        diagnostics_.error(parameter.declared, "nothing refers to the parameter \"" + name + "\"",
                           "write ${" + name + "} where its value belongs, or take it out");
      else if (const auto set = given.find(name); set != given.end() && !parameter.used)
        diagnostics_.error(set->second.place, "this changes nothing",
                           "another --set replaces what refers to ${" + name + "}");
    }
  }

  std::map<std::string, std::string> values() const {
    std::map<std::string, std::string> result;
    for (const auto& [name, parameter] : parameters_) result[name] = as_text(parameter.value);
    return result;
  }

 private:
  void declare_one(const Node& item, const std::map<std::string, Node>& given) {
    ParameterDescription description;
    Binder binder(diagnostics_);
    binder.bind(item, description, "parameters");
    if (!binder.failed().empty()) {
      // Known by name all the same: its references aren't mistakes of their own.
      if (const Node* name = item.find("name"); name != nullptr && name->is_scalar())
        broken_.insert(name->text);
      return;
    }
    const std::string& name = description.name;
    const Place place = item.find("name")->place;
    if (is_top_level_key(name)) {
      diagnostics_.error(place, "the parameter \"" + name + "\" has the name of a top-level key",
                         "--set " + name + "=... could mean either: rename it");
      broken_.insert(name);
      return;
    }
    if (const auto known = parameters_.find(name); known != parameters_.end()) {
      diagnostics_.error(place, "duplicate parameter \"" + name + "\"",
                         "it is first declared at " + to_string(known->second.declared));
      return;
    }
    // A value that is refused here is not put in: its user would only refuse it once more.
    Parameter parameter;
    parameter.declared = place;
    parameter.value = *item.find("default");
    parameter.origin = "${" + name + "}, default at " + to_string(parameter.value.place);
    bool legal = check_legal(description, parameter.value);
    if (const auto set = given.find(name); set != given.end()) {
      legal &= check_legal(description, set->second);
      parameter.value = set->second;
      parameter.origin = "${" + name + "}, from " + to_string(set->second.place);
    }
    if (legal)
      parameters_[name] = std::move(parameter);
    else
      broken_.insert(name);
  }

  bool check_legal(const ParameterDescription& description, const Node& value) {
    if (value.is_map()) {
      diagnostics_.error(value.place, description.name + ": a value or a list of values is needed");
      return false;
    }
    bool legal = true;
    for (const Node& item : value.items) legal &= check_legal(description, item);
    if (!value.is_scalar()) return legal;
    const auto complain = [&](const std::string& what, const std::string& hint) {
      diagnostics_.error(value.place, description.name + ": " + value.text + " " + what, hint);
      return false;
    };
    const auto& allowed = description.one_of;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value.text) == allowed.end())
      return complain("is not possible", suggestion(value.text, allowed));
    if (!description.min && !description.max) return true;
    const FreeQuantity number = parse_free_quantity(value.text);
    const std::string range =
        "right would be " + description.min.value_or("") + ".." + description.max.value_or("");
    if (!number.ok) return complain("is no number", range);
    if (!within(description.min, number, false) || !within(description.max, number, true))
      return complain("is out of range", range);
    return true;
  }

  static bool within(const std::optional<std::string>& bound, const FreeQuantity& number,
                     bool upper) {
    if (!bound) return true;
    const FreeQuantity limit = parse_free_quantity(*bound);
    // Kinds that don't match (3 against 1 KiB) can't be compared; a bound that is no number can't
    // be met. Both are the same refusal.
    if (!limit.ok || limit.kind != number.kind) return false;
    return upper ? number.value <= limit.value : number.value >= limit.value;
  }

  Parameter* lookup(const std::string& name, const Place& place) {
    const auto found = parameters_.find(name);
    if (found != parameters_.end()) {
      found->second.used = true;
      return &found->second;
    }
    if (broken_.count(name) != 0) return nullptr;
    std::vector<std::string> names;
    for (const auto& [known, parameter] : parameters_) names.push_back(known);
    diagnostics_.error(place, "there is no parameter \"" + name + "\"",
                       names.empty() ? "declare it under parameters:" : suggestion(name, names));
    return nullptr;
  }

  void replace(Node& node, const Parameter& parameter) {
    const Place place = node.place;
    grow(parameter.value.items.size() * sizeof(Node), place);
    node = parameter.value;
    mark(node, place, parameter.origin);
  }

  // A long value referred to very often must not fill the memory.
  void grow(std::size_t bytes, const Place& place) {
    grown_bytes_ += bytes;
    if (grown_bytes_ > kMaxDescriptionBytes)
      throw ConfigError({{place.file,
                          place.line,
                          place.column,
                          "the values of parameters add up to more than " +
                              std::to_string(kMaxDescriptionBytes >> 20) + " MiB: this is not read",
                          {}}});
  }

  static std::string as_text(const Node& value) {
    if (!value.is_list()) return value.text;
    std::vector<std::string> words;
    for (const Node& item : value.items) words.push_back(as_text(item));
    return "[" + join(words) + "]";
  }

  static void mark(Node& node, const Place& place, const std::string& origin) {
    node.place = place;
    node.origin = origin;
    for (Node& item : node.items) mark(item, place, origin);
  }

  Diagnostics& diagnostics_;
  std::map<std::string, Parameter> parameters_;
  std::set<std::string> broken_;
  std::size_t grown_bytes_ = 0;
};

void collect_references(const Node& node, std::set<std::string>& names) {
  for (const Node& item : node.items) collect_references(item, names);
  for (const NodeEntry& entry : node.entries)
    if (entry.key != "parameters") collect_references(entry.value, names);
  for (std::size_t start = node.text.find("${"); start != std::string::npos;
       start = node.text.find("${", start + 2)) {
    const std::size_t end = node.text.find('}', start);
    if (end == std::string::npos) return;
    names.insert(node.text.substr(start + 2, end - start - 2));
  }
}

}  // namespace

std::vector<std::string> parameter_names(const Node& root) {
  std::vector<std::string> names;
  const Node* list = root.find("parameters");
  if (list == nullptr) return names;
  for (const Node& item : list->items)
    if (const Node* name = item.find("name"); name != nullptr && name->is_scalar())
      names.push_back(name->text);
  return names;
}

std::set<std::string> referenced_parameters(const Node& root) {
  std::set<std::string> names;
  collect_references(root, names);
  return names;
}

std::map<std::string, std::string> resolve_parameters(Node& root,
                                                      const std::map<std::string, Node>& given,
                                                      const std::set<std::string>& referenced,
                                                      Diagnostics& diagnostics) {
  Resolver resolver(diagnostics);
  const auto is_declaration = [](const NodeEntry& entry) { return entry.key == "parameters"; };
  const auto declaration = std::find_if(root.entries.begin(), root.entries.end(), is_declaration);
  if (declaration != root.entries.end()) {
    resolver.declare(declaration->value, given);
    root.entries.erase(declaration);
  }
  resolver.substitute(root);
  resolver.report_unused(referenced, given);
  return resolver.values();
}

}  // namespace antares::platforms
