// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/dump.h"

#include <algorithm>

#include "antares/platforms/config/field_values.h"

namespace antares::platforms {
namespace {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

constexpr std::size_t kCommentColumn = 48;

class Dumper {
 public:
  Dumper(const std::map<std::string, Origin>& origins, bool with_origins)
      : origins_(origins), with_origins_(with_origins) {}

  /// `lead` opens the first line ("  - " in a list), the others are indented as far.
  void structure(const StructFields& structure, const void* object, const std::string& path,
                 const std::string& lead) {
    const std::string indent(lead.size(), ' ');
    std::string start = lead;
    for (const FieldInfo& field : structure.fields) {
      if (!is_used(structure, field, object)) continue;
      if (value(field, *field.type, field.at(object), join_path(path, field.key), start))
        start = indent;
    }
  }

  std::string take() { return std::move(text_); }

 private:
  static bool is_used(const StructFields& structure, const FieldInfo& field, const void* object) {
    if (field.when_key.empty()) return true;
    const FieldInfo* deciding = structure.find(field.when_key);
    return deciding == nullptr ||
           format_value(*deciding, deciding->type->get(deciding->at(object))) == field.when_name;
  }

  /// False when the key isn't written at all: what is optional and not there.
  bool value(const FieldInfo& field, const FieldType& type, const void* object,
             const std::string& path, const std::string& start) {
    const std::string indent(start.size(), ' ');
    switch (type.kind()) {
      case FieldKind::optional:
        if (type.size(object) == 0) return false;
        return value(field, *type.element(), element(type, object, 0), path, start);
      case FieldKind::structure:
        text_ += start + field.key + ":\n";
        structure(*type.structure(), object, path, indent + "  ");
        return true;
      case FieldKind::list:
        // Left out means something that no list says (all groups, say): it stays left out.
        if (type.size(object) == 0 &&
            (field.key == "parameters" || (field.min_items > 0 && !field.required)))
          return false;
        list(field, type, object, path, start);
        return true;
      default:
        line(start + field.key + ": " + format_value(field, type.get(object)), path);
        return true;
    }
  }

  void list(const FieldInfo& field, const FieldType& type, const void* object,
            const std::string& path, const std::string& start) {
    const std::size_t count = type.size(object);
    if (is_scalar(type.element()->kind())) {
      std::string text = start + field.key + ": [";
      for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "" : ", ") +
                format_value(field, type.element()->get(element(type, object, i)));
      line(text + "]", path);
      return;
    }
    if (count == 0) {
      line(start + field.key + ": []", path);
      return;
    }
    text_ += start + field.key + ":\n";
    const std::string lead = std::string(start.size(), ' ') + "  - ";
    for (std::size_t i = 0; i < count; ++i)
      structure(*type.element()->structure(), element(type, object, i), index_path(path, i), lead);
  }

  static const void* element(const FieldType& type, const void* object, std::size_t index) {
    return type.at(const_cast<void*>(object), index);
  }

  void line(std::string text, const std::string& path) {
    if (with_origins_) {
      const auto found = origins_.find(path);
      text.resize(std::max(text.size() + 1, kCommentColumn), ' ');
      text += "# " + (found == origins_.end() ? "default" : describe(found->second));
    }
    text_ += text + "\n";
  }

  // A comment ends with its line, whatever --set was given.
  static std::string describe(const Origin& origin) {
    std::string text = origin.note.empty() ? to_string(origin.place) : origin.note;
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    return text;
  }

  const std::map<std::string, Origin>& origins_;
  const bool with_origins_;
  std::string text_;
};

std::string dump_config(const PlatformConfig& config, const std::map<std::string, Origin>& origins,
                        bool with_origins) {
  Dumper dumper(origins, with_origins);
  dumper.structure(protocols::struct_fields<PlatformConfig>(), &config, {}, {});
  return dumper.take();
}

}  // namespace

std::string dump(const LoadedPlatform& platform, DumpComments comments) {
  return dump_config(platform.config, platform.origins, comments == DumpComments::origins);
}

std::string dump(const PlatformConfig& config) { return dump_config(config, {}, false); }

}  // namespace antares::platforms
