// SPDX-License-Identifier: Apache-2.0
// One scalar of a field: from text, to text, and whether it is legal. Shared by the reader, the
// dump, the schema and the check of structs made in C++. No unit of time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "antares/protocols/common/fields.h"

namespace antares::platforms {

struct Complaint {
  std::string message;  ///< a clause: "0 is out of range 1..4096"
  std::string hint;
};

/// One value, not a list, a map or something that may be absent.
constexpr bool is_scalar(protocols::FieldKind kind) {
  return kind != protocols::FieldKind::structure && kind != protocols::FieldKind::list &&
         kind != protocols::FieldKind::optional;
}

struct ParsedValue {
  std::optional<protocols::FieldValue> value;
  Complaint complaint;  ///< when there is no value
};

/// Reads the text of a scalar (`quoted`: it stood in quotes) as the field's type and checks it.
ParsedValue parse_value(const protocols::FieldInfo& field, const protocols::FieldType& type,
                        const std::string& text, bool quoted);

/// Range, one_of, names: nothing when the value is legal.
std::optional<Complaint> check_value(const protocols::FieldInfo& field,
                                     const protocols::FieldType& type,
                                     const protocols::FieldValue& value);

/// As it is written in a description: names for choices, quotes where YAML needs them.
std::string format_value(const protocols::FieldInfo& field, const protocols::FieldValue& value);

/// "1..4096 B", "one of 1, 2, 4", "voq, fifo or output", or empty when all is legal.
std::string legal_values(const protocols::FieldInfo& field);

/// A YAML scalar that reads back as this text.
std::string quote(const std::string& text);

bool is_identifier(const std::string& text);

}  // namespace antares::platforms
