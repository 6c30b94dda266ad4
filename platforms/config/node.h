// SPDX-License-Identifier: Apache-2.0
// A description as it was written: a tree of scalars, lists and maps, each with its place. Scalars
// stay text until the field that takes them says what they are, so that "1.5 us" and 1500 meet the
// same code. No unit of time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/platforms/config/diagnostics.h"

namespace antares::platforms {

struct NodeEntry;

struct Node {
  enum class Type : std::uint8_t { null, scalar, list, map };

  Type type = Type::null;
  /// A reference that could not be resolved, reported already: nobody complains about its value.
  bool unresolved = false;
  bool quoted = false;  ///< a scalar in quotes: text, whatever it looks like
  Place place;
  std::string text;                ///< of a scalar
  std::string origin;              ///< when not written here: "${load}, set by --set load=0.9"
  std::string source;              ///< of a preset's value: "public: ..."
  std::string assumption;          ///< of a preset's value that nobody has published: why
  std::vector<Node> items;         ///< of a list
  std::vector<NodeEntry> entries;  ///< of a map, in the order written

  bool is_map() const { return type == Type::map; }
  bool is_list() const { return type == Type::list; }
  bool is_scalar() const { return type == Type::scalar; }
  inline const Node* find(const std::string& key) const;
  inline Node* find(const std::string& key);
  /// "a mapping", "a list", ... for messages.
  const char* type_name() const {
    switch (type) {
      case Type::scalar:
        return "a single value";
      case Type::list:
        return "a list";
      case Type::map:
        return "a mapping of keys";
      case Type::null:
        break;
    }
    return "nothing";
  }
};

struct NodeEntry {
  std::string key;
  Place key_place;
  Node value;
};

const Node* Node::find(const std::string& key) const {
  for (const NodeEntry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Node* Node::find(const std::string& key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

}  // namespace antares::platforms
