// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/config_json.h"

#include "antares/platforms/config/field_values.h"
#include "antares/protocols/common/fields.h"

namespace antares::platforms {
namespace {

using Json = nlohmann::ordered_json;
using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

Json structure(const StructFields& fields, const void* object);

Json scalar(const FieldInfo& field, const FieldType& type, const void* object) {
  const protocols::FieldValue value = type.get(object);
  switch (type.kind()) {
    case FieldKind::choice:
    case FieldKind::text:
      // format_value quotes texts as YAML needs it; a choice is a bare name.
      if (const auto* text = std::get_if<std::string>(&value)) return *text;
      return format_value(field, value);
    default:
      return std::visit([](const auto& v) { return Json(v); }, value);
  }
}

Json element(const FieldInfo& field, const FieldType& type, const void* object) {
  const auto at = [&](std::size_t i) { return type.at(const_cast<void*>(object), i); };
  switch (type.kind()) {
    case FieldKind::structure:
      return structure(*type.structure(), object);
    case FieldKind::optional:
      return element(field, *type.element(), at(0));
    case FieldKind::list: {
      Json list = Json::array();
      for (std::size_t i = 0; i < type.size(object); ++i)
        list.push_back(element(field, *type.element(), at(i)));
      return list;
    }
    default:
      return scalar(field, type, object);
  }
}

/// Sections that a neighbour's value makes meaningless are left out, as in the dump.
bool is_used(const StructFields& fields, const FieldInfo& field, const void* object) {
  if (field.type->kind() == FieldKind::optional && field.type->size(field.at(object)) == 0)
    return false;
  if (field.when_key.empty()) return true;
  const FieldInfo* deciding = fields.find(field.when_key);
  return deciding == nullptr ||
         format_value(*deciding, deciding->type->get(deciding->at(object))) == field.when_name;
}

Json structure(const StructFields& fields, const void* object) {
  Json map = Json::object();
  for (const FieldInfo& field : fields.fields)
    if (is_used(fields, field, object))
      map[field.key] = element(field, *field.type, field.at(object));
  return map;
}

}  // namespace

Json config_json(const PlatformConfig& config) {
  return structure(protocols::struct_fields<PlatformConfig>(), &config);
}

}  // namespace antares::platforms
