// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/json_schema.h"

#include <cmath>

#include "antares/platforms/config/field_values.h"
#include "antares/platforms/config/quantity.h"

namespace antares::platforms {
namespace {

using nlohmann::ordered_json;
using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::FieldValue;
using protocols::StructFields;

constexpr const char* kParameterReference = "#/definitions/parameter_reference";

ordered_json structure_schema(const StructFields& structure, const void* defaults);

// JSON has one kind of number; a whole one should not print as 5.0.
ordered_json to_json(double number) {
  if (number == std::floor(number) && std::abs(number) < 9007199254740992.0)
    return static_cast<std::int64_t>(number);
  return number;
}

ordered_json to_json(const FieldInfo& field, const FieldType& type, const FieldValue& value) {
  if (type.kind() == FieldKind::choice) {
    for (const auto& [name, named] : field.names)
      if (FieldValue(named) == value) return name;
  }
  return std::visit(
      [](const auto& held) -> ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, double>)
          return to_json(held);
        else
          return held;
      },
      value);
}

/// A pattern for "1.5 us" and the like: any unit of the key's kind.
std::string quantity_pattern(const std::string& unit) {
  std::string units;
  for (const std::string& written : compatible_units(unit))
    units += (units.empty() ? "" : "|") + written;
  return "^\\s*[+]?[0-9]*[.]?[0-9]+([eE][+-]?[0-9]+)?\\s*(" + units + ")\\s*$";
}

ordered_json number_schema(const FieldInfo& field, const FieldType& type) {
  ordered_json schema;
  schema["type"] = type.kind() == FieldKind::integer ? "integer" : "number";
  if (!field.one_of.empty()) {
    for (const FieldValue& value : field.one_of)
      schema["enum"].push_back(to_json(field, type, value));
    return schema;
  }
  if (field.low) schema["minimum"] = to_json(*field.low);
  if (field.high) schema["maximum"] = to_json(*field.high);
  if (!field.low && type.is_unsigned()) schema["minimum"] = 0;
  return schema;
}

ordered_json scalar_schema(const FieldInfo& field, const FieldType& type) {
  const ordered_json reference = {{"$ref", kParameterReference}};
  switch (type.kind()) {
    case FieldKind::boolean:
      return {{"anyOf", {{{"type", "boolean"}}, reference}}};
    case FieldKind::integer:
    case FieldKind::number: {
      ordered_json any = ordered_json::array({number_schema(field, type)});
      const std::string unit = unit_of_key(field.key);
      // "0" in quotes is no mistake of a reader that knows the key's unit.
      if (!unit.empty()) any.push_back({{"type", "string"}, {"pattern", quantity_pattern(unit)}});
      any.push_back(reference);
      return {{"anyOf", any}};
    }
    case FieldKind::choice: {
      ordered_json names = ordered_json::array();
      for (const auto& [name, value] : field.names) names.push_back(name);
      return {{"anyOf", {{{"enum", names}}, reference}}};
    }
    default:
      if (field.any_scalar) return {{"type", {"string", "number", "boolean"}}};
      if (field.identifier)
        return {
            {"anyOf", {{{"type", "string"}, {"pattern", "^[A-Za-z_][A-Za-z0-9_-]*$"}}, reference}}};
      // Any plain scalar is text here: `name: 64` needs no quotes.
      return {{"type", {"string", "number", "boolean"}}};
  }
}

ordered_json value_schema(const FieldInfo& field, const FieldType& type, const void* defaults) {
  switch (type.kind()) {
    case FieldKind::structure:
      return structure_schema(*type.structure(), defaults);
    case FieldKind::optional:
      return value_schema(field, *type.element(), nullptr);
    case FieldKind::list: {
      ordered_json list = {{"type", "array"},
                           {"items", value_schema(field, *type.element(), nullptr)}};
      if (field.min_items > 0) list["minItems"] = field.min_items;
      if (field.max_items < 1000000) list["maxItems"] = field.max_items;
      const FieldKind element = type.element()->kind();
      if (element == FieldKind::structure || element == FieldKind::list) return list;
      return {{"anyOf", {list, value_schema(field, *type.element(), nullptr)}}};
    }
    default:
      return scalar_schema(field, type);
  }
}

bool is_scalar(FieldKind kind) {
  return kind != FieldKind::structure && kind != FieldKind::list && kind != FieldKind::optional;
}

ordered_json structure_schema(const StructFields& structure, const void* defaults) {
  const void* object = defaults == nullptr ? structure.defaults.get() : defaults;
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (const FieldInfo& field : structure.fields) {
    ordered_json property = {{"description", field.doc}};
    const std::string unit = written_unit(unit_of_key(field.key));
    if (!unit.empty()) property["x-unit"] = unit;
    if (is_scalar(field.type->kind()) && !field.required)
      property["default"] = to_json(field, *field.type, field.type->get(field.at(object)));
    if (!field.assumption.empty()) property["x-assumption"] = field.assumption;
    if (!field.source.empty()) property["x-source"] = field.source;
    property.update(value_schema(field, *field.type, field.at(object)));
    properties[field.key] = std::move(property);
    if (field.required) required.push_back(field.key);
  }
  ordered_json schema = {
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace

ordered_json schema() {
  ordered_json result = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                         {"title", "Antares platform description"},
                         {"definitions",
                          {{"parameter_reference",
                            {{"description", "The value of a parameter, or a text with one in it"},
                             {"type", "string"},
                             {"pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_-]*\\}"}}}}}};
  result.update(structure_schema(protocols::struct_fields<PlatformConfig>(), nullptr));
  return result;
}

}  // namespace antares::platforms
