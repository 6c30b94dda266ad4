// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/field_values.h"
#include "antares/platforms/config/json_schema.h"
#include "antares/platforms/config/quantity.h"

namespace antares::platforms {
namespace {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

/// The struct inside lists and optionals, or nullptr.
const StructFields* inner_structure(const FieldType& type) {
  if (type.kind() == FieldKind::list || type.kind() == FieldKind::optional)
    return inner_structure(*type.element());
  return type.structure();
}

// A bar would end the cell.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string default_text(const FieldInfo& field, const void* object) {
  if (field.required) return "required";
  const FieldType& type = *field.type;
  if (type.kind() == FieldKind::optional || type.kind() == FieldKind::structure) return "";
  if (type.kind() != FieldKind::list) return format_value(field, type.get(field.at(object)));
  if (type.element()->kind() == FieldKind::structure) return "";
  std::string text;
  void* list = const_cast<void*>(field.at(object));
  for (std::size_t i = 0; i < type.size(list); ++i)
    text += (i == 0 ? "" : ", ") + format_value(field, type.element()->get(type.at(list, i)));
  return "[" + text + "]";
}

void table(const StructFields& structure, const std::string& title, const void* object,
           std::string& text) {
  text +=
      "### " + title + "\n\n| Key | Unit | Default | Legal | Meaning |\n|---|---|---|---|---|\n";
  for (const FieldInfo& field : structure.fields) {
    text += "| `" + field.key + "` | " + written_unit(unit_of_key(field.key)) + " | " +
            cell(default_text(field, object)) + " | " + cell(legal_values(field)) + " | " +
            cell(field.doc);
    if (!field.assumption.empty()) text += " (assumption: " + cell(field.assumption) + ")";
    if (!field.source.empty()) text += " (" + cell(field.source) + ")";
    text += " |\n";
  }
  text += "\n";
  for (const FieldInfo& field : structure.fields) {
    const StructFields* inner = inner_structure(*field.type);
    if (inner == nullptr) continue;
    const bool list = field.type->kind() == FieldKind::list;
    const std::string name = (title == "(top level)" ? "" : title + ".") + field.key;
    table(*inner, name + (list ? "[]" : ""),
          field.type->kind() == FieldKind::structure ? field.at(object) : inner->defaults.get(),
          text);
  }
}

/// Objects and their defaults side by side.
class AssumptionWalk {
 public:
  explicit AssumptionWalk(const std::map<std::string, Origin>& origins) : origins_(origins) {}

  void walk(const StructFields& structure, const void* object, const void* defaults,
            const std::string& path, const std::string& general) {
    for (const FieldInfo& field : structure.fields) {
      if (!field.when_key.empty()) {
        const FieldInfo* deciding = structure.find(field.when_key);
        if (format_value(*deciding, deciding->type->get(deciding->at(object))) != field.when_name)
          continue;
      }
      visit(field, *field.type, field.at(object), field.at(defaults), join_path(path, field.key),
            join_path(general, field.key));
    }
  }

  std::vector<AssumptionRow> take() { return std::move(rows_); }

 private:
  void visit(const FieldInfo& field, const FieldType& type, const void* object,
             const void* defaults, const std::string& path, const std::string& general) {
    if (type.kind() == FieldKind::structure) {
      const StructFields& structure = *type.structure();
      walk(structure, object, defaults != nullptr ? defaults : structure.defaults.get(), path,
           general);
      return;
    }
    if (type.kind() == FieldKind::list || type.kind() == FieldKind::optional) {
      for (std::size_t i = 0; i < type.size(object); ++i)
        visit(field, *type.element(), type.at(const_cast<void*>(object), i), nullptr,
              index_path(path, i), general + "[]");
      return;
    }
    const auto origin = origins_.find(path);
    const bool is_published = origin != origins_.end() && !origin->second.source.empty();
    std::string why = origin == origins_.end() ? std::string() : origin->second.assumption;
    const bool has_own_reason = !why.empty();
    if (!has_own_reason) why = field.assumption;
    if (!why.empty() && !is_published) {
      const std::string value = format_value(field, type.get(object));
      // Four groups of ports with one and the same buffer are one assumption, not four.
      if (!seen_.insert(general + "=" + value).second) return;
      if (defaults != nullptr && !has_own_reason) {
        // The reason is the default's: another value is the description's own.
        const std::string usual = format_value(field, type.get(defaults));
        if (value != usual) why = "set by the description; the default " + usual + " is: " + why;
      }
      rows_.push_back({path, value, written_unit(unit_of_key(field.key)), why});
    }
  }

  const std::map<std::string, Origin>& origins_;
  std::set<std::string> seen_;
  std::vector<AssumptionRow> rows_;
};

}  // namespace

std::string parameter_table_markdown() {
  const StructFields& structure = protocols::struct_fields<PlatformConfig>();
  std::string text;
  table(structure, "(top level)", structure.defaults.get(), text);
  return text;
}

std::vector<AssumptionRow> assumptions(const PlatformConfig& config,
                                       const std::map<std::string, Origin>& origins) {
  AssumptionWalk walk(origins);
  const StructFields& structure = protocols::struct_fields<PlatformConfig>();
  walk.walk(structure, &config, structure.defaults.get(), {}, {});
  return walk.take();
}

}  // namespace antares::platforms
