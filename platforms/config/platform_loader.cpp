// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/platform_loader.h"

#include <algorithm>
#include <filesystem>

#include "antares/platforms/config/counted_switches.h"
#include "antares/platforms/config/field_values.h"
#include "antares/platforms/config/platform_checks.h"
#include "antares/platforms/config/presets.h"
#include "antares/platforms/config/settings.h"
#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

using protocols::FieldInfo;
using protocols::FieldKind;
using protocols::FieldType;
using protocols::StructFields;

/// "a.b[2]" -> "a.b" -> "a" -> "".
std::string parent_path(const std::string& path) {
  const std::size_t at = path.find_last_of(".[");
  return at == std::string::npos ? std::string() : path.substr(0, at);
}

Place place_around(const std::map<std::string, Origin>& origins, std::string path) {
  while (true) {
    if (const auto found = origins.find(path); found != origins.end()) return found->second.place;
    if (path.empty()) return {};
    path = parent_path(path);
  }
}

/// Could it not be read, or a part of it, or what it is a part of?
bool failed_at(const std::set<std::string>& failed, const std::string& path) {
  for (std::string whole = path; !whole.empty(); whole = parent_path(whole))
    if (failed.count(whole) != 0) return true;
  for (auto at = failed.lower_bound(path); at != failed.end(); ++at) {
    if (at->compare(0, path.size(), path) != 0) return false;
    if (at->size() == path.size() || (*at)[path.size()] == '.' || (*at)[path.size()] == '[')
      return true;
  }
  return false;
}

void check_scalar(const FieldInfo& field, const FieldType& type, const void* value,
                  const std::string& path, Diagnostics& diagnostics);

void check_fields(const StructFields& structure, const void* object, const std::string& path,
                  Diagnostics& diagnostics) {
  for (const FieldInfo& field : structure.fields)
    check_scalar(field, *field.type, field.at(object), join_path(path, field.key), diagnostics);
}

void check_scalar(const FieldInfo& field, const FieldType& type, const void* value,
                  const std::string& path, Diagnostics& diagnostics) {
  switch (type.kind()) {
    case FieldKind::structure:
      return check_fields(*type.structure(), value, path, diagnostics);
    case FieldKind::list:
    case FieldKind::optional:
      for (std::size_t i = 0; i < type.size(value); ++i)
        check_scalar(field, *type.element(), type.at(const_cast<void*>(value), i),
                     type.kind() == FieldKind::list ? index_path(path, i) : path, diagnostics);
      return;
    default:
      if (const auto complaint = check_value(field, type, type.get(value)))
        diagnostics.error({path, 0, 0}, complaint->message, complaint->hint);
  }
}

}  // namespace

LoadedPlatform parse_platform(const std::string& text, const std::string& name,
                              const std::vector<std::string>& settings) {
  Diagnostics diagnostics;
  Node root = parse_yaml(text, name, diagnostics);
  const StructFields& fields = protocols::struct_fields<PlatformConfig>();
  LoadedPlatform result;
  result.file = name;
  if (!root.is_map()) {
    diagnostics.error(root.place,
                      std::string("a mapping of keys is needed, this is ") + root.type_name(),
                      "a description starts with antares: 1");
    diagnostics.throw_if_any();
  }
  const std::set<std::string> referenced = referenced_parameters(root);
  const auto given = apply_settings(root, fields, settings, diagnostics);
  result.parameters = resolve_parameters(root, given, referenced, diagnostics);
  apply_presets(root, name, diagnostics);
  write_out_switches(root, kMaxSwitches);
  Binder binder(diagnostics);
  binder.bind(root, result.config);
  result.origins = binder.origins();
  ReadState state;
  state.place = [&](const std::string& path) { return place_around(result.origins, path); };
  state.failed = [&](const std::string& path) { return failed_at(binder.failed(), path); };
  cross_check(result.config, state, diagnostics);
  diagnostics.throw_if_any();
  result.warnings = diagnostics.warnings();
  return result;
}

LoadedPlatform load_platform(const std::string& path, const std::vector<std::string>& settings) {
  return parse_platform(read_description_file(path), path, settings);
}

std::vector<Diagnostic> check_platform(const PlatformConfig& config) {
  Diagnostics diagnostics;
  check_fields(protocols::struct_fields<PlatformConfig>(), &config, {}, diagnostics);
  cross_check(config, ReadState(), diagnostics);
  return diagnostics.sorted();
}

std::string resolve_path(const LoadedPlatform& platform, const std::string& path) {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return path;
  return (std::filesystem::path(platform.file).parent_path() / given).lexically_normal().string();
}

}  // namespace antares::platforms
