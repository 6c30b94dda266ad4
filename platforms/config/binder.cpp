// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/binder.h"

#include <algorithm>

#include "antares/platforms/config/field_values.h"

namespace antares::platforms {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

namespace {

std::vector<std::string> keys_of(const StructFields& structure) {
  std::vector<std::string> keys;
  for (const FieldInfo& field : structure.fields) keys.push_back(field.key);
  return keys;
}

std::string needed(const FieldType& type) {
  switch (type.kind()) {
    case FieldKind::boolean:
      return "true or false is needed";
    case FieldKind::integer:
    case FieldKind::number:
      return "a number is needed";
    case FieldKind::text:
      return "a text is needed";
    case FieldKind::choice:
      return "a name is needed";
    case FieldKind::structure:
      return "a mapping of keys is needed";
    case FieldKind::list:
      return "a list is needed";
    case FieldKind::optional:
      break;
  }
  return needed(*type.element());
}

/// "in endpoints[2]" is of no help in a message that has a line; the key is.
std::string label(const FieldInfo& field) { return field.key + ": "; }

}  // namespace

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string index_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

void Binder::error(const Node& node, const std::string& path, std::string message,
                   std::string hint) {
  failed_.insert(path);
  diagnostics_.error(node.place, std::move(message), std::move(hint));
}

void Binder::bind(const Node& node, const StructFields& structure, void* object,
                  const std::string& path) {
  origins_[path] = {node.place, node.origin, {}, {}};
  if (!node.is_map()) {
    error(node, path, std::string("a mapping of keys is needed, this is ") + node.type_name(),
          "keys: " + join(keys_of(structure)));
    return;
  }
  for (const NodeEntry& entry : node.entries) {
    const FieldInfo* field = structure.find(entry.key);
    if (field == nullptr) {
      failed_.insert(join_path(path, entry.key));
      diagnostics_.error(entry.key_place, "unknown key \"" + entry.key + "\"",
                         suggestion(entry.key, keys_of(structure)));
      continue;
    }
    bind_value(entry.value, *field, *field->type, field->at(object), join_path(path, entry.key));
  }
  for (const FieldInfo& field : structure.fields)
    if (field.required && node.find(field.key) == nullptr)
      error(node, join_path(path, field.key),
            "the key \"" + field.key + "\" is missing here (" + field.doc + ")");
  check_conditions(node, structure, object, path);
}

// A section that nobody reads is a mistake of the writer, not a thing to pass over.
void Binder::check_conditions(const Node& node, const StructFields& structure, const void* object,
                              const std::string& path) {
  for (const NodeEntry& entry : node.entries) {
    const FieldInfo* field = structure.find(entry.key);
    if (field == nullptr || field->when_key.empty()) continue;
    const FieldInfo* deciding = structure.find(field->when_key);
    if (deciding == nullptr || failed_.count(join_path(path, deciding->key)) != 0) continue;
    const std::string actual = format_value(*deciding, deciding->type->get(deciding->at(object)));
    if (actual == field->when_name) continue;
    failed_.insert(join_path(path, entry.key));
    diagnostics_.error(
        entry.key_place,
        "\"" + entry.key + "\" would not be used: " + deciding->key + " is " + actual,
        "leave it out, or write " + deciding->key + ": " + field->when_name);
  }
}

void Binder::bind_value(const Node& node, const FieldInfo& field, const FieldType& type,
                        void* target, const std::string& path) {
  if (node.unresolved) {
    failed_.insert(path);
    return;
  }
  if (node.type == Node::Type::null) {
    error(node, path, label(field) + needed(type) + ", this is empty",
          field.required || &type != field.type ? "" : "leave the key out to take the default");
    return;
  }
  switch (type.kind()) {
    case FieldKind::structure:
      bind(node, *type.structure(), target, path);
      return;
    case FieldKind::optional:
      type.resize(target, 1);
      bind_value(node, field, *type.element(), type.at(target, 0), path);
      return;
    case FieldKind::list:
      bind_list(node, field, type, target, path);
      return;
    default:
      bind_scalar(node, field, type, target, path);
  }
}

void Binder::bind_list(const Node& node, const FieldInfo& field, const FieldType& type,
                       void* target, const std::string& path) {
  origins_[path] = {node.place, node.origin, {}, {}};
  const FieldType& element = *type.element();
  // One value stands for a list of one: `bytes: 1 MiB`, `offered_load: ${load}`.
  if (node.is_scalar() && is_scalar(element.kind())) {
    type.resize(target, 1);
    bind_value(node, field, element, type.at(target, 0), index_path(path, 0));
    return;
  }
  if (!node.is_list()) {
    error(node, path, label(field) + needed(type) + ", this is " + node.type_name(),
          is_scalar(element.kind()) ? "" : "start each element with a dash");
    return;
  }
  const std::size_t count = node.items.size();
  if (count < field.min_items || count > field.max_items) {
    error(node, path, label(field) + "a list of " + std::to_string(count) + " is out of range",
          "right would be " + std::to_string(field.min_items) + ".." +
              std::to_string(field.max_items) + " elements" +
              (count == 0 && !field.required ? ", or leave the key out" : ""));
    return;
  }
  type.resize(target, 0);
  type.resize(target, count);
  for (std::size_t i = 0; i < count; ++i)
    bind_value(node.items[i], field, element, type.at(target, i), index_path(path, i));
}

void Binder::bind_scalar(const Node& node, const FieldInfo& field, const FieldType& type,
                         void* target, const std::string& path) {
  origins_[path] = {node.place, node.origin, node.source, node.assumption};
  if (!node.is_scalar()) {
    error(node, path, label(field) + needed(type) + ", this is " + node.type_name());
    return;
  }
  const ParsedValue parsed = parse_value(field, type, node.text, node.quoted);
  if (!parsed.value) {
    error(node, path,
          label(field) + parsed.complaint.message +
              (node.origin.empty() ? "" : " (" + node.origin + ")"),
          parsed.complaint.hint);
    return;
  }
  type.set(target, *parsed.value);
}

}  // namespace antares::platforms
