// SPDX-License-Identifier: Apache-2.0
// Fills a struct from a Node tree by the struct's list of fields, and reports all that doesn't fit:
// unknown and missing keys, wrong kinds, wrong units, values out of range. A value that doesn't fit
// leaves the default in place and reading goes on. No unit of time.
#pragma once
#include <map>
#include <set>
#include <string>

#include "antares/platforms/config/diagnostics.h"
#include "antares/platforms/config/node.h"
#include "antares/protocols/common/fields.h"

namespace antares::platforms {

/// Where a value came from.
struct Origin {
  Place place;
  std::string note;        ///< "${load}, set by --set load=0.9"; empty: written at the place
  std::string source;      ///< as Node::source
  std::string assumption;  ///< as Node::assumption
};

class Binder {
 public:
  explicit Binder(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// `path` is put before the paths under which origins are remembered.
  void bind(const Node& node, const protocols::StructFields& structure, void* object,
            const std::string& path = {});

  template <class Struct>
  void bind(const Node& node, Struct& object, const std::string& path = {}) {
    bind(node, protocols::struct_fields<Struct>(), &object, path);
  }

  /// By path ("switches[0].lanes"): what was written, defaults excluded.
  const std::map<std::string, Origin>& origins() const { return origins_; }
  /// Paths at which something was wrong.
  const std::set<std::string>& failed() const { return failed_; }

 private:
  void bind_value(const Node& node, const protocols::FieldInfo& field,
                  const protocols::FieldType& type, void* target, const std::string& path);
  void bind_list(const Node& node, const protocols::FieldInfo& field,
                 const protocols::FieldType& type, void* target, const std::string& path);
  void bind_scalar(const Node& node, const protocols::FieldInfo& field,
                   const protocols::FieldType& type, void* target, const std::string& path);
  void check_conditions(const Node& node, const protocols::StructFields& structure,
                        const void* object, const std::string& path);
  void error(const Node& node, const std::string& path, std::string message, std::string hint = {});

  Diagnostics& diagnostics_;
  std::map<std::string, Origin> origins_;
  std::set<std::string> failed_;
};

/// "a.b" from "a" and "b"; "b" when the first is empty.
std::string join_path(const std::string& path, const std::string& key);
std::string index_path(const std::string& path, std::size_t index);

}  // namespace antares::platforms
