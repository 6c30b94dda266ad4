// SPDX-License-Identifier: Apache-2.0
#include "tb/unit/config/yaml_to_json.h"

#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

nlohmann::json convert(const Node& node) {
  switch (node.type) {
    case Node::Type::null:
      return nullptr;
    case Node::Type::list: {
      nlohmann::json list = nlohmann::json::array();
      for (const Node& item : node.items) list.push_back(convert(item));
      return list;
    }
    case Node::Type::map: {
      nlohmann::json map = nlohmann::json::object();
      for (const NodeEntry& entry : node.entries) map[entry.key] = convert(entry.value);
      return map;
    }
    case Node::Type::scalar:
      break;
  }
  if (node.quoted) return node.text;
  // The numbers and booleans of JSON are those of YAML 1.2's core schema, as far as they go.
  const nlohmann::json value = nlohmann::json::parse(node.text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : nlohmann::json(node.text);
}

}  // namespace

nlohmann::json yaml_to_json(const std::string& text) {
  Diagnostics diagnostics;
  return convert(parse_yaml(text, "t.yaml", diagnostics));
}

}  // namespace antares::platforms
